"""What may be bound to what, decided without files or sockets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smsops.adoption.bind import (
    AlreadyRecorded,
    Binding,
    NotThere,
    Recordable,
    Unbindable,
    change,
    check,
)
from smsops.kinds import RESOURCES
from smsops.model import (
    Address,
    Desired,
    Intent,
    Listing,
    ObjectId,
    Observation,
    Observed,
    Recorded,
    RecordedObject,
    Role,
    Snapshot,
)
from smsops.planning.account_index import AccountIndex
from tests.support.worlds import ADDRESS, JUST_NOW, LONG_AGO, NOW, SPEC, seen, written

OTHER = Address("template", "other")
BINDING = Binding(ADDRESS, 7)
NAMED = replace(BINDING, named=True)
SUCCESSOR = replace(NAMED, role=Role.SUCCESSOR)
INTENT = Intent("i", ADDRESS, "AddSmsTemplate", Role.CURRENT, SPEC, (), LONG_AGO)


def decided(
    binding: Binding,
    state: Snapshot,
    *observed: Observed,
    unread: frozenset[ObjectId] = frozenset(),
) -> Recordable | AlreadyRecorded | Unbindable:
    observation = Observation(
        {item.key: item for item in observed},
        {"sign": Listing.UNLISTED, "template": Listing.UNLISTED},
        unread,
    )
    account_index = AccountIndex(RESOURCES, state.resources, observation, NOW)
    return check(binding, state, observation, account_index, RESOURCES["template"])


def refused(
    error: type[Unbindable], words: str, verdict: Recordable | AlreadyRecorded | Unbindable
) -> Unbindable:
    assert type(verdict) is error
    assert words in verdict.message
    return verdict


def state(record: Recorded | None = None, **more: Recorded) -> Snapshot:
    resources = {ADDRESS: record} if record is not None else {}
    resources.update({Address("template", name): item for name, item in more.items()})
    return Snapshot("x", resources=resources)


def test_an_unrecorded_object_may_take_a_vacant_place() -> None:
    """And one that is gone leaves its place vacant."""
    assert decided(BINDING, state(), seen(7)) == Recordable(seen(7))
    assert decided(BINDING, state(Recorded(written(1))), seen(7)) == Recordable(seen(7))
    assert decided(
        SUCCESSOR, state(Recorded(written(1), written(2))), seen(7), seen(1)
    ) == Recordable(seen(7))


def test_what_is_recorded_exactly_so_needs_nothing() -> None:
    """In the same role at the same address, also when it could not be read now."""
    assert decided(BINDING, state(Recorded(written(7))), seen(7)) == AlreadyRecorded(Role.CURRENT)
    successor = AlreadyRecorded(Role.SUCCESSOR)
    assert decided(SUCCESSOR, state(Recorded(written(1), written(7)))) == successor
    assert decided(NAMED, state(Recorded(written(7))), seen(7)) == AlreadyRecorded(Role.CURRENT)


def test_a_recorded_successor_needs_nothing_when_nobody_said_which_place() -> None:
    """Who leaves `--as` away means the object, not the place."""
    verdict = decided(BINDING, state(Recorded(written(1), written(7))), seen(7), seen(1))
    assert verdict == AlreadyRecorded(Role.SUCCESSOR)


@pytest.mark.parametrize(
    ("binding", "record", "words"),
    [
        (NAMED, Recorded(written(1), written(7)), "the successor object of template.login"),
        (SUCCESSOR, Recorded(written(7)), "the current object of template.login"),
        (BINDING, Recorded(written(1), None, (written(7),)), "a superseded object of"),
    ],
)
def test_another_role_of_the_same_address_is_refused(
    binding: Binding, record: Recorded, words: str
) -> None:
    """Roles change by promotion, not by import."""
    error = refused(Unbindable, words, decided(binding, state(record), seen(7), seen(1)))
    assert "state rm" not in error.hint, "it would forget the whole address"


def test_an_object_of_another_address_is_refused() -> None:
    """An id belongs to one address."""
    refused(
        Unbindable,
        "the current object of template.other",
        decided(BINDING, state(other=Recorded(written(7))), seen(7)),
    )


def test_what_is_not_there_or_could_not_be_read_is_refused() -> None:
    """Two different messages: one of them is worth another try."""
    refused(NotThere, "there is no template with the id 7", decided(BINDING, state()))
    refused(
        Unbindable,
        "could not be read; run the command again",
        decided(BINDING, state(), unread=frozenset({ObjectId("template", 7)})),
    )


def test_an_address_with_an_open_intent_is_refused() -> None:
    """The object may be what the interrupted apply made: state resolve says so."""
    error = refused(
        Unbindable,
        "not resolved yet",
        decided(BINDING, replace(state(), intents=(INTENT,)), seen(7)),
    )
    assert "state resolve template.login --adopt 7" in error.hint
    elsewhere = replace(INTENT, address=OTHER)
    assert decided(BINDING, replace(state(), intents=(elsewhere,)), seen(7)) == Recordable(seen(7))


@pytest.mark.parametrize(
    ("holder", "observed", "unread"),
    [
        (written(1), (seen(1),), frozenset()),
        (written(1, submitted_at=JUST_NOW), (), frozenset()),
        (written(1), (), frozenset({ObjectId("template", 1)})),
    ],
    ids=["there", "young", "unread"],
)
def test_a_holder_that_is_or_may_be_there_keeps_its_place(
    holder: RecordedObject, observed: tuple[Observed, ...], unread: frozenset[ObjectId]
) -> None:
    """Only an object that is surely gone makes room."""
    refused(
        Unbindable,
        "has a current object already: id 1",
        decided(BINDING, state(Recorded(holder)), seen(7), *observed, unread=unread),
    )


def test_a_successor_needs_a_current_object() -> None:
    """There is nothing to succeed."""
    refused(Unbindable, "no current object to succeed", decided(SUCCESSOR, state(), seen(7)))


def bound(binding: Binding, desired: Desired | None, before: Recorded) -> Recorded:
    kind = RESOURCES["template"]
    after = change(binding, kind, seen(7), desired, NOW)(state(before))
    return after.resources[ADDRESS]


def test_unreadable_fields_are_assumed_of_the_object_that_the_manifest_describes() -> None:
    """The successor, as long as there is one."""
    desired = Desired(ADDRESS, SPEC)
    alone = bound(BINDING, desired, Recorded())
    assert alone.current is not None
    assert alone.current.assumed == ("remark", "smsType")
    assert alone.current.submitted_at == LONG_AGO
    beside = bound(BINDING, desired, Recorded(None, written(2)))
    assert beside.current is not None
    assert beside.current.assumed == ()
    succeeding = bound(SUCCESSOR, desired, Recorded(written(1)))
    assert succeeding.successor is not None
    assert succeeding.successor.assumed == ("remark", "smsType")
    bare = bound(BINDING, None, Recorded())
    assert bare.current is not None
    assert bare.current.submitted == {}
