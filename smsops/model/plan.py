"""Plan model: actions, steps, and the options that a plan was made with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from smsops.model.project import DeleteLimit
from smsops.model.resources import Address, Effect, Observed, Origin, RemoteId, Review, Spec, Value
from smsops.model.state import Commit, Role
from smsops.text.messages import NOTHING, Text, advice


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
#: Actions that submit the manifest for review.
SUBMITTING = frozenset({Action.CREATE, Action.UPDATE, Action.REPLACE})


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a step, before and after."""

    field: str
    effect: Effect
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a plan. ``reason_code`` says why, stable over versions; ``reason`` and
    ``consequence`` are its words. ``role``: the place of the object that the step is about;
    ``further``: another step is the one of the address itself.

    ``discard`` is the successor that a resubmission deletes first; ``replaces`` is the id that
    outputs have before a promotion; ``moved_from`` is the address
    whose record a renamed manifest takes over, or with ``taken`` only the object ``taken``, which
    gets the role ``takes``.
    """

    address: Address
    action: Action
    reason: Text
    remote_id: RemoteId | None = None
    review: Review | None = None
    changed: tuple[FieldChange, ...] = ()
    unverifiable: tuple[str, ...] = ()
    before: Spec | None = None
    after: Spec | None = None
    consequence: Text = NOTHING
    reason_code: str = ""
    further: bool = False
    role: Role = Role.CURRENT
    discard: RemoteId | None = None
    replaces: RemoteId | None = None
    moved_from: Address | None = None
    taken: RemoteId | None = field(default=None, compare=False)
    takes: Role = field(default=Role.CURRENT, compare=False)
    #: What a guard keeps a blocked step from.
    stopped: Action | None = field(default=None, compare=False)
    #: Why the id may not take over yet; says nothing for every other row.
    hold: Text = field(default=NOTHING, compare=False)
    origin: Origin | None = field(default=None, compare=False)
    #: The advice of a step that was read back from a file; else it follows from the words.
    advised: tuple[tuple[str, ...], ...] | None = field(default=None, compare=False)

    @property
    def deposed(self) -> RemoteId | None:
        """The id of a further step's object; with the address it tells all steps apart."""
        return self.remote_id if self.further else None

    @property
    def acting(self) -> bool:
        """Whether apply does something at this step, be it on the state alone."""
        return self.action in ACTING

    @property
    def advice(self) -> tuple[tuple[str, ...], ...]:
        """The arguments of every command that the step recommends."""
        return advice(self.reason, self.consequence) if self.advised is None else self.advised


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
    notes: tuple[Text, ...] = ()
    #: Of a project that has several.
    environment: str | None = None
    #: Whether steps were left out, so that it does not tell what is as declared.
    partial: bool = False

    @property
    def applyable(self) -> bool:
        """Whether apply has anything to do."""
        return any(step.acting for step in self.steps)

    def count(self, action: Action) -> int:
        """Number of steps with this action."""
        return sum(step.action is action for step in self.steps)


_DEFAULT_LIMIT = DeleteLimit()


@dataclass(frozen=True, slots=True)
class Older:
    """The newest commit that was applied, and the older one that the manifests are of; ``head`` is
    ``None`` where git cannot tell, for the reason ``why``.
    """

    newest: Commit
    head: Commit | None
    why: Text = NOTHING


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """Plan options of the command line and the project's policy. ``targets`` empty: everything."""

    targets: tuple[Address, ...] = ()
    max_deletes: DeleteLimit = _DEFAULT_LIMIT
    allow_empty: bool = False
    allow_recreate: bool = False
    allow_unlisted: bool = False
    allow_older_commit: bool = False
    #: Addresses whose object is to be replaced although nothing differs.
    replace: tuple[Address, ...] = ()
    #: Addresses whose held promotion is meant.
    promote: tuple[Address, ...] = ()
    #: Addresses whose removal is meant, however alike another manifest is.
    not_renamed: tuple[Address, ...] = ()

    def addresses(self) -> Iterator[tuple[str, tuple[Address, ...]]]:
        """The flags that take addresses, each with those it was given."""
        for name in ADDRESSES:
            flag = "--" + name.removesuffix("s").replace("_", "-")
            yield flag, getattr(self, name)


#: The options that are lists of addresses, and those that are switches.
ADDRESSES = ("targets", "replace", "promote", "not_renamed")


ALLOWED = ("allow_empty", "allow_recreate", "allow_unlisted", "allow_older_commit")
