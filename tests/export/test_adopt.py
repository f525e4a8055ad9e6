"""``smsops adopt``: from an account as a company has it to a clean plan, in one command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smsops.adoption.naming import READABLE, romanised
from smsops.errors import Exit
from smsops.model import Project as ProjectSettings
from smsops.workspace.session import open_backend
from smsops.workspace.settings import Options, Settings
from tests.export.unmanaged import LONG_AGO, EmptyProject, empty_project, seeded
from tests.support.clock import FakeClock
from tests.support.examples import examples
from tests.support.project import Project
from tests.support.specs import template_manifest


def sign(number: int, name: str, **more: Any) -> dict[str, Any]:
    return {"kind": "sign", "id": number, "signName": name, **more}


def template(number: int, name: str, content: str, **more: Any) -> dict[str, Any]:
    return {"kind": "template", "id": number, "templateName": name, "content": content, **more}


#: Six signs and sixty templates of all sorts, with what has piled up beside them.
COMPANY = [
    sign(2001, "艾克米", qualificationId=1000001),
    sign(2002, "艾克米商城", qualificationId=1000001),
    sign(2003, "艾克米物流", qualificationId=1000001),
    sign(2004, "Acme", international=1),
    sign(2005, "Acme Shop", international=1),
    sign(2006, "艾克米旧", status="rejected", reply="资质已过期"),
    *(template(1100 + n, f"登录验证码{n}", f"验证码{{1}}，{n}分钟内有效。") for n in range(1, 16)),
    *(template(1200 + n, f"订单通知{n}", f"您的第{n}号订单{{1}}已支付。") for n in range(1, 16)),
    *(
        template(1300 + n, f"物流{n}", f"包裹{{1}}已到第{n}号柜，取件码{{2}}。")
        for n in range(1, 11)
    ),
    *(template(1400 + n, f"大促{n}", f"第{n}期会员日全场五折，回T退订") for n in range(1, 6)),
    *(template(1450 + n, f"新大促{n}", f"第{n}期会员日全场五折，拒收请回复R") for n in range(1, 4)),
    template(1600, "Login code", "Your code is {1}. It expires in {2} minutes.", international=1),
    template(1601, "both", "Both {1}", international=3),
    template(1602, "null", "null"),
    template(1603, "007", "007 {1} 到账。"),
    template(1604, "=1", "=1+1 \"引号\" '单' \\反斜杠 # 井号: {1}"),
    template(1605, "🎉", "🎉恭喜您"),
    template(1606, "制表\t符\n换行", "第一行\t{1}\n第二行\r\n第三行"),
    template(1607, "登录验证码1", "验证码{1}，1分钟内有效。"),
    template(1608, "登录验证码1", "另一个验证码{1}。"),
    template(1609, "贷款", "秒批贷款{1}", status="rejected", reply="不支持贷款类"),
    template(1610, "审核中", "您的预约{1}已确认。", status="in_review"),
    template(1611, "true", " 前后有空格 {1} "),
]
LEFT_OUT = {2006, 1607, 1609}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return seeded(tmp_path / "shop", COMPANY)


def recorded(project: Project) -> dict[int, str]:
    """id -> address of every current object."""
    resources = json.loads(project.state.read_text("utf-8"))["resources"]
    return {record["current"]["remote_id"]: address for address, record in resources.items()}


def clean(project: Project) -> None:
    """The manifests are valid, and nothing differs from the account."""
    validated = project("validate", "--format", "json")
    assert validated.code == 0, validated.out
    assert {row["code"] for row in validated.json()["problems"]} <= {
        "SMS130",
        "SMS311",
        "SMS312",
        "SMS320",
    }
    assert project("plan", "--detailed-exitcode").code == 0
    assert project("drift").code == 0
    assert project.writes() == []


def test_one_command_makes_an_account_clean(project: Project) -> None:
    ran = project("adopt")
    assert ran.code == 0
    assert ran.last == "Adopted 5 signs and 58 templates; nothing was written to the account."
    assert set(recorded(project)) == {item["id"] for item in COMPANY} - LEFT_OUT
    clean(project)


def test_names_are_readable_and_belong_to_one_object(project: Project) -> None:
    assert project("adopt").code == 0
    names = recorded(project)
    assert names[2002] == "sign.ai-ke-mi-shang-cheng"
    assert names[1101] == "template.deng-lu-yan-zheng-ma-1"
    assert names[1608] == "template.deng-lu-yan-zheng-ma-1-1608", "the name was taken"
    assert names[1605] == "template.t-1605", "nothing in it can be read"
    assert (names[1602], names[1603]) == ("template.null", "template.007")
    files = {path.name for path in (project.root / "templates").iterdir()}
    assert {"deng-lu-yan-zheng-ma-1.yaml", "null.yaml", "007.yaml"} <= files


def test_leftovers_are_listed_apart_with_the_reason(project: Project) -> None:
    said = project("adopt").err
    assert 'sign 2006 "艾克米旧": rejected: 资质已过期' in said
    assert 'template 1607 "登录验证码1": the same as template 1101, and two manifests' in said
    assert 'template 1609 "贷款": rejected: 不支持贷款类' in said
    assert f"`smsops adopt --only ID -C {project.root} --emulator` takes one of them" in said
    assert "The API does not return smsType and remark of templates" in said


def test_asked_for_leftovers_are_taken_too(project: Project) -> None:
    """A duplicate cannot be declared a second time, so only the state knows it."""
    assert project("adopt", "--all").code == 0
    assert set(recorded(project)) == {item["id"] for item in COMPANY}
    assert project("validate").code == 0
    summary = project("plan", "--format", "json").json()["summary"]
    assert {word: count for word, count in summary.items() if count} == {
        "noop": 63,
        "wait": 1,
        "blocked": 2,
    }
    assert not list((project.root / "templates").glob("*1607*"))


def test_one_leftover_is_taken_by_its_id(project: Project) -> None:
    assert project("adopt", "--only", "1609").code == 0
    assert set(recorded(project)) == {1609}


@pytest.mark.parametrize(
    ("only", "taken"),
    [
        (["sign"], {2001, 2002, 2003, 2004, 2005}),
        (["1602"], {1602}),
        (["大促?", "Acme*"], {1401, 1402, 1403, 1404, 1405, 2004, 2005}),
    ],
)
def test_a_part_of_the_account_by_kind_id_or_name(
    project: Project, only: list[str], taken: set[int]
) -> None:
    ran = project("adopt", *(part for word in only for part in ("--only", word)))
    assert ran.code == 0
    assert set(recorded(project)) == taken


def test_what_means_nothing_is_a_mistake_and_what_is_managed_is_none(project: Project) -> None:
    for word in ("nothing*", "sgin", "9999"):
        ran = project("adopt", "--only", word)
        assert ran.code == Exit.USAGE
        assert f"--only {word}: no sign or template is meant" in ran.err
    assert not project.state.exists()
    for _ in range(2):
        ran = project("adopt", "--only", "1602")
        assert ran.code == 0
    assert "Nothing to adopt: every object that was asked for is managed." in ran.out


def test_a_second_run_finds_only_what_is_new(project: Project) -> None:
    assert project("adopt").code == 0
    before = project.state.read_bytes()
    again = project("adopt")
    assert again.out.startswith("Nothing to adopt")
    assert project.state.read_bytes() == before
    project.console.seed([template(1700, "登录验证码1", "第三个验证码{1}。")])
    assert project("adopt").out.count("« ") == 1
    assert recorded(project)[1700] == "template.deng-lu-yan-zheng-ma-1-1700"
    clean(project)


def test_guesses_are_values_that_say_so_and_cost_nothing(project: Project) -> None:
    assert project("adopt", "--guess").code == 0
    text = (project.root / "templates" / "da-cu-1.yaml").read_text("utf-8")
    assert "  smsType: marketing  # guessed by the text\n" in text
    assert 'lint:\n  ignore: [SMS307]\n  reason: "as it was in the account' in text
    clean(project)
    assert project.apply().code == 0
    path = project.root / "templates" / "ding-dan-tong-zhi-1.yaml"
    path.write_text(path.read_text("utf-8").replace("notification", "verification"), "utf-8")
    assert project("plan", "--detailed-exitcode").code == 0, "a wrong guess is only corrected"


def test_an_exception_stands_where_a_rule_would_complain_later(project: Project) -> None:
    """``smsType`` is filled in some day, and the text still ends with 回T退订."""
    assert project("adopt").code == 0
    path = project.root / "templates" / "da-cu-1.yaml"
    text = path.read_text("utf-8").replace("content:", "smsType: marketing\n  content:")
    path.write_text(text, "utf-8")
    assert project("validate").code == 0
    path.write_text(
        text.replace("五折，", "三折，").replace("spec:", "spec:\n  remark: 大促"), "utf-8"
    )
    ran = project("plan")
    assert ran.code == Exit.INVALID
    assert "SMS307" in ran.err


def test_an_edit_asks_for_what_nobody_knew_and_then_replaces(project: Project) -> None:
    assert project("adopt").code == 0
    path = project.root / "templates" / "deng-lu-yan-zheng-ma-2.yaml"
    text = path.read_text("utf-8").replace("2分钟", "3分钟")
    path.write_text(text, "utf-8")
    assert "does not declare smsType and remark" in project("plan").out
    path.write_text(text + "  smsType: verification\n  remark: 登录\n", "utf-8")
    assert project("plan").last == "Plan: 1 to replace; 1 waiting."


def test_what_manifests_describe_already_gets_its_id(project: Project) -> None:
    """With the addresses that are there, and no second manifest."""
    manifest = template_manifest(
        "login", templateName="登录验证码3", content='"验证码{1}，3分钟内有效。"'
    )
    (project.root / "templates" / "mine.yaml").write_text(manifest, "utf-8")
    ran = project("adopt")
    assert "« template.login  (id 1103)  as its manifest says\n" in ran.out
    assert recorded(project)[1103] == "template.login"
    assert not (project.root / "templates" / "deng-lu-yan-zheng-ma-3.yaml").exists()
    clean(project)


def test_what_a_manifest_may_mean_is_left_to_a_person(project: Project) -> None:
    manifest = template_manifest("login", templateName="登录验证码3", content='"另一个文本{1}"')
    (project.root / "templates" / "mine.yaml").write_text(manifest, "utf-8")
    ran = project("adopt")
    assert ran.code == 0
    wanted = (
        "template.login declares one like it: "
        f"`smsops import template.login 1103 -C {project.root} --emulator` if this is it"
    )
    assert wanted in ran.err
    assert 1103 not in recorded(project)


def test_a_manifest_that_would_be_refused_is_never_written(tmp_path: Path) -> None:
    project = seeded(
        tmp_path / "shop",
        [template(1, "左\u202e右", "x"), template(3, "好", "好")],
    )
    ran = project("adopt")
    assert ran.code == 0
    assert set(recorded(project)) == {3}
    assert "template 1 " in ran.err
    assert "templateName holds characters that a manifest may not hold" in ran.err
    clean(project)


def test_directories_are_made_and_another_one_can_be_named(tmp_path: Path) -> None:
    project = seeded(tmp_path / "shop", [sign(1, "艾克米"), template(2, "登录", "验证码{1}")])
    for name in ("signs", "templates"):
        (project.root / name).rmdir()
    assert project("adopt", "--only", "1").code == 0
    assert (project.root / "signs" / "ai-ke-mi.yaml").exists()
    assert project("adopt", str(project.root / "templates" / "old")).code == 0
    assert (project.root / "templates" / "old" / "deng-lu.yaml").exists()
    clean(project)


def test_a_directory_that_nothing_reads_is_refused(project: Project) -> None:
    ran = project("adopt", str(project.root / "elsewhere"))
    assert ran.code == Exit.USAGE
    assert not (project.root / "elsewhere").exists()


def test_nothing_is_overwritten(project: Project) -> None:
    mine = project.root / "templates" / "null.yaml"
    mine.write_text("# mine\n", "utf-8")
    assert project("adopt").code == 0
    assert mine.read_text("utf-8") == "# mine\n"
    assert (project.root / "templates" / "template-null.yaml").exists()


def test_a_locked_state_stops_it_before_a_file_is_written(project: Project) -> None:
    settings = ProjectSettings(root=project.root, name="shop", region="ap-guangzhou", manifests=())
    with open_backend(Settings(Options(emulator=True), {}), settings).lock("apply"):
        assert project("adopt").code == Exit.LOCKED
    assert list((project.root / "templates").iterdir()) == []


def test_it_goes_on_after_files_without_ids(project: Project) -> None:
    """As after a kill between the two: the manifests describe the objects exactly. Which one of two
    equal ones it was, nobody can tell.
    """
    assert project("adopt").code == 0
    before = recorded(project)
    project.state.unlink()
    ran = project("adopt")
    assert ran.code == 0
    lost = before.pop(1101)
    assert recorded(project) == before
    assert f"`smsops import {lost} 1101 -C" in ran.err
    assert project("import", lost, "1101").code == 0
    clean(project)


def test_an_empty_project_begins_with_it(tmp_path: Path) -> None:
    project = EmptyProject(tmp_path / "shop", clock=FakeClock().clock)
    project.root.mkdir()
    ran = project("init", "--empty")
    assert ran.code == 0
    assert sorted(path.name for path in project.root.iterdir()) == [
        ".gitignore",
        ".smsops.schema.json",
        "smsops.yaml",
    ]
    assert "adopt    write manifests for what is there" in ran.err
    assert project("validate").code == 0
    project.console.seed([{**template(1, "登录", "验证码{1}"), "created": LONG_AGO}])
    assert project("adopt").code == 0
    clean(project)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("登录验证码", "deng-lu-yan-zheng-ma"),
        ("Login Code #2", "login-code-2"),
        ("ＡＢＣ订单①", "abc-ding-dan-1"),
        ("🎉★", ""),
        ("长" * 40, "-".join(["zhang"] * 6)),
        ("x" * 80, "x" * READABLE),
    ],
)
def test_a_name_is_read_out(name: str, wanted: str) -> None:
    found = romanised(name)
    assert len(found) <= READABLE
    if name.startswith("长"):
        assert set(found.split("-")) <= {"chang", "zhang"}
    else:
        assert found == wanted


_TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs"])
    | st.sampled_from("\t\n\r\"'{1}#: 验证码"),
    min_size=1,
    max_size=12,
)
_OBJECTS = st.lists(
    st.one_of(
        st.builds(
            lambda name, where, status: sign(0, name, international=where, status=status),
            _TEXTS,
            st.sampled_from([0, 1]),
            st.sampled_from(["approved", "rejected", "pending", "effective-later"]),
        ),
        st.builds(
            lambda name, text, where, status: template(
                0, name, text, international=where, status=status
            ),
            st.one_of(_TEXTS, st.sampled_from(["both", "null", "true", "同名"])),
            st.one_of(_TEXTS, st.sampled_from(["同文{1}", "both"])),
            st.sampled_from([0, 1, 3]),
            st.sampled_from(["approved", "rejected", "pending", "effective-later"]),
        ),
    ),
    max_size=8,
)


@given(objects=_OBJECTS, guess=st.booleans())
@settings(
    max_examples=examples(30),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_account_becomes_clean_and_a_second_run_writes_nothing(
    tmp_path_factory: pytest.TempPathFactory, objects: list[dict[str, Any]], guess: bool
) -> None:
    project = empty_project(tmp_path_factory.mktemp("account") / "shop")
    project.console.seed([{**item, "id": 100 + n} for n, item in enumerate(objects)])
    flags = ["--guess"] if guess else []
    assert project("adopt", *flags).code == 0
    validated = project("validate")
    assert validated.code == 0, validated.out
    assert project("plan", "--detailed-exitcode").code == 0
    before = {path: path.read_bytes() for path in project.root.rglob("*.yaml")}
    assert project("adopt", *flags).code == 0
    assert {path: path.read_bytes() for path in project.root.rglob("*.yaml")} == before
    assert project.writes() == []


def test_of_two_equal_objects_the_one_that_works_is_declared(tmp_path: Path) -> None:
    """Whichever came first."""
    twin = {"templateName": "登录", "content": "验证码{1}"}
    project = seeded(
        tmp_path / "shop",
        [
            {"kind": "template", "id": 1, **twin, "status": "rejected"},
            {"kind": "template", "id": 2, **twin, "status": "in_review"},
            {"kind": "template", "id": 3, **twin},
        ],
    )
    ran = project("adopt")
    assert set(recorded(project)) == {3}
    assert ran.err.count("the same as template 3") == 2


def test_all_takes_nothing_that_a_person_has_to_tell_apart(project: Project) -> None:
    manifest = template_manifest("login", templateName="登录验证码3", content='"另一个文本{1}"')
    (project.root / "templates" / "mine.yaml").write_text(manifest, "utf-8")
    assert project("adopt", "--all").code == 0
    assert 1103 not in recorded(project)


def test_a_project_that_wants_everything_said_is_told_to_wait_with_that(project: Project) -> None:
    """No API tells everything."""
    path = project.root / "smsops.yaml"
    path.write_text(path.read_text("utf-8").replace("allow}", "allow, incomplete: error}"), "utf-8")
    ran = project("adopt")
    assert ran.code == Exit.INVALID
    assert "Set it to warn until the fields are filled in." in ran.err
    assert (project.state.exists(), list((project.root / "templates").iterdir())) == (False, [])


def test_beside_a_broken_manifest_nothing_is_adopted(project: Project) -> None:
    """It may declare one of them, under a name that would be taken again."""
    (project.root / "templates" / "broken.yaml").write_text("kind: [", "utf-8")
    ran = project("adopt")
    assert ran.code == Exit.INVALID
    assert "templates/broken.yaml:2:1: SMS105" in ran.err
    assert not project.state.exists()


def test_what_is_adopted_is_bound_and_not_declared_until_an_apply(project: Project) -> None:
    """Another branch knows neither the manifest nor the object: its apply deletes nothing."""
    mine = template_manifest(
        "login", templateName="登录验证码3", content='"验证码{1}，3分钟内有效。"'
    )
    (project.root / "templates" / "mine.yaml").write_text(mine, "utf-8")
    assert project("adopt").code == 0
    for path in (project.root / "templates").glob("*.yaml"):
        path.unlink()
    resources = json.loads(project.state.read_text("utf-8"))["resources"]
    assert {address for address, record in resources.items() if record["declared"]} == set()
    assert project.apply().code == 0
    assert project.writes() == []
    assert recorded(project)[1103] == "template.login"


def test_the_twin_of_a_bound_object_is_left_out(project: Project) -> None:
    assert project("import", "template.login", "1101").code == 0
    ran = project("adopt")
    assert "template 1607 " in ran.err
    assert "the same as template.login" in ran.err
    assert 1607 not in recorded(project)


def test_a_leftover_of_a_killed_run_is_not_in_the_way(project: Project) -> None:
    """Files come into being whole, under their names."""
    (project.root / "templates" / ".null.yaml.4711.tmp").write_text("api", "utf-8")
    assert project("adopt").code == 0
    assert (project.root / "templates" / "null.yaml").exists()
    clean(project)


def test_a_reply_forges_no_line(tmp_path: Path) -> None:
    old = {"kind": "template", "id": 1, "templateName": "a", "content": "b", "status": "rejected"}
    project = seeded(tmp_path / "shop", [{**old, "reply": "不符\nAdopted 3 templates"}])
    assert 'template 1 "a": rejected: 不符 Adopted 3 templates\n' in project("adopt").err


def test_comments_are_no_values(project: Project) -> None:
    """Whoever only takes the # away is told so before the reviewer reads it."""
    assert project("adopt").code == 0
    path = project.root / "templates" / "null.yaml"
    path.write_text(path.read_text("utf-8").replace("  # remark:", "  remark:"), "utf-8")
    ran = project("validate")
    assert ran.code == Exit.INVALID
    assert "SMS132 remark is still the request of an export" in ran.out
