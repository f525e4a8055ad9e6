"""One probe as values: what every format says of it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from smsops.clock import to_text
from smsops.delivery.causes import causes
from smsops.delivery.driver import NOT_SENT
from smsops.delivery.model import Verdict
from smsops.delivery.runs import Run
from smsops.errors import CredentialsError, Exit, most_serious
from smsops.text.messages import NOTHING, Command, T, Text

EXITS: Mapping[Verdict, Exit] = {
    Verdict.DELIVERED: Exit.OK,
    Verdict.FAILED: Exit.NOT_DELIVERED,
    Verdict.REFUSED: Exit.NOT_DELIVERED,
    Verdict.PENDING: Exit.PENDING,
    Verdict.UNKNOWN: Exit.UNKNOWN_OUTCOME,
}


def row(run: Run) -> dict[str, Any]:
    """One probe as JSON values."""
    message, send = run.message, run.send
    sent = send is not None and message is not None and message.code != NOT_SENT
    sent = sent and not isinstance(run.trouble, CredentialsError)
    reported = message.reported_at if message is not None else None
    return {
        "probe": run.case.name,
        "channel": run.case.driver.channel,
        "verdict": run.verdict.value,
        "code": code(run) or None,
        "causes": [cause.value for cause in _causes(run)],
        "serial_no": run.serial or None,
        "fee": message.fee if message is not None else 0,
        "to": run.case.number.shown if run.case.number is not None else None,
        "sent_at": to_text(send.at) if send is not None and sent else None,
        "reported_at": to_text(reported),
        "seconds": max(0, reported - send.at) if send is not None and reported else None,
        "reply": reply(run),
    }


def code(run: Run) -> str:
    """The code that goes with a verdict."""
    if run.refusal is not None:
        return run.refusal.code
    return run.message.code if run.message is not None else ""


def _causes(run: Run) -> Sequence[Any]:
    if run.refusal is not None or run.verdict not in (Verdict.FAILED, Verdict.REFUSED):
        return ()
    return causes(run.case.driver.vendor, code(run))


def reply(run: Run) -> dict[str, Any] | None:
    """Whether the phone replied as it should; ``None`` where nobody asked for that."""
    if run.case.reply is None:
        return None
    return {"matches": run.replied_at is not None, "replied_at": to_text(run.replied_at)}


def summary(runs: Sequence[Run]) -> dict[str, int]:
    """How many there are of each verdict."""
    counts = Counter(run.verdict for run in runs)
    names = (Verdict.DELIVERED, Verdict.FAILED, Verdict.REFUSED, Verdict.PENDING, Verdict.UNKNOWN)
    return {verdict.value: counts[verdict] for verdict in names}


def fine(run: Run) -> bool:
    """Whether a probe proved what it was to prove."""
    return exit_of(run) is Exit.OK


def exit_of(run: Run) -> Exit:
    """The exit code that one probe asks for."""
    silent = run.case.reply is not None and run.replied_at is None
    if run.verdict is Verdict.DELIVERED and silent:
        return Exit.NOT_DELIVERED
    return EXITS[run.verdict]


def exit(runs: Sequence[Run]) -> Exit:
    """The exit code of a run of probes."""
    troubles = [run.trouble.exit for run in runs if run.trouble is not None]
    return most_serious([*map(exit_of, runs), *troubles])


def why(run: Run) -> Text:
    """Why it did not end well, and what to do next."""
    if run.refusal is not None:
        return run.refusal.why
    if isinstance(run.trouble, CredentialsError):
        return run.trouble.message_text
    found = code(run)
    match run.verdict:
        case Verdict.DELIVERED if run.case.reply is not None and run.replied_at is None:
            return T("the phone did not reply as expected")
        case Verdict.FAILED | Verdict.REFUSED if found == NOT_SENT:
            return run.why or T("nothing was sent")
        case Verdict.FAILED | Verdict.REFUSED:
            return T("see {command}", command=Command.of("explain", found)) if found else NOTHING
        case Verdict.PENDING:
            return T("nothing was reported yet; the next run goes on with it and sends nothing")
        case Verdict.UNKNOWN:
            return T(
                "whether it was sent, or what became of it, is not known; the next run looks again"
            )
    return NOTHING
