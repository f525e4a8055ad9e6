"""Listings: every object once, no call too many, and shifting pages are noticed."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsops.kinds import RESOURCES
from smsops.model import RemoteId
from smsops.providers.errors import (
    EndlessListing,
    InconsistentListing,
    ListingRefused,
    Refused,
    Unknown,
)
from smsops.providers.tencent import paging
from smsops.providers.tencent.observe import observe
from tests.support.clock import FakeClock
from tests.support.examples import examples
from tests.support.scripted_api import ScriptedApi, client_of, error, ok, sign, template

SIGN, TEMPLATE = RESOURCES["sign"], RESOURCES["template"]


def pages_of(numbers: list[int], *, most: int = 100) -> Callable[[str, dict[str, Any]], Any]:
    """An API that lists ``numbers``, at most ``most`` a page."""

    def handler(action: str, payload: dict[str, Any]) -> Any:
        limit = min(payload["Limit"], most)
        page = numbers[payload["Offset"] : payload["Offset"] + limit]
        return ok(DescribeTemplateStatusSet=[template(number) for number in page])

    return handler


def ids(count: int) -> list[int]:
    """The ids of an account with ``count`` objects."""
    return list(range(1, count + 1))


def listed(api: ScriptedApi, *, expected: int = 0) -> list[RemoteId]:
    with client_of(api) as client:
        return [item.remote_id for item in client.list(TEMPLATE, False, expected=lambda: expected)]


def sequential(count: int) -> int:
    """Calls that reading page by page takes: the pages, and the empty one that ends them."""
    return -(-count // 100) + 1


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250, 1000])
def test_pages_and_the_empty_one(count: int) -> None:
    api = ScriptedApi(pages_of(ids(count)))
    assert listed(api) == ids(count)
    assert len(api.calls) == sequential(count)
    assert all(payload["Limit"] == 100 for _, payload in api.calls)
    assert all("TemplateIdSet" not in payload for _, payload in api.calls)


@given(count=st.integers(0, 900), expected=st.integers(0, 900))
@settings(max_examples=examples(40), deadline=None)
def test_knowing_the_number_saves_time_and_costs_no_calls(count: int, expected: int) -> None:
    """Only where the account holds fewer objects than expected, one call may be wasted."""
    api = ScriptedApi(pages_of(ids(count)))
    assert sorted(listed(api, expected=expected)) == ids(count)
    assert len(api.calls) <= sequential(count) + (expected > count)


def test_expected_pages_are_read_concurrently() -> None:
    """First and last page meet inside the server, then all others with the empty one that ends
    the listing: read one by one they never would.
    """
    ends, others = threading.Barrier(2, timeout=10), threading.Barrier(3, timeout=10)
    serve = pages_of(ids(400))

    def handler(action: str, payload: dict[str, Any]) -> Any:
        (ends if payload["Offset"] in (0, 300) else others).wait()
        return serve(action, payload)

    api = ScriptedApi(handler)
    with client_of(api, rate_limits={"DescribeSmsTemplateList": 1e9}) as client:
        found = client.list(TEMPLATE, False, expected=lambda: 400)
    assert [item.remote_id for item in found] == ids(400)
    assert len(api.calls) == 5


@given(count=st.integers(0, 900), expected=st.integers(0, 900), known_after=st.integers(0, 9))
@settings(max_examples=examples(40), deadline=None)
def test_the_number_may_become_known_while_pages_are_read(
    count: int, expected: int, known_after: int
) -> None:
    api = ScriptedApi(pages_of(ids(count)))
    with client_of(api) as client:
        found = client.list(
            TEMPLATE, False, expected=lambda: expected if len(api.calls) >= known_after else 0
        )
    assert sorted(item.remote_id for item in found) == ids(count)
    assert len(api.calls) <= sequential(count) + (expected > count)


@pytest.mark.parametrize("expected", [0, 250, 1000])
def test_a_service_that_caps_its_pages_is_read_to_the_end(expected: int) -> None:
    api = ScriptedApi(pages_of(ids(333), most=40))
    assert listed(api, expected=expected) == ids(333)


@pytest.mark.parametrize("expected", [0, 450])
def test_an_object_added_while_reading_is_noticed(expected: int) -> None:
    """It pushes the last object of a page onto the next one: seen twice, so read again."""
    numbers = ids(450)
    calls = 0

    def handler(action: str, payload: dict[str, Any]) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            numbers.insert(0, 1000)
        return pages_of(numbers)(action, payload)

    assert sorted(listed(ScriptedApi(handler), expected=expected)) == [*ids(450), 1000]


@pytest.mark.parametrize("count", [100, 150, 250])
def test_an_account_that_never_rests_has_no_listing(count: int) -> None:
    numbers = ids(count)

    def handler(action: str, payload: dict[str, Any]) -> Any:
        numbers.insert(0, 1000 + len(numbers))
        return pages_of(numbers)(action, payload)

    api = ScriptedApi(handler)
    with pytest.raises(InconsistentListing, match="keep shifting") as caught:
        listed(api)
    assert str(caught.value.why) == "the account kept changing meanwhile"
    assert len(api.calls) == 6


def test_a_service_that_ignores_the_offset_has_no_listing() -> None:
    api = ScriptedApi(lambda *_: ok(DescribeTemplateStatusSet=[template(1)]))
    with pytest.raises(InconsistentListing):
        listed(api)
    assert len(api.calls) == 6


def test_a_service_that_ignores_the_offset_is_named_as_such() -> None:
    """It has no listing either, and the account is not what changes."""
    full = [template(number) for number in ids(100)]
    with pytest.raises(InconsistentListing, match="every page with the same objects") as caught:
        listed(ScriptedApi(lambda *_: ok(DescribeTemplateStatusSet=full)))
    assert str(caught.value.why) == "every page was the same"


def endless(most: int) -> Callable[[str, dict[str, Any]], Any]:
    """An API that always has ``most`` more objects."""

    def handler(action: str, payload: dict[str, Any]) -> Any:
        start = payload["Offset"] + 1
        numbers = range(start, start + most)
        return ok(
            DescribeTemplateStatusSet=[template(number) for number in numbers],
            DescribeSignListStatusSet=[sign(number) for number in numbers],
        )

    return handler


@pytest.mark.parametrize(
    ("page", "most", "calls"),
    [(100, 200, 3), (7, 200, 29), (200, 200, 2), (100, 10**9, 10), (1, 10**9, 10)],
)
def test_an_endless_listing_is_left_by_its_objects_or_its_pages(
    page: int, most: int, calls: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not read again, and no note turns it into an incomplete one."""
    monkeypatch.setattr(paging, "MOST_OBJECTS", most)
    monkeypatch.setattr(paging, "MOST_PAGES", 10 if most > 200 else 10**9)
    api = ScriptedApi(endless(page))
    with pytest.raises(EndlessListing, match="does not come to an end") as caught:
        listed(api)
    assert caught.value.exit == 1
    assert len(api.calls) == calls
    with client_of(ScriptedApi(endless(page))) as client, pytest.raises(EndlessListing):
        observe(client, RESOURCES, {})


