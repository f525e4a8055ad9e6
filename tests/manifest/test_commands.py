"""validate, schema and init on the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from smsops.cli import main
from smsops.cli.context import Context
from smsops.errors import Exit
from smsops.manifests import schemas
from smsops.render.problems import FORMATS
from smsops.workspace.settings import Options
from tests.support.manifests import PNG, PROJECT, SIGN, TEMPLATE, write
from tests.support.runners import obeyed

ROOT = Path(__file__).parent.parent.parent
QUICKSTART = ROOT / "examples/quickstart"
WARNING = TEMPLATE.replace("验证码", "动态码")
INFO = TEMPLATE.replace("您的", "您" * 70)
ERROR = TEMPLATE + "  extra: 1\n"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line; exit code, stdout, stderr."""

    def call(*arguments: str | Path, **environment: str) -> tuple[int, str, str]:
        context = Context(Options(), environment)
        code = main([str(each) for each in arguments], context=context)
        seen = capsys.readouterr()
        return code, seen.out, seen.err

    return call


@pytest.mark.parametrize(
    ("body", "code", "strict"),
    [
        (TEMPLATE, Exit.OK, Exit.OK),
        (INFO, Exit.OK, Exit.OK),
        (WARNING, Exit.OK, Exit.INVALID),
        (ERROR, Exit.INVALID, Exit.INVALID),
    ],
    ids=["clean", "info", "warning", "error"],
)
@pytest.mark.parametrize("format", FORMATS)
def test_the_exit_code_is_the_same_in_every_format(
    body: str, code: Exit, strict: Exit, format: str, run: Run, tmp_path: Path
) -> None:
    """Errors exit 3, warnings only with --strict, infos never; stderr stays empty."""
    write(tmp_path, {"templates/a.yaml": body})

    for arguments, expected in (((), code), (("--strict",), strict)):
        seen, out, err = run("validate", "-C", tmp_path, "--format", format, *arguments)
        assert (seen, err) == (expected, "")
        assert out.endswith("\n")


def test_text_is_what_editors_and_people_read(run: Run, tmp_path: Path) -> None:
    """`file:line:col: CODE message` and a closing count."""
    write(tmp_path, {"templates/a.yaml": ERROR})
    _, out, _ = run("-C", tmp_path, "validate")

    assert out == (
        "templates/a.yaml:9:3: SMS111 unknown field 'spec.extra'; known here: content, "
        "international, remark, smsType, templateName\n"
        "1 error in 1 file\n"
    )


def test_concise_is_one_line_a_problem(run: Run, tmp_path: Path) -> None:
    """For editors and programs; repeated warnings are all there."""
    text = TEMPLATE.replace("verification", "notification")
    files = {
        f"templates/{n}.yaml": text.replace("login", f"t{n}").replace("登录", f"登录{n}")
        for n in range(5)
    }
    write(tmp_path, {**files})
    _, people, _ = run("-C", tmp_path, "validate")
    _, verbose, _ = run("-C", tmp_path, "validate", "-v")
    _, programs, _ = run("-C", tmp_path, "validate", "--format", "concise")

    assert people.count("SMS308") == 1
    assert "4 more like it" in people
    assert verbose.count("SMS308") == programs.count("SMS308") == 5


def test_what_was_checked_is_said(run: Run, tmp_path: Path) -> None:
    """Also when that is nothing."""
    write(tmp_path, {})
    assert run("-C", tmp_path, "validate")[1] == "OK: no manifests\n"

    write(tmp_path, {"signs/a.yaml": SIGN, "signs/proof.png": PNG, "templates/a.yaml": TEMPLATE})
    assert run("-C", tmp_path, "validate")[1] == "OK: 1 sign, 1 template\n"


def test_problems_of_the_project_and_of_manifests_come_together(run: Run, tmp_path: Path) -> None:
    """A setting that does not fit does not hide the rest."""
    project = PROJECT + "  lint: {ignore: [SMS999]}\n"
    write(tmp_path, {"templates/a.yaml": ERROR}, project=project)
    code, out, _ = run("-C", tmp_path, "validate", "--format", "json")
    found = json.loads(out)["problems"]

    assert code == Exit.INVALID
    assert [(each["file"], each["code"]) for each in found] == [
        ("smsops.yaml", "SMS117"),
        ("templates/a.yaml", "SMS111"),
    ]


