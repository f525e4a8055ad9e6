"""A ledger for programs, line by line, and what was done to it, for people. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from smsops.clock import to_text
from smsops.delivery.ledger import Fault, Removed
from smsops.delivery.model import Answer, Reply, Report, Send
from smsops.text import sanitise
from smsops.text.messages import N, T, Text, joined, listing
from smsops.text.sanitise import terminal

FORMAT_VERSION = "1.0"
_TABLES: Mapping[type[object], str] = {
    Send: "send",
    Answer: "answer",
    Report: "report",
    Reply: "reply",
}


def lines(rows: Iterable[Send | Answer | Report | Reply]) -> Iterator[str]:
    """A JSON document a line: the format first, then every row."""
    yield _line({"format_version": FORMAT_VERSION, "row": "ledger"})
    for row in rows:
        yield _line({"row": _TABLES[type(row)], **_values(row)})


def _line(document: Mapping[str, Any]) -> str:
    import json

    return sanitise.json(json.dumps(document, ensure_ascii=False, sort_keys=True))


def _values(row: Send | Answer | Report | Reply) -> dict[str, Any]:
    match row:
        case Send():
            return {
                "id": row.id,
                "at": to_text(row.at),
                "channel": row.channel,
                "application": row.application,
                "project": row.project,
                "probe": row.probe,
                "template": row.template,
                "sign": row.sign,
                "within": row.within,
                "parameters": row.parameters,
                **_number(row),
            }
        case Answer():
            return {
                "send": row.send,
                "at": to_text(row.at),
                "outcome": row.outcome.value,
                "message": row.message,
                "code": row.code,
                "fee": row.fee,
                "source": row.source.value,
            }
        case Report():
            return {
                "channel": row.id.vendor.value,
                "application": row.id.application,
                "message": row.id.message,
                "sequence": row.sequence,
                "total": row.total,
                "status": row.status,
                "verdict": row.verdict.value,
                "code": row.code,
                "reported_at": to_text(row.vendor_at),
                "stamp": row.stamp,
                **_heard(row),
                **_number(row),
            }
        case Reply():
            return {
                "channel": row.vendor.value,
                "application": row.application,
                "message": row.message,
                "sign": row.sign,
                "extend": row.extend,
                "replied_at": to_text(row.replied_at),
                "text": row.text,
                **_heard(row),
                **_number(row),
            }


def _heard(row: Report | Reply) -> dict[str, Any]:
    return {
        "heard_at": to_text(row.heard_at),
        "last_at": to_text(row.last_at),
        "repeats": row.repeats,
        "source": row.source.value,
    }


def _number(row: Send | Report | Reply) -> dict[str, Any]:
    """The keyed hash, by which rows about one number are told from others, and what is shown."""
    number = row.number
    return {
        "number": number.mac.hex() if number is not None else None,
        "to": number.shown if number is not None else None,
    }


def removed(done: Removed) -> str:
    """What is gone."""
    counts = (
        N(done.sends, "{count} send", "{count} sends"),
        N(done.reports, "{count} report", "{count} reports"),
        N(done.replies, "{count} reply", "{count} replies"),
    )
    return f"{T('Removed {counts}.', counts=listing(counts))}\n"


def checked(
    place: str, counts: Mapping[type[object], int], faults: Iterable[Fault], *, ci: bool = False
) -> str:
    """What a ledger holds, and what is wrong with it."""
    found = list(faults)
    each = (
        N(counts.get(Send, 0), "{count} send", "{count} sends"),
        N(counts.get(Answer, 0), "{count} answer", "{count} answers"),
        N(counts.get(Report, 0), "{count} report", "{count} reports"),
        N(counts.get(Reply, 0), "{count} reply", "{count} replies"),
    )
    shown = [terminal(T("{place}: {each}", place=place, each=listing(each)), ci=ci)]
    for fault in found:
        about: Text = T("smsops_{table}: ", table=fault.table) if fault.table else T("")
        shown.append(terminal(joined("", about, T("{what}", what=fault.what)), ci=ci))
    verdict = N(len(found), "{count} fault.", "{count} faults.") if found else T("No faults.")
    shown.append(str(verdict))
    return "\n".join(shown) + "\n"
