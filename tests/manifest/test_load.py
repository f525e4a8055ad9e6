"""What manifests mean: fields, defaults, addresses, directories."""

from __future__ import annotations

import gc
import hashlib
import os
from pathlib import Path

import pytest

from smsops.errors import InvalidManifests, Severity
from smsops.manifests.load import Manifests, load_manifests, load_project, require_manifests
from smsops.model import Address, Lifecycle, Origin, Project
from tests.support.manifests import PNG, SIGN, TEMPLATE, Files, lines, load, write

FILES: Files = {"signs/acme.yaml": SIGN, "signs/proof.png": PNG, "templates/login.yaml": TEMPLATE}


def test_a_resource_has_every_field_of_its_kind(tmp_path: Path) -> None:
    """Fields that the manifest leaves out are None, those with a default have it."""
    found = load(tmp_path, FILES)
    sign, template = found.desired

    assert found.problems == ()
    assert (sign.address, template.address) == (
        Address("sign", "acme"),
        Address("template", "login"),
    )
    assert sign.spec == {
        "signName": "艾克米",
        "international": False,
        "signType": "company",
        "documentType": "three-in-one",
        "purpose": "own-use",
        "qualificationId": 1000001,
        "proofImage": f"sha256:{hashlib.sha256(PNG).hexdigest()}",
        "commissionImage": None,
        "remark": None,
    }
    assert sign.images == {"proofImage": tmp_path / "signs/proof.png"}
    assert template.spec == {
        "templateName": "登录",
        "content": "您的验证码是{1}。",
        "smsType": "verification",
        "international": False,
        "remark": "登录",
    }
    assert template.lifecycle == Lifecycle(protected=False, retire_after=86_400)
    assert template.origin == Origin("templates/login.yaml", 1, 1)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("0s", 0), ("90s", 90), ("5m", 300), ("24h", 86_400), ("7d", 604_800), ("007d", 604_800)],
)
def test_retire_after_is_an_integer_and_a_unit(written: str, seconds: int, tmp_path: Path) -> None:
    """Every unit counts in seconds, and nothing has to be retired later than at once."""
    body = f"{TEMPLATE}lifecycle: {{protected: true, retireAfter: {written}}}\n"
    (item,) = load(tmp_path, {"templates/a.yaml": body}).desired

    assert item.lifecycle == Lifecycle(protected=True, retire_after=seconds)


def test_scalars_mean_what_a_person_reads(tmp_path: Path) -> None:
    """The Norway problem, octal numbers, dates and sexagesimals stay the text they are."""
    words = ["no", "0123", "1_000", "12:30:45", "1.10", "2026-99-99", "on", "y", "1e3", "=", "010"]
    body = TEMPLATE.replace(
        "login}", "login, labels: {" + ", ".join(f"k{word}: {word}" for word in words) + "}}"
    )
    (item,) = load(tmp_path, {"templates/a.yaml": body}).desired

    assert item.labels == {f"k{word}": word for word in words}


def test_quotes_and_blocks_keep_the_text(tmp_path: Path) -> None:
    """Escapes, folding and literal blocks are YAML's business and end as plain text."""
    body = TEMPLATE.replace('"您的验证码是{1}。"', "|-\n    您的验证码是{1}。\n    第二行")
    (item,) = load(tmp_path, {"templates/a.yaml": body}).desired

    assert item.spec["content"] == "您的验证码是{1}。\n第二行"


def test_resources_are_sorted_by_address_whatever_the_files(tmp_path: Path) -> None:
    """Several documents a file and nested directories are fine; names with a dot are skipped."""
    body = "\n---\n".join(
        TEMPLATE.replace("login", name).replace("登录", name) for name in ("zoo", "bee")
    )
    found = load(
        tmp_path,
        {
            "templates/a/deep/x.yml": body,
            "templates/b.yaml": TEMPLATE,
            "templates/.hidden.yaml": "nonsense: [",
            "templates/.git/x.yaml": "nonsense: [",
            "templates/README.md": "# not a manifest",
        },
    )

    assert found.problems == ()
    assert [str(item.address) for item in found.desired] == [
        "template.bee",
        "template.login",
        "template.zoo",
    ]


@pytest.mark.parametrize(
    "name", ["a.YAML", "a.YML", "a.Yaml", "a.yaml.txt", "a.yml.txt", "a.yml.TXT", "deep/a.YAML"]
)
def test_a_manifest_whose_name_ends_otherwise_is_an_error_not_skipped(
    name: str, tmp_path: Path
) -> None:
    """Its resource would be deleted by the next apply."""
    found = load(tmp_path, {f"templates/{name}": TEMPLATE})

    assert lines(found.problems) == [f"templates/{name}:0:0 SMS121"]
    assert found.errors
    assert found.problems[0].message.plain == (
        "the file is not read: manifests end in .yaml or .yml; rename it"
    )


