"""Messages and replies of a ledger, with verdicts: text, JSON, CSV. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from smsops.clock import to_text
from smsops.delivery.causes import causes_of
from smsops.delivery.model import Message, Reply, Verdict
from smsops.delivery.runs import Pulled
from smsops.planfile.document import encode
from smsops.render.style import counted
from smsops.text.messages import N, T, Text
from smsops.text.sanitise import terminal
from smsops.text.width import padded, width

FORMAT_VERSION = "1.0"
FORMATS = ("text", "json", "csv")

WORDS: Mapping[Verdict, Text] = {
    Verdict.DELIVERED: T("delivered"),
    Verdict.FAILED: T("failed"),
    Verdict.REFUSED: T("refused"),
    Verdict.PENDING: T("pending"),
    Verdict.UNKNOWN: T("unknown"),
}
#: The fields of a message in JSON, which are the columns of a table too.
FIELDS = (
    *("message", "channel", "application", "probe", "to", "verdict", "code", "causes"),
    *("sent_at", "reported_at", "reports", "conflict"),
)


def row(message: Message) -> dict[str, Any]:
    """One message as JSON values."""
    return {
        "message": message.message or None,
        "channel": message.channel,
        "application": message.application or None,
        "probe": message.probe or None,
        "to": message.number.shown if message.number else None,
        "verdict": message.verdict.value,
        "code": message.code or None,
        "causes": [cause.value for cause in causes_of(message)],
        "sent_at": to_text(message.sent_at),
        "reported_at": to_text(message.reported_at),
        "reports": message.reports,
        "conflict": message.conflict,
    }


def json(messages: Sequence[Message]) -> str:
    """JSON document of messages."""
    return encode({"format_version": FORMAT_VERSION, "messages": list(map(row, messages))})


def found_json(messages: Sequence[Message], replies: Sequence[Reply]) -> str:
    """JSON document of what is known of one number."""
    return encode(
        {
            "format_version": FORMAT_VERSION,
            "messages": list(map(row, messages)),
            "replies": list(map(reply_row, replies)),
        }
    )


def reply_row(reply: Reply) -> dict[str, Any]:
    """One reply as JSON values. ``text`` is null unless somebody asked to keep it."""
    return {
        "channel": reply.vendor.value,
        "application": reply.application or None,
        "sign": reply.sign or None,
        "to": reply.number.shown,
        "replied_at": to_text(reply.replied_at),
        "heard_at": to_text(reply.heard_at),
        "text": reply.text,
    }


#: What begins a formula in a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv(messages: Sequence[Message], *, ci: bool = False) -> str:
    """A table for a spreadsheet. Nothing in it is a formula."""
    lines = [",".join(FIELDS)]
    for message in messages:
        values = row(message)
        values["causes"] = " ".join(values["causes"])
        lines.append(",".join(_cell(values[name], ci=ci) for name in FIELDS))
    return "\r\n".join(lines) + "\r\n"


def _cell(value: Any, *, ci: bool) -> str:
    if value is None:
        return ""
    text = terminal(str(value).lower() if isinstance(value, bool) else str(value), ci=ci)
    text = f"'{text}" if text.startswith(_FORMULA) else text
    return '"' + text.replace('"', '""') + '"' if any(each in text for each in ',"') else text


#: What a line says of a message, in columns; one that no line fills is left out.
COLUMNS: Mapping[str, Text] = {
    "heard": T("first heard"),
    "verdict": T("verdict"),
    "to": T("to"),
    "message": T("message"),
    "application": T("application"),
    "probe": T("probe"),
    "code": T("code"),
    "causes": T("causes"),
}


def text(messages: Sequence[Message], *, ci: bool = False) -> str:
    """One line a message, then how many of each verdict."""
    lines = list(_table([_cells(message, ci=ci) for message in messages]))
    counts = Counter(message.verdict for message in messages)
    total = N(len(messages), "{count} message", "{count} messages")
    if not messages:
        return f"{T('No messages.')}\n"
    each = counted((counts[verdict], WORDS[verdict]) for verdict in Verdict)
    conflicts = sum(message.conflict for message in messages)
    lines.append(str(T("{total}: {each}.", total=total, each=each)))
    if conflicts:
        lines.append(
            str(
                N(
                    conflicts,
                    "! {count} message has reports that contradict each other; the earliest one "
                    "stands.",
                    "! {count} messages have reports that contradict each other; the earliest one "
                    "stands.",
                )
            )
        )
    return "\n".join(lines) + "\n"


def found_text(messages: Sequence[Message], replies: Sequence[Reply], *, ci: bool = False) -> str:
    """Messages to one number, and its replies."""
    lines = []
    for reply in replies:
        when = to_text(reply.replied_at if reply.replied_at is not None else reply.heard_at)
        sign = terminal(reply.sign, ci=ci)
        said = T("{when}  reply  {number}  {sign}", when=when, number=reply.number.shown, sign=sign)
        kept = f'"{terminal(reply.text, ci=ci)}"' if reply.text is not None else ""
        lines.append(f"{said}  {kept}".rstrip())
    lines.append(str(N(len(replies), "{count} reply.", "{count} replies.")))
    return text(messages, ci=ci) + "\n".join(lines) + "\n"


def pulled(found: Pulled) -> str:
    """How much a pull took."""
    lines = [
        T(
            "Pulled: {reports}, {replies}.",
            reports=N(found.reports, "{count} report", "{count} reports"),
            replies=N(found.replies, "{count} reply", "{count} replies"),
        )
    ]
    if found.unusable:
        lines.append(
            N(
                found.unusable,
                "! {count} item was neither, and is not kept.",
                "! {count} items were neither, and are not kept.",
            )
        )
    return "".join(f"{line}\n" for line in lines)


def _cells(message: Message, *, ci: bool) -> dict[str, str]:
    values = row(message)
    shown = {
        name: terminal(values.get(name) or "", ci=ci)
        for name in ("to", "message", "application", "probe", "code")
    }
    mark = "! " if message.conflict else ""
    return {
        **shown,
        "heard": to_text(message.heard_at) or "",
        "verdict": f"{mark}{WORDS[message.verdict]}",
        "causes": ", ".join(values["causes"]),
    }


def _table(rows: Sequence[Mapping[str, str]]) -> Iterator[str]:
    columns = [name for name in COLUMNS if any(each[name] for each in rows)]
    heads = {name: str(COLUMNS[name]) for name in columns}
    widths = {
        name: max(width(heads[name]), *(width(each[name]) for each in rows)) for name in columns
    }
    for each in (heads, *rows) if rows else ():
        yield "  ".join(padded(each[name], widths[name]) for name in columns).rstrip()
