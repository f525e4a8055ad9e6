"""What every ledger does, on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smsops.delivery.folding import messages
from smsops.delivery.ledger import Ledger, Removed
from smsops.delivery.ledger.migrations import MIGRATIONS, Migration
from smsops.delivery.ledger.secret import fingerprint
from smsops.delivery.model import Answer, Message, MessageId, Records, Report, Send, Vendor
from smsops.delivery.numbers import hidden
from smsops.errors import LedgerError
from tests.delivery.conftest import opened
from tests.delivery.test_folding import ROWS, SENDS, Row, kept
from tests.support.examples import examples
from tests.support.receipts import (
    APPLICATION,
    NUMBER,
    SECRET,
    accepted,
    huawei,
    refused,
    reply,
    send,
    tencent,
    unknown,
)

OTHER = hidden("+85251234567", SECRET)


def allow(_: Records) -> None:
    """No reason against a send."""


def test_a_new_ledger_is_empty_and_whole(ledger: Ledger) -> None:
    assert list(ledger.rows()) == []
    assert list(ledger.faults()) == []
    assert ledger.heard(0, 2**40) == Records([], [], [], [])
    assert ledger.bound() is None


def test_what_was_written_is_read_again_by_whoever_opens_it(
    ledger: Ledger, open_ledger: Callable[..., Ledger]
) -> None:
    written = [
        send(parameters='["123456"]', project="shop", template="1110", sign="艾克米"),
        accepted(fee=3),
        huawei("EXPIRED", vendor_at=None, sequence=2, total=3),
        tencent(stamp="2026-11-27 10:00:00"),
        reply(text="退订", extend="12"),
    ]
    ledger.claim(written[0], allow)  # type: ignore[arg-type]
    ledger.append(written[1:])  # type: ignore[arg-type]

    assert set(open_ledger(create=False).rows()) == set(written)
    ledger.close()
    assert set(open_ledger(create=False).rows()) == set(written)


def test_names_are_those_of_sends_and_reports(ledger: Ledger) -> None:
    assert (ledger.probes(), ledger.applications()) == (frozenset(), frozenset())
    ledger.claim(send("s1"), allow)
    ledger.claim(send("s2", probe="", application="1400000002"), allow)
    ledger.append([tencent(), huawei()])
    assert ledger.probes() == {"login"}
    assert ledger.applications() == {"1400006666", "1400000002"}
    ledger.append([replace(tencent(), id=MessageId(Vendor.TENCENT, "1400000003", "2019:9"))])
    assert ledger.applications() == {"1400006666", "1400000002", "1400000003"}


def test_nothing_that_nobody_asked_to_keep_is_there(ledger: Ledger) -> None:
    ledger.claim(send(), allow)
    ledger.append([reply("secret words")])
    rows = list(ledger.rows())
    assert [row.parameters for row in rows if isinstance(row, Send)] == [None]
    assert [row.text for row in ledger.heard(0, 2**40).replies] == [None]


def test_a_repeat_is_counted_and_the_earliest_time_of_the_vendor_stands(ledger: Ledger) -> None:
    for heard, vendor, stamp in ((12, 9, "b"), (10, None, ""), (11, 8, "a"), (13, 10, "c")):
        ledger.append([tencent(heard_at=heard, vendor_at=vendor, stamp=stamp)])
    (row,) = ledger.rows()
    assert row == tencent(heard_at=10, last_at=13, vendor_at=8, stamp="a", repeats=3)


def test_repeats_in_one_append_are_the_same_as_in_several(ledger: Ledger) -> None:
    rows = [tencent(heard_at=12, vendor_at=9), tencent(heard_at=10, vendor_at=8), tencent("FAIL")]
    ledger.append(rows)
    ledger.append([reply(heard_at=5), reply(heard_at=3)])
    ledger.append([reply(heard_at=4)])
    assert sorted(row.repeats for row in ledger.heard(0, 2**40).reports) == [0, 1]
    assert ledger.heard(0, 2**40).replies == [replace(reply(heard_at=3), last_at=5, repeats=2)]


def test_an_answer_that_came_twice_is_one(ledger: Ledger) -> None:
    ledger.append([accepted(), accepted(at=1005), unknown()])
    ledger.append([accepted(at=1010)])
    assert sum(isinstance(row, Answer) for row in ledger.rows()) == 2
    ledger.append([accepted(at=1002), accepted(at=1000, fee=2)])
    assert {row.at for row in ledger.rows() if isinstance(row, Answer)} == {1000, 1001}


def test_an_append_of_nothing_is_none(ledger: Ledger) -> None:
    ledger.append([])
    assert list(ledger.rows()) == []


def test_an_append_that_fails_leaves_nothing(ledger: Ledger) -> None:
    """The reply cannot be encoded: what came before it in the transaction is gone, too."""
    broken = reply()
    object.__setattr__(broken, "heard_at", None)
    with pytest.raises(LedgerError):
        ledger.append([accepted(), tencent(), broken])
    assert list(ledger.rows()) == []
    ledger.append([tencent()])
    assert len(list(ledger.rows())) == 1


# -- reading --------------------------------------------------------------------------------------


def test_a_window_has_whole_messages(ledger: Ledger) -> None:
    """Also what came before and after it, so that the verdict is that of all."""
    ledger.claim(send("old", at=100), allow)
    ledger.append(
        [
            accepted("m1", send="old", at=101),
            tencent("FAIL", "NOREG", message="m1", heard_at=500, vendor_at=400),
            tencent(message="m1", heard_at=900, vendor_at=300),
            huawei(message="m2", heard_at=100),
            huawei(message="m3", heard_at=499),
            reply(heard_at=500),
        ]
    )
    found = ledger.heard(500, 600)
    assert [send.id for send in found.sends] == ["old"]
    assert len(found.answers) == 1
    assert {report.heard_at for report in found.reports} == {500, 900}
    assert len(found.replies) == 1
    assert [each.verdict.value for each in messages(found, now=1000)] == ["delivered"]
    assert ledger.heard(501, 600) == Records([], [], [], [])


def test_a_report_that_came_before_its_send_is_in_the_window_of_the_send(ledger: Ledger) -> None:
    ledger.append([tencent(message="m1", heard_at=100)])
    ledger.claim(send(at=1000), allow)
    ledger.append([accepted("m1")])
    (found,) = messages(ledger.heard(1000, 1001), now=1100)
    assert (found.verdict.value, found.heard_at, found.sent_at) == ("delivered", 100, 1000)


def test_messages_are_found_by_their_ids(ledger: Ledger) -> None:
    ledger.claim(send(), allow)
    ledger.append([accepted("m1"), accepted("m9", at=1002), tencent(message="m1"), tencent()])
    found = ledger.of_messages(["m1", "nothing", ""])
    assert (len(found.sends), len(found.answers), len(found.reports)) == (1, 2, 1)
    assert ledger.of_messages([]) == Records([], [], [])


def test_hundreds_of_messages_are_found_at_once(ledger: Ledger) -> None:
    ids = [f"m{number}" for number in range(1200)]
    ledger.append(tencent(message=id) for id in ids)
    assert len(ledger.of_messages(ids).reports) == 1200
    assert len(ledger.of_number(NUMBER.mac).reports) == 1200


def test_all_about_a_number_is_found_also_what_does_not_name_it(ledger: Ledger) -> None:
    ledger.claim(send(application=""), allow)
    ledger.append([accepted("m1"), tencent(message="m2"), tencent(message="m3", number=OTHER)])
    ledger.append([replace(tencent(message="m1", number=None), id=tencent(message="m1").id)])
    ledger.append([reply(), reply(number=OTHER)])
    about = huawei(message="m1")
    ledger.append([about])

    found = ledger.of_number(NUMBER.mac)
    assert (len(found.sends), len(found.answers), len(found.replies)) == (1, 1, 1)
    assert {report.id.message for report in found.reports} == {"m2"}, "of another vendor"
    assert ledger.of_number(b"nobody") == Records([], [], [], [])
    assert ledger.of_number(NUMBER.mac, 5000) == Records([], [], [], [])


# -- claiming -------------------------------------------------------------------------------------


def test_a_send_is_refused_for_a_reason_and_then_not_there(ledger: Ledger) -> None:
    assert ledger.claim(send(), lambda known: "no budget") == "no budget"
    assert list(ledger.rows()) == []


def test_whoever_decides_knows_everything_about_the_number(ledger: Ledger) -> None:
    ledger.claim(send("s1"), allow)
    ledger.claim(send("s2", number=OTHER), allow)
    ledger.append([accepted("m1"), tencent(message="m1", number=None)])
    seen: list[Records] = []
    ledger.claim(send("s3"), seen.append)
    (known,) = seen
    assert [each.id for each in known.sends] == ["s1"]
    assert [each.verdict.value for each in messages(known, now=1)] == ["delivered"]


def test_of_many_claims_at_once_one_succeeds(open_ledger: Callable[..., Ledger]) -> None:
    ledgers = [open_ledger() for _ in range(4)]
    begin = threading.Barrier(len(ledgers))
    results: list[str | None] = []

    def refuse(known: Records) -> str | None:
        return "one is under way" if known.sends else None

    def claim(number: int) -> None:
        begin.wait()
        results.append(ledgers[number].claim(send(f"s{number}"), refuse))

    _all([threading.Thread(target=claim, args=(number,)) for number in range(len(ledgers))])
    assert sorted(results, key=str) == [None, *["one is under way"] * 3]
    assert len(list(ledgers[0].rows())) == 1


def _all(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


# -- keeping --------------------------------------------------------------------------------------


def test_prune_removes_what_is_old_as_a_whole(ledger: Ledger) -> None:
    ledger.claim(send("old", at=100), allow)
    ledger.claim(send("late", at=100), allow)
    ledger.claim(send("young", at=1000), allow)
    ledger.append(
        [
            accepted("m1", send="old", at=101),
            accepted("m2", send="late", at=101),
            accepted("m3", send="young"),
            tencent(message="m1", heard_at=200),
            tencent("FAIL", message="m2", heard_at=200),
            tencent(message="m2", heard_at=2000),
            tencent(message="m4", heard_at=200, last_at=1500),
            reply(heard_at=200),
            reply("again", heard_at=1200),
        ]
    )
    assert ledger.prune(100) == Removed()
    assert ledger.prune(1000) == Removed(sends=1, reports=1, replies=1)
    left = ledger.heard(0, 2**40)
    assert {each.id for each in left.sends} == {"late", "young"}
    assert {each.message for each in left.answers} == {"m2", "m3"}
    assert sorted(each.id.message for each in left.reports) == ["m2", "m2", "m4"]
    assert list(ledger.faults()) == []
    assert ledger.prune(1000) == Removed()


def test_prune_of_more_than_a_page(ledger: Ledger) -> None:
    ledger.append(tencent(message=f"m{number}", heard_at=10) for number in range(5001))
    assert ledger.prune(1000) == Removed(reports=5001)


def test_forget_removes_a_number_and_nobody_else(ledger: Ledger) -> None:
    ledger.claim(send("s1"), allow)
    ledger.claim(send("s2", number=OTHER), allow)
    ledger.append(
        [
            accepted("m1", send="s1"),
            accepted("m2", send="s2"),
            tencent(message="m1", number=None),
            tencent(message="m2", number=OTHER),
            tencent(message="m3"),
            reply(),
            reply(number=OTHER),
        ]
    )
    assert ledger.forget(NUMBER.mac) == Removed(sends=1, reports=2, replies=1)
    left = list(ledger.rows())
    assert len(left) == 4
    assert all(getattr(row, "number", OTHER) == OTHER for row in left)
    assert ledger.of_number(NUMBER.mac) == Records([], [], [], [])
    assert ledger.forget(NUMBER.mac) == Removed()
    assert list(ledger.faults()) == []


def test_rows_are_as_of_one_moment(ledger: Ledger, open_ledger: Callable[..., Ledger]) -> None:
    ledger.append([tencent(message="m1")])
    rows: Iterator[Any] = ledger.rows()
    first = next(rows)
    later = [tencent(message=f"n{number}") for number in range(20)]
    open_ledger().append([*later, reply()])
    assert [first, *rows] == [tencent(message="m1")]
    assert len(list(ledger.rows())) == 22


def test_a_ledger_remembers_its_first_key(ledger: Ledger) -> None:
    mark = fingerprint(SECRET)
    assert ledger.bind(mark) == mark
    assert ledger.bind("other") == mark
    assert ledger.bound() == mark


# -- migrations -----------------------------------------------------------------------------------

LATER = Migration(
    MIGRATIONS[-1].number + 1, ("ALTER TABLE smsops_reports ADD COLUMN later {text}",)
)


def test_a_ledger_of_a_newer_smsops_is_refused_and_stays_as_it_is(
    ledger: Ledger, open_ledger: Callable[..., Ledger]
) -> None:
    ledger.append([tencent()])
    newer = open_ledger(migrations=(*MIGRATIONS, LATER))
    before = list(newer.rows())
    for _ in range(2):
        with pytest.raises(LedgerError, match="a newer smsops has written it"):
            open_ledger()
    assert list(newer.rows()) == before == [tencent()]


def test_an_older_ledger_is_brought_up_to_date_once(
    ledger: Ledger, open_ledger: Callable[..., Ledger]
) -> None:
    ledger.append([tencent()])
    for _ in range(2):
        assert list(open_ledger(migrations=(*MIGRATIONS, LATER)).rows()) == [tencent()]


def test_a_migration_that_fails_changes_nothing(
    ledger: Ledger, open_ledger: Callable[..., Ledger]
) -> None:
    broken = Migration(LATER.number, (*LATER.statements, "SELECT nonsense FROM nowhere"))
    with pytest.raises(LedgerError):
        open_ledger(migrations=(*MIGRATIONS, broken))
    open_ledger(migrations=(*MIGRATIONS, LATER))


def test_two_that_begin_at_once_make_the_tables_once(open_ledger: Callable[..., Ledger]) -> None:
    begin, failed = threading.Barrier(4), []

    def first() -> None:
        begin.wait()
        try:
            open_ledger().append([tencent()])
        except LedgerError as error:
            failed.append(error)

    _all([threading.Thread(target=first) for _ in range(4)])
    assert failed == []
    (row,) = open_ledger().rows()
    assert isinstance(row, Report)
    assert row.repeats == 3


def test_without_a_ledger_there_is_none_to_read(url: str) -> None:
    with pytest.raises(LedgerError, match="there is no ledger at"):
        opened(url, create=False)


# -- any order ------------------------------------------------------------------------------------

EXAMPLE = count()


def named(row: Row, prefix: str, number: Any) -> Row:
    """The same in a world of its own, in a ledger that holds many."""
    if isinstance(row, Send):
        return replace(row, id=f"{prefix}{row.id}", number=number)
    if isinstance(row, Answer):
        message = f"{prefix}{row.message}" if row.message else ""
        return replace(row, send=f"{prefix}{row.send}", message=message)
    return replace(row, id=replace(row.id, message=f"{prefix}{row.id.message}"))


def plain(found: list[Message]) -> list[Message]:
    return sorted(found, key=repr)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(60))
@given(SENDS, ROWS, st.randoms(use_true_random=False))
def test_any_order_of_rows_ends_in_the_same_verdicts(
    ledger: Ledger, sends: list[Send], rows: list[Row], chance: random.Random
) -> None:
    """Of sends, answers, parts, duplicates and contradictions, in batches of any size."""
    prefix = f"{next(EXAMPLE)}-"
    number = hidden(f"+86138{next(EXAMPLE):08d}", SECRET)
    every = [named(row, prefix, number) for row in (*sends, *rows)]
    left = [*every, *chance.sample(every, len(every) // 2)]
    chance.shuffle(left)
    while left:
        size = chance.randint(1, len(left))
        batch, left = left[:size], left[size:]
        for row in batch:
            if isinstance(row, Send):
                ledger.claim(row, allow)
        ledger.append(row for row in batch if not isinstance(row, Send))

    known = ledger.of_messages(f"{prefix}{name}" for name in ("m1", "m2"))
    by_number = ledger.of_number(number.mac)
    found = {each.id: each for each in (*known.sends, *by_number.sends)}
    answers = {*known.answers, *by_number.answers}
    records = Records(list(found.values()), list(answers), known.reports)
    ours = [row for row in kept(every) if not _stray(row, sends, prefix)]
    expected = Records(
        [row for row in ours if isinstance(row, Send)],
        [row for row in ours if isinstance(row, Answer)],
        [row for row in ours if isinstance(row, Report)],
    )
    assert plain(messages(records, now=1100)) == plain(messages(expected, now=1100))


def _stray(row: Row, sends: list[Send], prefix: str) -> bool:
    """An answer to a send that is nowhere amounts to nothing."""
    return isinstance(row, Answer) and row.send not in {f"{prefix}{each.id}" for each in sends}


def test_the_application_is_part_of_what_a_message_is(ledger: Ledger) -> None:
    assert tencent().id.application == APPLICATION
    other = replace(tencent(), id=replace(tencent().id, application="1"))
    ledger.append([tencent(), other])
    assert len(list(ledger.rows())) == 2


def test_a_refusal_is_kept(ledger: Ledger) -> None:
    ledger.claim(send(), allow)
    ledger.append([refused("LimitExceeded.X")])
    (found,) = messages(ledger.heard(0, 2**40), now=1100)
    assert (found.verdict.value, found.code) == ("refused", "LimitExceeded.X")