def test_the_largest_account_that_is_read_fits_into_memory() -> None:
    """What a bound of 100,000 objects is about: some hundred bytes each, measured on a share."""
    share = 2_000
    tracemalloc.start()
    try:
        found = [RESOURCES["template"].decode(template(number)) for number in ids(share)]
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found) == share
    assert held / share * paging.MOST_OBJECTS < 300 * 2**20
    assert paging.MOST_OBJECTS >= 10 * 10_000  # ten times the largest account that is measured


def test_a_duplicate_within_a_page_is_a_shift_too() -> None:
    api = ScriptedApi(lambda *_: ok(DescribeTemplateStatusSet=[template(1), template(1)]))
    with pytest.raises(InconsistentListing):
        listed(api)
    assert len(api.calls) == 3


@pytest.mark.parametrize(
    "code",
    [
        "MissingParameter",
        "MissingParameter.SignIdSet",
        "UnknownParameter",
        "FailedOperation.ProhibitSubAccountUse",
    ],
)
def test_a_refused_listing_says_so(code: str) -> None:
    api = ScriptedApi(lambda *_: error(code))
    with client_of(api) as client, pytest.raises(ListingRefused) as caught:
        client.list(SIGN, False)
    assert caught.value.code == code
    assert len(api.calls) == 1


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("InvalidParameterValue.LimitVerifyFail", Refused),
        ("FailedOperation.NotEnterpriseCertification", Refused),
        ("UnauthorizedOperation.RequestPermissionDeny", Refused),
        ("InternalError", Unknown),
    ],
)
def test_other_failures_are_not_taken_for_a_refused_listing(
    code: str, kind: type[Exception]
) -> None:
    api = ScriptedApi(lambda *_: error(code))
    with client_of(api) as client, pytest.raises(kind) as caught:
        client.list(SIGN, False)
    assert not isinstance(caught.value, ListingRefused)


def test_the_filter_is_not_trusted() -> None:
    """The document's own example answers International 0 with an object of International 1."""
    items = [sign(1110), sign(1111, International=1)]
    api = ScriptedApi(lambda _, payload: ok(DescribeSignListStatusSet=items[payload["Offset"] :]))
    with client_of(api) as client:
        found = client.list(SIGN, False)
    assert [item.spec["international"] for item in found] == [False, True]


def test_a_failing_page_ends_the_concurrent_reading() -> None:
    serve = pages_of(ids(2000))

    def handler(action: str, payload: dict[str, Any]) -> Any:
        if payload["Offset"] == 0:
            return error("UnauthorizedOperation")
        return serve(action, payload)

    api = ScriptedApi(handler)
    with client_of(api, clock=FakeClock()) as client, pytest.raises(Refused):
        client.list(TEMPLATE, False, expected=lambda: 2000)
    assert len(api.calls) <= 20
