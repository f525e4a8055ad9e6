"""The lines of problems are read as manifests are: inside the project, capped, by YAML's breaks."""

from __future__ import annotations

from pathlib import Path

from smsops.errors import Problem, Severity
from smsops.manifests import yaml_tree
from smsops.manifests.source import lines
from smsops.text.messages import Text


def problem(file: str, line: int) -> Problem:
    return Problem(file, line, 1, "SMS104", Severity.ERROR, Text("wrong"))


def test_a_line_is_found_by_its_number(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes("\ufeffone\r\ntwo\u2028验证\rfour\n".encode())
    found = lines(tmp_path, [problem("a.yaml", number) for number in (0, 1, 3, 4, 99)])
    assert found == {("a.yaml", 1): "one", ("a.yaml", 3): "验证", ("a.yaml", 4): "four"}


def test_what_is_no_manifest_is_not_read(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "secret").write_text("secret")
    (root / "link.yaml").symlink_to(tmp_path / "secret")
    (root / "large.yaml").write_bytes(b"x" * (yaml_tree.MAX_BYTES + 1))
    (root / "directory.yaml").mkdir()
    names = ("link.yaml", "../secret", str(tmp_path / "secret"), "large.yaml", "directory.yaml")
    assert lines(root, [problem(name, 1) for name in (*names, "gone.yaml")]) == {}


def test_bytes_that_are_no_text_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"a: \xff\n")
    assert lines(tmp_path, [problem("a.yaml", 1)]) == {("a.yaml", 1): "a: \ufffd"}
