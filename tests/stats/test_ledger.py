"""``smsops stats --ledger``: the same numbers from what smsops heard itself, without a project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smsops.delivery.ledger.secret import secret_of
from smsops.delivery.ledger.sqlite import SqliteLedger
from smsops.delivery.model import Send
from smsops.manifests import schemas
from tests.support.clock import FakeClock
from tests.support.delivered import DeliveryProject
from tests.support.project import Project
from tests.support.receipts import SECRET, accepted, huawei, refused, send, tencent

NOW = 1_800_000_000
HOUR, DAY = 3600, 86_400
AT = NOW - HOUR


def story() -> list[Any]:
    """Messages of two vendors; one that failed with a code of two causes, some that are old."""
    return [
        send("s1", AT),
        accepted("2019:1", send="s1", at=AT, fee=2),
        tencent(message="2019:1", heard_at=AT + 9),
        send("s2", AT),
        refused("LimitExceeded.PhoneNumberDailyLimit", send="s2", at=AT),
        tencent("FAIL", "NOREG", message="2019:3", heard_at=AT + 10),
        tencent("FAIL", "MS:0008", message="2019:4", heard_at=AT + 10),
        tencent("FAIL", "never heard of", message="2019:5", heard_at=AT + 10),
        huawei("ACCEPTD", message="uuid_1", heard_at=AT + 11),
        huawei("DELIVRD", message="uuid_2", heard_at=AT + 11),
        tencent(message="2019:6", heard_at=NOW - 3 * DAY),
        tencent("FAIL", "NOREG", message="2019:6", heard_at=AT + 12),  # counts in its first hour
        tencent(message="2019:7", heard_at=NOW),
    ]


@pytest.fixture
def url(tmp_path: Path) -> str:
    path = tmp_path / "ledger.db"
    ledger = SqliteLedger(path)
    secret_of(ledger, SECRET.decode(), None)
    for row in story():
        if isinstance(row, Send):
            ledger.claim(row, lambda known: None)
        else:
            ledger.append([row])
    ledger.close()
    return f"sqlite:{path}"


@pytest.fixture
def nowhere(tmp_path: Path, clock: FakeClock) -> Project:
    (tmp_path / "nowhere").mkdir()
    return Project(tmp_path / "nowhere", options=(), clock=clock.clock)


def rows(project: Project, *arguments: str) -> list[dict[str, Any]]:
    ran = project("stats", "--format", "json", *arguments)
    assert ran.code == 0, ran.err
    assert schemas.violations("stats", ran.json()) == []
    found: list[dict[str, Any]] = ran.json()["applications"]
    return found


def test_messages_are_counted_outside_of_a_project(nowhere: Project, url: str) -> None:
    vendor, shop = rows(nowhere, "--ledger", url)
    assert shop == {
        "application": None,
        "sdk_app_id": "1400006666",
        "begin": "2027-01-14T08:00:00Z",
        "end": "2027-01-15T08:00:00Z",
        "requested": 5,
        "accepted": 4,
        "fee": 2,
        "reported": 4,
        "delivered": 1,
        "failed": {"sign": 1, "content|number": 1, "other": 1},
        "packages": [],
        "objectives": [],
    }
    assert (vendor["application"], vendor["sdk_app_id"]) == ("huawei", None)
    assert (vendor["accepted"], vendor["reported"], vendor["delivered"]) == (2, 1, 1)
    text = nowhere("stats", "--ledger", url).out
    assert "huawei  2027-01-14 16:00" in text
    assert "application 1400006666  2027" in text
    assert "      content / number: 1\n" in text
    assert text.endswith("2 applications; no objectives.\n")


@pytest.mark.parametrize(("options", "count"), [(("--since", "4d"), 6), (("--since", "90d"), 6)])
def test_a_long_time_is_read_in_slices(
    nowhere: Project, url: str, options: tuple[str, ...], count: int
) -> None:
    [shop] = rows(nowhere, "1400006666", "--ledger", url, *options)
    assert shop["requested"] == count
    [shop] = rows(nowhere, "1400006666", "--ledger", url, *options, "--until", "1d")
    assert shop["requested"] == 1


def test_it_is_what_receipts_lists(nowhere: Project, url: str) -> None:
    """But for the hour that is under way, which receipts has."""
    listed = nowhere("receipts", "--ledger", url, "--format", "json").json()["messages"]
    mine = [each for each in listed if each["application"] == "1400006666"]
    assert len(mine) == rows(nowhere, "1400006666", "--ledger", url)[0]["requested"] + 1


def test_a_project_around_it_has_names(project: DeliveryProject, url: str) -> None:
    project.promise(deliveryRate={"min": 1, "least": 1}).promise("cart", 1400007777)
    shop, _ = sorted(rows(project, "--ledger", url), key=lambda row: row["application"] != "shop")
    assert (shop["application"], shop["objectives"]) == ("shop", [])
    [cart] = rows(project, "cart", "--ledger", url)
    assert (cart["sdk_app_id"], cart["requested"]) == ("1400007777", 0)
    assert "Statistics" not in project("stats", "--ledger", url, "-v").err


def test_where_nothing_is_found_it_says_in_which_hours(nowhere: Project, url: str) -> None:
    ran = nowhere("stats", "--ledger", url, "--since", "2026-12-01", "--until", "2026-12-02")
    assert (ran.code, ran.out) == (0, "No messages and no applications.\n")
    assert "full hours: 2026-12-01 00:00 to 2026-12-02 00:00 in Beijing." in ran.err


def test_objectives_are_not_about_a_ledger(nowhere: Project, url: str) -> None:
    ran = nowhere("stats", "--ledger", url, "--check")
    assert (ran.code, ran.out) == (64, "")
    assert "what Tencent Cloud counts" in ran.err


def test_no_ledger_is_made_for_it(nowhere: Project, tmp_path: Path) -> None:
    ran = nowhere("stats", "--ledger", f"sqlite:{tmp_path}/none.db")
    assert (ran.code, ran.out) == (1, "")
    assert "there is no ledger at" in ran.err
    assert not (tmp_path / "none.db").exists()


def test_without_a_ledger_a_project_is_needed(nowhere: Project) -> None:
    ran = nowhere("stats")
    assert (ran.code, ran.out) == (64, "")
    assert "no smsops.yaml" in ran.err


def test_receipts_knows_applications_by_name(project: DeliveryProject, url: str) -> None:
    project.promise()

    def found(*names: str) -> list[Any]:
        arguments = [word for name in names for word in ("--application", name)]
        ran = project("receipts", "--ledger", url, "--format", "json", *arguments)
        assert ran.code == 0, ran.err
        return [each["message"] for each in ran.json()["messages"]]

    # What is older than a day by the clock of the project is not listed.
    assert len(found()) == 8
    assert found("shop") == found("application.shop") == found("1400006666")
    assert len(found("shop")) == 6
    assert found("1400009999") == []
    ran = project("receipts", "--ledger", url, "--application", "sohp")
    assert ran.code == 64
    assert "Declared are: shop." in ran.err


def test_an_id_that_nobody_knows_may_be_mistyped(nowhere: Project, url: str) -> None:
    said = "Note: no manifest declares application 1400006667, and nothing of it is in"
    ran = nowhere("stats", "1400006667", "--ledger", url)
    assert ran.code == 0
    assert said in ran.err
    assert "Note" not in nowhere("stats", "1400006666", "--ledger", url).err
