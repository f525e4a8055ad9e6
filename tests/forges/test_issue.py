"""``smsops drift --issue``: one issue, opened, updated and closed, on both hosts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.forges import TOKEN, Host, host
from tests.support.project import Project, Ran

HOSTS = ("github", "gitlab")
both = pytest.mark.parametrize("name", HOSTS)
HOSTILE = "</details> @everyone `x` ::add-mask::x ${{ x }}\n/close\n![i](http://e.example/x)"


@pytest.fixture
def forge() -> Iterator[Host]:
    with host() as found:
        yield found


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    """Everything that is declared exists and is approved."""
    shop = Project(tmp_path / "shop").begin()
    shop.apply()
    shop.approve()
    shop.apply()
    return shop


def drift(
    shop: Project, forge: Host, name: str, *options: str, checkout_in: Path | None = None
) -> Ran:
    top = str(checkout_in or shop.root.parent)
    checkout = {"GITHUB_WORKSPACE": top, "CI_PROJECT_DIR": top}
    shop.environment = {**forge.environment(name), **checkout}
    ran = shop("drift", "--issue", name, *options)
    assert TOKEN not in ran.out + ran.err
    return ran


def writes(forge: Host) -> list[str]:
    """The calls that change something: GraphQL is only asked who the token belongs to."""
    return [each for each in forge.calls if not each.startswith(("GET", "POST /graphql"))]


def template(shop: Project) -> int:
    rows = shop("status", "--format", "json").json()["resources"]
    return int(next(row["remote_id"] for row in rows if row["address"] == "template.t0"))


@both
def test_an_issue_is_opened_updated_and_closed(shop: Project, forge: Host, name: str) -> None:
    ran = drift(shop, forge, name)
    assert (ran.code, forge.issues) == (0, []), ran.err
    for _ in range(230):
        forge.open_issue("about something else", "smsops-drift")
    shop.review("template", template(shop), "rejected", "--reply", "收到投诉")
    assert drift(shop, forge, name).code == 2
    *_, issue = forge.issues
    assert (issue["title"], issue["labels"]) == ("smsops drift: shop", ["smsops-drift"])
    assert "**Drift: 1 review;" in issue["body"]
    assert "收到投诉" in issue["body"]
    assert "/77)" in issue["body"]

    # The same again writes nothing; somebody else's issue with the same mark is nobody's business.
    forge.open_issue(issue["body"], "smsops-drift", mine=False)
    before = writes(forge)
    assert "Issue unchanged." in drift(shop, forge, name).err
    assert writes(forge) == before
    shop.review("template", template(shop), "rejected", "--reply", "再次投诉")
    drift(shop, forge, name)
    assert "再次投诉" in issue["body"]

    shop.review("template", template(shop), "approved")
    assert drift(shop, forge, name).code == 0
    assert issue["state"] == "closed"
    assert issue["said"][0].startswith("No drift any more. [The run](")
    assert {each["state"] for each in forge.issues if each is not issue} == {"open"}


@both
def test_a_title_mentions_nobody_and_an_older_one_is_found(
    shop: Project, forge: Host, name: str
) -> None:
    """Mails and chats take it as they like. What an older smsops wrote is the same issue."""
    shop.root = shop.root.rename(shop.root.with_name("@everyone `x` #7"))
    shop.review("template", template(shop), "rejected")
    drift(shop, forge, name)
    (issue,) = forge.issues
    assert issue["title"] == "smsops drift: @\u200beveryone 'x' #\u200b7"

    issue["title"] = "smsops drift: @everyone `x` #7"
    assert "Issue unchanged." in drift(shop, forge, name).err
    shop.review("template", template(shop), "approved")
    assert drift(shop, forge, name).code == 0
    assert [each["state"] for each in forge.issues] == ["closed"]


@both
def test_a_title_fits_and_keeps_its_end(shop: Project, forge: Host, name: str) -> None:
    top = shop.root.parent
    (top / ("d" * 150)).mkdir()
    shop.root = shop.root.rename(top / ("d" * 150) / ("e" * 150))
    shop.review("template", template(shop), "rejected")
    drift(shop, forge, name, checkout_in=top)
    title = forge.issues[0]["title"]
    assert title.startswith("smsops drift: …d")
    assert title.endswith("d/" + "e" * 150)
    assert len(title) < 255


@both
def test_a_report_that_failed_leaves_the_issue_alone(shop: Project, forge: Host, name: str) -> None:
    """A state that is lost is neither drift nor the end of it."""
    shop.review("template", template(shop), "rejected")
    drift(shop, forge, name)
    before = list(forge.calls)
    shop.state.unlink()
    ran = drift(shop, forge, name)
    assert (ran.code, "Issue skipped." in ran.err) == (1, True)
    assert (forge.calls, forge.issues[0]["state"]) == (before, "open")


@both
def test_refusals_say_which_right_is_missing(shop: Project, forge: Host, name: str) -> None:
    shop.review("template", template(shop), "rejected")
    # GitHub is asked by POST who the token belongs to, and then for the issue.
    forge.refusals["POST"] = [(403, {}, {"message": "Resource not accessible"})] * 2
    ran = drift(shop, forge, name)
    assert ran.code == 4
    assert "Drift: 1 review" in ran.out
    assert ("issues: write" if name == "github" else "scope api") in ran.err
    shop.environment = {}
    without = shop("drift", "--issue", name)
    assert (without.code, "no token" in without.err, without.out) == (64, True, "")
    shop.environment = {**forge.environment(name), "GITHUB_REPOSITORY": "", "CI_PROJECT_ID": ""}
    assert shop("drift", "--issue", name).code == 64


@both
def test_hostile_replies_are_literal(shop: Project, forge: Host, name: str) -> None:
    shop.review("template", template(shop), "rejected", "--reply", HOSTILE)
    drift(shop, forge, name)
    body = forge.issues[0]["body"]
    for each in ("@everyone", "`x`", "\n::add-mask::", "![i]", "${{", "http://e.example", "\n/"):
        assert each not in body
    assert body.count("<details") == body.count("</details>")
