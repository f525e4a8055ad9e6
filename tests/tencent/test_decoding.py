"""What a reply may bring into a state or a plan: whatever is accepted can be written and read."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smsops.kinds import RESOURCES
from smsops.kinds.kind import LAST_MOMENT, MOST_PROSE, MOST_TEXT, Resource
from smsops.model import (
    Address,
    Observed,
    Plan,
    PlanOptions,
    Recorded,
    RecordedObject,
    Snapshot,
)
from smsops.planfile import saved as planfile
from smsops.providers.errors import Unknown
from smsops.providers.tencent.client import Client
from smsops.state import parse
from smsops.state.changes import settle
from smsops.state.snapshot import dump, load
from tests.support.clock import FakeClock
from tests.support.examples import examples
from tests.support.scripted_api import ScriptedApi, client_of, http, ok, sign, template

NOW = 1_763_800_000.0
SAMPLES = {"sign": sign(7), "template": template(7)}
FULL = {
    **SAMPLES["sign"],
    "QualificationId": 1000001,
    "QualificationName": "acme",
    "QualificationStatusCode": 1,
}
each_kind = pytest.mark.parametrize("kind", RESOURCES.values(), ids=RESOURCES)


def reading(items: list[object], kind: Resource) -> Client:
    """A client of an account that lists ``items``, byte for byte as JSON."""
    pages = [items, []]

    def handler(action: str, payload: dict[str, Any]) -> Any:
        response = ok(**{kind.api.described: pages[payload.get("Offset", 0) > 0]})
        return httpx.Response(200, content=json.dumps({"Response": response}).encode())

    return client_of(ScriptedApi(handler))


def listed(items: list[object], kind: Resource) -> list[Observed]:
    with reading(items, kind) as client:
        return list(client.list(kind, False))


# -- what is refused -------------------------------------------------------------------------------

NO_IDS: list[object] = [0, -1, -(2**62), 2**63, 10**30, 1.0, 1.5, True, None, [], {}]
NO_IDS += ["", "0", "-1", "007", " 7", "7 ", "+7", "--5", "-", "7a", "٧", "9" * 19, "1e3", "0x7"]


@each_kind
@pytest.mark.parametrize("number", NO_IDS, ids=repr)
def test_what_is_no_id_is_refused_in_a_listing_and_by_id(kind: Resource, number: object) -> None:
    item = {**SAMPLES[kind.name], kind.api.id: number}
    with reading([item], kind) as client:
        for read in (lambda: client.list(kind, False), lambda: client.describe(kind, [7], False)):
            with pytest.raises(Unknown, match=f"{kind.api.id} is not an") as caught:
                read()
            assert caught.value.exit == 1


@each_kind
@pytest.mark.parametrize("number", NO_IDS, ids=repr)
def test_an_add_answered_with_what_is_no_id_is_unknown(kind: Resource, number: object) -> None:
    api = ScriptedApi(lambda *_: http(ok(**{kind.api.added: {kind.api.id: number}})))
    with client_of(api) as client, pytest.raises(Unknown) as caught:
        client.add(kind, {}, {}, address=f"{kind.name}.x")
    assert caught.value.exit == 7
    assert len(api.calls) == 1


@each_kind
@pytest.mark.parametrize("number", [1, "1", 2**63 - 1, "1110"])
def test_what_is_an_id_is_taken(kind: Resource, number: object) -> None:
    (item,) = listed([{**SAMPLES[kind.name], kind.api.id: number}], kind)
    assert item.remote_id == int(str(number))


@each_kind
def test_a_text_beyond_every_bound_is_refused(kind: Resource) -> None:
    field = next(
        item.parameter for item in kind.fields if item.readable and item.name != "international"
    )
    (item,) = listed([{**SAMPLES[kind.name], field: "文" * MOST_TEXT}], kind)
    assert "文" * MOST_TEXT in item.spec.values()
    with pytest.raises(Unknown, match=f"{field} has more than"):
        listed([{**SAMPLES[kind.name], field: "文" * (MOST_TEXT + 1)}], kind)


@each_kind
def test_prose_beyond_every_bound_is_cut(kind: Resource) -> None:
    (item,) = listed([{**SAMPLES[kind.name], "ReviewReply": "不" * 99_999}], kind)
    assert item.review.reply == "不" * MOST_PROSE


@each_kind
@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (1_617_379_200, 1_617_379_200),
        ("1617379200", 1_617_379_200),
        (0, None),
        (-5, None),
        (LAST_MOMENT, LAST_MOMENT),
        (LAST_MOMENT + 1, None),
        (2**62, None),
    ],
)
def test_a_moment_that_no_calendar_has_is_none(
    kind: Resource, seconds: object, expected: int | None
) -> None:
    (item,) = listed([{**SAMPLES[kind.name], "CreateTime": seconds}], kind)
    assert item.created_at == expected


def test_the_last_moment_is_that_of_a_state() -> None:
    assert LAST_MOMENT == parse.LATEST


@pytest.mark.parametrize(
    "account", ["", "x", "1 ", "-1", "１", "1" * 33, "../../1", 7, None, ["1"]]
)
def test_an_account_is_a_number_of_digits(account: object) -> None:
    api = ScriptedApi(lambda *_: ok(AccountId=account, Arn="a"))
    with client_of(api, clock=FakeClock()) as client, pytest.raises(Unknown, match="AccountId"):
        client.caller()


# -- what is accepted ------------------------------------------------------------------------------

_ODD = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([2**63, -(2**63), 2**53, LAST_MOMENT + 1, 253_402_300_800, -1, 0])
    | st.floats()
    | st.text(st.characters(), max_size=8)  # lone surrogates, too
    | st.sampled_from(["", "--1", "007", "\ud800", "\x00", "\u2028", "1e999", "9" * 40])
    | st.lists(st.none(), max_size=2)
    | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2)
)


@st.composite
def elements(draw: st.DrawFn) -> tuple[Resource, dict[str, object]]:
    """An element of a listing with a few odd values, or without a few."""
    kind = draw(st.sampled_from(list(RESOURCES.values())))
    item = dict(FULL if kind.name == "sign" else SAMPLES["template"])
    for name in draw(st.sets(st.sampled_from(sorted(item)), max_size=3)):
        item[name] = draw(_ODD)
    for name in draw(st.sets(st.sampled_from(sorted(item)), max_size=1)):
        del item[name]
    return kind, item


@given(elements())
@example((RESOURCES["sign"], {**FULL, "SignId": -7}))
@example((RESOURCES["template"], {**SAMPLES["template"], "CreateTime": 99_999_999_999}))
@example((RESOURCES["template"], {**SAMPLES["template"], "TemplateName": "\ud800x\udfff"}))
@settings(max_examples=examples(300), deadline=None)
def test_a_reply_that_is_accepted_can_be_recorded_and_read_again(
    drawn: tuple[Resource, dict[str, object]],
) -> None:
    kind, element = drawn
    try:
        found = listed([element], kind)
    except Unknown:
        return
    address = Address(kind.name, "x")
    for seen in found:
        wanted = dict.fromkeys(kind.names)
        bare = RecordedObject(
            seen.remote_id, read_back=seen.spec, review=seen.review, submitted_at=seen.created_at
        )
        for recorded in (bare, settle(kind, wanted, RecordedObject(seen.remote_id), seen, NOW)):
            before = Snapshot(
                "5c1b0b0e-6a39-4a27-9c1c-2f6f3f0c5a11",
                3,
                "100000000001",
                "ap-guangzhou",
                {address: Recorded(current=recorded)},
            )
            assert load(dump(before), source="state.json") == before
    plan = Plan("100000000001", "ap-guangzhou", True, (), tuple(found))
    saved = planfile.load(
        planfile.dump(plan, PlanOptions(), lineage=None).encode(), source="x.plan"
    )
    assert [item.remote_id for item in planfile.plan_of(saved).unmanaged] == [
        item.remote_id for item in found
    ]


def test_the_samples_are_accepted() -> None:
    """Else the test above would prove nothing."""
    assert len(listed([FULL], RESOURCES["sign"])) == 1
    assert len(listed([SAMPLES["template"]], RESOURCES["template"])) == 1
    assert json.loads(json.dumps(FULL)) == FULL


def test_a_qualification_below_zero_is_refused() -> None:
    with pytest.raises(Unknown, match="QualificationId is not an id"):
        listed([{**FULL, "QualificationId": -1}], RESOURCES["sign"])
    (item,) = listed([{**FULL, "QualificationId": 0}], RESOURCES["sign"])
    assert item.spec["qualificationId"] == 0
