"""Intents: durable before their Add, saved twenty at a time, never twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from smsops.applying import intents
from smsops.applying.intents import PER_SAVE, Intents
from smsops.errors import Blocked, StateError
from smsops.kinds import RESOURCES
from smsops.kinds.reviews import review_of
from smsops.model import (
    Action,
    Address,
    Desired,
    Intent,
    Observation,
    Observed,
    Recorded,
    RecordedObject,
    Role,
    Snapshot,
    Spec,
    Step,
)
from smsops.planning.account_index import AccountIndex
from smsops.state.journal import Journal
from smsops.state.snapshot import Dump, load
from smsops.text.messages import T
from tests.support.applying import template
from tests.support.memory_backend import MemoryBackend

SIGN: Spec = {"signName": "艾克米", "international": False}


class Backend(MemoryBackend):
    failing = False

    def write(self, body: bytes, *, serial: int) -> None:
        if self.failing:
            raise StateError("the disk is full")
        super().write(body, serial=serial)

    def intents(self) -> tuple[Intent, ...]:
        return () if self.body is None else load(self.body, source="memory").intents


@pytest.fixture
def backend() -> Backend:
    return Backend()


@pytest.fixture
def journal(backend: Backend) -> Journal:
    return Journal(backend, Snapshot("lineage"), Dump())


def step(address: Address, role: Role = Role.CURRENT) -> Step:
    return Step(address, Action.CREATE, T(""), role=role)


def opened(
    journal: Journal,
    items: list[Desired],
    seen: Iterator[Observed] | tuple[Observed, ...] = (),
    recorded: dict[Address, Recorded] | None = None,
    role: Role = Role.CURRENT,
) -> Intents:
    observation = Observation({o.key: o for o in seen}, {})
    return Intents(
        [step(item.address, role) for item in items],
        kinds=RESOURCES,
        desired={item.address: item for item in items},
        account_index=AccountIndex(RESOURCES, recorded or {}, observation, 0.0),
        journal=journal,
        now=1_800_000_000.7,
    )


def test_an_intent_says_everything_that_a_recovery_needs(
    journal: Journal, backend: Backend
) -> None:
    item = template()
    spec = {name: item.spec[name] for name in ("templateName", "content", "international")}
    twins = (
        Observed("template", 1112, {**spec, "content": "别的"}, review_of(-1)),
        Observed("template", 1111, {**spec, "content": "别的"}, review_of(0)),
        Observed("template", 1113, {**spec, "templateName": "别的"}, review_of(0)),
        Observed("template", 1114, spec, review_of(0)),
    )
    other = {Address("template", "other"): Recorded(RecordedObject(1114))}
    batch = opened(journal, [item], twins, other, Role.SUCCESSOR)
    assert backend.saves == 0, "nothing is saved before the Add is due"

    intent = batch.open(item.address)

    assert backend.intents() == (intent,)
    assert intent.address == item.address
    assert intent.action == "AddSmsTemplate"
    assert intent.role is Role.SUCCESSOR
    assert intent.submitted == item.spec
    assert intent.listed == (1111, 1112), "alike, and nobody's"
    assert intent.started_at == 1_800_000_000
    assert len(intent.id) == 36


@pytest.mark.parametrize("code", [0, 1, -1])
def test_what_is_there_already_is_not_added(journal: Journal, backend: Backend, code: int) -> None:
    """A plan adopts it; whoever finds it only now leaves that to the next plan."""
    items = [template("a"), template("b")]
    spec = {name: items[0].spec[name] for name in ("templateName", "content", "international")}
    batch = opened(journal, items, (Observed("template", 1110, spec, review_of(code)),))
    with pytest.raises(Blocked, match="object 1110 is just like it"):
        batch.open(items[0].address)
    assert backend.saves == 0
    batch.open(items[1].address)
    assert [intent.address for intent in backend.intents()] == [items[1].address]


def test_one_save_covers_the_next_twenty_of_a_kind(journal: Journal, backend: Backend) -> None:
    items = [template(f"t{number:02}") for number in range(PER_SAVE * 2 + 1)]
    signs = [Desired(Address("sign", "acme"), SIGN)]
    batch = opened(journal, [*items, *signs])
    saves = []
    for item in items:
        batch.open(item.address)
        saves.append(backend.saves)
        assert item.address in {intent.address for intent in backend.intents()}
    assert saves == [1] * PER_SAVE + [2] * PER_SAVE + [3]
    assert {intent.address.kind for intent in backend.intents()} == {"template"}
    assert batch.open(signs[0].address).action == "AddSmsSign"
    assert backend.saves == 4
    assert len({intent.id for intent in backend.intents()}) == PER_SAVE * 2 + 2


def test_a_known_outcome_closes_its_intent_with_the_next_save(
    journal: Journal, backend: Backend
) -> None:
    items = [template("a"), template("b")]
    batch = opened(journal, items)
    intent = batch.open(items[0].address)
    batch.close(intent)
    assert len(backend.intents()) == 2, "not worth a save of its own"
    journal.flush()
    assert [left.address.name for left in backend.intents()] == ["b"]


def test_intents_of_adds_that_never_began_are_dropped(journal: Journal, backend: Backend) -> None:
    items = [template("a"), template("b"), template("c")]
    batch = opened(journal, items)
    kept = batch.open(items[1].address)
    batch.drop_unopened()
    journal.flush()
    assert backend.intents() == (kept,)
    batch.drop_unopened()
    journal.flush()
    assert backend.saves == 2, "nothing more to drop"


def test_a_save_that_fails_opens_nothing_and_leaves_no_second_copy(
    journal: Journal, backend: Backend
) -> None:
    """Another Add of the same twenty may have been waiting for that save, and tries again."""
    items = [template("a"), template("b")]
    batch = opened(journal, items)
    backend.failing = True
    with pytest.raises(StateError, match="full"):
        batch.open(items[0].address)
    backend.failing = False
    batch.open(items[1].address)
    assert sorted(intent.address.name for intent in backend.intents()) == ["a", "b"]
    batch.drop_unopened()
    journal.flush()
    assert [intent.address.name for intent in backend.intents()] == ["b"]


def test_twenty_is_what_the_documentation_says() -> None:
    assert intents.PER_SAVE == 20
