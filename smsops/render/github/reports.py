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
from smsops.render.symbols import WORDS
from smsops.text.messages import NOTHING, T, Text, joined

if TYPE_CHECKING:
    from smsops.drift import Drift, DriftClass, Finding
    from smsops.model.outcome import Outcome, Status
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


def problems(found: Sequence[Problem], *, checked: Text = NOTHING) -> Report:
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
        _failure(result.step, result.status, result.error)
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
        _at(
            Level.ERROR,
            T("unread {address}", address=address),
            T("id {id} could not be read", id=id_),
            origins.get(address),
        )
        for address, id_ in drift.unread
    ]
    annotations += [
        Annotation(
            Level.WARNING,
            str(T("expired suppression of {drift} {address}", drift=by.drift, address=by.address)),
            str(
                T(
                    "ended {expires} ({owner}: {reason}); renew or remove it",
                    expires=by.expires,
                    owner=by.owner,
                    reason=by.reason,
                )
            ),
            "smsops.yaml",
        )
        for by in drift.expired
    ]
    if drift.blank:
        words = f"{verdict(drift)} {joined('; ', *drift.notes)}"
        title = str(T("drift: nothing is recorded"))
        annotations.append(Annotation(Level.ERROR, title, words))
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
    head = T("Error: {message}", message=text(first))
    body = f"**{head}**\n{noted([line.strip() for line in more])}{hint}"
    return Report([Annotation(Level.ERROR, f"smsops {command}", _words(error))], lambda _: body)


def _counts(changes: int, blocked: int = 0) -> Mapping[str, int]:
    return {"changes": changes, "blocked": blocked}


def _step(step: Step, level: Level) -> Annotation:
    replied = step.review is not None and step.review.reply
    reply = T('the reviewer says: "{reply}"', reply=replied) if replied else NOTHING
    message = joined("; ", step.reason, step.consequence, reply)
    return _at(level, _about(step), message, step.origin)


def _about(step: Step) -> Text:
    return T("{action} {address}", action=WORDS[step.action], address=step.address)


def _failure(step: Step, status: Status, error: SmsopsError | None) -> Annotation:
    from smsops.render.outcome.text import ENDS

    words = _words(error) if error is not None else ""
    title = T("{step} {end}", step=_about(step), end=ENDS[status])
    return _at(Level.ERROR, title, words, step.origin)


def _finding(finding: Finding, origins: Mapping[Address, Origin | None]) -> Annotation:
    from smsops.render.drift.advice import following

    about = finding.address or f"{finding.kind} {finding.remote_id}"
    origin = origins.get(finding.address) if finding.address is not None else None
    message = T("{detail}; next: {next}", detail=finding.detail, next=following(finding))
    return _at(Level.ERROR, f"{finding.drift} {about}", message, origin)


def _incomplete(command: str, notes: Sequence[Text], *, complete: bool) -> list[Annotation]:
    if complete:
        return []
    words = joined("; ", *notes) or T("the listing is incomplete")
    title = T("{command}: not everything could be seen", command=command)
    return [Annotation(Level.WARNING, str(title), str(words))]


def _at(level: Level, title: str | Text, message: str | Text, origin: Origin | None) -> Annotation:
    words = str(title), str(message)
    if origin is None:
        return Annotation(level, *words)
    return Annotation(level, *words, origin.file, origin.line, origin.column)


def _words(error: SmsopsError) -> str:
    """An error in one line."""
    words = f"{error.message.rstrip('.')}. {error.hint}" if error.hint else error.message
    return " ".join(words.split())
