"""One reading of the account: listed, looked up by id, or honestly not seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from smsops.kinds import RESOURCES
from smsops.kinds.kind import BOTH
from smsops.kinds.reviews import review_of
from smsops.model import (
    Address,
    Listing,
    ObjectId,
    Observation,
    Recorded,
    RecordedObject,
    ReviewState,
    Value,
)
from smsops.providers.errors import CredentialsRefused, NotSent, Unknown
from smsops.providers.tencent.observe import observe, observe_recorded
from tests.support.scripted_api import ScriptedApi, client_of, error, ok, sign, template

ACME = Address("sign", "acme")
LOGIN = Address("template", "login")
PROMO = Address("template", "promo")


class Account:
    """A little account behind a scripted API, with switches for what it refuses."""

    def __init__(self) -> None:
        self.signs: dict[int, dict[str, Any]] = {}
        self.templates: dict[int, dict[str, Any]] = {}
        self.hidden: set[int] = set()
        self.list_codes: dict[str, str] = {}
        self.id_codes: dict[str, str] = {}
        self.fails_on_unknown = False
        self.api = ScriptedApi(self.answer)

    def add(self, *items: dict[str, Any]) -> Account:
        for item in items:
            if "SignId" in item:
                self.signs[item["SignId"]] = item
            else:
                self.templates[item["TemplateId"]] = item
        return self

    def answer(self, action: str, payload: Mapping[str, Any]) -> Any:
        objects, name, ids = (
            (self.signs, "DescribeSignListStatusSet", payload.get("SignIdSet"))
            if action == "DescribeSmsSignList"
            else (self.templates, "DescribeTemplateStatusSet", payload.get("TemplateIdSet"))
        )
        code = (self.list_codes if ids is None else self.id_codes).get(action)
        if code:
            return error(code)
        if ids is not None and self.fails_on_unknown and set(ids) - objects.keys():
            return error("FailedOperation.MissingTemplateToModify")
        found = [
            item
            for number, item in sorted(objects.items())
            if item["International"] in (payload["International"], 3)
            and (number in ids if ids is not None else number not in self.hidden)
        ]
        if ids is None:
            found = found[payload["Offset"] : payload["Offset"] + payload["Limit"]]
        return ok(**{name: found})

    def observe(
        self, recorded: Mapping[Address, Recorded] | None = None, **more: Any
    ) -> Observation:
        with client_of(self.api) as client:
            return observe(client, RESOURCES, recorded or {}, **more)

    def by_id(self) -> list[tuple[str, int, list[int]]]:
        """Every Describe by id: action, International, ids."""
        return [
            (action, payload["International"], ids)
            for action, payload in self.api.calls
            for ids in (payload.get("SignIdSet") or payload.get("TemplateIdSet"),)
            if ids
        ]


def recorded(number: int, international: Value = False, *retiring: int) -> Recorded:
    def item(remote_id: int) -> RecordedObject:
        return RecordedObject(remote_id, read_back={"international": international})

    return Recorded(item(number), retiring=tuple(item(other) for other in retiring))


def test_everything_is_listed_under_both_values() -> None:
    account = Account().add(
        sign(1), sign(2, International=1), template(3), template(4, International=1, StatusCode=-1)
    )
    seen = account.observe()
    assert set(seen.objects) == {
        ObjectId("sign", 1),
        ObjectId("sign", 2),
        ObjectId("template", 3),
        ObjectId("template", 4),
    }
    assert seen.objects[ObjectId("template", 4)].review == review_of(-1)
    assert seen.objects[ObjectId("template", 4)].review.state is ReviewState.REJECTED
    assert seen.listing == {"sign": Listing.LISTED, "template": Listing.LISTED}
    assert seen.complete
    assert seen.notes == ()


def test_an_empty_account_takes_four_calls() -> None:
    account = Account()
    assert account.observe().objects == {}
    assert len(account.api.calls) == 4


def test_an_object_of_both_values_is_seen_once() -> None:
    seen = Account().add(template(3, International=3)).observe({LOGIN: recorded(3, BOTH)})
    assert list(seen.objects) == [ObjectId("template", 3)]
    assert seen.objects[ObjectId("template", 3)].spec["international"] == BOTH


def test_listed_objects_are_not_looked_up_again() -> None:
    account = Account().add(sign(1), template(3), template(4))
    account.observe({ACME: recorded(1), LOGIN: recorded(3, False, 4)})
    assert account.by_id() == []


def test_what_the_listing_misses_is_looked_up_by_id() -> None:
    """A listing may lag behind; only an object that neither shows is gone."""
    account = Account().add(template(3, International=1), template(4))
    account.hidden = {3}
    seen = account.observe({LOGIN: recorded(3, True), PROMO: recorded(9)})
    assert ObjectId("template", 3) in seen.objects
    assert ObjectId("template", 9) not in seen.objects
    assert seen.unread == frozenset()
    assert seen.complete
    assert sorted(account.by_id()) == [
        ("DescribeSmsTemplateList", 0, [9]),
        ("DescribeSmsTemplateList", 1, [3]),
    ]


@pytest.mark.parametrize("unknown", [None, BOTH])
def test_an_object_of_unknown_international_is_sought_under_both(unknown: Value) -> None:
    account = Account().add(template(3, International=1))
    account.hidden = {3}
    seen = account.observe({LOGIN: recorded(3, unknown)})
    assert ObjectId("template", 3) in seen.objects
    assert [call[1] for call in account.by_id()] == [0, 1]


def test_what_was_submitted_tells_the_international_of_a_fresh_object() -> None:
    account = Account()
    record = Recorded(RecordedObject(3, submitted={"international": True}))
    account.observe({LOGIN: record})
    assert account.by_id() == [("DescribeSmsTemplateList", 1, [3])]


def test_one_gone_id_does_not_hide_the_others() -> None:
    account = Account().add(template(3), template(4), template(5))
    account.hidden, account.fails_on_unknown = {3, 4, 5}, True
    seen = account.observe({LOGIN: recorded(3, False, 4, 9), PROMO: recorded(5)})
    assert set(seen.objects) == {
        ObjectId("template", 3),
        ObjectId("template", 4),
        ObjectId("template", 5),
    }
    assert seen.complete


@pytest.mark.parametrize("code", ["MissingParameter", "UnknownParameter"])
def test_an_older_api_lists_no_signs(code: str) -> None:
    account = Account().add(sign(1), sign(2), template(3))
    account.list_codes = {"DescribeSmsSignList": code}
    seen = account.observe({ACME: recorded(1)})
    assert set(seen.objects) == {ObjectId("sign", 1), ObjectId("template", 3)}
    assert seen.listing == {"sign": Listing.UNLISTED, "template": Listing.LISTED}
    assert not seen.complete
    assert len(seen.notes) == 1
    assert "unmanaged ones could not be seen" in str(seen.notes[0])
    assert code in str(seen.notes[0])


def test_a_sub_account_lists_no_templates() -> None:
    account = Account().add(sign(1), template(3), template(4))
    account.list_codes = {"DescribeSmsTemplateList": "FailedOperation.ProhibitSubAccountUse"}
    seen = account.observe({LOGIN: recorded(3), PROMO: recorded(9)})
    assert set(seen.objects) == {ObjectId("sign", 1), ObjectId("template", 3)}
    assert seen.listing == {"sign": Listing.LISTED, "template": Listing.UNLISTED}
    assert "main account" in str(seen.notes[0])


def test_a_shifting_listing_counts_as_none() -> None:
    """No object of it is believed: what is recorded is read by id."""
    account = Account().add(sign(1), template(3))

    def shifting(action: str, payload: dict[str, Any]) -> Any:
        if action == "DescribeSmsTemplateList" and "Limit" in payload:
            return ok(DescribeTemplateStatusSet=[template(3), template(8)])
        return account.answer(action, payload)

    api = ScriptedApi(shifting)
    with client_of(api) as client:
        seen = observe(client, RESOURCES, {LOGIN: recorded(3)})
    assert set(seen.objects) == {ObjectId("sign", 1), ObjectId("template", 3)}
    assert seen.listing == {"sign": Listing.LISTED, "template": Listing.UNSTABLE}
    assert "templates could not be listed: every page was the same." in str(seen.notes[0])


def test_a_recorded_object_that_cannot_be_read_is_neither_there_nor_gone() -> None:
    account = Account().add(sign(1), sign(2))
    account.list_codes = {"DescribeSmsSignList": "MissingParameter"}
    account.id_codes = {"DescribeSmsSignList": "InternalError"}
    seen = account.observe({ACME: recorded(1, False, 2)})
    assert seen.objects == {}
    assert seen.unread == {ObjectId("sign", 1), ObjectId("sign", 2)}
    assert not seen.complete
    assert any("2 signs could not be read by id" in str(note) for note in seen.notes)


def test_a_recorded_object_of_a_kind_nobody_reads_is_not_gone() -> None:
    account = Account().add(template(3))
    with client_of(account.api) as client:
        seen = observe(client, {"template": RESOURCES["template"]}, {ACME: recorded(1)})
    assert seen.unread == {ObjectId("sign", 1)}


@pytest.mark.parametrize("where", ["list_codes", "id_codes"])
def test_refused_credentials_are_not_papered_over(where: str) -> None:
    account = Account()
    setattr(account, where, {"DescribeSmsTemplateList": "UnauthorizedOperation"})
    with pytest.raises(CredentialsRefused):
        account.observe({LOGIN: recorded(3)})


def test_a_listing_without_an_answer_is_an_error() -> None:
    """Not an unlisted kind: that would allow creating what may exist."""
    account = Account()
    account.list_codes = {"DescribeSmsTemplateList": "InternalError"}
    with pytest.raises(Unknown):
        account.observe()


def test_an_unreachable_host_is_an_error() -> None:
    def handler(action: str, payload: dict[str, Any]) -> Any:
        raise httpx.ConnectError("refused")

    with client_of(ScriptedApi(handler)) as client, pytest.raises(NotSent):
        observe(client, RESOURCES, {})


def test_further_objects_can_be_asked_for() -> None:
    account = Account().add(template(7, International=1))
    account.hidden = {7}
    seen = account.observe(include=[ObjectId("template", 7), ObjectId("sign", 8)])
    assert ObjectId("template", 7) in seen.objects
    assert ObjectId("sign", 8) not in seen.objects


def test_recorded_objects_can_be_read_without_listing() -> None:
    account = Account().add(sign(1), template(3), template(4))
    with client_of(account.api) as client:
        seen = observe_recorded(client, RESOURCES, {ACME: recorded(1), LOGIN: recorded(3)})
    assert set(seen.objects) == {ObjectId("sign", 1), ObjectId("template", 3)}
    assert seen.listing == {"sign": Listing.UNLISTED, "template": Listing.UNLISTED}
    assert all("Limit" not in payload for _, payload in account.api.calls)
    assert len(account.api.calls) == 2


def test_a_large_account_takes_no_call_too_many() -> None:
    account = Account().add(*(template(number) for number in range(1, 951)))
    state = {Address("template", f"t{n}"): recorded(n) for n in range(1, 901)}
    seen = account.observe(state)
    assert len(seen.objects) == 950
    assert account.api.count("DescribeSmsTemplateList") == 10 + 1 + 1
    assert account.api.count("DescribeSmsSignList") == 2
