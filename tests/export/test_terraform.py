"""Taking over what Terraform manages: addresses, manifests, and a plan without changes."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.export.tfstates import (
    OPENTOFU,
    SIGN,
    TEMPLATE,
    TENCENT,
    Object,
    shown,
    sign,
    template,
    version_3,
    version_4,
)
from tests.export.unmanaged import LONG_AGO, empty_project
from tests.support.project import Project, Ran
from tests.support.specs import png, template_manifest

TEXTS = {
    1110: "您的验证码是{1}，请勿泄露。",
    1111: "您的订单{1}已发货。",
    1112: "Your code is {1}.",
}
NAMES = {1110: "登录验证码", 1111: "订单通知", 1112: "Login"}
Json = dict[str, Any]


def text(number: int, **more: Any) -> Json:
    """A template of the account."""
    return {
        "kind": "template",
        "id": number,
        "templateName": NAMES.get(number, f"模板{number}"),
        "content": TEXTS.get(number, f"您的{number}号验证码是{{1}}。"),
        "international": number == 1112,
        **more,
    }


ACME = {"kind": "sign", "id": 2001, "signName": "艾克米", "qualificationId": 1000001}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Three templates and a sign in the account, all of them unknown to the project."""
    project = empty_project(tmp_path / "shop")
    seed(project, ACME, *(text(number) for number in TEXTS))
    return project


def seed(project: Project, *objects: Json) -> None:
    project.console.seed([{"created": LONG_AGO, **item} for item in objects])


def managed(number: int, name: str = "login", key: str | int | None = None, **more: Any) -> Object:
    """What Terraform has of :func:`text`."""
    seen = text(number)
    known = {
        "template_name": seen["templateName"],
        "template_content": seen["content"],
        "international": int(seen["international"]),
    }
    return template(name, f"{number}#0", key, **{**known, **more})


def take_over(
    project: Project,
    *objects: Object,
    write: Callable[..., bytes] = version_4,
    options: tuple[str, ...] = (),
) -> Ran:
    path = project.root / "state.json"
    path.write_bytes(write(*objects))
    ran = project("import", "--from-tfstate", str(path), *options)
    assert project.writes() == [], "an import only reads the account"
    return ran


def bound(project: Project) -> dict[str, int]:
    """address -> id of its current object."""
    if not project.state.exists():
        return {}
    rows = json.loads(project.state.read_text("utf-8"))["resources"]
    return {address: row["current"]["remote_id"] for address, row in rows.items()}


def files(project: Project) -> list[str]:
    return sorted(
        path.relative_to(project.root).as_posix()
        for name in ("signs", "templates")
        for path in (project.root / name).rglob("*")
        if path.is_file()
    )


def written(project: Project, name: str) -> str:
    return (project.root / name).read_text("utf-8")


def unchanged(project: Project) -> None:
    """The manifests are valid, and the account is what they say."""
    valid = project("validate")
    assert valid.code == 0, valid.out
    plan = project("plan", "--detailed-exitcode")
    assert (plan.code, "No changes." in plan.out) == (0, True), plan.out


@pytest.mark.parametrize("write", [version_4, version_3, shown])
def test_everything_is_bound_and_the_next_plan_is_empty(
    project: Project, write: Callable[..., bytes]
) -> None:
    """With what the API never returns from Terraform's state, in the words of manifests."""
    ran = take_over(
        project,
        sign("acme", "2001#0", png(), remark="官网登录"),
        managed(1110, "Login_Code"),
        managed(1111, "order", sms_type=2, remark="发货", module="module.shop.module.sms"),
        template("there", "1112#1", mode="data"),
        write=write,
    )
    note, last = ran.err.splitlines()
    assert ran.code == 0
    assert note == (
        f"Note: editors check the manifests by {project.root / '.smsops.schema.json'}: commit it "
        "with them."
    )
    assert last.startswith("Next: `smsops plan -C")
    assert bound(project) == {
        "sign.acme": 2001,
        "template.login-code": 1110,
        "template.order": 1111,
    }
    unchanged(project)
    state = json.loads(project.state.read_text("utf-8"))["resources"]["template.order"]
    assert state["current"]["assumed"] == ["remark", "smsType"]
    assert "  smsType: notification\n" in written(project, "templates/order.yaml")
    made = written(project, "signs/acme.yaml")
    for line in (
        "signType: company",
        "documentType: three-in-one",
        "purpose: own-use",
        "qualificationId: 1000001",
        'remark: "官网登录"',
    ):
        assert f"  {line}\n" in made
    assert project("apply", "--auto-approve").code == 0
    assert project.writes() == []


