"""What an apply did, for people and for programs. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from smsops.errors import SmsopsError
from smsops.model import Action, Observed, ReviewState, Role, Step
from smsops.model.outcome import Outcome, Result, Status
from smsops.planfile.document import encode
from smsops.render.style import counted, joined
from smsops.render.symbols import ACTING_WORDS
from smsops.text.sanitise import terminal

FORMAT_VERSION = "1.0"
#: Addresses in one line; the JSON has them all.
_MOST_NAMES = 20

PAST: Mapping[Action, str] = {
    Action.ADOPT: "adopted",
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.REPLACE: "replaced",
    Action.PROMOTE: "promoted",
    Action.RETIRE: "retired",
    Action.ABANDON: "abandoned",
    Action.DELETE: "deleted",
    Action.FORGET: "forgotten",
}


#: How a step ends that is not done, in the order of the last line.
_UNFINISHED = (Status.FAILED, Status.UNKNOWN, Status.NOT_ATTEMPTED)


def in_review(seen: Sequence[Observed]) -> int:
    """Number of objects in review, of those that were read after the apply."""
    return sum(item.review.state is ReviewState.IN_REVIEW for item in seen)


def _complete(outcome: Outcome) -> bool:
    return not outcome.errors and all(item.status is Status.DONE for item in outcome.results)


def summary(outcome: Outcome, seen: Sequence[Observed]) -> str:
    """The last line of an apply."""
    done = counted((outcome.count(action), PAST[action]) for action in ACTING_WORDS)
    ends = Counter(result.status for result in outcome.results)
    complete = _complete(outcome)
    head = f"Apply {'complete' if complete else 'incomplete'}: {done or 'nothing done'}"
    return (
        joined(
            "Nothing to apply" if complete and not done else head,
            counted([(in_review(seen), "in review")]),
            counted([(len(outcome.blocked), "blocked")]),
            counted((ends[status], status) for status in _UNFINISHED),
        )
        + "."
    )


def following(outcome: Outcome) -> str:
    """What is due next, as far as this apply made it due; empty when nothing went to review."""
    submitted = [item.step for item in outcome.results if item.submitted]
    if not submitted:
        return ""
    due = ["`smsops wait` ends when the reviews are over, `smsops status` shows them"]
    if any(map(_about_successor, submitted)):
        due.append("the next `smsops apply` promotes the successor once it is active, unless held")
    return f"Next: {'; '.join(due)}."


def _about_successor(step: Step) -> bool:
    return step.action is Action.REPLACE or step.role is Role.SUCCESSOR


def text(outcome: Outcome, seen: Sequence[Observed], *, ci: bool = False) -> str:
    """Failures with what to do, then the counts."""
    lines = []
    for result in outcome.results:
        if result.error is not None and result.status in (Status.FAILED, Status.UNKNOWN):
            lines += _failure(result.step, result.error, ci=ci)
    for error in outcome.errors:
        lines += [terminal(f"! {error.message}", ci=ci)]
        lines += [terminal(f"    {error.hint}", ci=ci)] if error.hint else []
    for step in outcome.blocked:
        lines.append(terminal(f"! {step.address}: {step.reason}", ci=ci))
    left = [item.step for item in outcome.results if item.status is Status.NOT_ATTEMPTED]
    if left:
        lines.append(terminal(f"Not attempted: {_named(left)}.", ci=ci))
    return "\n".join([*lines, summary(outcome, seen)]) + "\n"


def _named(steps: Sequence[Step]) -> str:
    """The addresses of ``steps``, with the id where the step is about a superseded object."""
    names = [
        f"{step.address}{'' if step.deposed is None else f' ({step.deposed})'}" for step in steps
    ]
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more


def _failure(step: Step, error: SmsopsError, *, ci: bool) -> list[str]:
    about = "" if str(step.address) in error.message else f"{step.address}: "
    lines = [terminal(f"! {about}{error.message}", ci=ci)]
    return [*lines, terminal(f"    {error.hint}", ci=ci)] if error.hint else lines


def document(outcome: Outcome, seen: Sequence[Observed]) -> dict[str, Any]:
    """The outcome as JSON values."""
    return {
        "format_version": FORMAT_VERSION,
        "complete": _complete(outcome),
        "exit_code": int(outcome.exit),
        "summary": {PAST[action]: outcome.count(action) for action in ACTING_WORDS},
        "in_review": in_review(seen),
        "results": [_result(result) for result in outcome.results],
        "blocked": [
            {
                "address": str(step.address),
                "reason": step.reason.plain,
                "reason_code": step.reason_code,
                "advice": [list(arguments) for arguments in step.advice],
            }
            for step in outcome.blocked
        ],
        "errors": [_error(error) for error in outcome.errors],
    }


def _result(result: Result) -> dict[str, Any]:
    row: dict[str, Any] = {
        "address": str(result.step.address),
        "action": result.step.action.value,
        "outcome": result.status.value.replace(" ", "_"),
        "remote_id": result.remote_id,
        "error": _error(result.error) if result.error is not None else None,
    }
    if result.step.deposed is not None:
        row["deposed"] = result.step.deposed
    return row


def _error(error: SmsopsError) -> dict[str, Any]:
    return {
        "message": error.message_text.plain,
        "hint": error.hint_text.plain,
        "code": getattr(error, "code", None) or None,
        "request_id": getattr(error, "request_id", None) or None,
        "exit_code": int(error.exit),
    }


def json(outcome: Outcome, seen: Sequence[Observed]) -> str:
    """JSON document of what an apply did."""
    return encode(document(outcome, seen))
