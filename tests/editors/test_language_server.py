"""What people see who open a file of a project in an editor, offline."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.language_server import LanguageServer
from tests.support.pages import ROOT
from tests.support.project import Project

pytestmark = pytest.mark.systems

EXAMPLES = ("quickstart", "delivery")


@pytest.fixture(scope="module")
def editor() -> Iterator[LanguageServer]:
    with LanguageServer() as server:
        yield server


def written(root: Path) -> list[Path]:
    return sorted(root.rglob("*.yaml"))


def test_a_starter_project_has_no_diagnostics_and_a_mistake_has_one(
    editor: LanguageServer, tmp_path: Path
) -> None:
    project = Project(tmp_path / "my shop")
    project.root.mkdir()
    assert project("init", "--environments").code == 0
    mistakes = {
        "smsops.yaml": ("  region:", "  regoin:"),
        "signs/acme.yaml": ("  signType: company", "  signType: comapny"),
        "templates/login-code.yaml": ("  remark:", "  remarks:"),
        "environments/staging/acme.yaml": ("lifecycle:", "lifecylce:"),
    }
    names = [path.relative_to(project.root).as_posix() for path in written(project.root)]
    assert set(names) == set(mistakes)
    for name, (right, wrong) in mistakes.items():
        path = project.root / name
        text = path.read_text("utf-8")
        assert editor.check(path) == [], name
        line = text[: text.index(right)].count("\n") + 1
        found = editor.check(path, text.replace(right, wrong))
        assert line in {each.line for each in found}, (name, found)


def test_an_exported_manifest_is_checked_wherever_it_was_written(
    editor: LanguageServer, tmp_path: Path
) -> None:
    """Outside of the project and in it."""
    project = Project(tmp_path / "shop").begin_empty()
    project.console.seed(
        [
            {"kind": "sign", "id": 2001, "signName": "艾克米", "qualificationId": 1000001},
            {"kind": "template", "id": 1500, "templateName": "登录", "content": "您好{1}"},
        ]
    )
    for into, name in ((tmp_path / "apart", "sign"), (project.root / "templates", "template")):
        assert project("export", str(into)).code == 0
        (path,) = into.glob(f"{name}-*.yaml")
        text = path.read_text("utf-8")
        line = text.split("\n").index("spec:") + 2
        assert editor.check(path) == []
        found = editor.check(path, text.replace(f"  {name}Name:", "  nmae:"))
        assert [each.message for each in found if each.line == line] == [
            "Property nmae is not allowed."
        ]


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_are_checked_when_they_were_copied_out(
    example: str, editor: LanguageServer, tmp_path: Path
) -> None:
    """Every document: a line for editors holds for one document, not for the file."""
    shutil.copytree(ROOT / "examples" / example, tmp_path / "copy")
    for path in written(tmp_path / "copy"):
        text = path.read_text("utf-8")
        wrong = text.replace("\nmetadata:", "\nmetdata:")
        found = [each.message for each in editor.check(path, wrong)]
        assert editor.check(path) == [], path
        assert found.count("Property metdata is not allowed.") == wrong.count("\nmetdata:") > 0


def test_a_document_without_a_kind_is_asked_for_one(editor: LanguageServer, tmp_path: Path) -> None:
    """And one with a kind is told its own fields alone."""
    shutil.copy(ROOT / "schemas" / "manifest.schema.json", tmp_path / ".smsops.schema.json")
    line = "# yaml-language-server: $schema=.smsops.schema.json\n"
    path = tmp_path / "new.yaml"
    kinds = {"Project", "Sign", "Template", "Application", "Probe", "Patch"}
    assert kinds == set(editor.complete(path, f"{line}kind: "))
    fields = editor.complete(path, f"{line}kind: Template\nmetadata: {{name: x}}\nspec:\n  ")
    assert {"templateName", "content", "smsType"} <= set(fields)
    assert not {"signName", "region", "channel"} & set(fields)
    (wrong,) = [
        each
        for each in editor.check(path, f"{line}kind: Sing\n")
        if each.line == 2 and each.column == 7
    ]
    assert wrong.message.startswith("Value is not accepted.")


def test_the_settings_for_vs_code_do_without_a_line_in_each_document(tmp_path: Path) -> None:
    """They mean every file that is read, also the second document in it."""
    settings = json.loads((ROOT / "editors/vscode/settings.json").read_text("utf-8"))
    project = Project(tmp_path / "shop")
    project.root.mkdir()
    assert project("init", "--environments").code == 0
    wrong = "---\nkind: Template\nnothing: 1\n"
    with LanguageServer(project.root, settings["yaml.schemas"]) as server:
        for path in written(project.root):
            text = path.read_text("utf-8").partition("\n")[2]
            assert server.check(path, text) == [], path
            if path.name != "smsops.yaml":
                found = [each.message for each in server.check(path, text + wrong)]
                assert "Property nothing is not allowed." in found, path
        other = project.root / "charts" / "values.yaml"
        assert server.check(other, "nothing: 1\n") == []


def test_without_node_these_tests_say_so_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(pytest.skip.Exception, match="there is no node here"):
        LanguageServer()
