"""Huawei Cloud's status reports, single or in a batch, and what phones send (uplink). Pure.

A long message is several reports of one smsMsgId. Those that the platform makes up, because nothing
came from the SMSC, have no updateTime; ``to`` comes only with ``extend``.
"""

from __future__ import annotations

from smsops.delivery.conversion.fields import (
    Item,
    Unusable,
    counted,
    kept,
    moment,
    needed,
    whole_number,
    word,
)
from smsops.delivery.identity import reply_key
from smsops.delivery.model import MessageId, Reply, Report, Source, Vendor
from smsops.delivery.numbers import hidden
from smsops.delivery.statuses import verdict_of
from smsops.text.messages import T

#: Where the reports of a batch are.
BATCH = "statusReportList"


def status_report(
    item: Item, *, secret: bytes, heard_at: int, source: Source = Source.PUSH
) -> Report:
    """The report of one form, or of one item of a batch. Raises :class:`Unusable`."""
    status = needed(item, "status").strip()
    total = counted(item, "total")
    at, stamp = _moment(word(item, "updateTime"))
    try:
        return Report(
            MessageId(Vendor.HUAWEI, "", needed(item, "smsMsgId")),
            status,
            verdict_of(Vendor.HUAWEI, status),
            heard_at,
            status,
            kept(whole_number(word(item, "to")), secret),
            # Of a message in one part the sequence says nothing.
            sequence=counted(item, "sequence") if total > 1 else 1,
            total=max(total, 1),
            vendor_at=at,
            stamp=stamp,
            source=source,
        )
    except Unusable:
        raise
    except ValueError as error:
        raise Unusable(T("{why}", why=error)) from None


def reply(item: Item, *, secret: bytes, heard_at: int, keep: bool = False) -> Reply:
    """What a phone sent; with its text only to ``keep`` it. Raises :class:`Unusable`."""
    number = whole_number(needed(item, "from"))
    if number is None:
        raise Unusable(T("there is no number in it"))
    id, to, text = (word(item, name) for name in ("smsMsgId", "to", "body"))
    at, stamp = _moment(word(item, "createTime"))
    try:
        return Reply(
            key=reply_key(secret, Vendor.HUAWEI, id, number, to, text, stamp),
            vendor=Vendor.HUAWEI,
            number=hidden(number, secret),
            heard_at=heard_at,
            message=id,
            replied_at=at,
            text=text if keep else None,
        )
    except ValueError as error:  # half a character, or more than is kept
        raise Unusable(T("{why}", why=error)) from None


def _moment(text: str) -> tuple[int | None, str]:
    """A time in UTC, and how it was written; nothing of what is no time."""
    at = moment(text.strip().removesuffix("Z"))
    return at, "" if at is None else text
