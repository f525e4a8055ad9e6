"""New manifest files: free addresses, free file names, and nothing written over."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Iterable
from pathlib import Path

import pytest

from smsops.adoption.drafts import Draft, free_address, normalised
from smsops.adoption.writing import directories, write
from smsops.errors import SmsopsError
from smsops.manifests import schemas
from smsops.manifests.load import load_project
from smsops.model import Address, Project

LOGIN = Address("template", "login")
#: What editors are given.
LINE = "# yaml-language-server: $schema=../.smsops.schema.json\n"
SCHEMA = schemas.text(schemas.ANY).encode()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project without a manifest, and without a directory for any."""
    return settings(tmp_path)


def settings(root: Path, *manifests: str) -> Project:
    named = f", manifests: [{', '.join(manifests)}]" if manifests else ""
    (root / "smsops.yaml").write_text(
        "apiVersion: smsops/v1\nkind: Project\nmetadata: {name: shop}\n"
        f"spec: {{region: ap-guangzhou{named}}}\n"
    )
    for name in manifests:
        (root / name).mkdir(parents=True, exist_ok=True)
    return load_project(root)


def tree(project: Project) -> dict[str, bytes]:
    """path -> bytes of every file; a directory ends in ``/``."""
    return {
        path.relative_to(project.root).as_posix() + ("/" if path.is_dir() else ""): b""
        if path.is_dir()
        else path.read_bytes()
        for path in project.root.rglob("*")
        if path.name != "smsops.yaml"
    }


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (["login_code"], "login-code"),
        (["Login", "CN"], "login-cn"),
        (["_x_", "0"], "x-0"),
        (["a" * 80], "a" * 63),
        (["a" * 62 + "__b"], "a" * 62),
        (["验证码"], ""),
    ],
)
def test_any_name_becomes_one_of_ours(parts: list[str], name: str) -> None:
    """Lower case, hyphens, at most 63 characters."""
    assert normalised(*parts) == name


@pytest.mark.parametrize(
    ("wishes", "taken", "name"),
    [
        (["login"], [], "login"),
        (["", "login"], [], "login"),
        (["login", "cn-login"], ["login"], "cn-login"),
        (["login", "cn-login"], ["login", "cn-login"], "cn-login-1110"),
        (["login"], ["login", "login-1110"], "t-1110"),
        (["login"], ["login", "login-1110", "t-1110"], "login-1110-2"),
        ([], [], "t-1110"),
        ([], ["t-1110"], "t-1110-2"),
        (["a" * 63], ["a" * 63], "a" * 58 + "-1110"),
        (["a" * 57 + "-bbbbb"], ["a" * 57 + "-bbbbb"], "a" * 57 + "-1110"),
    ],
)
def test_an_address_is_taken_once(wishes: Iterable[str], taken: list[str], name: str) -> None:
    """The id goes into the name before anything else that nobody would recognise."""
    found = free_address("template", 1110, wishes, [Address("template", each) for each in taken])
    assert found == Address.parse(f"template.{name}")


def test_kinds_do_not_take_names_from_each_other() -> None:
    assert free_address("template", 1, ["login"], [Address("sign", "login")]) == LOGIN


@pytest.mark.parametrize(
    ("manifests", "places"),
    [
        ([], {"sign": "signs", "template": "templates"}),
        (["sms"], {"sign": "sms", "template": "sms"}),
        (["cn/templates", "cn/signs"], {"sign": "cn/signs", "template": "cn/templates"}),
        (["other", "templates"], {"sign": "other", "template": "templates"}),
    ],
)
def test_files_go_where_they_are_read(
    tmp_path: Path, manifests: list[str], places: dict[str, str]
) -> None:
    found = directories(settings(tmp_path, *manifests))
    assert {kind: path.relative_to(tmp_path).as_posix() for kind, path in found.items()} == places


def test_a_manifest_is_named_after_its_address(project: Project) -> None:
    """Directories are made; what it names stands beside it."""
    written = write(project, [Draft(LOGIN, "é\n", {"proofs/a.png": b"\x00"})])
    assert written == {LOGIN: project.root / "templates" / "login.yaml"}
    assert tree(project) == {
        ".smsops.schema.json": SCHEMA,
        "templates/": b"",
        "templates/login.yaml": f"{LINE}é\n".encode(),
        "templates/proofs/": b"",
        "templates/proofs/a.png": b"\x00",
    }


