"""The nouns of smsops. Pure values: nothing here reads a file, a clock or a socket.

*Desired* comes from manifests, *recorded* from the state, *observed* from the API. The planner
turns the three into a *plan* of *steps*.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

#: A field's value as a manifest spells it. Images are ``sha256:<hex>``, never bytes.
Value = str | int | bool | None
Spec = Mapping[str, Value]

_ADDRESS = re.compile(r"([a-z][a-z0-9-]*)\.([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)")


class Address(NamedTuple):
    """Where a resource lives in the manifests: ``template.login-code``."""

    kind: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Address:
        """The inverse of ``str``. Raises ``ValueError`` for anything but ``KIND.NAME``.

        Whether the kind exists is the caller's question.
        """
        match = _ADDRESS.fullmatch(text)
        if match is None:
            raise ValueError("an address is KIND.NAME, for example template.login-code")
        return cls(match[1], match[2])

    def __str__(self) -> str:
        return f"{self.kind}.{self.name}"


class ReviewState(StrEnum):
    """What a review code means. Only ``active`` objects can send."""

    ACTIVE = "active"
    APPROVED = "approved"
    IN_REVIEW = "in_review"
    REJECTED = "rejected"
    UNKNOWN = "unknown"

    @property
    def words(self) -> str:
        """``in review``: the value for people."""
        return self.value.replace("_", " ")


#: StatusCode of DescribeSmsSignList and DescribeSmsTemplateList (API document, data structures).
REVIEW_CODES: Mapping[int, ReviewState] = {
    0: ReviewState.ACTIVE,
    1: ReviewState.IN_REVIEW,
    2: ReviewState.APPROVED,
    -1: ReviewState.REJECTED,
}


@dataclass(frozen=True, slots=True)
class Review:
    """A review code with the reviewer's reply, verbatim."""

    code: int
    reply: str = ""

    @property
    def state(self) -> ReviewState:
        return REVIEW_CODES.get(self.code, ReviewState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a resource is declared; ``file`` is relative to the project, lines count from 1."""

    file: str
    line: int
    column: int = 1


class Promotion(StrEnum):
    """When an active successor takes over: ``lifecycle.promote`` of a manifest."""

    AUTO = "auto"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """What a manifest says about the life of its objects. ``retire_after`` is in seconds;
    ``promote``: successors by themselves (``auto``), or only when asked for (``manual``).
    """

    protected: bool = False
    retire_after: int = 86_400
    promote: Promotion = Promotion.AUTO


@dataclass(frozen=True, slots=True)
class Desired:
    """One manifest. ``spec`` has every field of the kind, ``None`` where the manifest is silent."""

    address: Address
    spec: Spec
    lifecycle: Lifecycle = Lifecycle()
    labels: Mapping[str, str] = field(default_factory=dict, compare=False)
    #: image field -> file inside the project; ``spec`` holds its digest
    images: Mapping[str, Path] = field(default_factory=dict, compare=False)
    origin: Origin | None = field(default=None, compare=False)


class Qualification(NamedTuple):
    """The qualification (资质) behind a domestic sign; status 1 is approved."""

    id: int
    name: str
    status: int


@dataclass(frozen=True, slots=True)
class Observed:
    """One object as the API describes it. ``spec`` has only the fields that the API returned."""

    kind: str
    remote_id: int
    spec: Spec
    review: Review
    created_at: int | None = None
    qualification: Qualification | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """What one reading of the account saw, by (kind, remote id).

    ``listed``: per kind, whether a complete and consistent listing was read. ``unread``: recorded
    objects that could not be read at all; they are neither there nor gone. A recorded object in
    neither ``objects`` nor ``unread`` is missing from the listing and from a Describe by id.
    ``unstable``: kinds whose listing never came to rest, though they can be listed. ``notes``: for
    people, what could not be seen and why. ``by_id``: objects that no listing showed, only a
    Describe by id.
    """

    objects: Mapping[tuple[str, int], Observed]
    listed: Mapping[str, bool]
    unread: frozenset[tuple[str, int]] = frozenset()
    notes: tuple[str, ...] = ()
    unstable: frozenset[str] = frozenset()
    by_id: frozenset[tuple[str, int]] = frozenset()

    @property
    def complete(self) -> bool:
        return all(self.listed.values()) and not self.unread


@dataclass(frozen=True, slots=True)
class RecordedObject:
    """What the state knows of one remote object. Moments are epoch seconds.

    ``submitted`` is what smsops sent (or, for the fields named in ``assumed``, what the manifest
    said when an object that smsops never wrote was first applied). ``read_back`` is how the API
    spells the readable fields. ``activated_at`` is set once the object was ever active, ``listed``
    once a listing ever showed it: what was listed and is missing is gone.
    """

    remote_id: int
    submitted: Spec = field(default_factory=dict)
    read_back: Spec = field(default_factory=dict)
    assumed: tuple[str, ...] = ()
    review: Review | None = None
    submitted_at: int | None = None
    activated_at: int | None = None
    promoted_at: int | None = None
    superseded_at: int | None = None
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """Everything the state keeps of one address.

    ``declared``: a manifest has declared the address, at least once. Without that its objects are
    *bound, not declared*, and no missing manifest deletes them. ``manifest``: the file that
    declared it last, relative to the project.
    """

    current: RecordedObject | None = None
    successor: RecordedObject | None = None
    retiring: tuple[RecordedObject, ...] = ()
    lifecycle: Lifecycle = Lifecycle()
    declared: bool = False
    manifest: str | None = None

    def objects(self) -> tuple[RecordedObject, ...]:
        """Every object of the address: current, successor, then those that retire."""
        if self.current is not None and self.successor is None and not self.retiring:
            return (self.current,)  # nearly always
        ahead = tuple(item for item in (self.current, self.successor) if item is not None)
        return ahead + self.retiring


class Role(StrEnum):
    """Which place of its address an object takes."""

    CURRENT = "current"
    SUCCESSOR = "successor"


@dataclass(frozen=True, slots=True)
class Intent:
    """An Add that was about to be sent. Durable before the call, removed once the outcome is known.

    ``listed`` holds the ids of exact matches that existed before the call: none of them can be
    the object that this Add made.
    """

    id: str
    address: Address
    action: str
    role: Role
    submitted: Spec = field(hash=False)
    listed: tuple[int, ...]
    started_at: int


class Commit(NamedTuple):
    """A git commit: its full hash and its committer date in epoch seconds."""

    sha: str
    committed_at: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state: what smsops recorded of an account in a region.

    ``project`` and ``environment`` own it; ``commit`` is the newest one that was applied.
    """

    lineage: str
    serial: int = 0
    account_id: str | None = None
    region: str | None = None
    resources: Mapping[Address, Recorded] = field(default_factory=dict)
    intents: tuple[Intent, ...] = ()
    project: str | None = None
    environment: str | None = None
    commit: Commit | None = None


class Action(StrEnum):
    """What a plan does with an address. The values are the keys of a plan's summary."""

    ADOPT = "adopt"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    PROMOTE = "promote"
    RETIRE = "retire"
    ABANDON = "abandon"
    DELETE = "delete"
    FORGET = "forget"
    WAIT = "wait"
    HELD = "held"
    BLOCKED = "blocked"
    NOOP = "noop"


#: Actions that write to the API or to the state's list of ids.
ACTING = frozenset(Action) - {Action.WAIT, Action.HELD, Action.BLOCKED, Action.NOOP}


class Effect(StrEnum):
    """What a change of a field means: who sees it, and whether the object can carry it."""

    NOTE = "note"
    CONTENT = "content"
    IDENTITY = "identity"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a step, before and after."""

    field: str
    effect: Effect
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a plan. ``deposed`` is set on rows about an address's superseded objects.

    ``discard`` is the successor that a resubmission deletes first; ``moved_from`` is the address
    whose record a renamed manifest takes over, or with ``taken`` only the object ``taken``, which
    gets the role ``takes``.
    """

    address: Address
    action: Action
    reason: str
    remote_id: int | None = None
    review: Review | None = None
    changed: tuple[FieldChange, ...] = ()
    unverifiable: tuple[str, ...] = ()
    before: Spec | None = None
    after: Spec | None = None
    consequence: str = ""
    deposed: int | None = None
    role: Role = Role.CURRENT
    discard: int | None = None
    moved_from: Address | None = None
    taken: int | None = field(default=None, compare=False)
    takes: Role = field(default=Role.CURRENT, compare=False)
    #: Why the id may not take over yet; empty for every other row.
    hold: str = field(default="", compare=False)
    origin: Origin | None = field(default=None, compare=False)

    @property
    def acting(self) -> bool:
        return self.action in ACTING


@dataclass(frozen=True, slots=True)
class Plan:
    """What an apply would do now, and how much of the account was seen to say so.

    ``notes`` says, for people, why ``complete`` is false and what else limits the view.
    """

    account_id: str | None
    region: str
    complete: bool
    steps: tuple[Step, ...]
    unmanaged: tuple[Observed, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def applyable(self) -> bool:
        return any(step.acting for step in self.steps)

    def count(self, action: Action) -> int:
        return sum(step.action is action for step in self.steps)


@dataclass(frozen=True, slots=True)
class Suppression:
    """A drift finding that somebody owns and accepts until a day (``YYYY-MM-DD``)."""

    address: str
    drift: str
    owner: str
    reason: str
    expires: str


@dataclass(frozen=True, slots=True)
class StateSettings:
    """``spec.state`` of the project file. ``name``: of a git state; the project's by default."""

    backend: str = "local"
    remote: str = "origin"
    name: str | None = None


@dataclass(frozen=True, slots=True)
class DeleteLimit:
    """``policy.maxDeletes``: how many objects one plan may delete.

    ``count`` is a number, ``share`` a percentage of all recorded objects, which counts from
    ``share_from`` objects up and allows at least one. Where both are set, the smaller one holds.
    """

    count: int | None = 5
    share: int | None = 30
    share_from: int = 10

    def of(self, recorded: int) -> int:
        """The limit for a state that records so many objects."""
        limits = [] if self.count is None else [self.count]
        if self.share is not None and recorded >= self.share_from:
            limits.append(max(recorded * self.share // 100, min(self.share, 1)))
        return min(limits, default=recorded)


@dataclass(frozen=True, slots=True)
class Project:
    """``smsops.yaml``: where the manifests and the state are, and what policy holds."""

    root: Path
    name: str
    region: str
    manifests: tuple[str, ...] = ("signs", "templates")
    state: StateSettings = StateSettings()
    max_deletes: DeleteLimit = DeleteLimit()
    lint_ignore: tuple[str, ...] = ()
    template_variables: str = "warn"
    rate_limits: Mapping[str, float] = field(default_factory=dict)
    suppressions: tuple[Suppression, ...] = ()
    #: Directories that would be read if they were there; none where the file names its own.
    absent: tuple[str, ...] = field(default=(), compare=False)
