"""Tencent Cloud's reports and replies, pushed and pulled, of both versions of its API. Pure.

The push and the pull of one report end in the same row: its code is ``errmsg`` in one and
``Description`` in the other, and what ``PhoneNumber`` is depends on the version.
"""

from __future__ import annotations

from dataclasses import dataclass

from smsops.delivery.conversion.fields import (
    BEIJING,
    Item,
    Unusable,
    joined_number,
    kept,
    moment,
    needed,
    seconds,
    whole_number,
    word,
)
from smsops.delivery.identity import reply_key
from smsops.delivery.model import MessageId, Reply, Report, Source, Vendor
from smsops.delivery.numbers import hidden
from smsops.delivery.statuses import verdict_of
from smsops.text.messages import T


@dataclass(frozen=True, slots=True)
class Fields:
    """What one shape calls the parts of a number and the time. ``number``: the whole number,
    ``subscriber``: without its country code; empty where a shape has no such field.
    """

    nation: str
    subscriber: str
    number: str
    moment: str


@dataclass(frozen=True, slots=True)
class StatusFields(Fields):
    """What one shape calls the fields of a status report."""

    serial: str
    status: str
    code: str


@dataclass(frozen=True, slots=True)
class ReplyFields(Fields):
    """What one shape calls the fields of a reply."""

    sign: str
    extend: str
    text: str


STATUS_PUSHED = StatusFields(
    *("nationcode", "mobile", "", "user_receive_time"), "sid", "report_status", "errmsg"
)
STATUS_PULLED = StatusFields(
    *("CountryCode", "SubscriberNumber", "PhoneNumber", "UserReceiveTime"),
    *("SerialNo", "ReportStatus", "Description"),
)
STATUS_PULLED_2019 = StatusFields(
    *("NationCode", "PhoneNumber", "PurePhoneNumber", "UserReceiveUnixTime"),
    *("SerialNo", "ReportStatus", "Description"),
)
REPLY_PUSHED = ReplyFields("nationcode", "mobile", "", "time", "sign", "extend", "text")
REPLY_PULLED = ReplyFields(
    *("CountryCode", "SubscriberNumber", "PhoneNumber", "ReplyTime"),
    *("SignName", "ExtendCode", "ReplyContent"),
)
REPLY_PULLED_2019 = ReplyFields(
    *("NationCode", "", "PhoneNumber", "ReplyUnixTime"), "Sign", "ExtendCode", "ReplyContent"
)


def status_report(
    item: Item,
    fields: StatusFields,
    *,
    application: str,
    secret: bytes,
    heard_at: int,
    source: Source = Source.PUSH,
) -> Report:
    """The report of one item. Raises :class:`Unusable`.

    What nobody can read of it, a number that is masked or a time, is left out: the serial and the
    status are what counts.
    """
    status = needed(item, fields.status)
    at, stamp = _moment(item, fields.moment)
    try:
        return Report(
            MessageId(Vendor.TENCENT, application, needed(item, fields.serial)),
            status,
            verdict_of(Vendor.TENCENT, status),
            heard_at,
            word(item, fields.code),
            kept(_number(item, fields), secret),
            vendor_at=at,
            stamp=stamp,
            source=source,
        )
    except Unusable:
        raise
    except ValueError as error:
        raise Unusable(T("{why}", why=error)) from None


def reply(
    item: Item,
    fields: ReplyFields,
    *,
    application: str,
    secret: bytes,
    heard_at: int,
    source: Source = Source.PUSH,
    keep: bool = False,
) -> Reply:
    """The reply of one item; with its text only to ``keep`` it. Raises :class:`Unusable`.

    The application is not in its key: the URL of replies is one for all of an account.
    """
    number = _number(item, fields)
    if number is None:
        raise Unusable(T("there is no number in it"))
    sign, extend, text = (word(item, name) for name in (fields.sign, fields.extend, fields.text))
    at, _ = _moment(item, fields.moment)
    named = number, sign, extend, text.encode("utf-8", "replace").decode(), str(at)
    try:
        return Reply(
            key=reply_key(secret, Vendor.TENCENT, *named),
            vendor=Vendor.TENCENT,
            number=hidden(number, secret),
            heard_at=heard_at,
            application=application,
            sign=sign,
            extend=extend,
            replied_at=at,
            text=text if keep else None,
            source=source,
        )
    except ValueError as error:  # half a character, or more than is kept
        raise Unusable(T("{why}", why=error)) from None


def _number(item: Item, fields: Fields) -> str | None:
    if fields.number:
        whole = word(item, fields.number)
        if whole.strip().startswith("+") and (found := whole_number(whole)):
            return found
    if not fields.subscriber:
        return None
    return joined_number(word(item, fields.nation), word(item, fields.subscriber))


def _moment(item: Item, name: str) -> tuple[int | None, str]:
    """A time of this vendor, and how it was written: epoch seconds, or Beijing's clock."""
    value = item.get(name)
    at = moment(value, ahead=BEIJING) if type(value) is str else None
    if at is None:
        at = seconds(value)
    return at, "" if at is None else str(value)
