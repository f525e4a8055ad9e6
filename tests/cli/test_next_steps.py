"""A file or directory that is not there is answered with how it comes to be; a command that an
error recommends has the options of the run.
"""

from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from string import Formatter

import pytest

from smsops.cli.context import Context
from smsops.model import Action, Address, Plan, Step
from smsops.planfile.document import document
from smsops.planfile.parse import parse
from smsops.planning import decisions
from smsops.text.messages import C, Command, T, Text
from smsops.workspace.settings import Options
from tests.support.project import Project
from tests.support.state_server import StateServer


@pytest.mark.parametrize("command", ["apply", "show"])
def test_a_plan_file_that_is_not_there(project: Project, command: str, tmp_path: Path) -> None:
    missing = tmp_path / "no.plan"
    ran = project(command, str(missing))
    assert ran.code == 1
    assert ran.err == (
        f"Error: {missing} cannot be read: No such file or directory\n"
        f"`smsops plan -o FILE -C {project.root} --emulator` saves a plan.\n"
    )


def test_an_output_that_was_never_written(applied_project: Project, tmp_path: Path) -> None:
    missing = tmp_path / "ids.env"
    ran = applied_project("output", "--format", "dotenv", "--check", str(missing))
    assert ran.code == 1
    flags = f"-C {applied_project.root} --emulator"
    assert ran.err.endswith(
        f"Error: {missing} cannot be read: No such file or directory\n"
        f"Write it with `smsops output --format dotenv {flags} > {missing}`.\n"
    )


def test_every_option_that_says_which_account_is_recommended_again(project: Project) -> None:
    options = Options(
        directory=Path("my shop"),
        endpoint="http://127.0.0.1:9",
        allow_endpoint=("sms.example.com",),
        profile="prod",
        account_id="42",
    )
    assert said(options, C("plan -o FILE")) == (
        "run `smsops plan -o FILE -C 'my shop' --endpoint http://127.0.0.1:9 "
        "--allow-endpoint sms.example.com --profile prod --account-id 42`"
    )


EVERY = Options(directory=Path("shop"), emulator=True, profile="prod")


def said(options: Options, command: Command, *, ci: bool = False) -> str:
    context = Context(options, {"CI": "1"} if ci else {})
    return context.fitted(lambda: str(T("run {command}", command=command)), io.StringIO())


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (C("plan"), "smsops plan -C shop --emulator --profile prod"),
        (C("init"), "smsops init -C shop"),
        (C("explain exit 7"), "smsops explain exit 7"),
        (C("schema sign"), "smsops schema sign"),
        (C("completion bash"), "smsops completion bash"),
        (C("--version"), "smsops --version"),
        (
            Command.of("output", "--all", into="ids.env"),
            "smsops output --all -C shop --emulator --profile prod > ids.env",
        ),
        (
            Command.of("output", into="my ids"),
            "smsops output -C shop --emulator --profile prod > 'my ids'",
        ),
    ],
)
def test_a_command_gets_what_it_takes_and_nothing_else(command: Command, line: str) -> None:
    assert said(EVERY, command) == f"run `{line}`"


def test_what_programs_get_has_no_options_even_where_people_look() -> None:
    text = T("run {command}", command=C("plan"))
    context = Context(EVERY, {})
    assert context.fitted(lambda: text.plain, io.StringIO()) == "run `smsops plan`"
    assert context.fitted(lambda: C("plan").plain, io.StringIO()) == "`smsops plan`"


def test_a_message_inside_a_message_has_its_options_too() -> None:
    inner = T("run {command}", command=C("plan"))
    words = Context(EVERY, {}).fitted(lambda: str(T("or {inner}", inner=inner)), io.StringIO())
    assert words == "or run `smsops plan -C shop --emulator --profile prod`"


def test_two_runs_at_once_have_their_own_options() -> None:
    """What one thread shows does not depend on what another one does."""
    first, second = Context(Options(profile="a"), {}), Context(Options(profile="b"), {})
    text = T("{command}", command=C("plan"))

    def both() -> str:
        with ThreadPoolExecutor(1) as pool:
            other = pool.submit(second.fitted, lambda: str(text), io.StringIO()).result()
        return f"{text} {other}"

    assert first.fitted(both, io.StringIO()) == (
        "`smsops plan --profile a` `smsops plan --profile b`"
    )
    assert str(text) == "`smsops plan`"


ADDRESS = Address("template", "t0")
#: An object that may be the template of the project.
OTHER = {"kind": "template", "templateName": "模板t0", "status": "approved"}