def test_each_line_says_what_became_of_a_key(project: Project) -> None:
    """On standard output, with the file."""
    ran = take_over(project, managed(1110, "sms", "登录验证码"), managed(1111, "sms", "订单"))
    first, second, *_ = ran.out.splitlines()
    assert first == (
        'template.sms-1110: template 1110 "登录验证码" (active) is its current object, '
        f'{TEMPLATE}.sms["登录验证码"] in Terraform'
    )
    assert second == "  written: templates/sms-1110.yaml"
    assert list(bound(project)) == ["template.sms-1110", "template.sms-1111"]


@pytest.mark.parametrize(
    ("first", "second", "addresses"),
    [
        (("a", "x"), ("a", "y"), ["a-x", "a-y"]),
        (("a", 0), ("a", 1), ["a-0", "a-1"]),
        (("a", "login_code"), ("a", "login-code"), ["a-login-code-1110", "a-login-code-1111"]),
        (("a", "登录"), ("a", "x"), ["a-1110", "a-x"]),
        (("a", "登录1"), ("a", "登录2"), ["a-1110", "a-1111"]),
        (("a", "!"), ("a", ""), ["a-1110", "a-1111"]),
        (("登录", None), ("订单", None), ["t-1110", "t-1111"]),
        (("a" * 70, None), ("a" * 71, None), ["a" * 58 + "-1110", "a" * 58 + "-1111"]),
        (("null", None), ("007", None), ["null", "007"]),
        (("this", None, "module.m"), ("this", None, "module.n"), ["m-this", "n-this"]),
        (("this", None, "module.m"), ("other", None, ""), ["m-this", "other"]),
        (("this", None, ""), ("this", None, "module.m"), ["this-1110", "m-this"]),
        (("otp", None, "module.m"), ("other", None, ""), ["otp", "other"]),
        (
            ("this", None, 'module.m["a"]'),
            ("this", None, 'module.m["b"]'),
            ["m-a-this", "m-b-this"],
        ),
        (
            ("this", None, 'module.m["登录"]'),
            ("this", None, 'module.m["订单"]'),
            ["m-this-1110", "m-this-1111"],
        ),
        (
            ("otp", None, 'module.m["登录"]'),
            ("otp", None, "module.n"),
            ["m-otp-1110", "n-otp"],
        ),
        (("a", "登录"), ("a-1110", None), ["a-1110", "a-1110-1111"]),
        (
            ("otp", "x", "module.cn.module.m"),
            ("otp", "x", "module.intl.module.m"),
            ["cn-m-otp-x", "intl-m-otp-x"],
        ),
    ],
)
def test_no_two_objects_get_one_address(
    project: Project, first: tuple[Any, ...], second: tuple[Any, ...], addresses: list[str]
) -> None:
    """Modules and ids go into a name where it says too little; a second run changes nothing."""
    pair = [
        managed(number, name, key, module=module[0] if module else "")
        for number, (name, key, *module) in zip((1110, 1111), (first, second), strict=True)
    ]
    expected = {f"template.{name}": number for name, number in zip(addresses, TEXTS, strict=False)}
    assert take_over(project, *pair).code == 0
    assert bound(project) == expected
    unchanged(project)
    before = files(project), project.state.read_bytes()
    again = take_over(project, *reversed(pair))
    assert (again.code, again.out.count("already was its current object")) == (0, 2)
    assert (files(project), project.state.read_bytes()) == before


