"""What a report says is next is what the next plan does; nothing is promised that no apply does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smsops.drift import CLASSES, Drift, DriftClass, NextAction, detect
from smsops.drift.next_action import DECIDED, ELSEWHERE, MATCHED, Left
from smsops.kinds import RESOURCES
from smsops.kinds.reviews import review_of
from smsops.model import (
    Action,
    Address,
    Desired,
    Intent,
    Lifecycle,
    ObjectId,
    Observation,
    Observed,
    Recorded,
    RecordedObject,
    Role,
    Snapshot,
    Spec,
)
from smsops.planning.decisions import Delta, Presence, Standing
from smsops.render.drift.advice import WORDS, following
from smsops.render.drift.formats import document
from smsops.render.drift.markdown import markdown
from smsops.render.drift.text import text
from smsops.render.github.reports import drift as reported
from tests.support.agreement import STEPS, disagreements
from tests.support.examples import examples
from tests.support.timed_project import TimedProject
from tests.support.worlds import (
    ADDRESS,
    EDITS,
    JUST_NOW,
    LONG_AGO,
    NOW,
    OTHER,
    SPEC,
    World,
    desired,
    seen,
    written,
)

#: More worlds by hand: SMSOPS_EXAMPLES=5000 pytest tests/drift/test_next_action.py
EXAMPLES = examples(200)


def report(world: World, *, readable: bool = True) -> Drift:
    """The report of the moment that ``world.plan()`` is about."""
    sign = Observed("sign", 9, {"signName": "某某", "international": False}, review_of(0), LONG_AGO)
    observed = [*world.observed, *([sign] if world.a_sign_exists else [])]
    return detect(
        Snapshot("x", resources=world.recorded, intents=world.intents),
        Observation(
            {item.key: item for item in observed},
            listing=world.listing,
            unread=world.unread,
        ),
        kinds=RESOURCES,
        region="ap-guangzhou",
        now=NOW,
        desired=world.desired,
        readable=readable,
    )


def nexts(drift: Drift) -> dict[int, NextAction]:
    """Remote id -> what is next, of objects that are missing."""
    return {int(item.remote_id): item.next for item in drift.of(DriftClass.MISSING)}


# -- the tables ------------------------------------------------------------------------------------


def test_every_next_step_has_words() -> None:
    assert set(WORDS) == set(NextAction)
    assert {row.next for row in CLASSES.values()} <= set(WORDS)


def test_what_is_left_decides_alone_or_together_with_what_matches() -> None:
    """Both tables together are total, and no question is asked twice."""
    asked = {remains for remains, _ in MATCHED}
    assert asked | set(DECIDED) == set(Left)
    assert not asked & set(DECIDED)
    answers = {Presence.ABSENT, Presence.EXACT, Presence.AMBIGUOUS}
    assert {alike for _, alike in MATCHED} == answers
    assert len(MATCHED) == len(asked) * len(answers)


def test_what_drift_says_of_missing_objects_can_be_compared_with_a_plan() -> None:
    said = {*DECIDED.values(), *MATCHED.values(), NextAction.CONFIRM, NextAction.RECOVER}
    said |= {NextAction.MOVE, NextAction.USED}
    said |= {
        action for (drift, place), action in ELSEWHERE.items() if drift is DriftClass.MISSING
    } - {NextAction.VALIDATE}
    assert said == set(STEPS)


# -- stories ---------------------------------------------------------------------------------------

OLD = replace(written(3, OTHER), superseded_at=JUST_NOW)
LOST = (ObjectId("template", 1),)


@pytest.mark.parametrize("declared", [True, False])
def test_a_superseded_object_that_is_gone_is_forgotten_and_not_created(declared: bool) -> None:
    """A whole report about it: in words, in a comment, in an annotation and in JSON."""
    world = World(
        desired=(desired(),) if declared else (),
        recorded={ADDRESS: Recorded(written(1), None, (OLD,), declared=True)},
        observed=(seen(1),),
    )
    drift = report(world)
    assert nexts(drift) == {3: NextAction.FORGET}
    [annotation] = [
        item for item in reported(drift, world.desired).annotations if "missing" in item.title
    ]
    finding = next(row for row in document(drift)["findings"] if row["class"] == "missing")
    for said in (text(drift), markdown(drift), annotation.message, finding["detail"]):
        assert "forgets it and creates nothing" in said
        assert "creates it again" not in said
    assert ("superseded" in finding["detail"]) == declared
    row = world.plan().steps[1]
    assert (row.action, row.deposed) == (Action.FORGET, 3)


MISSING_OBJECTS = {
    "current, nothing else": (
        Recorded(written(1)),
        (),
        {1: NextAction.CREATE},
    ),
    "current, and an exact match": (
        Recorded(written(1)),
        (seen(5),),
        {1: NextAction.ADOPT},
    ),
    "current, and a near match": (
        Recorded(written(1)),
        (seen(5, OTHER),),
        {1: NextAction.CHOOSE},
    ),
    "current, with a successor": (
        Recorded(written(1, OTHER), written(2)),
        (seen(2),),
        {1: NextAction.PROMOTE},
    ),
    "current, with a successor that is not listed yet": (
        Recorded(written(1, OTHER), written(2, submitted_at=JUST_NOW)),
        (),
        {1: NextAction.WAIT},
    ),
    "current, with a superseded object as declared": (
        Recorded(written(1, OTHER), None, (written(3),)),
        (seen(3),),
        {1: NextAction.ROLL_BACK},
    ),
    "successor": (
        Recorded(written(1, OTHER), written(2)),
        (seen(1, OTHER),),
        {2: NextAction.RESUBMIT},
    ),
    "successor, and the current object is as declared": (
        Recorded(written(1), written(2, OTHER)),
        (seen(1),),
        {2: NextAction.ABANDON},
    ),
    "successor, and the current object and a superseded one are as declared": (
        Recorded(written(1), written(2, OTHER), (written(3),)),
        (seen(1), seen(3)),
        {2: NextAction.ABANDON},
    ),
    "successor that equals the current object, as --replace asked": (
        Recorded(written(1), written(2)),
        (seen(1),),
        {2: NextAction.RESUBMIT},
    ),
    "successor, and a near match": (
        Recorded(written(1, OTHER), written(2)),
        (seen(1, OTHER), seen(5, {**SPEC, "content": "又一种{1}。"})),
        {2: NextAction.RESUBMIT},
    ),
    "successor, and an exact match": (
        Recorded(written(1, OTHER), written(2)),
        (seen(1, OTHER), seen(5)),
        {2: NextAction.ADOPT_SUCCESSOR},
    ),
    "successor, and two exact matches": (
        Recorded(written(1, OTHER), written(2)),
        (seen(1, OTHER), seen(5), seen(6)),
        {2: NextAction.CHOOSE_SUCCESSOR},
    ),
    "current and successor": (
        Recorded(written(1, OTHER), written(2)),
        (),
        {1: NextAction.CREATE, 2: NextAction.FORGET},
    ),
    "everything": (
        Recorded(written(1, OTHER), written(2), (OLD,)),
        (),
        dict.fromkeys((1, 2, 3), NextAction.CONFIRM),
    ),
}


@pytest.mark.parametrize("name", MISSING_OBJECTS)
def test_each_missing_object_has_its_own_next_step(name: str) -> None:
    record, observed, expected = MISSING_OBJECTS[name]
    world = World(
        desired=(desired(),),
        recorded={ADDRESS: replace(record, declared=True)},
        observed=observed,
    )
    drift = report(world)
    assert nexts(drift) == expected
    assert disagreements(drift, world.plan()) == []
    said = text(drift)
    for finding in drift.of(DriftClass.MISSING):
        assert f"next: {following(finding)}" in said


PAY = Address("template", "pay")


def test_a_renamed_manifest_brings_its_object() -> None:
    """Nothing is created, and the old address is not called deleted either."""
    world = World(
        desired=(desired(),),
        recorded={
            ADDRESS: Recorded(written(1, OTHER), declared=True),
            PAY: Recorded(written(5), declared=True),
        },
        observed=(seen(5),),
    )
    assert nexts(report(world)) == {1: NextAction.MOVE}
    assert disagreements(report(world), world.plan()) == []


def test_an_object_that_no_manifest_ever_declared_may_be_adopted() -> None:
    """It is recorded, by import say, and matches as if it were not."""
    world = World(
        desired=(desired(),),
        recorded={ADDRESS: Recorded(written(1, OTHER), declared=True), PAY: Recorded(written(5))},
        observed=(seen(5),),
    )
    assert nexts(report(world)) == {1: NextAction.ADOPT}
    assert disagreements(report(world), world.plan()) == []


def test_an_object_that_another_address_still_uses_is_waited_for() -> None:
    """Two manifests changed places, and one of the two objects is gone."""
    world = World(
        desired=(desired(), Desired(PAY, {**SPEC, "content": "支付{1}。"})),
        recorded={
            ADDRESS: Recorded(written(1, OTHER), declared=True),
            PAY: Recorded(written(5), declared=True),
        },
        observed=(seen(5),),
    )
    assert nexts(report(world)) == {1: NextAction.USED}
    assert disagreements(report(world), world.plan()) == []


@pytest.mark.parametrize("was_declared", [True, False])
def test_without_a_manifest_a_missing_object_is_forgotten(was_declared: bool) -> None:
    """Also where no manifest ever declared it: bound by import, say."""
    record = Recorded(written(1), written(2), declared=was_declared)
    world = World(recorded={ADDRESS: record}, observed=())
    drift = report(world)
    assert nexts(drift) == {1: NextAction.FORGET, 2: NextAction.FORGET}
    assert disagreements(drift, world.plan()) == []


def test_a_manifest_with_errors_may_declare_it() -> None:
    """Neither created nor forgotten can be said then; what is superseded goes anyway."""
    record = Recorded(written(1), None, (OLD,), declared=True)
    world = World(recorded={ADDRESS: record})
    drift = report(world, readable=False)
    assert nexts(drift) == {1: NextAction.VALIDATE, 3: NextAction.FORGET}
    known = report(replace(world, desired=(desired(),)), readable=False)
    assert nexts(known) == {1: NextAction.CREATE, 3: NextAction.FORGET}


def test_an_unanswered_add_comes_first() -> None:
    intent = Intent("i", ADDRESS, "AddSmsTemplate", Role.SUCCESSOR, SPEC, (), LONG_AGO)
    record = Recorded(written(1), None, (OLD,), declared=True)
    world = World(desired=(desired(),), recorded={ADDRESS: record}, intents=(intent,))
    assert nexts(report(world)) == {1: NextAction.RECOVER, 3: NextAction.RECOVER}
    assert disagreements(report(world), world.plan()) == []


REJECTED = seen(1, standing=Standing.REJECTED, reply="投诉")


@pytest.mark.parametrize(
    ("record", "manifests", "expected"),
    [
        (Recorded(written(1), declared=True), (desired(),), NextAction.CORRECT),
        (Recorded(written(7), written(1), declared=True), (desired(),), NextAction.CORRECT),
        (Recorded(written(7), None, (written(1),)), (desired(),), NextAction.RETIRE),
        (Recorded(written(1), declared=True), (), NextAction.DELETE),
        (Recorded(written(1)), (), NextAction.DECLARE),
    ],
)
def test_a_rejection_matters_as_the_object_does(
    record: Recorded, manifests: Sequence[Desired], expected: NextAction
) -> None:
    """Nobody corrects a text that is about to be deleted."""
    world = World(
        desired=tuple(manifests), recorded={ADDRESS: record}, observed=(REJECTED, seen(7, OTHER))
    )
    found = [item for item in report(world).of(DriftClass.REVIEW) if item.remote_id == 1]
    assert [item.next for item in found] == [expected]


def test_a_table_has_a_column_only_where_next_steps_differ() -> None:
    """What all findings of a class have in common is said once, above the rows."""
    record = Recorded(written(1), None, (OLD,), declared=True)
    world = World(desired=(desired(),), recorded={ADDRESS: record})
    both = markdown(report(world))
    assert "Next: `smsops apply`" in both
    assert "| next |" in both
    alone = markdown(report(replace(world, recorded={ADDRESS: replace(record, retiring=())})))
    assert "| next |" not in alone
    gone = markdown(report(replace(world, observed=(seen(1),))))
    assert "creates it again" not in gone


# -- seen is seen ----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["current", "successor"])
def test_what_was_listed_once_and_is_missing_is_missing_at_once(role: str) -> None:
    """The ten minutes are for an Add that the listing has not shown so far, and only for that."""
    young = written(2, submitted_at=JUST_NOW)
    record = Recorded(young) if role == "current" else Recorded(written(1, OTHER), young)
    there = () if role == "current" else (seen(1, OTHER),)
    never = World(desired=(desired(),), recorded={ADDRESS: record}, observed=there)
    drift = report(never)
    assert nexts(drift) == {}
    assert not drift.complete
    assert "was submitted less than 10 minutes ago and was not listed so far" in str(drift.notes[0])

    listed = replace(young, listed=True)
    record = Recorded(listed) if role == "current" else Recorded(written(1, OTHER), listed)
    once = replace(never, recorded={ADDRESS: record})
    drift = report(once)
    assert set(nexts(drift)) == {2}
    assert drift.complete
    assert "10 minutes" not in text(drift)
    assert disagreements(drift, once.plan()) == []


# -- any small world -------------------------------------------------------------------------------

_SPECS: tuple[Spec, ...] = (SPEC, OTHER, {**SPEC, **EDITS[Delta.NOTE]})
_STANDINGS = (Standing.ACTIVE, Standing.IN_REVIEW, Standing.APPROVED, Standing.REJECTED)
_THERE = st.sampled_from(["there", "gone", "gone", "young", "unread"])
_NAMES = (ADDRESS, Address("template", "pay"))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Two addresses with objects of every role, strangers, and an unanswered Add now and then."""
    numbers = iter(range(1, 100))
    observed: list[Observed] = []
    unread: set[ObjectId] = set()

    def shown(title: str) -> Spec:
        return {**draw(st.sampled_from(_SPECS)), "templateName": title}

    def object_(title: str) -> RecordedObject:
        number, spec = next(numbers), shown(title)
        standing = draw(st.sampled_from(_STANDINGS))
        how = draw(_THERE)
        made = written(number, spec, standing=standing)
        if how == "there":
            observed.append(seen(number, spec, standing=standing))
        elif how == "young":
            made = replace(made, submitted_at=JUST_NOW)
        elif how == "unread":
            unread.add(ObjectId("template", number))
        return replace(made, listed=draw(st.booleans()))

    recorded: dict[Address, Recorded] = {}
    manifests: list[Desired] = []
    same = draw(st.sampled_from([False, False, True]))
    for address in _NAMES:
        title = "one" if same else address.name
        roles = draw(st.sets(st.sampled_from(["current", "successor", "retiring", "retiring too"])))
        objects = {role: object_(title) for role in sorted(roles)}
        old = [
            replace(item, superseded_at=LONG_AGO)
            for role, item in objects.items()
            if role[0] == "r"
        ]
        if objects:
            recorded[address] = Recorded(
                objects.get("current"),
                objects.get("successor"),
                tuple(old),
                Lifecycle(protected=draw(st.booleans())),
                declared=draw(st.booleans()),
            )
        if draw(st.booleans()):
            manifests.append(Desired(address, shown(title)))
        for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
            observed.append(seen(next(numbers), shown(title)))
    intents: tuple[Intent, ...] = ()
    if draw(st.sampled_from([False, False, True])):
        intents = (Intent("i", ADDRESS, "AddSmsTemplate", Role.CURRENT, SPEC, (), LONG_AGO),)
    return World(tuple(manifests), recorded, tuple(observed), frozenset(unread), intents=intents)