@pytest.mark.parametrize("format", ["markdown", "html", "json"])
def test_what_others_read_elsewhere_has_no_options(project: Project, format: str) -> None:
    """The reader of a comment is in another directory."""
    project.console.seed([{**OTHER, "content": "一{1}"}])
    for command in ("plan", "drift"):
        shown = project(command, "--format", format).out
        assert "smsops import" in shown or format == "json"
        assert "--emulator" not in shown


def test_a_saved_plan_is_shown_with_the_options_of_who_looks(project: Project) -> None:
    """Also where its advice leaves a choice; the file itself holds none."""
    project.console.seed([{**OTHER, "content": "一{1}"}, {**OTHER, "content": "二{1}"}])
    saved = project.root / "a.plan"
    assert project("plan", "-o", str(saved)).code == 0
    assert "--emulator" not in saved.read_text("utf-8")
    shown = project("show", str(saved)).out
    assert f" ID -C {project.root} --emulator`" in shown
    assert shown == project("plan").out


def _filled(text: Text) -> Text:
    """``text`` with something for every placeholder."""
    names = {name for _, name, _, _ in Formatter().parse(text.template) if name}
    for command in text.commands():
        names |= {item[1:-1] for item in command.arguments if item.startswith("{")}
    given = {"address": ADDRESS, "old": "sign.old", "new": "sign.new", "count": 3}
    known = {name for name, _ in text.values}
    return text.filled(**{name: given.get(name, f"some {name}") for name in names - known})


#: Every text of the tables that recommends a command.
RECOMMENDING = [
    text
    for text in (*decisions.GUARDS.values(), decisions.WILL_BE_HELD, decisions.MAY_BE_RENAMED)
    if any(True for _ in text.commands())
]


@pytest.mark.parametrize("text", RECOMMENDING, ids=lambda text: text.template[:40])
def test_a_saved_plan_recommends_what_the_plan_did(text: Text) -> None:
    """Its file has prose, and people see the same commands with the same options all the same."""
    reason = _filled(text)
    step = Step(ADDRESS, Action.BLOCKED, reason, reason_code="x", consequence=reason)
    fresh = Plan(account_id="1", region="ap-guangzhou", complete=True, steps=(step,))
    [again] = parse(json.loads(json.dumps(document(fresh)))).steps
    context = Context(EVERY, {})
    assert context.fitted(lambda: str(again.reason), io.StringIO()) == context.fitted(
        lambda: str(reason), io.StringIO()
    )
    assert again.reason.plain == reason.plain
    assert again.advice == step.advice


def test_no_option_of_the_run_reaches_a_terminal_or_a_runner() -> None:
    """They come after the renderer, which has sanitised everything else."""
    options = Options(
        directory=Path("a\x1b]0;title\a\n::error::b"), allow_endpoint=("x\n::warning::y",)
    )
    typed = said(options, C("plan"), ci=True)
    assert typed.isprintable()
    assert "\n" not in typed
    assert "-C 'a\\x1b]0;title\\x07\\n::error::b'" in typed


def test_a_command_in_somebodys_text_is_left_alone(project: Project) -> None:
    """The plan shows what is submitted, to the letter."""
    project.template(content="运行`smsops plan`，验证码{1}。")
    ran = project("plan")
    assert '"运行`smsops plan`，验证码{1}。"' in ran.out


def test_a_backend_that_cannot_be_reached_does_not_hide_the_files(tmp_path: Path) -> None:
    place = Project(tmp_path / "new", options=())
    ran = place("init", "--backend", "http")
    assert ran.code == 1
    assert "created smsops.yaml" in ran.out
    assert "Error: the files are written, but the backend does not work yet: " in ran.err
    assert (tmp_path / "new" / "smsops.yaml").exists()


def test_a_state_server_that_refuses_a_new_project_has_its_own_exit_code(tmp_path: Path) -> None:
    with StateServer() as server:
        place = Project(tmp_path / "new", options=(), environment=server.environment)
        place.environment["SMSOPS_HTTP_PASSWORD"] = "wrong"
        ran = place("init", "--backend", "http")
    assert ran.code == 4
    assert "refused the credentials" in ran.err


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("sings", "did you mean 'signs'?"),
        ("elsewhere", "correct the name, remove it from spec."),
    ],
)
def test_a_manifest_directory_that_is_not_there_is_said_once(
    project: Project, name: str, advice: str
) -> None:
    settings = project.root / "smsops.yaml"
    text = settings.read_text("utf-8").replace("spec: {", f"spec: {{manifests: [{name}], ")
    settings.write_text(text, "utf-8")
    ran = project("validate")
    assert ran.code == 3
    problem, count = ran.out.splitlines()
    assert problem.startswith("smsops.yaml:4:")
    assert f"SMS116 directory {name}: there is no such directory; {advice}" in problem
    assert count == "1 error in 1 file"