def test_a_manifest_that_declares_an_object_serves(project: Project) -> None:
    """Whatever its name is; no second one is written."""
    project.template("mine", TEXTS[1110], title=NAMES[1110])
    ran = take_over(project, managed(1110))
    assert ran.code == 0
    assert bound(project) == {"template.mine": 1110}
    assert files(project) == ["templates/mine.yaml"]
    unchanged(project)


def test_an_address_of_something_else_is_not_taken(project: Project) -> None:
    """Also when it is bound only, and no manifest says so."""
    assert project("import", "template.free", "1111").code == 0
    seed(project, text(1120))
    project.template("login", "另一条{1}。", title="另一条")
    project.template("promo", "又一条{1}。", title="又一条")
    ran = take_over(
        project,
        template("free", "1120#0"),
        managed(1110, "login"),
        managed(1111, "order"),
        managed(1112, "promo"),
    )
    assert ran.code == 0, ran.err
    assert "  template.login is declared or recorded for something else\n" in ran.out
    assert bound(project) == {
        "template.free": 1111,
        "template.free-1120": 1120,
        "template.login-1110": 1110,
        "template.promo-1112": 1112,
    }
    assert "templates/free.yaml" in files(project)


def test_no_file_is_written_over(project: Project) -> None:
    """One may have the name by chance."""
    (project.root / "templates" / "order.yaml").write_text("# notes\n")
    assert take_over(project, managed(1111, "order")).code == 0
    assert written(project, "templates/order.yaml") == "# notes\n"
    assert files(project) == ["templates/order.yaml", "templates/template-order.yaml"]


def test_a_manifest_of_the_same_name_with_another_text_asks_a_person(project: Project) -> None:
    """It may be meant to replace the object: exit 3, the command, and the rest is bound."""
    project.template("login", "新的验证码是{1}。", title=NAMES[1110])
    ran = take_over(project, managed(1110), managed(1111, "order"))
    assert ran.code == 3
    assert f"Not imported: {TEMPLATE}.login: template.login is declared with its name" in ran.err
    assert "`smsops import template.login 1110" in ran.err
    assert bound(project) == {"template.order": 1111}
    assert project("import", "template.login", "1110").code == 0
    assert "± replace  template.login" in project("plan").out


def test_a_manifest_of_the_same_name_that_has_its_object_is_passed_by(project: Project) -> None:
    """It means that one, so nobody has to be asked."""
    project.template("login", "新的验证码是{1}。", title=NAMES[1110])
    seed(project, text(1120, templateName=NAMES[1110], content="新的验证码是{1}。"))
    assert project("import", "template.login", "1120").code == 0
    assert take_over(project, managed(1110)).code == 0
    assert bound(project) == {"template.login": 1120, "template.login-1110": 1110}


def test_a_declared_address_keeps_its_object_and_its_manifest(project: Project) -> None:
    """Also while the manifest says something else: that is a change, and no second manifest."""
    project.template("mine", "新的验证码是{1}。", title=NAMES[1110])
    assert project("import", "template.mine", "1110").code == 0
    before = project.state.read_bytes()
    ran = take_over(project, managed(1110))
    assert "template.mine: template 1110" in ran.out
    assert (ran.code, files(project)) == (0, ["templates/mine.yaml"])
    assert project.state.read_bytes() == before


def test_what_was_submitted_from_here_stays_known(tmp_path: Path) -> None:
    """Somebody may have imported an object of ours into Terraform."""
    project = Project(tmp_path / "shop").begin(1).approved()
    [number] = [number for kind, number in project.recorded() if kind == "template"]
    before = project.state.read_bytes()
    path = project.root / "state.json"
    path.write_bytes(version_4(template("theirs", f"{number}#0", sms_type=1)))
    assert project("import", "--from-tfstate", str(path)).code == 0
    assert project.state.read_bytes() == before


