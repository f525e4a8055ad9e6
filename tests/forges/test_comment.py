"""``smsops comment`` against servers that answer as GitHub and GitLab do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from smsops.clock import SYSTEM
from smsops.errors import SmsopsError
from smsops.render import request_comment
from tests.support.clock import FakeClock
from tests.support.environments import shared
from tests.support.forges import LONGEST, TOKEN, Host, host
from tests.support.project import Project, Ran

HOSTS = ("github", "gitlab")
HOSTILE = "</details> @everyone `x` ::add-mask::x ![i](http://e.example/x) <!-- | ${{ x }}{1}"


@pytest.fixture
def forge() -> Iterator[Host]:
    with host() as found:
        yield found


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    return Project(tmp_path / "shop").begin()


def comment(shop: Project, forge: Host, name: str, *options: str) -> Ran:
    top = str(shop.root.parent)
    checkout = {"GITHUB_WORKSPACE": top, "CI_PROJECT_DIR": top}
    shop.environment = {**forge.environment(name), **checkout}
    ran = shop("comment", name, *options)
    assert TOKEN not in ran.out + ran.err
    return ran


@pytest.mark.parametrize("name", HOSTS)
def test_one_comment_is_found_behind_two_pages_and_updated(
    shop: Project, forge: Host, name: str
) -> None:
    ran = comment(shop, forge, name)
    assert ran.code == 0, ran.err
    (first,) = (item["body"] for item in forge.comments)
    assert "2 to create" in first
    assert "/77)" in first
    for _ in range(230):
        forge.say("me too", mine=False)
    forge.comments.insert(0, forge.comments.pop(0))
    forge.say(first.partition("\n")[0] + "\nnot yours", mine=False)
    shop.template("t1")
    assert comment(shop, forge, name).code == 0
    assert len(forge.comments) == 232
    assert "3 to create" in forge.comments[0]["body"]
    assert forge.comments[-1]["body"].endswith("not yours"), "written by somebody else"
    assert {label.rpartition(": ")[2] for label in forge.labels} == {"changes"}


@pytest.mark.parametrize("name", HOSTS)
def test_new_hides_the_old_one_and_labels_follow(shop: Project, forge: Host, name: str) -> None:
    comment(shop, forge, name)
    assert shop.apply().code == 0
    assert comment(shop, forge, name, "--new").code == 0
    old, new = (item["body"] for item in forge.comments)
    assert not old.startswith("<!-- smsops:")
    assert new.startswith("<!-- smsops:")
    assert forge.hidden == ["IC_1"] if name == "github" else "<details>" in old
    assert {label.rpartition(": ")[2] for label in forge.labels} == {"no changes"}


@pytest.mark.parametrize("name", HOSTS)
def test_skip_empty_begins_none_and_leaves_none_that_contradicts(
    shop: Project, forge: Host, name: str
) -> None:
    shop.apply()
    assert comment(shop, forge, name, "--skip-empty").code == 0
    assert forge.comments == []
    shop.template("t1")
    comment(shop, forge, name, "--skip-empty")
    shop.remove("template", "t1")
    comment(shop, forge, name, "--skip-empty")
    (only,) = forge.comments
    assert "to create" not in only["body"]


@pytest.mark.parametrize("name", HOSTS)
def test_a_plan_that_cannot_be_made_says_why(shop: Project, forge: Host, name: str) -> None:
    comment(shop, forge, name)
    (shop.root / "templates" / "t0.yaml").write_text("kind: Nothing\n", encoding="utf-8")
    ran = comment(shop, forge, name)
    assert ran.code == 3
    (only,) = (item["body"] for item in forge.comments)
    assert "There is no plan." in only
    assert "t0.yaml:1" in only.replace("&#8203;", "")
    assert "to create" not in only
    assert {label.rpartition(": ")[2] for label in forge.labels} == {"failed"}
    (shop.root / "smsops.yaml").write_text("{", encoding="utf-8")
    assert comment(shop, forge, name).code == 3
    assert len(forge.comments) == 1, "the same one, whatever is broken"
    missing = comment(shop, forge, name, str(shop.root / "none.plan"))
    assert missing.code == 1
    assert "cannot be read" in forge.comments[0]["body"]


def test_an_option_that_ends_a_plan_leaves_no_old_one(shop: Project, forge: Host) -> None:
    comment(shop, forge, "github")
    shop.options = ("--endpoint", "http://sms.example")
    ran = comment(shop, forge, "github")
    assert ran.code == 64
    body = forge.comments[0]["body"]
    assert "sms.example must be https" in body
    assert "to create" not in body
    shop.options = ()
    assert comment(shop, forge, "github").code == 4
    body = forge.comments[0]["body"]
    assert "no credentials found  \nenvironment: " in body
    assert "&#92;n" not in body


def test_a_plan_file_is_shown_as_it_is(shop: Project, forge: Host) -> None:
    path = shop.root / "change.plan"
    assert shop("plan", "-o", str(path)).code == 0
    shop.template("t1")
    assert comment(shop, forge, "github", str(path)).code == 0
    assert "2 to create" in forge.comments[0]["body"]
    newer = json.loads(path.read_text("utf-8")) | {"format_version": "2.0"}
    path.write_text(json.dumps(newer), "utf-8")
    assert comment(shop, forge, "github", str(path)).code == 1
    body = forge.comments[0]["body"]
    assert "has format '2.0'; this smsops reads 1.0 and 1.1" in body
    assert "to create" not in body


def test_each_environment_has_a_comment_of_its_own(tmp_path: Path, forge: Host) -> None:
    with shared(tmp_path / "shop") as found:
        project = found.project
        own = dict(project.environment)
        for _ in range(2):
            for name in ("staging", "prod"):
                project.environment = own | forge.environment("github")
                assert project("-e", name, "comment", "github").code in (0, 3)
        bodies = [item["body"] for item in forge.comments]
        assert len(bodies) == 2
        assert "staging" in bodies[0]
        assert "prod" in bodies[1]
        # A plan of one environment is not shown as one of another.
        saved = str(project.root / "staging.plan")
        assert project("-e", "staging", "plan", "-o", saved).code == 0
        assert project("-e", "staging", "comment", "github", saved).code == 0
        for option, here in ((("-e", "prod"), "prod"), ((), "no environment")):
            ran = project(*option, "comment", "github", saved)
            assert ran.code == 6
            body = forge.comments[1 if option else 2]["body"]
            assert f"is a plan of staging, and this run is in {here}" in body
            assert "No changes" not in body


def test_directories_have_comments_of_their_own(shop: Project, forge: Host, tmp_path: Path) -> None:
    comment(shop, forge, "github")
    comment(Project(tmp_path / "other").begin(), forge, "github")
    assert len(forge.comments) == 2


def test_hostile_texts_are_literal(shop: Project, forge: Host) -> None:
    shop.template("evil", HOSTILE)
    (shop.root / "templates" / "@everyone <b>.yaml").write_text("kind: X\n", "utf-8")
    assert comment(shop, forge, "github").code == 3
    (shop.root / "templates" / "@everyone <b>.yaml").unlink()
    assert "@everyone" not in forge.comments[0]["body"]
    assert "<b>" not in forge.comments[0]["body"]
    comment(shop, forge, "github")
    body = forge.comments[0]["body"]
    for each in ("@everyone", "`x`", "\n::add-mask::", "![i]", "${{", "http://e.example"):
        assert each not in body
    assert body.count("<details") == body.count("</details>")


def test_a_large_plan_fits(shop: Project, forge: Host) -> None:
    for number in range(300):
        shop.template(f"many{number}", "很长的内容😀" * 40 + "{1}。")
    ran = comment(shop, forge, "gitlab")
    assert ran.code in (0, 3), ran.err
    assert len(forge.comments[0]["body"].encode("utf-16-le")) // 2 <= LONGEST
    assert " more\n" in forge.comments[0]["body"]


def test_rate_limits_are_waited_for_and_other_refusals_are_said(shop: Project, forge: Host) -> None:
    clock = FakeClock()
    shop.clock = clock.clock
    limited = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(clock.moment) + 30)}
    forge.refusals["POST"] = [
        (403, limited, {"message": "API rate limit exceeded"}),
        (403, {}, {"message": "You have exceeded a secondary rate limit."}),
    ]
    assert comment(shop, forge, "github").code == 0
    assert sum(clock.slept[-2:]) == 90
    assert len(forge.comments) == 1
    forge.refusals["PATCH"] = [(403, {}, {"message": "Resource not accessible by integration"})]
    shop.template("t1")
    ran = comment(shop, forge, "github")
    assert ran.code == 4
    assert "Resource not accessible" in ran.err
    assert "pull-requests: write" in ran.err
    forge.refusals["PATCH"] = [(422, {}, {"message": "Validation Failed"})]
    ran = comment(shop, forge, "github")
    assert (ran.code, "Validation Failed" in ran.err) == (1, True)
    shop.environment = {**shop.environment, "GITHUB_TOKEN": "ghs_old"}
    ran = shop("comment", "github")
    assert (ran.code, "127.0.0.1" in ran.err) == (4, True), ran.err
    assert "token in GITHUB_TOKEN is not known there" in ran.err
    shop.clock = SYSTEM


@pytest.mark.parametrize("name", HOSTS)
def test_a_token_is_in_no_output_and_ends_before_its_line_end(
    shop: Project, forge: Host, name: str
) -> None:
    forge.refusals["GET"] = [(422, {}, {"message": f"no {TOKEN}"})]
    assert comment(shop, forge, name).code == 1
    variable = {"github": "GITHUB_TOKEN", "gitlab": "GITLAB_TOKEN"}[name]
    shop.environment = {**shop.environment, variable: f"{TOKEN}\n"}
    ran = shop("comment", name)
    assert ran.code == 0, ran.err


ME = {"login": "acme-ci", "id": 7}


@pytest.mark.parametrize("answers", [[{}], [[]], [None], [ME, [{}]], [ME, [1]]])
@pytest.mark.parametrize("name", HOSTS)
def test_an_address_that_is_not_the_api_is_named(
    shop: Project, forge: Host, name: str, answers: list[object]
) -> None:
    """What cannot be read is not passed over: a comment that was missed would be made twice."""
    forge.refusals["GET"] = [(200, {}, answer) for answer in answers]
    ran = comment(shop, forge, name)
    assert ran.code == 1
    assert "is not the API" in ran.err
    setting = {"github": "GITHUB_API_URL", "gitlab": "CI_API_V4_URL"}[name]
    assert f"Check the address in {setting}" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("viewer", ["acme-ci[bot]", "acme-ci"])
def test_an_app_of_its_own_finds_its_comment(shop: Project, forge: Host, viewer: str) -> None:
    forge.login, forge.viewer = "acme-ci[bot]", viewer
    for _ in range(2):
        assert comment(shop, forge, "github").code == 0
    assert len(forge.comments) == 1


def test_what_cannot_be_hidden_is_folded(shop: Project, forge: Host) -> None:
    comment(shop, forge, "github")
    forge.hides = False
    ran = comment(shop, forge, "github", "--new")
    assert ran.code == 0, ran.err
    old, new = (item["body"] for item in forge.comments)
    assert old.startswith("<details>")
    assert new.startswith("<!-- smsops:")


@pytest.mark.parametrize("name", HOSTS)
def test_a_comment_that_was_deleted_just_now_is_written_again(
    shop: Project, forge: Host, name: str
) -> None:
    comment(shop, forge, name)
    forge.refusals[{"github": "PATCH", "gitlab": "PUT"}[name]] = [(404, {}, {})]
    shop.template("t1")
    ran = comment(shop, forge, name)
    assert ran.code == 0, ran.err
    assert "3 to create" in forge.comments[-1]["body"]


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ('{"pull_request": {"number": 5}}', 0),
        ('{"issue": {"number": 5, "pull_request": {"url": "x"}}}', 0),
        ('{"issue": {"number": 5}}', 64),
        ('{"issue": 5}', 64),
        ("[]", 64),
        ("", 64),
    ],
)
def test_an_event_names_the_request_and_no_plain_issue(
    shop: Project, forge: Host, event: str, code: int
) -> None:
    path = shop.root / "event.json"
    path.write_text(event)
    given = {"GITHUB_REF": "refs/heads/main", "GITHUB_EVENT_PATH": str(path)}
    shop.environment = forge.environment("github") | given
    assert shop("comment", "github").code == code
    assert len(forge.comments) == (code == 0)


def test_a_token_goes_nowhere_without_tls(shop: Project, forge: Host) -> None:
    plain = forge.environment("github") | {"GITHUB_GRAPHQL_URL": "http://github.example/graphql"}
    shop.environment = plain
    ran = shop("comment", "github")
    assert (ran.code, "GITHUB_GRAPHQL_URL must be https" in ran.err) == (64, True)
    assert forge.calls == []


def test_labels_of_long_names_differ_where_environments_do(tmp_path: Path, forge: Host) -> None:
    with shared(tmp_path / "services-of-the-shop" / "notifications-by-sms") as found:
        project = found.project
        own = dict(project.environment)
        for name in ("staging", "prod"):
            top = {"GITHUB_WORKSPACE": str(tmp_path)}
            project.environment = own | forge.environment("github") | top
            assert project("-e", name, "comment", "github").code in (0, 3)
        assert {each.partition(":")[0][-8:] for each in forge.labels} == {" staging", "sms prod"}
        assert all(len(each) <= 50 for each in forge.labels)


def test_a_comma_in_a_name_makes_no_other_label(tmp_path: Path, forge: Host) -> None:
    shop = Project(tmp_path / "a,b").begin()
    assert comment(shop, forge, "gitlab").code == 0
    assert forge.labels == {"smsops a b: changes"}


def test_no_label_is_a_warning(shop: Project, forge: Host) -> None:
    forge.refusals["PUT"] = [(403, {}, {"message": "403 Forbidden"})]
    ran = comment(shop, forge, "gitlab")
    assert ran.code == 0
    assert "Warning: no label was set" in ran.err


@pytest.mark.parametrize("name", HOSTS)
def test_outside_a_pipeline(shop: Project, name: str) -> None:
    shop.environment = {}
    ran = shop("comment", name)
    assert ran.code == 64
    assert "no token" in ran.err
    assert ("pull-requests: write" if name == "github" else "project access token") in ran.err


def test_a_workflow_without_a_pull_request_hears_which_one_has(shop: Project) -> None:
    shop.environment = {
        "GITHUB_TOKEN": "x",
        "GITHUB_REPOSITORY": "acme/sms",
        "GITHUB_REF": "refs/heads/main",
    }
    ran = shop("comment", "github")
    assert (ran.code, "`on: pull_request`" in ran.err) == (64, True), ran.err


def test_an_error_of_many_lines_fits() -> None:
    error = SmsopsError("\n".join("`x` @everyone" for _ in range(9_000)))
    body = request_comment.failed(error, name="shop", link="")
    assert len(body) < LONGEST
    assert "8960 more" in body
    assert "@everyone" not in body
