"""Sends, reports and replies as tests write them down."""

from __future__ import annotations

from typing import Any

from smsops.delivery.identity import reply_key
from smsops.delivery.model import (
    Answer,
    Answered,
    MessageId,
    Number,
    Reply,
    Report,
    Send,
    Vendor,
)
from smsops.delivery.numbers import hidden
from smsops.delivery.statuses import verdict_of

SECRET = b"k" * 32
PHONE = "+8613800000123"
APPLICATION = "1400006666"
NUMBER = hidden(PHONE, SECRET)


def send(id: str = "s1", at: int = 1000, number: Number = NUMBER, **more: Any) -> Send:
    more = {"application": APPLICATION, "probe": "login", "within": 300, **more}
    return Send(id, at, "tencent", Vendor.TENCENT, number, **more)


def accepted(message: str = "2019:1", *, send: str = "s1", at: int = 1001, fee: int = 1) -> Answer:
    return Answer(send, at, Answered.ACCEPTED, message, "Ok", fee)


def refused(code: str, *, send: str = "s1", at: int = 1001) -> Answer:
    return Answer(send, at, Answered.REFUSED, "", code)


def unknown(*, send: str = "s1", at: int = 1001) -> Answer:
    return Answer(send, at, Answered.UNKNOWN)


def tencent(
    status: str = "SUCCESS", code: str = "DELIVRD", message: str = "2019:1", **more: Any
) -> Report:
    more = {"heard_at": 1010, "vendor_at": 1005, "number": NUMBER, **more}
    id = MessageId(Vendor.TENCENT, APPLICATION, message)
    return Report(id, status, verdict_of(Vendor.TENCENT, status), code=code, **more)


def huawei(status: str = "DELIVRD", message: str = "uuid_1", **more: Any) -> Report:
    """``vendor_at`` with its stamp, as that vendor writes it."""
    more = {"heard_at": 1010, "vendor_at": 1005, **more}
    stamp = "" if more["vendor_at"] is None else f"t{more['vendor_at']}"
    more.setdefault("stamp", stamp)
    id = MessageId(Vendor.HUAWEI, "", message)
    return Report(id, status, verdict_of(Vendor.HUAWEI, status), code=status, **more)


def reply(text: str = "Y", number: Number = NUMBER, **more: Any) -> Reply:
    more = {"heard_at": 1020, "replied_at": 1015, "sign": "艾克米", **more}
    key = reply_key(SECRET, Vendor.TENCENT, number.mac.hex(), str(more["replied_at"]), text)
    return Reply(key, Vendor.TENCENT, number, **more)