def test_a_successor_gets_no_manifest_of_its_own(project: Project) -> None:
    """It belongs to an address that has a current object."""
    assert project("import", "template.a", "1110").code == 0
    assert project("import", "template.a", "1111", "--as", "successor").code == 0
    ran = take_over(project, managed(1111, "order"))
    assert "is recorded already as its successor object" in ran.out
    assert files(project) == []


def test_what_cannot_be_taken_over_is_named_and_the_rest_is(project: Project) -> None:
    """Exit 1; with the id, and the command that does it by hand."""
    ran = take_over(
        project,
        template("gone", "77#0"),
        managed(1110),
        template("odd", "x#0"),
        template("none", None),
        template("登录", ""),
        template("north", "78#0", provider=f"{TENCENT}.bj"),
        template("south", "79#0", provider="module.m.provider.tencentcloud.gz"),
    )
    assert ran.code == 1
    assert ran.err.count("Its provider configuration is") == 2
    assert "Its provider configuration is bj, perhaps for another region" in ran.err
    assert "Its provider configuration is gz, perhaps for another region" in ran.err
    assert bound(project) == {"template.login": 1110}
    for source, words, command in (
        ("gone", "there is no template with the id 77 in this account", "template.gone 77"),
        ("odd", "its id is no number", "template.odd ID"),
        ("none", "it has no id", "template.none ID"),
        ("登录", "it has no id", "template.t-id ID"),
    ):
        assert f"Not imported: {TEMPLATE}.{source}: {words}" in ran.err
        assert f"`smsops import {command}" in ran.err
    assert f"state rm {TEMPLATE}.login" in ran.out
    assert f"{TEMPLATE}.gone" not in ran.out


def test_a_state_of_another_account_is_seen(project: Project) -> None:
    """Nothing of it is there."""
    ran = take_over(project, template("a", "77#0"), template("b", "78#0"))
    assert (ran.code, ran.out) == (1, "")
    assert "None of them is in this account, region ap-guangzhou" in ran.err


def test_two_resources_for_one_object_bind_it_once(project: Project) -> None:
    """The first names it; both have to leave Terraform."""
    ran = take_over(project, managed(1110, "a"), managed(1110, "b"))
    assert ran.code == 0
    assert bound(project) == {"template.a": 1110}
    assert f"template.a: {TEMPLATE}.b in Terraform is the same object" in ran.out
    assert f"terraform state rm {TEMPLATE}.b" in ran.out


@pytest.mark.parametrize("known", [True, False])
def test_ids_of_two_regions_are_not_confused(project: Project, known: bool) -> None:
    """Another provider configuration may be another region: the text tells, or nothing does."""
    here = managed(1110, "gz", provider="p.gz", template_name=NAMES[1110] if known else "x")
    there = managed(1110, "bj", provider="p.bj", template_content="别处{1}")
    ran = take_over(project, there, here)
    assert bound(project) == ({"template.gz": 1110} if known else {})
    assert ran.code == (1 if known else 3)
    assert "`smsops import template.bj 1110" in ran.err
    assert ("`smsops import template.gz 1110" in ran.err) is not known
    assert ("and run this again: then its manifest is written" in ran.err) is not known
    assert project("import", "template.gz", "1110").code == 0
    again = take_over(project, there, here)
    assert (again.code, "Not imported" in again.err) == (0, False), "somebody has decided"
    assert files(project) == ["templates/gz.yaml"]


def test_what_the_account_says_wins_and_is_said(project: Project) -> None:
    """Terraform's state may be old."""
    stale: Json = {"template_name": "旧名", "template_content": "旧" * 100, "international": 1}
    ran = take_over(project, managed(1110, **stale))
    assert ran.code == 0
    assert (
        '  templateName: "旧名" in Terraform\'s state; the account has "登录验证码", which was '
        "written\n" in ran.out
    )
    assert f'  content: "{"旧" * 60}…" in Terraform' in ran.out
    assert "  international: true in Terraform" in ran.out
    unchanged(project)


