"""Small worlds for planner stories: one template address, and what is known of its objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from smsops.kinds import RESOURCES
from smsops.kinds.reviews import review_of
from smsops.model import (
    Address,
    Desired,
    Intent,
    Lifecycle,
    Listing,
    ObjectId,
    Observation,
    Observed,
    Older,
    Plan,
    PlanOptions,
    Recorded,
    RecordedObject,
    Snapshot,
    Spec,
    Step,
    Value,
)
from smsops.planning.decisions import Delta, Presence, Standing
from smsops.planning.incremental import IncrementalSteps
from smsops.planning.planner import plan
from tests.support import specs

NOW = 1_800_000_000.0
LONG_AGO = int(NOW) - 86_400
JUST_NOW = int(NOW) - 60
ADDRESS = Address("template", "login")
SPEC, SIGN_SPEC = dict(specs.TEMPLATE_SPEC), dict(specs.SIGN_SPEC)
#: How a manifest is edited to make a difference of each weight.
EDITS: Mapping[Delta, Mapping[str, Value]] = {
    Delta.NOTHING: {},
    Delta.NOTE: {"remark": "换了说明"},
    Delta.CONTENT: {"content": "验证码{1}，请勿泄露。"},
    Delta.IDENTITY: {"international": True},
}
CODES: Mapping[Standing, int] = {
    Standing.ACTIVE: 0,
    Standing.APPROVED: 2,
    Standing.IN_REVIEW: 1,
    Standing.REJECTED: -1,
    Standing.REJECTED_ONCE_ACTIVE: -1,
    Standing.UNKNOWN: 7,
}


def desired(edit: Delta = Delta.NOTHING, **changes: Value) -> Desired:
    return Desired(ADDRESS, {**SPEC, **EDITS[edit], **changes})


def spelled(spec: Spec) -> dict[str, Value]:
    return {name: spec[name] for name in ("templateName", "content", "international")}


def written(
    remote_id: int,
    spec: Spec = SPEC,
    *,
    standing: Standing = Standing.ACTIVE,
    submitted_at: int = LONG_AGO,
) -> RecordedObject:
    """An object that smsops wrote and read back."""
    once = standing in (Standing.ACTIVE, Standing.REJECTED_ONCE_ACTIVE)
    return RecordedObject(
        remote_id,
        submitted=dict(spec),
        read_back=spelled(spec),
        review=review_of(CODES[standing]) if standing in CODES else review_of(0),
        submitted_at=submitted_at,
        activated_at=LONG_AGO if once else None,
    )


def seen(
    remote_id: int, spec: Spec = SPEC, *, standing: Standing = Standing.ACTIVE, reply: str = ""
) -> Observed:
    review = review_of(CODES[standing], reply)
    return Observed("template", remote_id, spelled(spec), review, created_at=LONG_AGO)


@dataclass(frozen=True)
class World:
    """Everything a plan is made of. ``+`` style builders return a changed copy."""

    desired: tuple[Desired, ...] = ()
    recorded: Mapping[Address, Recorded] = field(default_factory=dict)
    observed: tuple[Observed, ...] = ()
    unread: frozenset[ObjectId] = frozenset()
    listed: Mapping[str, bool] | None = None
    unstable: frozenset[str] = frozenset()
    intents: tuple[Intent, ...] = ()
    options: PlanOptions = field(default_factory=PlanOptions)
    older: Older | None = None
    stray: Mapping[Address, str] | None = None
    a_sign_exists: bool = True

    @property
    def listing(self) -> Mapping[str, Listing]:
        """How the listing of each kind ended."""
        listed = self.listed or {"sign": True, "template": True}
        words = {True: Listing.LISTED, False: Listing.UNLISTED}
        return {
            kind: Listing.UNSTABLE if kind in self.unstable else words[told]
            for kind, told in listed.items()
        }

    def plan(self) -> Plan:
        made = self.planned()
        incremental = IncrementalSteps(RESOURCES, self.desired, self.recorded, NOW)
        incremental.saw(self.observed)
        assert self.planned(incremental) == made, "rows decided early are the rows decided late"
        return made

    def planned(
        self,
        incremental: IncrementalSteps | None = None,
        *,
        recovered: tuple[ObjectId, ...] = (),
    ) -> Plan:
        sign = Observed(
            "sign", 9, {"signName": "某某", "international": False}, review_of(0), LONG_AGO
        )
        observed = [*self.observed, *([sign] if self.a_sign_exists else [])]
        return plan(
            self.desired,
            Snapshot("x", resources=self.recorded, intents=self.intents),
            Observation(
                {item.key: item for item in observed},
                listing=self.listing,
                unread=self.unread,
            ),
            kinds=RESOURCES,
            options=self.options,
            region="ap-guangzhou",
            now=NOW,
            incremental=incremental,
            recovered=recovered,
            older=self.older,
            stray=self.stray,
        )

    def rows(self) -> Sequence[Step]:
        return self.plan().steps

    def row(self) -> Step:
        """The row of the address itself."""
        return next(step for step in self.rows() if step.deposed is None)

    def deposed(self) -> Step:
        return next(step for step in self.rows() if step.deposed is not None)


def record(
    current: RecordedObject | None = None,
    successor: RecordedObject | None = None,
    retiring: tuple[RecordedObject, ...] = (),
    *,
    protected: bool = False,
) -> Mapping[Address, Recorded]:
    life = Lifecycle(protected=protected)
    return {ADDRESS: Recorded(current, successor, retiring, life, declared=True)}


OTHER = {**SPEC, "content": "别的内容{1}。"}


def presence(is_desired: bool, is_recorded: bool, presence: Presence) -> World:
    """A world in which exactly this row of the presence table applies."""
    observed: tuple[Observed, ...] = {
        Presence.THERE: (seen(1),),
        Presence.EXACT: (seen(2),),
        Presence.AMBIGUOUS: (seen(2), seen(3)),
    }.get(presence, ())
    young = presence is Presence.YOUNG
    current = written(1, submitted_at=JUST_NOW if young else LONG_AGO)
    unread = presence is Presence.UNREAD
    return World(
        desired=(desired(),) if is_desired else (),
        recorded=record(current) if is_recorded else {},
        observed=observed,
        unread=frozenset({ObjectId("template", 1)}) if unread else frozenset(),
    )


def reviewed(standing: Standing, delta: Delta) -> World:
    """A world with a current object of this standing, and a manifest that differs so much."""
    return World(
        desired=(desired(delta),),
        recorded=record(written(1, standing=standing)),
        observed=(seen(1, standing=standing),),
    )


def succeeding(standing: Standing, delta: Delta) -> World:
    """A world with an active current object and a successor of this standing.

    The current object's content differs from both, so that neither rollback nor abandon applies.
    """
    gone = standing is Standing.GONE
    successor = written(2, SPEC, standing=Standing.ACTIVE if gone else standing)
    there = () if gone else (seen(2, SPEC, standing=standing),)
    return World(
        desired=(desired(delta),),
        recorded=record(written(1, OTHER), successor),
        observed=(seen(1, OTHER), *there),
    )


def retiring(presence: Presence, active: bool, due: bool) -> World:
    """A world with a superseded object."""
    old = replace(written(3, OTHER), superseded_at=LONG_AGO - 3600 if due else JUST_NOW)
    if presence is Presence.YOUNG:
        old = replace(old, submitted_at=JUST_NOW)
    standing = Standing.ACTIVE if active else Standing.IN_REVIEW
    there = (seen(3, OTHER),) if presence is Presence.THERE else ()
    unread = frozenset({ObjectId("template", 3)}) if presence is Presence.UNREAD else frozenset()
    return World(
        desired=(desired(),),
        recorded=record(written(1, standing=standing), None, (old,)),
        observed=(seen(1, standing=standing), *there),
        unread=unread,
    )


def adopted(**edits: Any) -> World:
    """An object that smsops never wrote: its type and remark were assumed."""
    assumed = replace(written(1), assumed=("remark", "smsType"))
    return World(desired=(desired(**edits),), recorded=record(assumed), observed=(seen(1),))
