"""Any history of edits, verdicts and deletions, with a fault in any apply, ends well: signs and
templates, listed and unlisted.

More by hand: SMSOPS_EXAMPLES=200 pytest tests/faults/test_machine.py
"""

from __future__ import annotations

import os
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from smsops.cancellation import Stop
from smsops.errors import Exit, Interrupted, SmsopsError
from smsops.kinds import RESOURCES
from smsops.model import Action, DeleteLimit, Desired, Intent, PlanOptions, Snapshot
from smsops.model.outcome import Outcome
from smsops.state import edits
from smsops.state.snapshot import dump, load
from tests.support.applying import ACTIVE, EFFECTIVE_LATER, PENDING, REJECTED, Harness
from tests.support.desired import declared, recorded, there
from tests.support.memory_backend import MemoryBackend

EXAMPLES = int(os.environ.get("SMSOPS_EXAMPLES", "10"))
OPTIONS = PlanOptions(allow_recreate=True, allow_unlisted=True, max_deletes=DeleteLimit(100, None))
NAMES = (("sign", "acme"), ("sign", "brand"), ("template", "login"), ("template", "pay"))
WORLDS: dict[str, dict[str, Any]] = {
    "modern": {},
    "legacy": {"listing": "legacy"},
    "sub-account": {"subaccount": True},
    "legacy sub-account": {"listing": "legacy", "subaccount": True},
}
OPERATIONS = tuple(
    action
    for kind in RESOURCES.values()
    for action in (kind.api.add, kind.api.modify, kind.api.delete)
)
FAULTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    *(
        (kind, at, {})
        for kind in ("drop", "hang", "status", "html", "truncate")
        for at in ("before-commit", "after-commit")
    ),
    ("no-id", "", {}),
    ("id", "", {"value": 2**70}),
    ("error", "before-commit", {"code": "RequestLimitExceeded"}),
    ("error", "before-commit", {"code": "InvalidParameterValue.ImageInvalid"}),
    ("error", "before-commit", {"code": "AuthFailure.TokenFailure"}),
    ("error", "before-commit", {"code": "InternalError"}),
    ("error", "after-commit", {"code": "FailedOperation.OtherError"}),
    ("unreachable", "", {}),
)
#: Which of the objects that there are.
OBJECT = st.integers(0, 11)
SETTLED = {Action.NOOP, Action.HELD, Action.BLOCKED}


class Dead(BaseException):
    """The process is not there any more."""


class Mortal(MemoryBackend):
    """A state whose run may die. Before and after every save and every call is a moment; from
    moment ``last`` on nothing leaves the process any more.
    """

    def __init__(self) -> None:
        super().__init__()
        self.last: int | None = None
        self.stop: Stop | None = None
        self.versions: list[bytes] = []
        self._moments = 0
        self._lock = threading.Lock()

    def begin(self, last: int | None, stop: Stop | None = None) -> None:
        """A run begins; at moment ``last`` it dies, or ``stop`` is set by a signal."""
        self.last, self.stop, self._moments = last, stop, 0

    def moment(self) -> None:
        with self._lock:
            self._moments += 1
            if self.last is None or self._moments < self.last:
                return
            if self.stop is None:
                raise Dead
            self.stop.set(Interrupted())

    def write(self, body: bytes, *, serial: int) -> None:
        self.moment()
        super().write(body, serial=serial)
        self.versions.append(body)
        self.moment()