@given(world=worlds())
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_report_and_plan_agree_about_everything_that_is_gone(world: World) -> None:
    drift, plan = report(world), world.planned()
    # A protected address that no manifest declares is left as it is, as a whole.
    kept = {
        step.address
        for step in plan.steps
        if step.action is Action.BLOCKED
        and step.address not in {item.address for item in world.desired}
    }
    found = [item for item in disagreements(drift, plan) if item[0].address not in kept]
    assert found == []


# -- on an account ---------------------------------------------------------------------------------


def test_apply_does_what_the_report_said(applied_project: TimedProject) -> None:
    """The superseded object is deleted in the console: forgotten, and nothing is written."""
    applied_project.template("t0", "换了{1}内容。", retire_after="1h")
    assert applied_project("apply", "--auto-approve").code == 0
    applied_project.approve()
    assert applied_project("apply", "--auto-approve").code == 0
    [row] = [
        row
        for row in applied_project("status", "--format", "json").json()["resources"]
        if row["address"] == "template.t0"
    ]
    [old] = row["retiring"]
    applied_project.console.remove("template", old["remote_id"])
    before = applied_project.writes()

    ran = applied_project.drift()
    assert ran.code == 2
    assert "superseded; not in the listing" in ran.out
    assert f"next: `smsops apply -C {applied_project.root} --emulator` forgets it" in ran.out
    assert "1 to forget" in applied_project("plan").out
    assert applied_project("apply", "--auto-approve").code == 0
    assert applied_project.writes() == before
    assert applied_project.drift().code == 0