def test_what_nothing_knows_is_left_out_and_named(project: Project) -> None:
    """So is what Terraform's provider took and the service does not take any more."""
    ran = take_over(
        project,
        managed(1110, "a", remark=None, sms_type=0),
        sign("acme", "2001#0", document_type=9),
    )
    assert ran.code == 0
    assert "  smsType: left out: 0 in Terraform is none of its values\n" in ran.out
    assert "  documentType: left out: 9 in Terraform is none of its values\n" in ran.out
    assert "  not in Terraform's state, left out: remark\n" in ran.out
    assert "  not in Terraform's state, left out: proofImage\n" in ran.out
    made = written(project, "templates/a.yaml")
    assert "\n  smsType:" not in made
    assert "\n  remark:" not in made


def test_images_become_files(project: Project) -> None:
    """By their content; a second one is shared; a file that is no image is named, never shown."""
    jpeg = bytes.fromhex("ffd8ffc0000b080008000801011100ffda0008010100003f0000ffd9")
    seed(
        project,
        {**ACME, "id": 2002, "signName": "艾克米科技"},
        {**ACME, "id": 2003, "signName": "艾克米商城"},
    )
    ran = take_over(
        project,
        sign("a", "2001#0", png(), sign_purpose=1, commission_image=_base64(jpeg)),
        sign("b", "2002#0", b"", proof_image="data:image/png;base64,\n" + _base64(png())),
        sign("c", "2003#0", b"GIF89a-of-a-licence"),
    )
    assert ran.code == 0, ran.err
    assert "  proofImage: left out: it is neither a PNG nor a JPEG\n" in ran.out
    found = {
        name: (project.root / name).read_bytes() for name in files(project) if "proofs" in name
    }
    assert [(name.partition("-")[0], body) for name, body in found.items()] == [
        ("signs/proofs/a", jpeg),
        ("signs/proofs/a", png()),
        ("signs/proofs/b", png()),
    ]
    assert [name.rpartition(".")[2] for name in found] == ["jpg", "png", "png"]
    for body in (jpeg, png(), b"GIF89a-of-a-licence"):
        assert _base64(body)[:16] not in ran.out + ran.err
    (project.root / "signs" / "c.yaml").unlink()
    assert project("validate").code == 0


def _base64(body: bytes) -> str:
    return base64.b64encode(body).decode()


def test_an_image_that_is_too_large_is_left_out(project: Project) -> None:
    """No manifest may name it."""
    ran = take_over(project, sign("a", "2001#0", png() + bytes(6_000_000)))
    assert re.search(r"  proofImage: left out: it has 60\d+ bytes; at most 5242880 are", ran.out)
    assert files(project) == ["signs/a.yaml"]


def test_an_image_that_is_no_base64_is_left_out(project: Project) -> None:
    """A configuration may have named a file."""
    ran = take_over(project, sign("a", "2001#0", proof_image="licences/营业执照.png"))
    assert "  proofImage: left out: it is no base64 of an image\n" in ran.out
    assert "营业执照" not in ran.out


def test_a_text_that_no_manifest_may_hold_is_left_out(project: Project) -> None:
    """A control character is refused, and half a character cannot be written at all."""
    ran = take_over(project, managed(1110, "a", remark="\x07"), managed(1111, "b", remark="\ud800"))
    assert ran.code == 0
    assert ran.out.count("  remark: left out: it holds characters that a manifest may not") == 2
    assert len(files(project)) == 2


def test_a_text_is_judged_beside_all_other_manifests(project: Project) -> None:
    """It may be too long with the sign of another file, and for nobody else."""
    project.sign("acme", "艾克米")
    (project.root / "signs" / "license.png").write_bytes(png())
    seed(project, text(1120, content="验证码" + "长" * 493))
    ran = take_over(project, template("long", "1120#0"))
    assert "  its text breaks SMS3" in ran.out
    assert project("validate").code == 0


