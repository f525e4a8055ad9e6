"""What validate, plan, apply and drift report to GitHub: annotations, counts, a summary. Pure.

Tables say which step and which finding is worth an annotation, and of which level.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from smsops.errors import InvalidManifests, Problem, SmsopsError
from smsops.model import Action, Address, Desired, Observed, Origin, Plan, Step
from smsops.render.github.commands import Annotation, Level, Report
from smsops.text.messages import joined

if TYPE_CHECKING:
    from smsops.drift import Drift, DriftClass, Finding
    from smsops.model.outcome import Outcome
    from smsops.render.names import Names

#: What a reader of a pull request has to see at the line; the rest is in the summary only.
STEPS: Mapping[Action, Level] = {
    Action.BLOCKED: Level.ERROR,
    Action.DELETE: Level.WARNING,
    Action.REPLACE: Level.WARNING,
    Action.HELD: Level.WARNING,
    Action.CREATE: Level.NOTICE,
    Action.UPDATE: Level.NOTICE,
    Action.ADOPT: Level.NOTICE,
}


def problems(found: Sequence[Problem], *, checked: str = "") -> Report:
    """What ``validate`` found. ``checked``: what an ``OK`` stands for."""
    from smsops.render.problems.markdown import markdown
    from smsops.render.problems.text import annotation, ordered

    return Report(
        [annotation(item) for item in ordered(found)],
        lambda limit: markdown(found, checked=checked, limit=limit),
        _counts(0),
    )


def plan(plan: Plan, *, seconds: float) -> Report:
    """``seconds``: what an apply takes under the rate limits."""
    from smsops.render.plan.markdown import markdown

    return Report(
        [_step(step, STEPS[step.action]) for step in plan.steps if step.action in STEPS]
        + _incomplete("plan", plan.notes, complete=plan.complete),
        lambda limit: markdown(plan, seconds=seconds, limit=limit),
        _counts(sum(step.acting for step in plan.steps), plan.count(Action.BLOCKED)),
    )


def outcome(outcome: Outcome, seen: Sequence[Observed]) -> Report:
    """What an apply did. ``seen``: what it read back."""
    from smsops.model.outcome import Status
    from smsops.render.outcome.markdown import markdown

    failed = (Status.FAILED, Status.UNKNOWN)
    annotations = [
        _failure(result.step, result.status.value, result.error)
        for result in outcome.results
        if result.error is not None and result.status in failed
    ]
    annotations += [Annotation(Level.ERROR, "apply", _words(error)) for error in outcome.errors]
    annotations += [_step(step, Level.ERROR) for step in outcome.blocked]
    return Report(
        annotations,
        lambda limit: markdown(outcome, seen, limit=limit),
        _counts(
            sum(result.status is Status.DONE for result in outcome.results), len(outcome.blocked)
        ),
    )


def drift(
    drift: Drift,
    desired: Sequence[Desired],
    *,
    fail_on: Collection[DriftClass] = (),
    known: Names | None = None,
) -> Report:
    """``desired`` knows the lines; ``fail_on``: classes that fail the run besides drift; ``known``:
    names of objects.
    """
    from smsops.drift import CLASSES
    from smsops.render.drift.markdown import markdown
    from smsops.render.drift.text import verdict

    origins = {item.address: item.origin for item in desired}
    failing = [
        finding
        for finding in drift.findings
        if CLASSES[finding.drift].counts or finding.drift in fail_on
    ]
    annotations = [_finding(finding, origins) for finding in failing]
    annotations += [
        _at(Level.ERROR, f"unread {address}", f"id {id_} could not be read", origins.get(address))
        for address, id_ in drift.unread
    ]
    annotations += [
        Annotation(
            Level.WARNING,
            f"expired suppression of {by.drift} {by.address}",
            f"ended {by.expires} ({by.owner}: {by.reason}); renew or remove it",
            "smsops.yaml",
        )
        for by in drift.expired
    ]
    if drift.blank:
        said = f"{verdict(drift)} {'; '.join(drift.notes)}"
        annotations.append(Annotation(Level.ERROR, "drift: nothing is recorded", said))
    else:
        annotations += _incomplete("drift", drift.notes, complete=drift.complete)
    return Report(
        annotations, lambda limit: markdown(drift, known=known, limit=limit), _counts(len(failing))
    )


def failed(command: str, error: SmsopsError) -> Report:
    """A command that ended in ``error``, with no result."""
    if isinstance(error, InvalidManifests):
        return replace(problems(error.problems), counts={})
    from smsops.render.comment import noted, text

    first, *more = error.message.splitlines() or [""]
    hint = f"\n{text(error.hint)}\n" if error.hint else ""
    said = f"**Error: {text(first)}**\n{noted([line.strip() for line in more])}{hint}"
    return Report([Annotation(Level.ERROR, f"smsops {command}", _words(error))], lambda _: said)


def _counts(changes: int, blocked: int = 0) -> Mapping[str, int]:
    return {"changes": changes, "blocked": blocked}


def _step(step: Step, level: Level) -> Annotation:
    message = str(joined("; ", step.reason, step.consequence))
    if step.review is not None and step.review.reply:
        message += f'; the reviewer says: "{step.review.reply}"'
    return _at(level, f"{step.action} {step.address}", message, step.origin)


def _failure(step: Step, status: str, error: SmsopsError | None) -> Annotation:
    words = _words(error) if error is not None else ""
    return _at(Level.ERROR, f"{step.action} {step.address} {status}", words, step.origin)


def _finding(finding: Finding, origins: Mapping[Address, Origin | None]) -> Annotation:
    from smsops.render.drift.advice import following

    about = finding.address or f"{finding.kind} {finding.remote_id}"
    origin = origins.get(finding.address) if finding.address is not None else None
    message = f"{finding.detail}; next: {following(finding)}"
    return _at(Level.ERROR, f"{finding.drift} {about}", message, origin)


def _incomplete(command: str, notes: Sequence[str], *, complete: bool) -> list[Annotation]:
    if complete:
        return []
    said = "; ".join(notes) or "the listing is incomplete"
    return [Annotation(Level.WARNING, f"{command}: not everything could be seen", said)]


def _at(level: Level, title: str, message: str, origin: Origin | None) -> Annotation:
    if origin is None:
        return Annotation(level, title, message)
    return Annotation(level, title, message, origin.file, origin.line, origin.column)


def _words(error: SmsopsError) -> str:
    """An error in one line."""
    said = f"{error.message.rstrip('.')}. {error.hint}" if error.hint else error.message
    return " ".join(said.split())
