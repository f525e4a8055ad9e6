"""What every plan keeps, whatever was recorded, seen and declared.

Random projects of a few templates with few texts, so that they are alike in every way.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smsops.kinds import RESOURCES
from smsops.kinds.kind import BOTH
from smsops.model import (
    Action,
    Address,
    Commit,
    DeleteLimit,
    Desired,
    Lifecycle,
    Listing,
    Observation,
    Observed,
    Older,
    Origin,
    PlanOptions,
    Promotion,
    Recorded,
    RecordedObject,
    ReviewState,
    Snapshot,
    Spec,
    Step,
)
from smsops.planning.decisions import Standing
from smsops.state import changes
from tests.support.examples import examples
from tests.support.worlds import NOW, SPEC, World, seen, written

EXAMPLES = examples(300)
NAMES = ("a", "b", "c", "d")
TITLES = ("登录", "支付")
TEXTS = ("您的验证码是{1}。", "验证码{1}，请勿泄露。", "验证码{1}，{2}分钟内有效。")
TYPES = ("verification", "notification")
STANDINGS = (Standing.ACTIVE, Standing.ACTIVE, Standing.IN_REVIEW, Standing.REJECTED)
DELETING = (Action.DELETE, Action.RETIRE, Action.ABANDON)


@st.composite
def specs(draw: st.DrawFn) -> dict[str, str | int | bool | None]:
    return {
        **SPEC,
        "templateName": draw(st.sampled_from(TITLES)),
        "content": draw(st.sampled_from(TEXTS)),
        "smsType": draw(st.sampled_from(TYPES)),
        "international": draw(st.sampled_from((False, False, True))),
    }


def as_filed(draw: st.DrawFn, spec: Spec) -> Spec:
    """Some objects are filed under both values of international."""
    return spec if draw(st.integers(0, 5)) else {**spec, "international": BOTH}


@st.composite
def worlds(draw: st.DrawFn) -> World:
    numbers = iter(range(1, 99))
    there: list[Observed] = []

    def object_() -> RecordedObject:
        number, spec = next(numbers), draw(specs())
        standing = draw(st.sampled_from(STANDINGS))
        if draw(st.integers(0, 5)):
            there.append(seen(number, as_filed(draw, spec), standing=standing))
        return replace(written(number, spec, standing=standing), listed=draw(st.booleans()))

    recorded: dict[Address, Recorded] = {}
    for name in draw(st.sets(st.sampled_from(NAMES))):
        old = (
            (replace(object_(), superseded_at=int(NOW) - draw(st.sampled_from((60, 10**6)))),)
            if not draw(st.integers(0, 3))
            else ()
        )
        recorded[Address("template", name)] = Recorded(
            object_(),
            object_() if draw(st.booleans()) else None,
            old,
            Lifecycle(draw(st.integers(0, 4)) == 0),
            declared=draw(st.integers(0, 4)) > 0,
            manifest=draw(st.sampled_from(("templates/x.yaml", f"templates/{name}.yaml"))),
        )
    for _ in range(draw(st.integers(0, 1))):
        spec = as_filed(draw, draw(specs()))
        there.append(seen(next(numbers), spec, standing=draw(st.sampled_from(STANDINGS))))
    desired: dict[tuple[object, ...], Desired] = {}
    for name in draw(st.sets(st.sampled_from(NAMES))):
        spec = draw(specs())
        life = Lifecycle(promote=draw(st.sampled_from((*Promotion,))))
        made = Desired(
            Address("template", name), spec, life, origin=Origin(f"templates/{name}.yaml", 1)
        )
        key = (spec["templateName"], spec["content"], spec["international"])
        desired.setdefault(key, made)
    known = sorted({*recorded, *(item.address for item in desired.values())})
    some = st.lists(st.sampled_from(known), unique=True, max_size=2) if known else st.just([])
    return World(
        desired=tuple(desired.values()),
        recorded=recorded,
        observed=tuple(there),
        options=PlanOptions(
            targets=tuple(draw(some)) if not draw(st.integers(0, 3)) else (),
            max_deletes=DeleteLimit(draw(st.sampled_from((0, 9))), None),
            allow_empty=draw(st.booleans()),
            replace=tuple(draw(some)),
            promote=tuple(draw(some)),
            not_renamed=tuple(draw(some)) if not draw(st.integers(0, 3)) else (),
        ),
        older=draw(st.sampled_from((None, Older(Commit("b" * 40, 2), Commit("a" * 40, 1))))),
    )


def after(world: World, steps: tuple[Step, ...]) -> Snapshot:
    """The state once every acting step has done to it what it does; Adds make new ids."""
    acting = [step for step in steps if step.acting]
    snapshot = changes.relocated(acting)(Snapshot("x", resources=world.recorded))
    look = Observation({item.key: item for item in world.observed}, {"template": Listing.LISTED})
    desired = {item.address: item for item in world.desired}
    for action in (Action.ADOPT, Action.PROMOTE, Action.FORGET):
        for step in acting:
            if step.action is action:
                item = desired.get(step.address)
                change = changes.without_a_call(step, RESOURCES, item, look, NOW)
                snapshot = change(snapshot)
    return snapshot


def deleted(steps: tuple[Step, ...]) -> set[int]:
    found = {step.remote_id for step in steps if step.action in DELETING}
    found |= {step.discard for step in steps if step.acting}
    return {int(number) for number in found if number is not None}


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES <= 300,
    suppress_health_check=list(HealthCheck),
)
@given(worlds())
def test_no_plan_loses_an_id_or_the_last_active_object(world: World) -> None:
    steps = world.plan().steps
    keys = Counter((step.address, step.deposed) for step in steps)
    assert max(keys.values(), default=1) == 1, "every row has a key of its own"

    there = {item.remote_id for item in world.observed}
    before = {o.remote_id for record in world.recorded.values() for o in record.objects()}
    state = after(world, steps)
    kept = Counter(o.remote_id for record in state.resources.values() for o in record.objects())
    assert max(kept.values(), default=1) == 1, "an id belongs to one place"
    assert before & there <= kept.keys(), "nothing that is there is forgotten"

    active = {item.remote_id for item in world.observed if item.review.state is ReviewState.ACTIVE}
    by_id = {item.remote_id: item.spec for item in world.observed}
    for number in deleted(steps) & active:
        rows = [step for step in steps if number in (step.remote_id, step.discard)]
        if any(step.address in world.options.not_renamed for step in rows):
            continue
        for item in world.desired:
            alike = any(
                by_id[number].get(name) == item.spec[name] for name in ("templateName", "content")
            )
            own = ids(state.resources.get(item.address, Recorded())) & active
            assert not alike or own - deleted(steps), f"{item.address} wants {number}"
    if world.older is not None:
        assert not deleted(steps), "an older commit deletes nothing"


def ids(record: Recorded) -> set[int]:
    return {int(item.remote_id) for item in record.objects()}
