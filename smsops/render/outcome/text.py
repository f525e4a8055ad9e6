"""What an apply did, for people and for programs. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from smsops.errors import SmsopsError
from smsops.model import Action, Observed, ReviewState, Role, Step
from smsops.model.outcome import Outcome, Result, Status
from smsops.planfile.document import encode
from smsops.render.style import counted, within
from smsops.render.symbols import ACTING, WORDS
from smsops.text.messages import NOTHING, C, T, Text, joined, shortened
from smsops.text.sanitise import terminal

FORMAT_VERSION = "1.0"
#: Addresses in one line; the JSON has them all.
_MOST_NAMES = 20

#: Keys of the JSON.
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


#: The same for people.
DONE: Mapping[Action, Text] = {
    Action.ADOPT: T("adopted"),
    Action.CREATE: T("created"),
    Action.UPDATE: T("updated"),
    Action.REPLACE: T("replaced"),
    Action.PROMOTE: T("promoted"),
    Action.RETIRE: T("retired"),
    Action.ABANDON: T("abandoned"),
    Action.DELETE: T("deleted"),
    Action.FORGET: T("forgotten"),
}
#: How a step ended.
ENDS: Mapping[Status, Text] = {
    Status.DONE: T("done"),
    Status.FAILED: T("failed"),
    Status.UNKNOWN: T("unknown"),
    Status.NOT_MADE: T("not made"),
    Status.NOT_ATTEMPTED: T("not attempted"),
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
    done = counted((outcome.count(action), DONE[action]) for action in ACTING)
    ends = Counter(result.status for result in outcome.results)
    complete = _complete(outcome)
    words = T("Apply complete: {done}") if complete else T("Apply incomplete: {done}")
    head = words.filled(done=done or T("nothing done"))
    found = joined(
        "; ",
        T("Nothing to apply") if complete and not done else head,
        counted([(in_review(seen), T("in review"))]),
        counted([(len(outcome.blocked), T("blocked"))]),
        counted((ends[status], ENDS[status]) for status in _UNFINISHED),
    )
    return str(within(outcome.environment, T("{found}.", found=found)))


def following(outcome: Outcome) -> Text:
    """What is due next, as far as this apply made it due; empty when nothing went to review."""
    submitted = [item.step for item in outcome.results if item.submitted]
    if not submitted:
        return NOTHING
    due = [
        T(
            "{command} ends when the reviews are over, {other} shows them",
            command=C("wait"),
            other=C("status"),
        )
    ]
    if any(map(_about_successor, submitted)):
        due.append(
            T(
                "the next {command} promotes the successor once it is active, unless held",
                command=C("apply"),
            )
        )
    return T("Next: {due}.", due=joined("; ", *due))


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
        said = T("Not attempted: {steps}.", steps=_named(left))
        lines.append(terminal(said, ci=ci))
    lines += [terminal(words, ci=ci) for words in not_asked(outcome)]
    return "\n".join([*lines, summary(outcome, seen)]) + "\n"


def not_asked(outcome: Outcome) -> list[Text]:
    """What ``--only`` left out, one line an action."""
    found: dict[Action, list[Step]] = {}
    for step in outcome.not_asked or ():
        found.setdefault(step.action, []).append(step)
    return [
        T("Not asked for: {action} {steps}.", action=WORDS[action], steps=_named(steps))
        for action, steps in found.items()
    ]


def _named(steps: Sequence[Step]) -> Text:
    """The addresses of ``steps``, with the id where the step is about a superseded object."""
    names = [
        f"{step.address}{'' if step.deposed is None else f' ({step.deposed})'}" for step in steps
    ]
    return shortened(names, _MOST_NAMES)


def _failure(step: Step, error: SmsopsError, *, ci: bool) -> list[str]:
    about = "" if str(step.address) in error.message else f"{step.address}: "
    lines = [terminal(f"! {about}{error.message}", ci=ci)]
    return [*lines, terminal(f"    {error.hint}", ci=ci)] if error.hint else lines


def document(outcome: Outcome, seen: Sequence[Observed]) -> dict[str, Any]:
    """The outcome as JSON values."""
    return {
        "format_version": FORMAT_VERSION,
        **({"environment": outcome.environment} if outcome.environment else {}),
        "complete": _complete(outcome),
        "exit_code": int(outcome.exit),
        "summary": {PAST[action]: outcome.count(action) for action in ACTING},
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
        **({} if outcome.not_asked is None else {"not_asked": _left_out(outcome.not_asked)}),
    }


def _left_out(steps: Sequence[Step]) -> list[dict[str, Any]]:
    return [{"address": str(step.address), "action": step.action.value} for step in steps]


def _result(result: Result) -> dict[str, Any]:
    row: dict[str, Any] = {
        "address": str(result.step.address),
        "action": result.step.action.value,
        "outcome": result.status.value.replace(" ", "_"),
        "remote_id": result.remote_id,
        "error": _error(result.error) if result.error is not None else None,
    }
    if result.step.replaces is not None:
        row["replaces"] = result.step.replaces
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
