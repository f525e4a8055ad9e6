"""``smsops stats``: sums over real messages of the emulator, in windows of full hours."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from smsops.cli import COMMANDS
from smsops.manifests import schemas
from smsops.providers.errors import reads
from smsops.providers.tencent.limits import rate
from smsops.render.stats import FORMATS
from tests.support.delivered import CART, HOUR, SHOP, DeliveryProject, phone
from tests.support.pseudo import plain_words, spoken

ACTIONS = ("SendStatusStatistics", "CallbackStatusStatistics", "SmsPackagesStatistics")
#: When the package of the emulator ends.
UNTIL = 1_861_891_200
MET: dict[str, Any] = {
    "deliveryRate": {"min": 0.4, "least": 5},
    "reportCoverage": {"min": 0.8, "window": "2h", "least": 5},
    "packageBalance": {"min": 1000},
    "packageExpiry": {"min": "14d"},
}


def rows(project: DeliveryProject, *arguments: str) -> list[dict[str, Any]]:
    """The applications of the JSON document, which fits its schema."""
    ran = project("stats", "--format", "json", *arguments)
    assert ran.code == 0, ran.err
    assert schemas.violations("stats", ran.json()) == []
    found: list[dict[str, Any]] = ran.json()["applications"]
    return found


@pytest.fixture(scope="module")
def sent(begun: DeliveryProject, tmp_path_factory: pytest.TempPathFactory) -> DeliveryProject:
    """Two applications that have sent, an hour ago and now; only read."""
    project = begun.copy(tmp_path_factory.mktemp("sent") / "shop")
    project.promise(**MET).promise("cart", CART)
    project.send(*[phone("9999", number) for number in range(3)], *map(phone, ("0001", "0002")))
    project.send(phone("0003"), phone("0004"), phone("0002", 1))
    project.send(phone("9999"), id=CART)
    project.next_hour()
    project.send(phone("9999"))
    return project


def test_an_action_of_statistics_is_read_at_its_documented_pace() -> None:
    for action in ACTIONS:
        assert reads(action)
        assert rate(action, {}) == 10


def test_where_nothing_is_declared_nothing_is_asked(project: DeliveryProject) -> None:
    ran = project("stats", "--check", "-v")
    assert (ran.code, ran.out) == (0, "No messages and no applications.\n")
    assert "No application is declared in signs, templates." in ran.err
    assert not any(action in ran.err for action in ACTIONS)
    assert rows(project) == []


def test_statistics_add_up_from_messages(sent: DeliveryProject) -> None:
    cart, shop = rows(sent)
    lasts = shop["objectives"][3]
    assert 0 <= UNTIL - lasts.pop("got") - int(sent.time.moment) <= 1
    assert shop == {
        "application": "shop",
        "sdk_app_id": "1400006666",
        "begin": "2027-01-14T10:00:00Z",
        "end": "2027-01-15T10:00:00Z",
        "requested": 8,
        "accepted": 7,
        "fee": 7,
        "reported": 6,
        "delivered": 3,
        "failed": {
            "internal_error": 2,
            "invalid_number": 1,
            "shutdown_error": 0,
            "black_list": 0,
            "frequency_limit": 0,
            "other": 0,
        },
        "packages": [
            {
                "id": 1_000_000_001,
                "amount": 100_000,
                "used": 8,
                "left": 99_992,
                "expires_at": "2028-12-31T16:00:00Z",
            }
        ],
        "objectives": [
            {"objective": "deliveryRate", "want": 0.4, "got": 3 / 7, "met": True},
            {"objective": "reportCoverage", "want": 0.8, "got": 6 / 7, "met": True},
            {"objective": "packageBalance", "want": 1000, "got": 99_992, "met": True},
            {"objective": "packageExpiry", "want": 14 * 86400, "met": True},
        ],
    }
    assert (cart["application"], cart["accepted"], cart["objectives"]) == ("cart", 1, [])


def test_applications_are_named_or_given_by_id(sent: DeliveryProject) -> None:
    for names in (("shop",), ("application.shop",), ("1400006666",), ("shop", "1400006666")):
        assert [row["application"] for row in rows(sent, *names)] == ["shop"]
    [unknown] = rows(sent, "1400009999")
    assert (unknown["application"], unknown["sdk_app_id"]) == (None, "1400009999")
    assert "application 1400009999  2027" in sent("stats", "1400009999").out
    ran = sent("stats", "shop", "basket")
    assert ran.code == 64
    assert "there is no application 'basket'" in ran.err
    for number in ("13800000123", "p13800000123"):
        ran = sent("stats", number)
        assert (ran.code, "38000" in ran.err) == (64, False)
    assert "Declared are: cart, shop." in ran.err


#: Options -> the window that they mean, and what shop had accepted in it.
WINDOWS: dict[tuple[str, ...], tuple[str, str, int]] = {
    ("--since", "1h"): ("2027-01-15T09:00:00Z", "2027-01-15T10:00:00Z", 7),
    ("--since", "1m"): ("2027-01-15T09:00:00Z", "2027-01-15T10:00:00Z", 7),
    ("--since", "61m"): ("2027-01-15T08:00:00Z", "2027-01-15T10:00:00Z", 7),
    ("--since", "2h", "--until", "1h"): ("2027-01-15T08:00:00Z", "2027-01-15T09:00:00Z", 0),
    ("--until", "1h"): ("2027-01-14T09:00:00Z", "2027-01-15T09:00:00Z", 0),
    ("--until", "2027-01-16"): ("2027-01-14T10:00:00Z", "2027-01-15T10:00:00Z", 7),
    ("--since", "2027-01-15"): ("2027-01-14T16:00:00Z", "2027-01-15T10:00:00Z", 7),
    ("--since", "2027-01-15T17:59"): ("2027-01-15T09:00:00Z", "2027-01-15T10:00:00Z", 7),
    ("--since", "2027-01-15T08:00Z", "--until", "2027-01-15T17"): (
        *("2027-01-15T08:00:00Z", "2027-01-15T09:00:00Z"),
        0,
    ),
    ("--since", "70d"): ("2026-11-06T10:00:00Z", "2027-01-15T10:00:00Z", 7),
}


@pytest.mark.parametrize("options", WINDOWS, ids=" ".join)
def test_a_window_has_full_hours(sent: DeliveryProject, options: tuple[str, ...]) -> None:
    begin, end, accepted = WINDOWS[options]
    [shop] = rows(sent, "shop", *options)
    assert (shop["begin"], shop["end"], shop["accepted"]) == (begin, end, accepted)
    assert shop["requested"] == (8 if accepted else 0)
    assert [each["met"] for each in shop["objectives"]] == [True] * 4  # in windows of their own


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--since", "2h", "--until", "2h"), "no full hour"),
        (("--since", "2027-01-15T18"), "no full hour"),
        (("--since", "367d"), "more than 366 days"),
        (("--since", "999999999d"), "more than 366 days"),
        (("--since", "0001-01-01"), "more than 366 days"),
        (("--since", "yesterday"), "write 24h, 2026-11-20 or 2026-11-20T13"),
        (("--until", "2027-02-30"), "write 24h, 2026-11-20 or 2026-11-20T13"),
    ],
    ids=str,
)
def test_a_window_that_is_none_is_wrong_usage(
    sent: DeliveryProject, options: tuple[str, ...], why: str
) -> None:
    ran = sent("stats", *options)
    assert (ran.code, ran.out) == (64, "")
    assert why in ran.err


def test_a_long_window_is_asked_in_parts_of_32_days(sent: DeliveryProject) -> None:
    assert sent.calls("stats", "cart", "--since", "32d") == {
        "GetCallerIdentity": 1,
        **dict.fromkeys(ACTIONS, 1),
    }
    calls = sent.calls("stats", "cart", "--since", "70d")
    assert [calls[action] for action in ACTIONS] == [3, 3, 1]


# -- objectives ----------------------------------------------------------------------------------


def test_a_missed_objective_is_exit_10_when_it_is_asked_for(sent: DeliveryProject) -> None:
    assert sent("stats", "--check").code == 0
    missed: dict[str, Any] = {
        "deliveryRate": {"min": 0.43, "least": 5},
        "reportCoverage": {"min": 0.8, "least": 8},
        "packageBalance": {"min": 99_993},
        "packageExpiry": {"min": "717d"},
    }
    try:
        sent.promise(**missed)
        assert sent("stats").code == 0
        ran = sent("stats", "--check", "shop")
        assert ran.code == 10
        assert ran.last == "1 application; objectives: 3 missed, 1 no data."
        for line in (
            "! deliveryRate  missed: 42.85 %, wanted at least 43 % in 24 h",
            "? reportCoverage  no data: 7 accepted, 8 are needed to say anything, wanted at least",
            "! packageBalance  missed: 99,992, wanted at least 99,993",
            "! packageExpiry  missed: 716 days, wanted more than 717 days",
        ):
            assert f"    {line}" in ran.out
        assert sent("stats", "--check", "cart").code == 0
        assert "no objective is declared" in sent("stats", "--check", "cart").err
    finally:
        sent.promise(**MET)


def test_the_balance_is_that_of_packages_that_have_not_expired(project: DeliveryProject) -> None:
    now, day = int(project.time.moment), 86_400
    numbers = range(1, 502)
    project.console.seed(
        [
            {
                "kind": "package",
                "app": str(SHOP),
                "id": number,
                "amount": 10,
                "created": now - 9 * day,
                "effective": now - 9 * day,
                "expires": now + (0 if number == 1 else number) * day,
            }
            for number in numbers
        ]
    )
    project.promise(packageBalance={"min": 5000}, packageExpiry={"min": "500d"})
    calls = project.calls("stats")
    assert calls["SmsPackagesStatistics"] == 2  # 500 a page
    [shop] = rows(project)
    assert [each["id"] for each in shop["packages"]] == [*range(2, 502)]
    assert [each["met"] for each in shop["objectives"]] == [True, True]
    project.time.advance(2 * day)
    [shop] = rows(project)
    balance, expiry = shop["objectives"]
    assert (balance["got"], balance["met"]) == (4990, False)
    assert 0 < 499 * day - expiry["got"] < 60
    assert expiry["met"] is False


def test_without_a_balance_no_package_lasts(project: DeliveryProject) -> None:
    project.console.seed([{"kind": "package", "app": str(SHOP), "id": 7, "amount": 1}])
    project.next_hour()
    project.promise(packageBalance={"min": 1}, packageExpiry={"min": "1h"})
    project.send(phone("9999"))
    [shop] = rows(project)
    assert shop["packages"][0] | {"expires_at": ""} == {
        "id": 7,
        "amount": 1,
        "used": 1,
        "left": 0,
        "expires_at": "",
    }
    assert [each["met"] for each in shop["objectives"]] == [False, False]
    assert "none has a balance" in project("stats").out


def test_the_international_site_has_no_packages(project: DeliveryProject) -> None:
    project.promise(packageBalance={"min": 1}, deliveryRate={"min": 0.5})
    path = project.root / "smsops.yaml"
    path.write_text(
        "apiVersion: smsops/v1\nkind: Project\nmetadata: {name: shop}\nspec:\n"
        "  region: ap-guangzhou\n  environments: {abroad: {site: intl}}\n"
        "  lint: {ignore: [SMS403]}\n",
        "utf-8",
    )
    calls = project.calls("-e", "abroad", "stats")
    assert calls["SmsPackagesStatistics"] == 0
    assert calls["SendStatusStatistics"] == 1
    [shop] = rows(project, "-e", "abroad")
    assert shop["packages"] == []
    assert {each["objective"]: each["met"] for each in shop["objectives"]} == {
        "deliveryRate": None,
        "packageBalance": None,
    }


# -- formats -------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_has_every_number(sent: DeliveryProject, format: str) -> None:
    ran = sent("stats", "--format", format)
    assert ran.code == 0
    assert ran.out == sent("stats", "--format", format).out
    for said in ("shop", "deliveryRate", "1000000001"):
        assert said in ran.out
    if format != "json":
        assert "2 applications; objectives: 4 met." in ran.out
        assert "2027-01-14 18:00 to 2027-01-15 18:00 in Beijing" in ran.out
        assert re.search(r"42(\.|&#46;)85 %", ran.out)
        assert "invalid number" in ran.out


def test_a_run_can_be_written_as_json_besides(sent: DeliveryProject, tmp_path: Path) -> None:
    path = tmp_path / "stats.json"
    ran = sent("stats", "--format", "json", "--json-into", str(path))
    assert path.read_text("utf-8") == ran.out


def test_the_page_has_bars_and_nothing_that_runs(sent: DeliveryProject) -> None:
    page = sent("stats", "shop", "--format", "html").out
    outcome = re.search(r'<svg class="bar" [^>]*aria-label="([^"]*)">(.*?)</svg>', page, re.S)
    assert outcome is not None
    assert outcome[1] == "delivered 3, failed 3, not reported 1 of 7 accepted"
    pieces = [tuple(map(int, each)) for each in re.findall(r'x="(\d+)" width="(\d+)"', outcome[2])]
    assert pieces == [(0, 429), (429, 428), (857, 143)]
    assert not re.search(r"<script|style=|\son\w+=|href|src=", page)


@pytest.mark.parametrize("format", ["text", "markdown", "html"])
def test_no_sentence_is_left_in_english(sent: DeliveryProject, format: str) -> None:
    known = {*COMMANDS, *MET, "smsops", "shop", "cart", "application", "description"}
    with spoken():
        assert plain_words(sent("stats", "--format", format).out, known) == []


# -- what may go wrong ---------------------------------------------------------------------------


def test_broken_manifests_are_named(project: DeliveryProject) -> None:
    project.promise(deliveryRate={"min": 2})
    ran = project("stats")
    assert ran.code == 3
    assert "applications/shop.yaml" in ran.err


def test_the_hours_of_the_window_are_over(sent: DeliveryProject) -> None:
    """A message of this hour is counted in the next one."""
    project = sent.copy(sent.root.parent / "later")
    assert [row["accepted"] for row in rows(project, "shop", "--since", "1h")] == [7]
    project.time.advance(HOUR)
    assert [row["accepted"] for row in rows(project, "shop", "--since", "1h")] == [1]
    assert [row["accepted"] for row in rows(project, "shop", "--since", "2h")] == [8]