def test_hidden_files_backups_and_other_files_are_passed_over(tmp_path: Path) -> None:
    """Editors leave them beside manifests, and a directory has the name it likes."""
    names = [".a.YAML", ".a.yaml.swp", "a.yaml~", "a.yaml.bak", "a.yaml.orig", "a.YAML.bak"]
    names += ["README.md", "notes.txt", "a.json", "yaml", "YAML", "a.yaml.txt.gz", "a.xyaml"]
    found = load(
        tmp_path,
        {**{f"templates/{name}": "a: [" for name in names}, "templates/b.YAML/b.yaml": TEMPLATE},
    )

    assert found.problems == ()
    assert len(found.desired) == 1


def test_the_same_address_in_two_files_names_both(tmp_path: Path) -> None:
    """Also when the second document has other problems of its own."""
    broken = TEMPLATE.replace("verification", "nothing")
    found = load(tmp_path, {"templates/a.yaml": TEMPLATE, "templates/b.yaml": broken})

    assert lines(found.problems) == ["templates/b.yaml:3:18 SMS115", "templates/b.yaml:7:12 SMS114"]
    assert "templates/a.yaml:3" in found.problems[0].message.plain
    assert len(found.desired) == 1


def test_a_sign_and_a_template_may_share_a_name(tmp_path: Path) -> None:
    """An address is a kind and a name."""
    files: Files = {**FILES, "templates/login.yaml": TEMPLATE.replace("name: login", "name: acme")}

    assert load(tmp_path, files).problems == ()


def test_problems_of_all_files_come_at_once_and_sorted(tmp_path: Path) -> None:
    """One run shows everything; require raises it together."""
    files: Files = {
        "templates/b.yaml": TEMPLATE + "  extra: 1\n",
        "templates/a.yaml": "a: [",
        "signs/c.yaml": SIGN,
    }
    project = load_project(write(tmp_path, files))
    with pytest.raises(InvalidManifests) as caught:
        require_manifests(project)

    assert [each.file for each in caught.value.problems] == [
        "signs/c.yaml",
        "templates/a.yaml",
        "templates/b.yaml",
    ]


def test_warnings_do_not_stop(tmp_path: Path) -> None:
    """Only errors make manifests unusable."""
    body = TEMPLATE.replace("您的验证码是{1}。", "您的动态码是{1}。")
    found = load(tmp_path, {"templates/a.yaml": body})
    project = load_project(tmp_path)

    assert [each.severity for each in found.problems] == [Severity.WARNING]
    assert len(require_manifests(project)) == 1


def test_no_manifests_are_fine(tmp_path: Path) -> None:
    """A project that declares nothing loads; plan decides what that means."""
    assert load_manifests(load_project(write(tmp_path, {}))) == Manifests((), ())


def test_links_in_a_manifest_directory_are_errors_not_skipped(tmp_path: Path) -> None:
    """A link could point at any file of the machine, and skipping it would drop resources."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.yaml").write_text("secret_key: abc")
    root = write(tmp_path / "project", {"templates/a.yaml": TEMPLATE})
    (root / "templates/file.yaml").symlink_to(outside / "secret.yaml")
    (root / "templates/folder").symlink_to(outside)
    (root / "templates/loop.yaml").symlink_to(root / "templates/loop.yaml")
    os.mkfifo(root / "templates/pipe.yaml")
    problems = load_manifests(load_project(root)).problems

    assert lines(problems) == [
        "templates/file.yaml:0:0 SMS101",
        "templates/folder:0:0 SMS101",
        "templates/loop.yaml:0:0 SMS101",
        "templates/pipe.yaml:0:0 SMS101",
    ]
    assert not any("abc" in each.message.plain for each in problems)


def test_overlapping_directories_read_a_file_once(tmp_path: Path) -> None:
    """The project's directory itself may be listed; smsops.yaml is not a manifest."""
    project = "apiVersion: smsops/v1\nkind: Project\nmetadata: {name: x}\nspec:\n"
    project += "  region: ap-beijing\n  manifests: [., templates, templates/deep]\n"
    found = load(tmp_path, {"templates/deep/a.yaml": TEMPLATE}, project=project)

    assert found.problems == ()
    assert len(found.desired) == 1


def test_a_directory_that_went_away_is_an_error(tmp_path: Path) -> None:
    """Between reading the project and reading its manifests, too."""
    project = Project(root=write(tmp_path, {}), name="x", region="r", manifests=("gone",))

    assert lines(load_manifests(project).problems) == ["smsops.yaml:0:0 SMS116"]


def test_reading_leaves_the_garbage_collector_as_it_was(tmp_path: Path) -> None:
    """It is off while files are read, and on again after."""
    assert gc.isenabled()
    load(tmp_path, FILES)

    assert gc.isenabled()


def test_a_file_name_that_is_not_utf8_does_not_break_anything(tmp_path: Path) -> None:
    """Linux allows any bytes; the problem still names the file."""
    root = write(tmp_path, {"templates/a.yaml": TEMPLATE})
    with open(os.fsencode(root / "templates") + b"/\xff.yaml", "wb") as file:
        file.write(b"a: [")
    (problem,) = load_manifests(load_project(root)).problems

    assert problem.file == "templates/\udcff.yaml"