def test_a_project_that_wants_complete_manifests_gets_no_other(project: Project) -> None:
    """`lint.incomplete: error`: the object is bound, and its manifest is a person's to write."""
    settings = project.root / "smsops.yaml"
    settings.write_text(
        settings.read_text("utf-8").replace("lint: {", "lint: {incomplete: error, ")
    )
    ran = take_over(project, managed(1110, "a", remark=None), managed(1111, "b"))
    assert ran.code == 3
    assert "  no manifest, since it would be refused: SMS130: remark is not declared" in ran.out
    assert files(project) == ["templates/b.yaml"]
    unchanged(project)


def test_what_validate_would_refuse_is_left_out(project: Project) -> None:
    """With the rule; what else is known is written. No directory has to be there."""
    (project.root / "signs").rmdir()
    (project.root / "templates").rmdir()
    ran = take_over(
        project,
        sign("a", "2001#0", png(), commission_image=_base64(png())),
    )
    assert ran.code == 0
    assert "  commissionImage: left out: SMS205: commissionImage is only for purpose" in ran.out
    unchanged(project)
    assert len(files(project)) == 2


def test_a_text_that_breaks_a_rule_is_an_exception(project: Project) -> None:
    """It stands in the account; only a new one has to keep the rule."""
    seed(project, text(1120, content="【艾克米】您的验证码是{1}。"))
    ran = take_over(project, template("old", "1120#0"))
    assert ran.code == 0
    assert "  its text breaks SMS3" in ran.out
    assert "in Terraform's state" not in ran.out, "it has no text"
    assert "\nlint:\n  ignore: [SMS3" in written(project, "templates/old.yaml")
    unchanged(project)


def test_an_object_that_no_manifest_can_declare_is_bound_without_one(project: Project) -> None:
    """A control character: exit 3, since a person has to decide."""
    seed(project, text(1120, templateName="a\x07b"))
    ran = take_over(project, managed(1110), template("old", "1120#0"))
    assert ran.code == 3
    assert "  no manifest, since it would be refused: templateName holds characters" in ran.out
    assert bound(project) == {"template.login": 1110, "template.old": 1120}
    assert files(project) == ["templates/login.yaml"]
    unchanged(project)


def test_two_objects_with_one_text_get_one_manifest(project: Project) -> None:
    """Two of them would be an error."""
    seed(project, text(1120, templateName=NAMES[1110], content=TEXTS[1110]))
    ran = take_over(project, managed(1110, "a"), template("b", "1120#0"))
    assert ran.code == 0
    assert "  no manifest: template.a declares the same, of another object" in ran.out
    assert bound(project) == {"template.a": 1110, "template.b": 1120}
    unchanged(project)


def test_a_twin_of_a_declared_object_gets_no_manifest(project: Project) -> None:
    """Whether that one is in Terraform or not."""
    project.template("mine", TEXTS[1110], title=NAMES[1110])
    assert project("import", "template.mine", "1110").code == 0
    seed(project, text(1120, templateName=NAMES[1110], content=TEXTS[1110]))
    ran = take_over(project, template("b", "1120#0"))
    assert ran.code == 0
    assert "  no manifest: template.mine declares the same, of another object" in ran.out
    assert bound(project) == {"template.b": 1120, "template.mine": 1110}
    unchanged(project)


def test_an_object_of_both_kinds_of_places_is_declared_for_one(project: Project) -> None:
    """Both values match it (International 3)."""
    seed(project, text(1120, international=3))
    ran = take_over(project, template("a", "1120#0", international=3))
    assert (ran.code, "international" in ran.out) == (0, False)
    assert "\n  international: false\n" in written(project, "templates/a.yaml")
    unchanged(project)


def test_what_was_bound_before_stays_at_its_address(project: Project) -> None:
    """It gets the manifest that it did not have; one that was removed comes back."""
    assert project("import", "template.mine", "1110").code == 0
    ran = take_over(project, managed(1110), managed(1111, "order"))
    assert "template.mine: template 1110" in ran.out
    assert files(project) == ["templates/mine.yaml", "templates/order.yaml"]
    assert project.apply().code == 0
    (project.root / "templates" / "mine.yaml").unlink()
    assert "- delete" in project("plan").out
    assert take_over(project, managed(1110)).code == 0
    unchanged(project)


