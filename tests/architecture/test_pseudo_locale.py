"""No sentence escapes translation: whole screens in a language that nobody speaks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from smsops.cli import COMMANDS, main, smsops
from smsops.cli.commands.emulator import emulator
from smsops.cli.commands.ledger import ledger
from smsops.cli.commands.receipts import receipts
from smsops.cli.commands.state import state
from smsops.drift import DriftClass
from tests.support.project import Project, an_hour_ago
from tests.support.pseudo import plain_words, spoken

#: Everything on a screen that is no sentence: what a person types or finds in a manifest, in JSON
#: and in smsops.yaml.
VALUES = frozenset(
    {
        "smsops",
        *COMMANDS,
        *state.commands,
        *emulator.commands,
        *ledger.commands,
        *receipts.commands,
        *DriftClass,
        *("sign", "signs", "template", "templates"),  # kinds
        *("content", "international", "purpose", "remark"),  # fields
        *("lineage", "project", "environment", "serial", "region"),  # keys of the state
        *("env", "file"),  # where a number is
        *("current", "successor", "true", "false", "shop", "emulator", "yes", "text"),
        *("approved", "nowhere", "other", "none"),  # what these tests say themselves
    }
)
#: Words of click itself, which finds their translations with gettext.
CLICK = frozenset({"Usage", "default", "required"})


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with something of everything: current, successor, rejected, changed, unmanaged."""
    project = an_hour_ago(tmp_path_factory.mktemp("prepared") / "project").begin()
    project.template("t1")
    project.template("t2")
    assert project("apply", "--auto-approve").code == 0
    project.approve()
    project.template("t0", "另一个验证码{1}，{2}。")
    project.template("t1", "新的验证码{1}。")
    assert project("apply", "--auto-approve").code == 0
    project.template("t3")
    project.remove("template", "t2")
    project.rewrite(1112, "乱改的{1}")
    near = {"kind": "template", "templateName": "模板t3", "content": "像{1}", "status": "approved"}
    other = {"kind": "template", "templateName": "无主", "content": "无{1}", "status": "rejected"}
    project.console.seed([near, {**other, "reply": "不行"}])
    (project.root / "x.env").write_text("SMSOPS_OLD=1\n", "utf-8")
    return project


@pytest.fixture
def old(prepared: Project, tmp_path: Path) -> Project:
    """A copy of it: making one takes seconds, and every screen wants its own."""
    return prepared.copy(tmp_path / "project")


@pytest.mark.parametrize(
    "line",
    [
        *(f"plan --format {format}" for format in ("text", "markdown", "html")),
        *(f"drift --format {format}" for format in ("text", "markdown", "html", "junit")),
        "plan -v --target template.t0",
        "validate",
        "status",
        "whoami",
        "wait --timeout 0s",
        "output --check x.env --format dotenv --all",
        "state list",
        "state show",
        "export new",
        "import template.t9 1117",
        "import template.t9 7",
        "import nonsense 7",
        "state rm template.t0",
        "state mv template.t0 template.t8",
        "state protect template.t0",
        "state unprotect template.t0",
        "state resolve template.t0 --abandon",
        "state assign --project other",
        "state show template.nowhere",
        "plan --target template.nowhere",
        "plan --emulator --endpoint http://127.0.0.1:1",
        "apply",
        "apply --auto-approve",
        "explain exit 7",
        "explain -1",
        "explain SMS301",
        "explain --list exit",
        "explain name_held",
        "explain approved_differs",
        "adopt",
        "explain Nonsense",
        "wait template.nowhere",
        "statu",
        "emulator review template 1110 approved",
        "emulator remove template 7",
    ],
)
def test_no_sentence_of_a_screen_is_left_in_english(
    old: Project, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(old.root)
    english = old(*line.split())
    with spoken():
        ran = old(*line.split())
    assert english.out + english.err != "", "the screen is empty"
    assert plain_words(ran.out + ran.err, VALUES | set(line.split())) == []


def test_the_saga_of_a_run_is_said_in_the_language(old: Project) -> None:
    """Progress, results, held promotions and what is next."""
    with spoken():
        old.approve()
        for command in (("apply", "--auto-approve"), ("status",), ("wait", "--timeout", "0s")):
            ran = old(*command)
            assert re.search("[áéíóú]", ran.out + ran.err)
            assert plain_words(ran.out + ran.err, VALUES) == []
        saved = old.root / "a.plan"
        ran = old("plan", "-o", str(saved))
        assert plain_words(ran.out + ran.err, VALUES) == []
        # What the file says is what it says; everything around it is translated.
        assert "Plán: nóthíng tó dó" in old("show", str(saved)).out


def test_a_new_project_is_begun_in_the_language(tmp_path: Path) -> None:
    with spoken():
        ran = Project(tmp_path / "shop", options=())("init")
    assert ran.code == 0
    assert plain_words(ran.out + ran.err, VALUES) == []


def test_a_runner_is_told_in_the_language(old: Project) -> None:
    summary, outputs = old.root / "summary", old.root / "outputs"
    old.environment |= {
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(summary),
        "GITHUB_OUTPUT": str(outputs),
    }
    with spoken():
        shown = [old(*command).out for command in (("plan",), ("drift",), ("validate",))]
    notes = [line.rpartition("::")[2] for line in "\n".join(shown).splitlines() if "title=" in line]
    assert notes
    assert plain_words("\n".join([*notes, summary.read_text("utf-8")]), VALUES) == []


def _commands() -> list[tuple[str, ...]]:
    groups = {
        "state": state.commands,
        "ledger": ledger.commands,
        "receipts": receipts.commands,
        "emulator": emulator.commands,
    }
    inner = [(group, name) for group, found in groups.items() for name in found]
    return [(), *((name,) for name in COMMANDS), *inner]


@pytest.mark.parametrize("command", _commands(), ids=" ".join)
def test_help_is_translated(command: tuple[str, ...], tmp_path: Path) -> None:
    project = Project(tmp_path, options=())
    english = project(*command, "--help").out
    with spoken():
        told = project(*command, "--help").out
    assert told != english
    assert plain_words(told, VALUES | CLICK) == []
    assert max(map(len, english.splitlines())) <= 80


def test_a_bare_command_says_in_the_language_where_to_begin(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with spoken():
        assert main([]) == 0
    told = capsys.readouterr().out
    assert "Whéré tó bégín:" in told
    assert plain_words(told, VALUES | CLICK) == []


@pytest.mark.parametrize(
    "line",
    [
        "could not be read",
        "thé státé is góné",
        "<td>gone</td>",
        '<td data-label="name">x</td>',
        "`smsops plan` shows it",
    ],
)
def test_a_sentence_in_english_is_noticed(line: str) -> None:
    assert plain_words(line, VALUES)


@pytest.mark.parametrize(
    "line",
    [
        "thé státé ís góné",
        "rún `smsops plan -C here` ágáín",
        'cóntént "some text of somebody"',
        "template.login-code: créátéd (íd 1110)",
        "<p class='banner'>Nó chángés.</p>",
        "--auto-approve",
    ],
)
def test_a_value_is_no_sentence(line: str) -> None:
    assert plain_words(line, VALUES) == []


def test_every_command_is_asked() -> None:
    assert set(COMMANDS) == set(smsops.list_commands(None))  # type: ignore[arg-type]