class Life(RuleBasedStateMachine):
    """Two signs, two templates, a stranger of each kind, and everything that can happen."""

    @initialize(world=st.sampled_from(sorted(WORLDS)))
    def begin(self, world: str) -> None:
        self.place = tempfile.TemporaryDirectory()
        self.harness = Harness(Path(self.place.name), WORLDS[world])
        self.backend = Mortal()
        self.harness.backend = self.backend
        self.harness.emulator.hook = self.call
        self.harness.seed(
            {"kind": "sign", "signName": "别人的", "status": "approved"},
            {"kind": "template", "templateName": "别人的", "content": "别动", "status": "approved"},
        )
        self.strangers = there(self.harness)
        self.desired: dict[tuple[str, str], Desired] = {}
        self.listed = {"sign": "legacy" not in world, "template": "sub" not in world}
        #: What was there when a state got lost: it may stay unmanaged.
        self.excused: set[tuple[str, int]] = set()

    def call(self, event: str, action: str) -> None:
        """The account tells of a call, before and after it is done."""
        if action in OPERATIONS:
            self.backend.moment()

    def manifests(self) -> list[Desired]:
        return [self.desired[key] for key in sorted(self.desired)]

    def run(self, *, last: int | None = None, stop: Stop | None = None) -> Outcome | None:
        """An apply; ``None`` when it did not come to its end."""
        self.backend.begin(last, stop)
        try:
            return self.harness.apply(self.manifests(), OPTIONS, stop=stop)
        except (Dead, SmsopsError):
            return None
        finally:
            self.backend.begin(None)
            self.harness.emulator.faults.order([])

    # -- what people do --------------------------------------------------------------------------

    @rule(key=st.sampled_from(NAMES), version=st.integers(1, 3), note=st.sampled_from("甲乙"))
    def edit(self, key: tuple[str, str], version: int, note: str) -> None:
        item = declared(self.harness, *key, version=version)
        self.desired[key] = replace(item, spec={**item.spec, "remark": note})

    @rule(key=st.sampled_from(NAMES))
    def remove(self, key: tuple[str, str]) -> None:
        self.desired.pop(key, None)

    @rule()
    def apply(self) -> None:
        self.run()

    @rule(
        action=st.sampled_from(OPERATIONS),
        fault=st.sampled_from(FAULTS),
        when=st.sampled_from([(1,), (2,), (1, 2), None]),
    )
    def apply_among_faults(
        self, action: str, fault: tuple[str, str, dict[str, Any]], when: tuple[int, ...] | None
    ) -> None:
        kind, at, values = fault
        self.harness.fault(action, kind, at=at, when=when, **values)
        self.run()

    @rule(last=st.integers(1, 14))
    def apply_and_die(self, last: int) -> None:
        self.run(last=last)

    @rule(last=st.integers(1, 14))
    def apply_and_be_interrupted(self, last: int) -> None:
        stop = Stop()
        outcome = self.run(last=last, stop=stop)
        if stop and outcome is not None:
            assert outcome.exit is Exit.INTERRUPTED

    @rule(
        last=st.integers(1, 14), fault=st.sampled_from(FAULTS), action=st.sampled_from(OPERATIONS)
    )
    def apply_among_faults_and_die(
        self, last: int, fault: tuple[str, str, dict[str, Any]], action: str
    ) -> None:
        kind, at, values = fault
        self.harness.fault(action, kind, at=at, when=1, **values)
        self.run(last=last)

    @rule()
    def plan(self) -> None:
        before, saved = self.harness.writes(), self.backend.body
        self.harness.plan(self.manifests(), OPTIONS)
        assert (self.harness.writes(), self.backend.body) == (before, saved)

    @rule()
    def resolve(self) -> None:
        """A person looks into the console for what an unlisted kind's Add may have made."""
        snapshot = self.harness.state
        for intent in self.unlisted_intents():
            made = self.made_by(intent, snapshot)
            if made is None:
                snapshot = edits.abandon(snapshot, intent.address)
            else:
                snapshot = edits.adopt(snapshot, intent.address, made)
        if snapshot != self.harness.state:
            fresh = replace(snapshot, serial=snapshot.serial + 1)
            self.backend.write(dump(fresh), serial=fresh.serial)

    def unlisted_intents(self) -> list[Intent]:
        return [item for item in self.harness.state.intents if not self.listed[item.address.kind]]

    def made_by(self, intent: Intent, snapshot: Snapshot) -> int | None:
        kind = intent.address.kind
        known = {
            item.remote_id
            for address, record in snapshot.resources.items()
            if address.kind == kind
            for item in record.objects()
        }
        name = intent.submitted["signName" if kind == "sign" else "templateName"]
        for item in self.harness.emulator.items(kind):
            same = item.parameters.get("TemplateContent") == intent.submitted.get("content")
            if item.name == name and same and item.id not in known | set(intent.listed):
                return item.id
        return None

    # -- what happens elsewhere ------------------------------------------------------------------

    def ours(self) -> list[tuple[str, int]]:
        return sorted(there(self.harness) - self.strangers)

    # Which object is meant is drawn as a number: what is there depends on how threads took turns,
    # and what is drawn must not.

    @rule(which=OBJECT, verdict=st.sampled_from([ACTIVE, ACTIVE, EFFECTIVE_LATER, REJECTED]))
    def judge(self, which: int, verdict: int) -> None:
        if ours := self.ours():
            kind, number = ours[which % len(ours)]
            self.harness.review(number, verdict, kind=kind)

    @rule(which=OBJECT)
    def delete_elsewhere(self, which: int) -> None:
        if ours := self.ours():
            self.harness.emulator.remove(*ours[which % len(ours)])

    @rule(seconds=st.sampled_from([60, 700, 4000]))
    def time_passes(self, seconds: int) -> None:
        self.harness.time.advance(seconds)

    @precondition(lambda self: all(self.listed.values()))
    @rule()
    def lose_the_state(self) -> None:
        self.backend.body = None
        self.excused |= set(self.ours())

    @precondition(lambda self: all(self.listed.values()))
    @rule(back=st.integers(1, 3))
    def put_an_older_state_back(self, back: int) -> None:
        if len(self.backend.versions) <= back:
            return
        self.backend.body = self.backend.versions[-1 - back]
        self.excused |= set(self.ours())

    # -- what has to hold ------------------------------------------------------------------------

    @invariant()
    def an_id_is_recorded_once_and_never_a_stranger(self) -> None:
        if hasattr(self, "harness"):
            ids = [
                (address.kind, item.remote_id)
                for address, record in self.harness.state.resources.items()
                for item in record.objects()
            ]
            assert len(ids) == len(set(ids))
            assert not self.strangers & set(ids)
            assert self.strangers <= there(self.harness)

    @invariant()
    def nothing_of_ours_is_forgotten(self) -> None:
        """Every object that an Add made is recorded, or an open intent stands for it."""
        if hasattr(self, "harness"):
            loose = set(self.ours()) - self.excused - recorded(self.harness)
            for kind in RESOURCES:
                intents = [i for i in self.harness.state.intents if i.address.kind == kind]
                assert len([key for key in loose if key[0] == kind]) <= len(intents)

    @invariant()
    def the_state_is_always_whole(self) -> None:
        if hasattr(self, "harness") and self.backend.body is not None:
            load(self.backend.body, source="memory")

    def teardown(self) -> None:
        if not hasattr(self, "harness"):
            return
        try:
            self._come_to_rest()
        finally:
            self.place.cleanup()

    def _come_to_rest(self) -> None:
        """When everything calms down, applying does too, and nothing is there twice."""
        for _ in range(12):
            self.resolve()
            self.run()
            for kind, number in self.ours():
                if self.harness.remote(kind)[number] in (PENDING, EFFECTIVE_LATER):
                    self.harness.review(number, ACTIVE, kind=kind)
            self.harness.time.advance(4000)
        steps = self.harness.plan(self.manifests(), OPTIONS).steps
        unsettled = [
            step
            for step in steps
            if step.action not in SETTLED
            and not (step.action is Action.WAIT and step.deposed is not None)
        ]
        assert not unsettled, unsettled
        assert self.harness.state.intents == ()
        assert recorded(self.harness) <= set(self.ours()) <= recorded(self.harness) | self.excused


def test_every_history_among_faults_ends_well() -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            derandomize=EXAMPLES <= 10,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink) if EXAMPLES > 10 else (Phase.generate,),
        ),
    )