@pytest.mark.parametrize(
    "words",
    [
        *('say "hi"', "a\tb", "a\nb\r\nc", "both", "null", "~", "007", "no", "1_000", "'", " a "),
        *("😀 # x: {1}", "- a", "\\n", "%{x}", "<!-- a -->", "&#36;", "a" * 2000),
    ],
)
def test_any_text_comes_back_as_it_is(project: Project, words: str) -> None:
    """From the manifest that was written. No remark has a tab."""
    remark = words.replace("\t", " ")
    seed(project, text(1120, templateName=words, content=f"验证码{words}{{1}}"))
    assert take_over(project, template("a", "1120#0", remark=remark)).code == 0
    unchanged(project)
    plan = project("plan", "--format", "json").json()
    [row] = [each for each in plan["resource_changes"] if each["address"] == "template.a"]
    for name, wanted in (
        ("templateName", words),
        ("content", f"验证码{words}{{1}}"),
        ("remark", remark),
    ):
        assert row["change"]["after"][name] == wanted


def test_terraform_is_told_to_let_go(project: Project) -> None:
    """The last lines can be copied; what stays with Terraform is in none of them."""
    ran = take_over(
        project,
        managed(1110, "sms", "登录"),
        managed(1111, "order"),
        template("sms", "77#0", "x"),
        managed(1112, "intl", provider=OPENTOFU),
    )
    advice = ran.out[ran.out.index("Terraform manages these objects as well") :]
    assert "deletes them once their resource blocks are gone" in advice
    assert f"removed {{\n  from = {TEMPLATE}.order\n  lifecycle {{\n    destroy = false\n" in advice
    assert f"from = {TEMPLATE}.sms" not in advice, "it would take the other key along"
    assert advice.endswith(
        f"terraform state rm '{TEMPLATE}.sms[\"登录\"]'\n"
        f"terraform state rm {TEMPLATE}.order\n"
        f"tofu state rm {TEMPLATE}.intl\n"
    )
    assert f"# Terraform's {TEMPLATE}.order until" in written(project, "templates/order.yaml")


def test_deposed_objects_are_named_and_not_bound(project: Project) -> None:
    """Terraform means to delete them; that is no failure."""
    ran = take_over(
        project,
        managed(1110),
        managed(1110, deposed="0a1b2c3d"),
        managed(1111, deposed="5f2a1c00"),
    )
    assert (ran.code, ran.err.count("(deposed)")) == (0, 1)
    assert bound(project) == {"template.login": 1110}
    assert "(deposed): Terraform has replaced template 1111 and wants to delete it" in ran.err
    assert "`smsops import template.NAME 1111" in ran.err


def test_nothing_is_recorded_when_a_manifest_cannot_be_written(project: Project) -> None:
    """And nothing of the others is left behind."""
    (project.root / "signs").rmdir()
    (project.root / "signs").symlink_to(project.root / "templates")
    ran = take_over(project, managed(1110), sign("acme", "2001#0", png()))
    assert ran.code == 3
    assert "a symbolic link is not followed" in ran.err
    assert (bound(project), list((project.root / "templates").iterdir())) == ({}, [])


def test_hostile_names_are_shown_harmlessly(project: Project) -> None:
    """A name from somebody's state cannot write to the terminal, or into the manifest."""
    ran = take_over(project, managed(1110, "\x1b[2J::error::\n", "\u202e\nspec: {}"))
    assert ran.code == 0
    assert "\x1b" not in ran.out + ran.err
    assert "\u202e" not in ran.out + ran.err
    assert list(bound(project)) == ["template.2j-error-1110"]
    unchanged(project)


