"""From an account full of hand-made objects to manifests that plan nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from smsops.adoption.export import manifest
from smsops.emulator import SECRET_ID, SECRET_KEY
from smsops.errors import Exit
from smsops.kinds import RESOURCES
from smsops.kinds.reviews import review_of
from smsops.kinds.sign import DOCUMENT_TYPES, SIGN_TYPES
from smsops.model import ObjectId, Observed, Value
from smsops.model import Project as ProjectSettings
from smsops.workspace.session import open_backend
from smsops.workspace.settings import Options, Settings
from tests.export.unmanaged import SIGNS, empty_project, fill, missing, seeded, templates
from tests.support.linting import ABROAD, SIGN, codes, desired
from tests.support.project import Project, served
from tests.support.specs import template_manifest

#: What the API does not return and a manifest has to say.
TO_FILL = {
    "template": {"smsType", "remark"},
    "sign": {"signType", "documentType", "purpose", "proofImage"},
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """60 templates and 4 signs that nobody declared."""
    return seeded(tmp_path / "shop", SIGNS + templates())


def files(project: Project, directory: str = "templates") -> list[str]:
    return sorted(path.name for path in (project.root / directory).glob("*.yaml"))


def export(project: Project, directory: str = "templates", *options: str) -> int:
    return project("export", str(project.root / directory), *options).code


def test_one_file_an_object_and_validate_names_exactly_what_to_fill(project: Project) -> None:
    """Stable names; nothing is missing but what the API does not return."""
    assert export(project) == 0
    names = [f"sign-{2001 + n}.yaml" for n in range(4)]
    names += [f"template-{1500 + n}.yaml" for n in range(60)]
    assert files(project) == names
    assert missing(project) == {
        (name, field) for name in names for field in TO_FILL[name.partition("-")[0]]
    }
    assert project("validate", "--strict").code == 3


def test_filled_in_the_plan_shows_only_adoptions(project: Project) -> None:
    """And once they are applied, nothing; the account was never written to."""
    assert export(project) == 0
    fill(project.root / "templates")
    assert missing(project) == set()
    summary = project("plan", "--format", "json").json()["summary"]
    assert {name for name, count in summary.items() if count} == {"adopt"}
    assert summary["adopt"] == 64
    assert project("apply", "--auto-approve").code == 0
    assert "No changes." in project("plan").out
    assert project.writes() == []


def test_adopted_the_next_plan_has_no_changes(project: Project) -> None:
    """The ids are recorded at once; what nobody can read may stay out, or be filled in."""
    assert export(project, "templates", "--adopt") == 0
    assert "No changes. Signs and templates match the manifests." in project("plan").out
    fill(project.root / "templates")
    ran = project("plan", "--format", "json")
    assert {name for name, count in ran.json()["summary"].items() if count} == {"noop"}
    assert "No changes. Signs and templates match the manifests." in project("plan").out
    assert project("plan", "--detailed-exitcode").code == 0
    assert project("drift").last.startswith("No drift: 64 recorded objects")
    assert project.writes() == []


def test_a_second_export_finds_nothing(project: Project) -> None:
    """What is recorded is managed, manifest or not."""
    assert export(project, "templates", "--adopt") == 0
    before = project.state.read_bytes()
    ran = project("export", str(project.root / "templates"), "--adopt")
    assert (ran.code, ran.out) == (
        0,
        "Nothing to export: every object that was seen is managed, or about to be.\n",
    )
    assert project.state.read_bytes() == before


def test_nothing_is_ever_overwritten(project: Project) -> None:
    """One file in the way, and not one is written."""
    theirs = project.root / "templates" / "template-1530.yaml"
    theirs.write_text("# mine\n", "utf-8")
    ran = project("export", str(project.root / "templates"))
    assert ran.code == 1
    assert "template-1530.yaml: exists already; nothing was written" in ran.err
    assert files(project) == ["template-1530.yaml"]
    assert theirs.read_text("utf-8") == "# mine\n"


def test_a_link_in_the_way_is_not_followed(project: Project) -> None:
    """Also a dangling one: its target is somewhere else."""
    place = project.root / "outside"
    place.mkdir()
    (place / "sign-2001.yaml").symlink_to(project.root / "elsewhere.yaml")
    assert export(project, "outside") == 1
    assert not (project.root / "elsewhere.yaml").exists()


def test_adopt_records_what_was_seen(project: Project) -> None:
    """Without the spelling and the review, the next run would know less than this one did."""
    assert export(project, "templates", "--adopt") == 0
    resources = json.loads(project.state.read_text("utf-8"))["resources"]
    assert len(resources) == 64
    for record in resources.values():
        current = record["current"]
        assert current["read_back"], "the spelling is known"
        assert current["review"] is not None
        assert current["listed"] is True


def test_adopt_wants_a_directory_whose_files_are_read(project: Project) -> None:
    """Elsewhere the recorded ids would have no manifest, and the next apply would delete them."""
    for place in ("elsewhere", "templates/.hidden", ".smsops"):
        ran = project("export", str(project.root / place), "--adopt")
        assert ran.code == Exit.USAGE
        signs, templates = project.root / "signs", project.root / "templates"
        assert ran.err.endswith(f"\nWrite into {signs} or {templates}.\n")
    assert not (project.root / "elsewhere").exists()
    assert not project.state.exists()
    assert export(project, "elsewhere") == 0
    assert len(files(project, "elsewhere")) == 64


def test_adopt_makes_a_default_directory(tmp_path: Path) -> None:
    """``templates`` counts as soon as it exists."""
    project = seeded(tmp_path / "shop", templates(2))
    (project.root / "templates").rmdir()
    assert export(project, "templates", "--adopt") == 0
    assert files(project) == ["template-1500.yaml", "template-1501.yaml"]


NAMED = "manifests: [signs, templates], "


def names_directories(project: Project, directories: str) -> None:
    """Let smsops.yaml say ``directories``, a part of its spec."""
    path = project.root / "smsops.yaml"
    text = path.read_text("utf-8").replace("region:", f"{directories}region:")
    path.write_text(text, "utf-8")


@pytest.mark.parametrize("adopt", [False, True], ids=["export", "adopt"])
@pytest.mark.parametrize("how", ["named", "by default", "by default, not there yet"])
def test_into_the_project_each_file_goes_where_its_kind_is_read(
    project: Project, how: str, adopt: bool
) -> None:
    """Next to smsops.yaml nothing would read them."""
    if how == "named":
        names_directories(project, NAMED)
    elif how == "by default, not there yet":
        (project.root / "signs").rmdir()
        (project.root / "templates").rmdir()

    ran = project("export", str(project.root), *(["--adopt"] if adopt else []))

    assert ran.code == 0
    assert files(project, ".") == ["smsops.yaml"]
    assert files(project, "signs") == [f"sign-{2001 + n}.yaml" for n in range(4)]
    assert files(project, "templates") == [f"template-{1500 + n}.yaml" for n in range(60)]
    assert "spec.manifests" not in ran.err
    assert {name for name, _ in missing(project)} == {*files(project, "signs"), *files(project)}


def test_a_kind_that_has_no_directory_of_its_own_stays_in_dir(project: Project) -> None:
    """And --adopt refuses: the templates would be recorded and declared nowhere."""
    names_directories(project, "manifests: [signs], ")
    assert export(project, ".", "--adopt") == Exit.USAGE
    assert files(project, "signs") == []
    ran = project("export", str(project.root))
    assert len(files(project, "signs")) == 4
    assert len(files(project, ".")) == 61
    assert f"{project.root} is not under spec.manifests, so nothing reads its files yet." in ran.err
    assert f"Next: move the files into {project.root / 'signs'}.\n" in ran.err


@pytest.mark.parametrize("named", ["", NAMED, "manifests: [templates], "])
def test_files_that_nothing_reads_are_read_after_what_the_message_says(
    project: Project, named: str
) -> None:
    """The directories that were read before are in it: without them, apply would delete."""
    names_directories(project, named)
    before = "templates" if "signs" not in named and named else "signs, templates"

    ran = project("export", str(project.root / "imported" / "2026 07"))

    assert ran.code == 0
    said = f'manifests: [{before}, "imported/2026 07"]'
    assert f"Next: write `{said}` in {project.root / 'smsops.yaml'}, or move the files" in ran.err
    assert "After that `smsops validate" in ran.err
    path = project.root / "smsops.yaml"
    text = path.read_text("utf-8").replace(named, "")
    path.write_text(text.replace("region:", f"{said}, region:"), "utf-8")
    assert len({name for name, _ in missing(project)}) == 64


@pytest.mark.parametrize("place", ["../elsewhere", ".hidden", "templates/.hidden"])
def test_a_place_that_cannot_be_read_is_no_suggestion(project: Project, place: str) -> None:
    """Outside of the project, or where nobody would look for manifests."""
    ran = project("export", str(project.root / place))
    assert ran.code == 0
    signs, templates = project.root / "signs", project.root / "templates"
    assert f"Next: move the files into {signs} or {templates}.\n" in ran.err
    assert "write `manifests:" not in ran.err


def test_an_address_that_means_another_object_stops_the_export(project: Project) -> None:
    """``template.t-1500`` is declared for something else."""
    text = template_manifest(
        "t-1500", templateName="别的", content="别的内容", smsType="notification", remark="x"
    )
    (project.root / "signs" / "x.yaml").write_text(text, "utf-8")
    ran = project("export", str(project.root / "templates"))
    assert ran.code == 1
    assert "template.t-1500: declared or recorded already" in ran.err
    assert files(project) == []


def test_declared_and_recorded_objects_are_left_out(project: Project) -> None:
    """A manifest that is about to adopt an object is enough."""
    assert export(project) == 0
    fill(project.root / "templates")
    project.console.seed(
        [{"kind": "template", "id": 9000, "templateName": "新的", "content": "新内容"}]
    )
    assert export(project, "signs") == 0
    assert files(project, "signs") == ["template-9000.yaml"]


def test_the_review_is_a_comment_and_so_is_a_guess(tmp_path: Path) -> None:
    """Neither is a value: a comment claims nothing."""
    project = seeded(
        tmp_path / "shop",
        [
            {
                "kind": "template",
                "id": 1,
                "templateName": "a",
                "content": "优惠，拒收请回复R",
                "status": "rejected",
                "reply": "不合规\n: {x} \u202e",
            },
            {"kind": "template", "id": 2, "templateName": "b", "content": "您的验证码是{1}。"},
            {"kind": "template", "id": 3, "templateName": "c", "content": "您的订单已发货。"},
            {"kind": "template", "id": 4, "templateName": "d", "content": "x", "international": 3},
            {"kind": "sign", "id": 5, "signName": "老签名"},
        ],
    )
    assert export(project) == 0
    texts = {
        number: (project.root / "templates" / f"{kind}-{number}.yaml").read_text("utf-8")
        for kind, number in [*(("template", n) for n in range(1, 5)), ObjectId("sign", 5)]
    }
    assert "# Review when it was exported: rejected.\n" in texts[1]
    assert "# Reviewer: 不合规\\n: {x} \\u{202e}\n" in texts[1]
    assert "the text looks like marketing" in texts[1]
    assert "the text looks like verification" in texts[2]
    assert "the text looks like notification" in texts[3]
    assert "International 3" in texts[4]
    assert "# qualificationId: FILL IN" in texts[5]
    for text in texts.values():
        values = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
        assert not any("smsType" in line or "remark" in line for line in values)


@pytest.mark.parametrize("abroad", [False, True], ids=["domestic", "international"])
def test_a_sign_is_offered_all_that_validate_accepts_and_nothing_else(abroad: bool) -> None:
    """Of app signs, domestic ones do not even hear."""
    spec: dict[str, Value] = {"signName": "Acme", "international": abroad}
    text = manifest(
        RESOURCES["sign"], Observed("sign", 7, spec, review_of(0)), account_id="1", region="r"
    )
    types = re.search(r"signType: FILL IN one of (.*);", text)
    listed = re.search(r"documentType: FILL IN one of (.*);", text)
    assert types is not None
    assert listed is not None
    documents = re.findall(r"([\w -]+) \((\w+)\)", listed[1])

    offered = {(kind, each) for names, kind in documents for each in names.strip().split(" or ")}

    base = ABROAD if abroad else SIGN
    accepted = {
        (kind, each)
        for kind in SIGN_TYPES
        for each in DOCUMENT_TYPES
        if not codes(desired("sign", "a", {**base, "signType": kind, "documentType": each}))
    }
    assert offered == accepted
    assert types[1].split(", ") == [kind for _, kind in documents]


def test_without_a_complete_listing_the_rest_is_not_claimed(tmp_path: Path) -> None:
    """A sub-account may not list templates: its signs are exported, and the exit code is 1."""
    project = seeded(tmp_path / "shop", SIGNS + templates(2))
    data = project.root / ".smsops" / "emulator.json"
    with served(data, "--subaccount", "--no-limits") as url:
        environment = {"TENCENTCLOUD_SECRET_ID": SECRET_ID, "TENCENTCLOUD_SECRET_KEY": SECRET_KEY}
        away = Project(project.root, ("--endpoint", url), environment)
        ran = away("export", str(project.root / "templates"))
    assert ran.code == 1
    assert "not everything could be listed" in ran.err
    assert files(project) == [f"sign-{2001 + n}.yaml" for n in range(4)]


def test_adopt_takes_the_lock_and_export_does_not(project: Project) -> None:
    """A locked state stops --adopt before any file is written."""
    settings = ProjectSettings(root=project.root, name="shop", region="ap-guangzhou", manifests=())
    with open_backend(Settings(Options(emulator=True), {}), settings).lock("apply"):
        assert export(project, "templates", "--adopt") == Exit.LOCKED
        assert files(project) == []
        assert export(project) == 0


def test_an_account_without_objects(tmp_path: Path) -> None:
    """Nothing to write, nothing to record."""
    project = empty_project(tmp_path / "shop")
    assert export(project, "templates", "--adopt") == 0
    assert not project.state.exists()


def test_a_text_that_stands_approved_gets_an_exception(tmp_path: Path) -> None:
    """A rejected one has to be edited anyway, and says so."""
    old = {"kind": "template", "content": "新品上市，回T退订"}
    project = seeded(
        tmp_path / "shop",
        [
            {**old, "id": 1, "templateName": "a"},
            {**old, "id": 2, "templateName": "b", "status": "rejected"},
            {"kind": "template", "id": 3, "templateName": "c", "content": "您的订单已发货。"},
        ],
    )
    assert export(project) == 0
    texts = {
        number: (project.root / "templates" / f"template-{number}.yaml").read_text("utf-8")
        for number in (1, 2, 3)
    }
    assert "lint:\n  ignore: [SMS307]\n" in texts[1]
    assert "lint:" not in texts[2]
    assert "lint:" not in texts[3]
    fill(project.root / "templates")
    problems = project("validate", "--format", "json").json()["problems"]
    found = [row["file"] for row in problems if row["code"] == "SMS307"]
    assert found == ["templates/template-2.yaml"]


def test_beside_a_broken_manifest_nothing_is_exported(project: Project) -> None:
    """It may declare one of them already."""
    (project.root / "templates" / "mine.yaml").write_text("kind: [", "utf-8")
    for options in ([], ["--adopt"]):
        assert export(project, "templates", *options) == Exit.INVALID
    assert files(project) == ["mine.yaml"]
    assert not project.state.exists()
