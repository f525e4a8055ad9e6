"""What rows about a message amount to."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsops.delivery.folding import TAIL, messages
from smsops.delivery.identity import merged_report, report_key
from smsops.delivery.model import Answer, Message, Records, Report, Send, Verdict
from tests.support.receipts import NUMBER, accepted, huawei, refused, send, tencent, unknown

NOW = 1100.0
Row = Send | Answer | Report


def folded(*rows: Row, now: float = NOW) -> list[Message]:
    return messages(
        Records(
            [row for row in rows if isinstance(row, Send)],
            [row for row in rows if isinstance(row, Answer)],
            [row for row in rows if isinstance(row, Report)],
        ),
        now=now,
    )


def one(*rows: Row, now: float = NOW) -> Message:
    (found,) = folded(*rows, now=now)
    return found


def test_nothing_amounts_to_nothing() -> None:
    assert messages(Records(), now=NOW) == []


@pytest.mark.parametrize(
    ("rows", "verdict", "code"),
    [
        ([send()], "pending", ""),
        ([send(), accepted()], "pending", ""),
        ([send(), unknown()], "unknown", ""),
        ([send(), unknown(), accepted(at=1050)], "pending", ""),
        ([send(), refused("FailedOperation.X")], "refused", "FailedOperation.X"),
        ([send(), accepted(), tencent()], "delivered", "DELIVRD"),
        ([send(), accepted(), tencent("FAIL", "NOREG")], "failed", "NOREG"),
        ([tencent("FAIL", "NOREG")], "failed", "NOREG"),
        ([huawei("ACCEPTD")], "pending", ""),
        ([huawei("ACCEPTD"), huawei("DELIVRD", vendor_at=1009)], "delivered", "DELIVRD"),
        ([huawei("delivrd")], "delivered", "delivrd"),
        ([huawei("EXPIRED", vendor_at=None)], "failed", "EXPIRED"),
    ],
)
def test_the_verdict_of_a_message(rows: list[Row], verdict: str, code: str) -> None:
    found = one(*rows)
    assert (found.verdict.value, found.code) == (verdict, code)


@pytest.mark.parametrize(
    ("rows", "end"),
    [
        ([send(), accepted()], 1000 + 900),
        ([send(within=600), accepted()], 1000 + 1800),
        ([huawei("ACCEPTD")], 1010 + TAIL),
    ],
)
def test_what_is_not_reported_is_unknown_in_the_end_and_never_failed(
    rows: list[Row], end: int
) -> None:
    assert one(*rows, now=end - 1).verdict is Verdict.PENDING
    assert one(*rows, now=end).verdict is Verdict.UNKNOWN
    late = one(send(), accepted(), tencent("FAIL", "X", heard_at=10**6), now=10**7)
    assert late.verdict is Verdict.FAILED


DELIVERED, FAILED = tencent(vendor_at=1005), tencent("FAIL", "NOREG", vendor_at=1005)


@pytest.mark.parametrize(
    ("reports", "code"),
    [
        ([tencent(vendor_at=1006), tencent("FAIL", "NOREG", vendor_at=1005)], "NOREG"),
        ([tencent(vendor_at=1004), tencent("FAIL", "NOREG", vendor_at=1005)], "DELIVRD"),
        ([DELIVERED, FAILED], "DELIVRD"),
        ([tencent(vendor_at=None), tencent("FAIL", "NOREG", vendor_at=10**9)], "NOREG"),
        ([tencent(vendor_at=None), tencent("FAIL", "NOREG", vendor_at=None)], "DELIVRD"),
        ([tencent("FAIL", "B"), tencent("FAIL", "A")], "A"),
        ([tencent("FAIL", "B", vendor_at=1), tencent("FAIL", "A")], "B"),
    ],
)
def test_of_final_reports_the_earliest_stands(reports: list[Report], code: str) -> None:
    contradicts = len({report.verdict for report in reports}) > 1
    for rows in (reports, reports[::-1]):
        found = one(*rows)
        assert (found.code, found.conflict, found.reports) == (code, contradicts, 2)


def test_a_report_that_is_not_final_contradicts_nothing() -> None:
    assert not one(huawei("UNKNOWN"), huawei("UNDELIV")).conflict


def part(sequence: int, total: int, status: str = "DELIVRD", **more: Any) -> Report:
    return huawei(status, sequence=sequence, total=total, **more)


def test_a_long_message_is_delivered_when_all_its_parts_are() -> None:
    parts = [part(number, 3, vendor_at=1000 + number) for number in (1, 2, 3)]
    assert one(*parts[:2]).verdict is Verdict.PENDING
    assert one(parts[0], parts[0]).verdict is Verdict.PENDING
    found = one(*parts)
    assert (found.verdict, found.reported_at, found.reports) == (Verdict.DELIVERED, 1003, 3)
    assert found.conflict is False


def test_a_long_message_fails_with_the_first_part_that_does() -> None:
    rows = [part(1, 3), part(2, 3, "UNDELIV", vendor_at=1009), part(3, 3, "REJECTD")]
    found = one(*rows)
    assert (found.verdict, found.code, found.conflict) == (Verdict.FAILED, "REJECTD", False)
    assert one(*rows[:2]).code == "UNDELIV", "although a part is missing"


def test_parts_that_disagree_on_their_number_are_not_all_there() -> None:
    assert one(part(1, 1), part(1, 2)).verdict is Verdict.PENDING
    assert one(part(1, 1), part(2, 2)).verdict is Verdict.DELIVERED


def test_a_send_and_its_reports_are_one_message_with_what_both_know() -> None:
    found = one(send(), accepted(fee=2), tencent(heard_at=990, number=None))
    assert (found.probe, found.number, found.fee) == ("login", NUMBER, 2)
    assert (found.sent_at, found.reported_at, found.heard_at) == (1000, 1005, 990)


def test_another_application_or_vendor_has_messages_of_its_own() -> None:
    rows: list[Row] = [send(application="1"), accepted(), tencent()]
    assert [each.verdict.value for each in folded(*rows)] == ["pending", "delivered"]
    assert len(folded(tencent(message="a"), huawei(message="a"))) == 2


def test_two_sends_that_were_taken_for_one_message_both_have_its_reports() -> None:
    sends, answers = [send("s1"), send("s2")], [accepted(send="s1"), accepted(send="s2")]
    rows: list[Row] = [*sends, *answers, tencent()]
    assert [each.verdict.value for each in folded(*rows)] == ["delivered"] * 2


# -- any order ------------------------------------------------------------------------------------

TIMES = st.sampled_from([None, 1005, 1006])
STATUSES = st.sampled_from(["SUCCESS", "FAIL"])
TENCENT = st.builds(
    tencent,
    STATUSES,
    st.sampled_from(["A", "B"]),
    st.sampled_from(["m1", "m2"]),
    vendor_at=TIMES,
    heard_at=st.integers(1000, 1003),
    stamp=st.sampled_from(["", "x"]),
)
HUAWEI = st.builds(
    huawei,
    st.sampled_from(["DELIVRD", "UNDELIV", "REJECTD", "ACCEPTD"]),
    st.sampled_from(["m1", "m2"]),
    vendor_at=TIMES,
    sequence=st.integers(1, 3),
    total=st.integers(1, 3),
    heard_at=st.integers(1000, 1003),
)
ANSWERS = st.one_of(
    st.builds(
        accepted,
        st.sampled_from(["m1", "m2"]),
        send=st.sampled_from(["s1", "s2"]),
        at=st.integers(1001, 1003),
    ),
    st.builds(refused, st.sampled_from(["A", "B"]), send=st.sampled_from(["s1", "s2"])),
    st.builds(unknown, send=st.sampled_from(["s1", "s2"])),
)
ROWS = st.lists(st.one_of(TENCENT, HUAWEI, ANSWERS), max_size=12)
SENDS = st.lists(st.sampled_from([send("s1"), send("s2", 1002)]), unique_by=lambda each: each.id)


def kept(rows: list[Row]) -> list[Row]:
    """What a ledger keeps of them, in this order."""
    reports: dict[bytes, Report] = {}
    others: list[Row] = []
    for row in rows:
        if isinstance(row, Report):
            key = report_key(row)
            reports[key] = merged_report(reports[key], row) if key in reports else row
        elif row not in others:
            others.append(row)
    return [*others, *reports.values()]


@given(SENDS, ROWS, st.randoms(use_true_random=False))
def test_any_order_amounts_to_the_same(
    sends: list[Send], rows: list[Row], chance: random.Random
) -> None:
    every: list[Row] = [*sends, *rows]
    shuffled = [*every, *chance.sample(rows, len(rows) // 2)]
    chance.shuffle(shuffled)
    assert folded(*kept(shuffled)) == folded(*kept(every))


@given(st.lists(TENCENT, min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_merging_is_the_same_in_any_order(reports: list[Report], chance: random.Random) -> None:
    shuffled = chance.sample(reports, len(reports))
    by_key = [{report_key(row): row for row in kept(list(rows))} for rows in (reports, shuffled)]  # type: ignore[arg-type]
    assert by_key[0] == by_key[1]