def test_a_state_comes_through_a_pipe(project: Project) -> None:
    """`terraform state pull | smsops import --from-tfstate -`; a failed pull sends nothing."""
    for body, code in ((version_4(managed(1110)), 0), (b"", 1)):
        process = project.process("import", "--from-tfstate", "-", stdin=subprocess.PIPE)
        assert process.stdin is not None
        process.stdin.write(body.decode())
        ran = project.ended(process)
        assert ran.code == code, ran
    assert "standard input is empty" in ran.err
    assert bound(project) == {"template.login": 1110}


def test_nothing_is_taken_over_where_a_manifest_cannot_be_checked(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No room for temporary files: nothing is written, nothing recorded."""
    monkeypatch.setattr(tempfile, "tempdir", str(project.root / "nowhere"))
    ran = take_over(project, managed(1110))
    assert ran.code == 1
    assert "new manifests cannot be checked beside the others" in ran.err
    assert (files(project), bound(project)) == ([], {})


def test_a_missing_file_and_an_empty_state(project: Project) -> None:
    """One is an error, the other is nothing to do."""
    ran = project("import", "--from-tfstate", str(project.root / "nope"))
    assert (ran.code, "cannot be read" in ran.err) == (1, True)
    ran = take_over(project)
    assert (ran.code, ran.out) == (0, "Nothing to import: no signs and templates in that state.\n")
    assert files(project) == []


def test_a_sign_and_a_template_may_share_a_name(project: Project) -> None:
    """And an id: both count apart."""
    seed(project, {**ACME, "id": 1110, "signName": "艾克米科技"})
    ran = take_over(project, sign("login", "1110#0", png()), managed(1110))
    assert ran.code == 0
    assert bound(project) == {"sign.login": 1110, "template.login": 1110}
    assert SIGN in ran.out
    unchanged(project)


def test_every_plan_reminds_of_what_terraform_still_manages_where_that_is_asked_for(
    project: Project,
) -> None:
    """smsops cannot see whether Terraform has let go: whoever did it removes the labels."""
    items = managed(1110), managed(1111, "sms", "订单")
    assert take_over(project, *items, options=("--remind",)).code == 0
    unchanged(project)
    note = project("plan").out
    assert "Note: Terraform still manages tencentcloud_sms_template.login, " in note
    assert 'tencentcloud_sms_template.sms["订单"] and deletes them with their resource' in note
    for name in files(project):
        path = project.root / name
        text = re.sub(r"  labels:\n    terraform: .*\n", "", path.read_text("utf-8"))
        path.write_text(text, "utf-8")
    assert "Terraform" not in project("plan").out


def test_nobody_is_reminded_unless_asked(project: Project) -> None:
    assert take_over(project, managed(1110)).code == 0
    assert "Terraform" not in project("plan").out
    assert project("import", "template.x", "1111", "--remind").code == 64


def test_beside_a_broken_manifest_nothing_is_taken_over(project: Project) -> None:
    """It may declare one of them already."""
    broken = template_manifest("login", content="7", smsType="9")
    (project.root / "templates" / "p.yaml").write_text(broken, "utf-8")
    ran = take_over(project, managed(1110), managed(1111, "order"))
    assert ran.code == 3
    assert "templates/p.yaml:7:12: SMS114" in ran.err
    assert (bound(project), files(project)) == ({}, ["templates/p.yaml"])


def test_a_block_that_has_to_stay_is_named(project: Project) -> None:
    """Whoever replaces every block with what is shown would let Terraform delete the others."""
    ran = take_over(
        project, managed(1110), managed(1111, "order", "a"), managed(9999, "order", "gone")
    )
    assert ran.out.count("removed {") == 1
    assert "1 of 3 resources was not imported: see above.\n" in ran.err
    assert f"\nKeep the resource block of {TEMPLATE}.order: another instance of it was" in ran.out
    everything = take_over(project, managed(1110), managed(1111, "order", "a"))
    assert everything.out.count("removed {") == 2
    assert "Keep the resource block" not in everything.out