def test_a_broken_project_file_is_a_finding(run: Run, tmp_path: Path) -> None:
    """In the format that was asked for, on stdout."""
    write(tmp_path, {}, project="kind: [")
    code, out, err = run("-C", tmp_path, "validate", "--format", "json")

    assert (code, err) == (Exit.INVALID, "")
    assert json.loads(out)["problems"][0]["code"] == "SMS105"


def test_outside_a_project_the_usage_is_wrong(run: Run, tmp_path: Path) -> None:
    """With the command that makes one."""
    code, out, err = run("-C", tmp_path, "validate")

    assert (code, out) == (Exit.USAGE, "")
    assert f"run `smsops init -C {tmp_path}`" in err


def test_code_hosts_get_paths_from_where_the_command_runs(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Annotations name files from the repository's root, not from the project's."""
    write(tmp_path / "repo/sms", {"templates/a.yaml": ERROR})
    monkeypatch.chdir(tmp_path / "repo")
    _, github, _ = run("-C", "sms", "validate", "--format", "github")
    _, sarif, _ = run("-C", "sms", "validate", "--format", "sarif")
    _, quality, _ = run("-C", "sms", "validate", "--format", "codequality")
    _, text, _ = run("-C", "sms", "validate")
    monkeypatch.chdir(tmp_path / "repo/sms")
    _, inside, _ = run("validate", "--format", "github")

    assert github.startswith("::error file=sms/templates/a.yaml,line=9,col=3,title=SMS111::")
    assert '"uri": "sms/templates/a.yaml"' in sarif
    assert '"path": "sms/templates/a.yaml"' in quality
    assert text.startswith("templates/a.yaml:9:3: ")
    assert inside.startswith("::error file=templates/a.yaml,")


def test_manifests_cannot_command_a_runner(run: Run, tmp_path: Path) -> None:
    """Values of a pull request reach the log of a trusted job."""
    body = TEMPLATE.replace("verification", '"##[set-env name=A]b"')
    name = "templates/::error::\n::stop-commands::x.yaml"
    write(tmp_path, {name: body})

    for format in FORMATS:
        _, out, _ = run("-C", tmp_path, "validate", "--format", format, GITHUB_ACTIONS="true")
        assert "##[" not in out
        commands = obeyed(out)
        assert all(command.startswith("error file=") for command in commands)
        assert len(commands) == (format in ("text", "concise", "github"))


def test_the_quickstart_is_clean(run: Run) -> None:
    """No errors and no warnings: it is the first thing people copy."""
    code, out, _ = run("-C", QUICKSTART, "validate", "--strict")

    assert (code, out) == (Exit.OK, "OK: 1 sign, 5 templates\n")


@pytest.mark.parametrize("kind", ["Project", "Sign", "Template", "template", "SIGN", "validate"])
def test_schema_prints_what_is_shipped(kind: str, run: Run) -> None:
    """Kinds in any case, and the schemas of JSON outputs by their file."""
    code, out, _ = run("schema", kind)

    assert code == Exit.OK
    assert out == (ROOT / f"schemas/{kind.lower()}.schema.json").read_text("utf-8")


def test_schema_knows_what_it_has(run: Run) -> None:
    """An unknown kind is a usage error that lists the known ones; so does --list."""
    code, out, err = run("schema", "Queue")
    assert (code, out) == (Exit.USAGE, "")
    assert "template" in err

    assert run("schema", "--list")[1].split() == schemas.names()
    assert run("schema")[0] == Exit.USAGE
    assert run("schema", "../schemas/sign")[0] == Exit.USAGE


def test_init_writes_a_project_that_validates(run: Run, tmp_path: Path) -> None:
    """Without errors and warnings, in a directory that need not exist yet."""
    root = tmp_path / "My Shop"
    code, out, err = run("-C", root, "init")

    assert code == Exit.OK
    assert sorted(out.splitlines()) == [
        "created .gitignore",
        "created .smsops.schema.json",
        "created signs/acme.yaml",
        "created signs/proofs/license.png",
        "created smsops.yaml",
        "created templates/login-code.yaml",
    ]
    assert "--emulator plan" in err
    assert {".smsops/", "*.plan"} < set((root / ".gitignore").read_text().splitlines())
    assert "name: my-shop" in (root / "smsops.yaml").read_text()
    assert run("-C", root, "validate", "--strict")[:2] == (Exit.OK, "OK: 1 sign, 1 template\n")
    (root / "applications").mkdir()
    (root / "applications" / "shop.yaml").write_text(
        "apiVersion: smsops/v1\nkind: Application\nmetadata: {name: shop}\n"
        "spec: {sdkAppId: 1400006666}\n"
    )
    assert run("-C", root, "validate")[1] == "OK: 1 application, 1 sign, 1 template\n"


@pytest.mark.parametrize("backend", ["local", "http", "git"])
def test_init_writes_the_backend_that_was_asked_for(backend: str, run: Run, tmp_path: Path) -> None:
    """And a file that validates with each."""
    from smsops.manifests.load import load_project

    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    run("-C", tmp_path, "init", "--backend", backend)

    assert load_project(tmp_path).state.backend == backend
    assert run("init", "-C", tmp_path / "x", "--backend", "s3")[0] == Exit.USAGE


def test_init_for_a_state_in_git_leaves_nothing_outside_of_a_repository(
    run: Run, tmp_path: Path
) -> None:
    """A directory above may be the repository, and one of a worktree has a file there."""
    code, out, err = run("-C", tmp_path / "a", "init", "--backend", "git")
    assert (code, out) == (Exit.ERROR, "")
    assert f"no git repository has {tmp_path / 'a'} in it, and nothing was written" in err
    assert "git init" in err
    assert list(tmp_path.iterdir()) == []

    (tmp_path / ".git").write_text("gitdir: elsewhere")
    _, out, _ = run("-C", tmp_path / "a", "init", "--backend", "git")
    assert "created smsops.yaml" in out


@pytest.mark.parametrize(
    "name",
    ["smsops.yaml", "signs/acme.yaml", "templates/login-code.yaml", "signs/proofs/license.png"],
)
def test_init_overwrites_nothing(name: str, run: Run, tmp_path: Path) -> None:
    """One file in the way, even a dangling link, and nothing is written at all."""
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).symlink_to("/nowhere/at/all")
    before = sorted(tmp_path.rglob("*"))
    code, out, err = run("-C", tmp_path, "init")

    assert (code, out) == (Exit.ERROR, "")
    assert name in err
    assert sorted(tmp_path.rglob("*")) == before


def test_init_leaves_a_gitignore_alone(run: Run, tmp_path: Path) -> None:
    """Nearly every repository has one; what to add is said, unless it is there."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a/.gitignore").write_text("*.pyc\n")
    code, _, err = run("-C", tmp_path / "a", "init")
    assert code == Exit.OK
    assert (tmp_path / "a/.gitignore").read_text() == "*.pyc\n"
    assert "Add .smsops/ to .gitignore" in err

    (tmp_path / "b").mkdir()
    (tmp_path / "b/.gitignore").write_text("/.smsops\n")
    assert "Add .smsops/" not in run("-C", tmp_path / "b", "init")[2]


@pytest.mark.parametrize("name", ["Мой", "..", "-a-", "x" * 80, "A  b__C"])
def test_any_directory_name_makes_a_project_name(name: str) -> None:
    """One that the schema takes."""
    from smsops.manifests.compiled import ecma
    from smsops.manifests.starter import slug

    pattern = schemas.load("project")["properties"]["metadata"]["properties"]["name"]["pattern"]

    assert ecma(pattern).search(slug(name))


def test_a_clean_validate_imports_no_validator() -> None:
    """jsonschema takes longer to import than everything else takes to run."""
    script = (
        "import sys; from smsops.cli import main; "
        f"code = main(['-C', {str(QUICKSTART)!r}, 'validate']); "
        "heavy = {'jsonschema', 'httpx', 'deepdiff', 'rich', 'jinja2', 'asyncio'}; "
        "print(sorted(heavy & set(sys.modules)), code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout == "OK: 1 sign, 5 templates\n[] 0\n"
