"""Rows of the tables, and the values they stand for. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from smsops.delivery.identity import answer_key
from smsops.delivery.model import (
    Answer,
    Answered,
    MessageId,
    Number,
    Reply,
    Report,
    Send,
    Source,
    Vendor,
    Verdict,
)

Values = tuple[Any, ...]


def send_row(send: Send) -> Values:
    """The columns of a send."""
    return (
        *(send.id, send.at, send.channel, send.vendor.value, send.number.mac, send.number.shown),
        *(send.application, send.project, send.probe, send.template, send.sign),
        *(send.within, send.parameters),
    )


def answer_row(answer: Answer) -> Values:
    """The columns of an answer."""
    said = answer.outcome.value, answer.message, answer.code, answer.fee, answer.source.value
    return (answer_key(answer), answer.send, answer.at, *said)


def report_row(key: bytes, report: Report) -> Values:
    """The columns of a report."""
    id, number = report.id, report.number
    return (
        key,
        id.vendor.value,
        id.application,
        id.message,
        number.mac if number is not None else None,
        number.shown if number is not None else None,
        report.sequence,
        report.total,
        report.status,
        report.verdict.value,
        report.code,
        report.vendor_at,
        report.stamp,
        report.source.value,
        report.heard_at,
        report.last_at,
        report.repeats,
    )


def reply_row(reply: Reply) -> Values:
    """The columns of a reply."""
    return (
        *(reply.key, reply.vendor.value, reply.application, reply.message),
        *(reply.number.mac, reply.number.shown, reply.sign, reply.extend, reply.replied_at),
        *(reply.text, reply.source.value, reply.heard_at, reply.last_at, reply.repeats),
    )


def send_of(row: Values) -> Send:
    """The send of a row."""
    id, at, channel, vendor, mac, shown, application, project, probe, template, sign, *rest = row
    return Send(
        *(id, at, channel, Vendor(vendor), Number(bytes(mac), shown), application),
        *(project, probe, template, sign, *rest),
    )


def answer_of(row: Values) -> Answer:
    """The answer of a row."""
    _, send, at, outcome, message, code, fee, source = row
    return Answer(send, at, Answered(outcome), message, code, fee, Source(source))


def report_of(row: Values) -> Report:
    """The report of a row."""
    _, vendor, application, message, mac, shown, sequence, total, status, verdict, code, *rest = row
    vendor_at, stamp, source, heard_at, last_at, repeats = rest
    return Report(
        id=MessageId(Vendor(vendor), application, message),
        status=status,
        verdict=Verdict(verdict),
        heard_at=heard_at,
        code=code,
        number=Number(bytes(mac), shown) if mac is not None else None,
        sequence=sequence,
        total=total,
        vendor_at=vendor_at,
        stamp=stamp,
        source=Source(source),
        last_at=last_at,
        repeats=repeats,
    )


def reply_of(row: Values) -> Reply:
    """The reply of a row."""
    key, vendor, application, message, mac, shown, sign, extend, replied_at, text, *rest = row
    source, heard_at, last_at, repeats = rest
    return Reply(
        key=bytes(key),
        vendor=Vendor(vendor),
        number=Number(bytes(mac), shown),
        heard_at=heard_at,
        application=application,
        message=message,
        sign=sign,
        extend=extend,
        replied_at=replied_at,
        text=text,
        source=Source(source),
        last_at=last_at,
        repeats=repeats,
    )


#: Table -> what makes the value of a row.
READ: Mapping[str, Callable[[Values], Any]] = {
    "sends": send_of,
    "answers": answer_of,
    "reports": report_of,
    "replies": reply_of,
}