def test_a_schema_that_is_there_stays_as_it_is(project: Project) -> None:
    """Also the one of another version of smsops: all manifests of a project are checked by it."""
    (project.root / ".smsops.schema.json").write_text("{}")
    write(project, [Draft(LOGIN, "t")])
    write(project, [Draft(Address("template", "other"), "t")])
    assert (project.root / ".smsops.schema.json").read_text() == "{}"


def test_what_is_only_tried_has_nothing_for_editors(project: Project) -> None:
    """The lines of a draft are counted."""
    write(project, [Draft(LOGIN, "t")], bare=True)
    assert tree(project) == {"templates/": b"", "templates/login.yaml": b"t"}


def test_every_directory_finds_the_schema_of_the_project(tmp_path: Path) -> None:
    """Only steps upwards, whatever the directories are called: an editor ends it at a space."""
    project = settings(tmp_path, "a b/c d")
    (path,) = write(project, [Draft(LOGIN, "t")]).values()
    assert path.read_text() == ("# yaml-language-server: $schema=../../.smsops.schema.json\nt")


def test_no_file_is_written_over(tmp_path: Path) -> None:
    """Not even through a link to nowhere, and not by two kinds that share a directory."""
    project = settings(tmp_path, "sms")
    (tmp_path / "sms" / "login.yaml").write_text("mine")
    (tmp_path / "sms" / "sign-login.yaml").symlink_to("nowhere")
    drafts = [Draft(LOGIN, "t"), Draft(Address("sign", "login"), "s")]
    assert [path.name for path in write(project, drafts).values()] == [
        "template-login.yaml",
        "sign-login-2.yaml",
    ]
    assert (tmp_path / "sms" / "login.yaml").read_text() == "mine"
    assert not (tmp_path / "sms" / "nowhere").exists()


def test_an_image_that_is_there_already_serves(project: Project) -> None:
    """Signs share a licence; another content under the name is refused, and nothing is written."""
    signs = [Draft(Address("sign", name), "s", {"proofs/a.png": b"1"}) for name in ("a", "b")]
    write(project, signs)
    before = tree(project)
    other = Draft(Address("sign", "c"), "s", {"proofs/new.png": b"2", "proofs/a.png": b"2"})
    with pytest.raises(SmsopsError, match=r"a\.png exists already.*nothing was written"):
        write(project, [Draft(LOGIN, "t"), other])
    assert tree(project) == before


def test_either_all_files_are_written_or_none(project: Project) -> None:
    """A file in the place of a directory; what was made before is removed again."""
    (project.root / "signs").write_text("no directory")
    with pytest.raises(SmsopsError, match="nothing was written"):
        write(project, [Draft(LOGIN, "t"), Draft(Address("sign", "a"), "s")])
    assert tree(project) == {"signs": b"no directory"}


def test_links_are_not_followed_out_of_the_project(tmp_path: Path) -> None:
    """A manifest there would be refused when it is read."""
    (tmp_path / "away").mkdir()
    (tmp_path / "shop").mkdir()
    project = settings(tmp_path / "shop")
    (project.root / "templates").symlink_to(tmp_path / "away")
    with pytest.raises(SmsopsError, match="a symbolic link is not followed"):
        write(project, [Draft(LOGIN, "t")])
    assert list((tmp_path / "away").iterdir()) == []


def test_a_file_system_without_hard_links_will_do(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shared folders of virtual machines, memory cards; and still nothing is written over."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    draft = Draft(LOGIN, "a", {"proofs/a.png": b"image"})
    assert write(project, [draft])[LOGIN].read_text() == f"{LINE}a"
    assert {name for name in tree(project) if not name.endswith("/")} == {
        ".smsops.schema.json",
        "templates/login.yaml",
        "templates/proofs/a.png",
    }
    with pytest.raises(SmsopsError, match="exists already, with another content"):
        write(project, [Draft(LOGIN, "b", {"proofs/a.png": b"other"})])


def test_without_hard_links_half_a_file_is_none(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Room ends between the first writing and the second."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def refuse(*_: object, **__: object) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    try:
        with pytest.raises(SmsopsError, match="File too large; nothing was written"):
            write(project, [Draft(LOGIN, "kind: Template")])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert tree(project) == {}
