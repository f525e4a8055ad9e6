"""What became of messages: PullSmsSendStatus, PullSmsReplyStatus, both ByPhoneNumber, and
DescribeSendRecordList (2021-01-11).

By application, a report or reply is handed out once and then gone; by number it stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from smsops.emulator.calls import PAGE, Call, Outcome
from smsops.emulator.messages import DELIVERED, FAILED, REFUSED, Message, Reply
from smsops.emulator.numbers import parse
from smsops.emulator.sending import application
from smsops.emulator.wire import Refused

DAY = 86400
#: How far back pulls by number, and records, reach.
PULL_SECONDS, RECORD_SECONDS = 7 * DAY, 3 * DAY
#: Characters from which on a record covers a parameter; the document: "some parameters".
MASKED = 3
MAX_RECORDS, MAX_OFFSET, RECORD_PAGE = 50, 1000, 20

REPORTS, REPLIES = "PullSmsSendStatusSet", "PullSmsReplyStatusSet"


@dataclass(frozen=True, slots=True)
class Taken:
    """What a pull hands out, and the change that a pull by application makes of it."""

    messages: Sequence[Message] = ()
    replies: Sequence[tuple[Message, Reply]] = ()
    change: dict[str, object] | None = None


# ---- by application ----------------------------------------------------------------------------


def reports_of_app(call: Call, app: str, limit: int) -> Taken:
    """The oldest reports that no pull has taken yet."""
    history = call.contents.history
    waiting = (history.messages[seq] for seq in history.unpulled.reports.get(app, ()))
    due = [message for message in waiting if (message.report_at or 0.0) <= call.now]
    due.sort(key=lambda message: (message.report_at, message.seq))
    taken = [message.at(call.now) for message in due[:limit]]
    return Taken(taken, change=_pulled([message.seq for message in taken], []))


def replies_of_app(call: Call, app: str, limit: int) -> Taken:
    """The oldest replies that no pull has taken yet."""
    history = call.contents.history
    waiting = (
        (history.messages[seq], place) for seq, place in history.unpulled.replies.get(app, ())
    )
    due = [(one, place) for one, place in waiting if one.replies[place].at <= call.now]
    due.sort(key=lambda pair: (pair[0].replies[pair[1]].at, pair[0].seq))
    taken = due[:limit]
    return Taken(
        replies=[(message, message.replies[place]) for message, place in taken],
        change=_pulled([], [[message.seq, place] for message, place in taken]),
    )


def _pulled(reports: list[int], replies: list[list[int]]) -> dict[str, object] | None:
    if not reports and not replies:
        return None
    return {"pulled": {"reports": reports, "replies": replies}}


def pull_reports(call: Call) -> Outcome:
    """PullSmsSendStatus: reports that were not pulled before."""
    taken = reports_of_app(call, application(call), _limit(call))
    return Outcome({REPORTS: [_report(call, one) for one in taken.messages]}, taken.change)


def pull_replies(call: Call) -> Outcome:
    """PullSmsReplyStatus: replies that were not pulled before."""
    taken = replies_of_app(call, application(call), _limit(call))
    return Outcome({REPLIES: [_reply(*pair) for pair in taken.replies]}, taken.change)


# ---- by number ---------------------------------------------------------------------------------


def of_number(call: Call, app: str, number: str) -> Iterator[Message]:
    """Messages of an application to one number, oldest first. Raises :class:`Refused`."""
    parsed = parse(number) if number.startswith("+") else None
    if parsed is None:
        raise Refused(
            "InvalidParameterValue.IncorrectPhoneNumber", "The phone number is not in E.164."
        )
    found = call.contents.history.of_number(parsed.e164)
    return (
        message.at(call.now)
        for message in found
        if message.app == app
        and not (call.hidden_for and call.now - message.sent_at < call.hidden_for)
    )


def window(call: Call, begin: int, end: int | None, reach: int) -> tuple[float, float]:
    """The moments between which is looked. Raises :class:`Refused`."""
    last = call.now if end is None else float(end)
    if not call.now - reach - 1 <= begin <= call.now + DAY:
        raise Refused(
            "InvalidParameterValue.BeginTimeVerifyFail",
            f"BeginTime is at most {reach // DAY} days ago.",
        )
    if last < begin:
        raise Refused(
            "InvalidParameterValue.InvalidStartTime", "BeginTime is not later than EndTime."
        )
    return begin, last


def pull_reports_of_number(call: Call) -> Outcome:
    """PullSmsSendStatusByPhoneNumber: reports of messages that were sent in a time."""
    messages, begin, end, limit = _by_number(call)
    reported = (
        message
        for message in messages
        if message.reported_at is not None and begin <= message.sent_at < end + 1
    )
    return Outcome({REPORTS: [_report(call, message) for message in reported][:limit]})


def pull_replies_of_number(call: Call) -> Outcome:
    """PullSmsReplyStatusByPhoneNumber: replies that came in a time."""
    messages, begin, end, limit = _by_number(call)
    replies = [
        (message, reply)
        for message in messages
        for reply in message.replies
        if begin <= reply.at < end + 1
    ]
    replies.sort(key=lambda pair: pair[1].at)
    return Outcome({REPLIES: [_reply(*pair) for pair in replies[:limit]]})


def _by_number(call: Call) -> tuple[Iterator[Message], float, float, int]:
    app = application(call)
    messages = of_number(call, app, str(call.parameters["PhoneNumber"]))
    end = call.integer("EndTime") if "EndTime" in call.parameters else None
    begin, last = window(call, call.integer("BeginTime"), end, PULL_SECONDS)
    if call.integer("Offset") != 0:
        raise Refused("InvalidParameter", "Offset is 0.")
    return messages, begin, last, _limit(call)


def _limit(call: Call) -> int:
    limit = call.integer("Limit")
    if not 0 <= limit <= PAGE:
        raise Refused("InvalidParameter", f"Limit is between 0 and {PAGE}.")
    return limit


# ---- records -----------------------------------------------------------------------------------


def records(call: Call) -> Outcome:
    """DescribeSendRecordList: what was sent to one number, newest first."""
    app = application(call)
    messages = of_number(call, app, str(call.parameters["PhoneNumber"]))
    end = call.integer("EndTime") if "EndTime" in call.parameters else None
    if end is not None and end > call.now + 1:
        raise Refused("InvalidParameterValue.EndTimeVerifyFail", "EndTime is not in the future.")
    begin, last = window(call, call.integer("BeginTime"), end, RECORD_SECONDS)
    limit, offset = call.integer("Limit", RECORD_PAGE), call.integer("Offset")
    if not 1 <= limit <= MAX_RECORDS:
        raise Refused(
            "InvalidParameterValue.LimitVerifyFail", f"Limit is between 1 and {MAX_RECORDS}."
        )
    if not 0 <= offset <= MAX_OFFSET:
        raise Refused(
            "InvalidParameterValue.OffsetVerifyFail", f"Offset is between 0 and {MAX_OFFSET}."
        )
    found = [one for one in messages if begin <= one.sent_at < last + 1][::-1][:MAX_OFFSET]
    return Outcome(
        {
            "SendRecordSet": [_record(one) for one in found[offset : offset + limit]],
            "TotalCount": len(found),
        }
    )


#: SendStatus by verdict; anything else is under way.
_STATUS = {REFUSED: 1, DELIVERED: 2, FAILED: 4}


def _record(message: Message) -> dict[str, object]:
    refused, reported = message.verdict == REFUSED, message.reported_at
    return {
        "PhoneNumber": message.number,
        "SerialNo": message.serial,
        "SendStatus": _STATUS.get(message.verdict, 3),
        "RequestCode": message.code if refused else "Ok",
        "StatusCode": "" if refused or reported is None else message.code,
        "SendTime": int(message.sent_at),
        "UserReceiveTime": int(reported or 0) if message.verdict == DELIVERED else 0,
        "IsoCode": message.iso,
        "Content": masked(message),
    }


def masked(message: Message) -> str:
    """The text with its longer parameters covered, but for their first and last character."""
    values = {value for value in message.params if len(value) >= MASKED}
    text, pieces, begin = message.text, list[str](), 0
    for first, last in _joined(sorted(span for value in values for span in _found(text, value))):
        pieces += (text[begin:first], text[first], "****", text[last - 1])
        begin = last
    return "".join(pieces) + text[begin:]


def _joined(spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Spans in order, those that overlap as one."""
    here: tuple[int, int] | None = None
    for first, last in spans:
        if here is None or first >= here[1]:
            if here is not None:
                yield here
            here = (first, last)
        else:
            here = (here[0], max(here[1], last))
    if here is not None:
        yield here


def _found(text: str, value: str) -> Iterator[tuple[int, int]]:
    """Where a value is in a text, one after the other."""
    begin = text.find(value)
    while begin >= 0:
        yield begin, begin + len(value)
        begin = text.find(value, begin + len(value))


# ---- members of the answers --------------------------------------------------------------------


def _report(call: Call, message: Message) -> dict[str, object]:
    return {
        "UserReceiveTime": int(message.reported_at or 0),
        "CountryCode": message.nation,
        "SubscriberNumber": message.subscriber,
        "PhoneNumber": message.number,
        "SerialNo": message.serial,
        "ReportStatus": "SUCCESS" if message.verdict == DELIVERED else "FAIL",
        "Description": message.code,
        "SessionContext": message.session_context if call.settings.session_context else "",
    }


def _reply(message: Message, reply: Reply) -> dict[str, object]:
    return {
        "ExtendCode": message.extend,
        "CountryCode": message.nation,
        "PhoneNumber": message.number,
        "SignName": message.sign,
        "ReplyContent": reply.text,
        "ReplyTime": int(reply.at),
        "SubscriberNumber": message.subscriber,
    }
