"""What becomes of an object of Terraform's where the account or the state is in an odd way."""

from __future__ import annotations

from smsops.adoption.terraform.claims import Choice, Claim, NotTaken, Why, World, choose
from smsops.adoption.terraform.states import read
from smsops.errors import Exit
from smsops.kinds import RESOURCES
from smsops.model import (
    Desired,
    Intent,
    Listing,
    ObjectId,
    Observation,
    Observed,
    Recorded,
    Role,
    Snapshot,
)
from smsops.planning.account_index import AccountIndex
from tests.export.tfstates import template, version_4
from tests.support.worlds import ADDRESS, JUST_NOW, LONG_AGO, NOW, SPEC, desired, seen, written


def chosen(
    *observed: Observed,
    declared: tuple[Desired, ...] = (),
    state: Snapshot | None = None,
    unread: frozenset[ObjectId] = frozenset(),
) -> Choice:
    """What becomes of template 7."""
    state = state or Snapshot("x")
    observation = Observation(
        {item.key: item for item in observed},
        {"sign": Listing.UNLISTED, "template": Listing.UNLISTED},
        unread,
    )
    index = AccountIndex(RESOURCES, state.resources, observation, NOW)
    claimed = {item.address for item in declared}
    world = World(RESOURCES, state, observation, index, declared, claimed)
    [choice] = choose(read(version_4(template("theirs", "7#0")), source="x"), world)
    return choice


def test_an_object_that_could_not_be_read_is_not_called_missing() -> None:
    """The same command may find it later."""
    choice = chosen(unread=frozenset({ObjectId("template", 7)}))
    assert isinstance(choice, NotTaken)
    assert (choice.why, choice.exit) == (Why.UNREAD, Exit.ERROR)
    missing = chosen()
    assert isinstance(missing, NotTaken)
    assert missing.why is Why.MISSING


def test_an_address_with_an_open_question_is_left_alone() -> None:
    """An Add without an answer may have made the object; what resolves that is named."""
    intent = Intent("i", ADDRESS, "AddSmsTemplate", Role.CURRENT, SPEC, (), LONG_AGO)
    choice = chosen(seen(7), declared=(desired(),), state=Snapshot("x", intents=(intent,)))
    assert isinstance(choice, NotTaken)
    assert (choice.why, choice.exit) == (Why.UNBINDABLE, Exit.ERROR)
    assert "an interrupted apply is not resolved yet" in str(choice.words)
    assert "state resolve template.login --adopt 7" in str(choice.hint)


def test_an_object_that_is_gone_makes_room_at_its_address() -> None:
    """One that may only not be listed yet does not: the manifest is its own."""
    for submitted_at, address in ((LONG_AGO, ADDRESS), (JUST_NOW, ("template", "theirs"))):
        state = Snapshot("x", resources={ADDRESS: Recorded(written(1, submitted_at=submitted_at))})
        choice = chosen(seen(7), declared=(desired(),), state=state)
        assert isinstance(choice, Claim)
        assert choice.binding.address == address
        assert (choice.twin is None) == (address == ADDRESS)
