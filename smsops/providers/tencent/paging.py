"""Reading a listing page by page: no total, no cursor, and the account may change meanwhile.

Pages are asked for by offset, so an object that comes or goes between two pages shifts the rest:
one is seen twice, or not at all. A duplicate gives the shift away, and the listing is read again.
An empty page ends it; a short one does not, since a service may cap pages below the limit. A
service that never ends is left while its objects still fit into memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice

from smsops.model import Observed, RemoteId
from smsops.providers.errors import EndlessListing, InconsistentListing, ListingRefused, Refused
from smsops.providers.parallel import concurrently
from smsops.providers.protocol import Expected, unknown
from smsops.text.messages import T

#: Objects a page ("最大上限，最多100").
PAGE = 100
#: Objects and pages of a listing; beyond, the service is answering nonsense. An account may hold
#: some hundred templates and signs. This many objects take some 60 MB, and this many pages, at 20
#: calls a second, 100 s.
MOST_OBJECTS, MOST_PAGES = 100_000, 2_000
#: How often a listing is read before it counts as inconsistent.
READINGS = 3
#: "非主账号无法使用拉取模板列表功能" (DescribeSmsTemplateList).
SUB_ACCOUNT = "FailedOperation.ProhibitSubAccountUse"

Page = Callable[[int], Sequence[Observed]]


class _Shifted(Exception):
    """The pages of one reading do not fit together. ``same``: one is the first one again."""

    def __init__(self, *, same: bool = False) -> None:
        super().__init__()
        self.same = same


class _Endless(Exception):
    """One reading goes on and on."""


def listing(action: str, page: Page, expected: Expected) -> Sequence[Observed]:
    """Every object that ``page(offset)`` has, each once.

    As soon as their number is known, the pages are read concurrently: first the next and the last
    of them, and if there is something on the last, all others, which reading in order would need
    as well.
    """
    same = True
    for _ in range(READINGS):
        try:
            return _reading(page, expected)
        except _Shifted as shifted:
            expected, same = unknown, same and shifted.same
        except _Endless:
            raise EndlessListing(
                action,
                "",
                T(
                    "does not come to an end: more than {objects} objects, or {pages} "
                    "pages, are no account's",
                    objects=f"{MOST_OBJECTS:,}",
                    pages=f"{MOST_PAGES:,}",
                ),
                hint=T("Check that --endpoint is the API."),
            ) from None
        except Refused as error:
            if not refuses_listing(error):
                raise
            raise ListingRefused(
                error.action, error.address, error.code, error.vendor_message, error.request_id
            ) from None
    if same:
        raise InconsistentListing(
            action,
            "",
            T("answers every page with the same objects"),
            why=T("every page was the same"),
        )
    raise InconsistentListing(
        action,
        "",
        T(
            "lists objects that keep shifting between pages, {times} times in a row",
            times=READINGS,
        ),
    )


def refuses_listing(error: Refused) -> bool:
    """Whether a refusal means that this kind is described only by ids.

    Before 2026-05 DescribeSmsSignList required SignIdSet and did not know Limit and Offset;
    sub-accounts may be refused the list of templates.
    """
    family = error.code.partition(".")[0]
    return error.code == SUB_ACCOUNT or family in ("MissingParameter", "UnknownParameter")


def _reading(page: Page, expected: Expected) -> Sequence[Observed]:
    """One reading. Raises :class:`_Shifted`."""
    found: dict[RemoteId, Observed] = {}
    end = -1
    for _ in range(MOST_PAGES):
        offset = len(found)
        final = (expected() - 1) // PAGE * PAGE
        if final > offset and offset % PAGE == 0:
            pages, end = _ahead(page, offset, final)
            expected = unknown
        else:
            pages = [page(offset)]
        for items in pages:
            _collect(found, items)
        if not pages[-1] or len(found) == end:
            return list(found.values())
        if len(found) > MOST_OBJECTS:
            break
    raise _Endless


def _ahead(page: Page, offset: int, final: int) -> tuple[list[Sequence[Observed]], int]:
    """The pages from ``offset`` to beyond ``final``, and an offset that is known to be empty."""
    first, last = concurrently(page, (offset, final))
    if not last:
        return [first], final
    _refuse_gaps([first])
    *middle, after = concurrently(page, (*range(offset + PAGE, final, PAGE), final + len(last)))
    _refuse_gaps(middle)
    return [first, *middle, last, after], -1


def _refuse_gaps(pages: Sequence[Sequence[Observed]]) -> None:
    """Pages before another one are full, or something was left out between them."""
    if any(len(items) != PAGE for items in pages):
        raise _Shifted


def _collect(found: dict[RemoteId, Observed], items: Sequence[Observed]) -> None:
    first = list(islice(found, len(items)))
    for item in items:
        if item.remote_id in found:
            raise _Shifted(same=[item.remote_id for item in items] == first)
        found[item.remote_id] = item
