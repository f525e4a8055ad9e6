"""How an apply ended, step by step. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from smsops.errors import Exit, Interrupted, SmsopsError, most_serious
from smsops.model.operations import OPERATIONS, Operation
from smsops.model.plan import Action, Step
from smsops.model.resources import RemoteId
from smsops.text.messages import C, T


class Status(StrEnum):
    """How a step ended. ``NOT_MADE``: it was sent, and the account shows that nothing was made."""

    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NOT_MADE = "not made"
    NOT_ATTEMPTED = "not attempted"


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one acting step. ``remote_id`` is the id that was written."""

    step: Step
    status: Status
    remote_id: RemoteId | None = None
    error: SmsopsError | None = None

    @property
    def submitted(self) -> bool:
        """Whether this step sent something to review."""
        sends = OPERATIONS[self.step.action] in (Operation.ADD, Operation.MODIFY)
        return sends and self.status is Status.DONE


def ended(result: Result) -> Result:
    """The result of a step that is not sent again: one that made nothing has failed."""
    if result.status is not Status.NOT_MADE:
        return result
    assert result.error is not None, result
    error = SmsopsError(
        T("{message}; the listing shows that nothing was made", message=result.error.message_text),
        hint=T("Run {command} again.", command=C("apply")),
    )
    return Result(result.step, Status.FAILED, error=error)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an apply did. ``errors`` are those that belong to no single step."""

    results: tuple[Result, ...]
    blocked: tuple[Step, ...] = ()
    errors: tuple[SmsopsError, ...] = ()
    #: Steps of the plan that ``--only`` leaves out, also blocked ones; ``None`` without it.
    not_asked: tuple[Step, ...] | None = None
    #: Of a project that has several.
    environment: str | None = None

    @property
    def exit(self) -> Exit:
        """The most serious of everything that happened; steps not attempted are not failures."""
        codes = [_exit(result) for result in self.results]
        codes += [error.exit for error in self.errors]
        codes += [Exit.INVALID for _ in self.blocked]
        return most_serious(codes)

    @property
    def interrupted(self) -> bool:
        """Whether a signal ended the run."""
        return any(isinstance(error, Interrupted) for error in self.errors)

    def count(self, action: Action) -> int:
        """How many steps of ``action`` were done."""
        return sum(
            result.status is Status.DONE and result.step.action is action for result in self.results
        )


def _exit(result: Result) -> Exit:
    if result.status is Status.UNKNOWN:
        return Exit.UNKNOWN_OUTCOME
    if result.status is Status.FAILED and result.error is not None:
        return result.error.exit
    return Exit.OK


#: Called when a step starts (no result yet) and when it is over.
Progress = Callable[[Step, Result | None], None]
