"""Findings of drift, and what a report as a whole says. Pure.

``CLASSES`` says what each class means, whether it counts as drift, and what is usually next.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from smsops.errors import Exit, most_serious
from smsops.model import Address, RemoteId, Suppression, Value, name_of
from smsops.text.messages import T, Text


class DriftClass(StrEnum):
    """What kind of difference a finding is, in the order of reports."""

    CONFIG = "config"
    REVIEW = "review"
    QUALIFICATION = "qualification"
    MISSING = "missing"
    OBJECTIVE = "objective"
    DELIVERY = "delivery"
    UNMANAGED = "unmanaged"
    UNVERIFIABLE = "unverifiable"


class NextAction(StrEnum):
    """What happens next about a finding: what the next apply does, or what a person has to."""

    # A person looks or decides.
    PLAN = "plan"
    CORRECT = "correct"
    QUALIFY = "qualify"
    EXPORT = "export"
    LOOK = "look"
    COUNT = "count"
    REGISTER = "register"
    REWORD = "reword"
    DECLARE = "declare"
    VALIDATE = "validate"
    CHOOSE = "choose"
    CHOOSE_SUCCESSOR = "choose successor"
    COMPLETE = "complete"
    CONFIRM = "confirm"
    RETRY = "retry"
    # The next apply acts.
    CREATE = "create"
    ADOPT = "adopt"
    ADOPT_SUCCESSOR = "adopt successor"
    MOVE = "move"
    PROMOTE = "promote"
    ROLL_BACK = "roll back"
    RESUBMIT = "resubmit"
    ABANDON = "abandon"
    FORGET = "forget"
    RECOVER = "recover"
    # A later apply acts.
    WAIT = "wait"
    USED = "used elsewhere"
    RETIRE = "retire"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class ClassTraits:
    """What a class of drift means. ``counts``: such a finding is drift and makes the exit code 2.
    ``next``: unless a finding says otherwise.
    """

    meaning: Text
    counts: bool
    next: NextAction


CLASSES: Mapping[DriftClass, ClassTraits] = {
    DriftClass.CONFIG: ClassTraits(
        T("a readable field differs from what was last accepted"),
        counts=True,
        next=NextAction.PLAN,
    ),
    DriftClass.REVIEW: ClassTraits(
        T("the review state got worse, or the reviewer's reply changed"),
        counts=True,
        next=NextAction.CORRECT,
    ),
    DriftClass.QUALIFICATION: ClassTraits(
        T("the sign's qualification is not approved"),
        counts=True,
        next=NextAction.QUALIFY,
    ),
    DriftClass.MISSING: ClassTraits(
        T("recorded, and no longer there"),
        counts=True,
        next=NextAction.CREATE,
    ),
    DriftClass.OBJECTIVE: ClassTraits(
        T("an objective of the application is missed"),
        counts=True,
        next=NextAction.COUNT,
    ),
    DriftClass.DELIVERY: ClassTraits(
        T("a probe did not arrive because of it"),
        counts=True,
        next=NextAction.REGISTER,
    ),
    DriftClass.UNMANAGED: ClassTraits(
        T("exists, in no manifest and in no state"),
        counts=False,
        next=NextAction.EXPORT,
    ),
    DriftClass.UNVERIFIABLE: ClassTraits(
        T("fields that the API never returns"),
        counts=False,
        next=NextAction.LOOK,
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference. ``address`` is ``None`` for unmanaged objects.

    ``recorded`` and ``observed`` are values of ``field``, or words where a class has no field; of
    an objective what is wanted and what there is.
    """

    drift: DriftClass
    kind: str
    remote_id: RemoteId
    address: Address | None
    field: str | None
    recorded: Value | float
    observed: Value | float
    detail: Text
    next: NextAction = NextAction.PLAN
    detail_code: str = ""

    @property
    def suppressible_as(self) -> str:
        """The address that a suppression names; for an unmanaged object the one of ``export``."""
        return str(self.address or name_of(self.kind, self.remote_id))


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A finding that somebody owns and accepts for now."""

    finding: Finding
    suppression: Suppression


@dataclass(frozen=True, slots=True)
class Drift:
    """A report. ``complete``: all recorded objects and both listings were read consistently.

    ``unread``: recorded objects that could not be read; ``expired``: suppressions that no longer
    suppress; ``checked``: how many recorded objects there are. ``blank``: none, although manifests
    declare something: an empty state, a lost one, or another one than was meant.
    """

    account_id: str | None
    region: str
    complete: bool
    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...] = ()
    expired: tuple[Suppression, ...] = ()
    unread: tuple[tuple[Address, RemoteId], ...] = ()
    notes: tuple[Text, ...] = ()
    checked: int = 0
    blank: bool = False
    #: Of a project that has several.
    environment: str | None = None

    def count(self, drift: DriftClass) -> int:
        """Number of findings of one class, suppressed ones left out."""
        return sum(finding.drift is drift for finding in self.findings)

    def of(self, drift: DriftClass) -> tuple[Finding, ...]:
        """Findings of one class, suppressed ones left out."""
        return tuple(finding for finding in self.findings if finding.drift is drift)

    @property
    def differs(self) -> bool:
        """Whether a finding counts as drift."""
        return any(CLASSES[finding.drift].counts for finding in self.findings)

    @property
    def failed(self) -> bool:
        """Whether the comparison itself failed: something recorded could not be read, or nothing
        was recorded that could be compared.
        """
        return bool(self.unread) or self.blank

    def exit(self, fail_on: Collection[DriftClass] = ()) -> Exit:
        """1 when the comparison failed, else 2 for findings that count, else 0."""
        codes = [Exit.ERROR] if self.failed else []
        if self.differs or any(finding.drift in fail_on for finding in self.findings):
            codes.append(Exit.DIFFERENCES)
        return most_serious(codes)
