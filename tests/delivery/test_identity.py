"""Which reports and replies are one, and what is kept of a number."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smsops.delivery.causes import CONDITIONS, HUAWEI, Cause, causes, causes_of
from smsops.delivery.folding import messages
from smsops.delivery.identity import IDENTITIES, reply_key, report_key
from smsops.delivery.model import MessageId, Records, Report, Source, Vendor, Verdict
from smsops.delivery.numbers import e164, hidden, shown
from smsops.delivery.statuses import STATUSES, verdict_of
from smsops.explain import Category, catalogue, conditions
from tests.support.receipts import NUMBER, PHONE, SECRET, huawei, refused, send, tencent

CHANGES: dict[str, dict[str, Any]] = {
    "message": {"message": "2019:2"},
    "status": {"status": "FAIL"},
    "code": {"code": "0"},
    "number": {"number": hidden("+8613800000124", SECRET)},
    "sequence": {"sequence": 2},
    "total": {"total": 2},
    "stamp": {"stamp": "2018-04-13T06:31:46Z"},
    "vendor_at": {"vendor_at": 7},
    "heard_at": {"heard_at": 7},
    "source": {"source": Source.PULL},
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_makes_a_report_of_tencent_another_one(name: str) -> None:
    other = report_key(tencent(**CHANGES[name]))
    assert (other != report_key(tencent())) is (name in ("message", "status", "code", "number"))


@pytest.mark.parametrize("name", CHANGES)
def test_what_makes_a_report_of_huawei_another_one(name: str) -> None:
    other = report_key(
        huawei(**{key: value for key, value in CHANGES[name].items() if key != "code"})
    )
    telling = ("message", "status", "sequence", "total", "stamp", "vendor_at")
    assert (other != report_key(huawei())) is (name in telling), "its time is in its stamp"


def test_every_vendor_has_its_identity_and_its_statuses() -> None:
    assert set(IDENTITIES) == set(STATUSES) == set(Vendor)


def test_fields_do_not_run_into_each_other() -> None:
    one = replace(tencent(), id=MessageId(Vendor.TENCENT, "12", "3"))
    assert report_key(one) != report_key(replace(one, id=MessageId(Vendor.TENCENT, "1", "23")))
    assert reply_key(SECRET, Vendor.TENCENT, "a", "b") != reply_key(
        SECRET, Vendor.TENCENT, "ab", ""
    )


def test_a_reply_cannot_be_guessed_without_the_key() -> None:
    assert reply_key(SECRET, Vendor.TENCENT, "Y") != reply_key(b"x" * 32, Vendor.TENCENT, "Y")


@pytest.mark.parametrize(
    ("vendor", "status", "verdict"),
    [
        (Vendor.TENCENT, "SUCCESS", "delivered"),
        (Vendor.TENCENT, "success", "delivered"),
        (Vendor.TENCENT, "FAIL", "failed"),
        (Vendor.TENCENT, "DELIVRD", "pending"),
        (Vendor.HUAWEI, "DELIVRD", "delivered"),
        (Vendor.HUAWEI, "delivrd", "delivered"),
        (Vendor.HUAWEI, "ACCEPTD", "pending"),
        (Vendor.HUAWEI, "ENROUTE", "pending"),
        (Vendor.HUAWEI, "UNKNOWN", "pending"),
        (Vendor.HUAWEI, "E200018", "failed"),
        (Vendor.HUAWEI, "", "failed"),
        (Vendor.YISHA, "200", "delivered"),
        (Vendor.YISHA, "500", "pending"),
    ],
)
def test_the_verdict_comes_from_the_status_alone(vendor: Vendor, status: str, verdict: str) -> None:
    assert verdict_of(vendor, status).value == verdict


# -- numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        (PHONE, "+86…0123"),
        ("+12025550123", "+1…0123"),
        ("+85251234567", "+852…4567"),
        ("+447700900123", "+44…0123"),
        ("+79161234567", "+7…4567"),
    ],
)
def test_a_number_is_shown_by_country_and_last_digits(number: str, masked: str) -> None:
    assert shown(e164(f" {number}\n")) == masked
    assert number[1:] not in repr(hidden(number, SECRET))


@pytest.mark.parametrize(
    "text", ["", "13800000123", "+0138000001", "+86 138", "+861380000012345678"]
)
def test_what_is_no_number_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match=r"E\.164") as caught:
        e164(text)
    assert not text or text not in str(caught.value)


def test_a_hash_depends_on_the_key() -> None:
    assert hidden(PHONE, SECRET) == NUMBER
    assert hidden(PHONE, b"x" * 32).mac != NUMBER.mac
    assert len(NUMBER.mac) == 16


@pytest.mark.parametrize(
    "change",
    [
        {"status": "x" * 257},
        {"code": "a\0b"},
        {"code": "\ud800"},
        {"sequence": 0},
        {"total": 2**60},
        {"vendor_at": -1},
        {"heard_at": 2**50},
        {"message": "m\0"},
    ],
)
def test_what_no_ledger_could_hold_is_refused_before(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=" "):
        tencent(**change)


def test_a_report_does_not_refuse_or_forget() -> None:
    with pytest.raises(ValueError, match="no report says"):
        Report(tencent().id, "X", Verdict.REFUSED, 1)


# -- causes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vendor", "code", "found"),
    [
        (Vendor.TENCENT, "NOREG", "sign"),
        (Vendor.TENCENT, "DELIVRD", ""),
        (Vendor.TENCENT, "-1", "number frequency"),
        (Vendor.TENCENT, "MK:0000", "number"),
        (Vendor.HUAWEI, "MK:0000", ""),
        (Vendor.TENCENT, "TX:1023", "frequency"),
        (Vendor.TENCENT, "nonsense", ""),
        (Vendor.HUAWEI, "KEYWORD", "content"),
        (Vendor.HUAWEI, "MK:0001", "number"),
        (Vendor.HUAWEI, "MK:1004", "content"),
        (Vendor.HUAWEI, "E200020", "sign"),
        (Vendor.HUAWEI, "SC:0005", "blocklist"),
        (Vendor.HUAWEI, "BEYONDN", "frequency"),
        (Vendor.HUAWEI, "MC:0001", "carrier"),
        (Vendor.HUAWEI, "DELIVRD", ""),
        (Vendor.YISHA, "1005", "request"),
        (Vendor.YISHA, "200", ""),
        (Vendor.TENCENT, "FailedOperation.SignatureIncorrectOrUnapproved", "sign"),
    ],
)
def test_a_code_means_what_its_vendor_says(vendor: Vendor, code: str, found: str) -> None:
    assert " ".join(causes(vendor, code)) == found


def test_every_condition_but_delivered_has_one_class() -> None:
    receipts = {entry.code for entry in catalogue() if entry.category is Category.RECEIPT}
    every = {name for code in receipts for name in conditions(code)} - {"delivered"}
    classed = [name for names in CONDITIONS.values() for name in names]
    assert sorted(classed) == sorted(set(classed))
    assert every - set(classed) == set()
    assert {cause for _, cause in HUAWEI} | set(CONDITIONS) == set(Cause)


def test_what_was_delivered_has_no_cause() -> None:
    """Even if its code is a failure with another carrier."""
    rows = Records(reports=[tencent("SUCCESS", "NOREG"), tencent("FAIL", "NOREG", message="m")])
    assert [causes_of(each) for each in messages(rows, now=1)] == [(), (Cause.SIGN,)]
    sent = Records([send()], [refused("TX:1023")])
    assert [causes_of(each) for each in messages(sent, now=1)] == [(Cause.FREQUENCY,)]
