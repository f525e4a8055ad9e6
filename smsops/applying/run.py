"""An apply from lock to unlock: recover, plan, run, read back, save."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from smsops.applying import batch, recovery, unsaved
from smsops.applying.context import BatchContext
from smsops.applying.recovery import Resolution
from smsops.cancellation import Stop
from smsops.errors import SmsopsError, StateError
from smsops.manifests import images
from smsops.model import (
    SUBMITTING,
    Action,
    Address,
    Desired,
    ObjectId,
    Observation,
    Observed,
    Plan,
    Recorded,
    RecordedObject,
    RemoteId,
    Snapshot,
    Step,
)
from smsops.model.outcome import Outcome, Progress, Result, Status
from smsops.state import changes, place_of
from smsops.state.journal import Journal
from smsops.state.snapshot import Dump
from smsops.text.messages import T, Text
from smsops.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Execution:
    """A locked workspace with its journal."""

    workspace: Workspace
    journal: Journal
    stop: Stop
    say: Callable[[Text], None]

    @classmethod
    def begin(cls, workspace: Workspace, stop: Stop, say: Callable[[Text], None]) -> Execution:
        """Read the state; call with the lock held."""
        journal = Journal(workspace.backend, workspace.snapshot(), Dump())
        stop.listeners.append(workspace.client.stop)
        return cls(workspace, journal, stop, say)

    @property
    def snapshot(self) -> Snapshot:
        """The state as it is now: the journal's, with everything recorded so far."""
        return self.journal.snapshot

    def recover(self) -> list[Resolution]:
        """Find out what became of Adds that an earlier run left without an answer."""
        intents = self.snapshot.intents
        if not intents:
            return []
        started = self.workspace.clock.monotonic()
        names = ", ".join(sorted(str(intent.address) for intent in intents))
        self.say(
            T(
                "Recovering {names}: looking for what an interrupted run may have created ...",
                names=names,
            )
        )
        try:
            resolutions = recovery.resolve(
                dict.fromkeys(intents, started),
                look=self._look,
                kinds=self.workspace.kinds,
                journal=self.journal,
                clock=self.workspace.clock,
                stop=self.stop,
            )
        finally:
            # Whatever else it broke off: the run was interrupted, and that is how it ends.
            if self.stop.cause is not None:
                raise self.stop.cause
        for resolution in resolutions:
            self.say(_told(resolution))
        return resolutions

    def _look(self) -> Observation:
        return self.workspace.observe(self.snapshot.resources)

    def run(
        self,
        steps: Sequence[Step],
        *,
        plan: Plan,
        desired: Sequence[Desired],
        observation: Observation,
        progress: Progress,
        unresolved: Sequence[SmsopsError] = (),
        back: bool = False,
    ) -> tuple[Outcome, Sequence[Observed]]:
        """Run ``steps`` of ``plan``; returns the outcome and every managed object as seen last.

        ``back``: to an older commit than the newest one applied, on purpose.
        """
        # What was planned is what is sent: a plan knows what a manifest leaves as it was.
        planned = {step.address: step.after for step in steps if step.action in SUBMITTING}
        by_address = {
            item.address: replace(item, spec=planned.get(item.address) or item.spec)
            for item in desired
        }
        errors = list(unresolved)
        # What a state that cannot be saved leaves: nothing of the plan was begun.
        results = tuple(Result(step, Status.NOT_ATTEMPTED) for step in steps if step.acting)
        seen: Sequence[Observed] = ()
        try:
            if any(step.acting for step in steps):
                self.journal.prove()
            results = batch.run(steps, self._context(by_address, observation, progress))
            seen = self._settle(results, by_address, observation, back=back)
        except StateError as error:
            errors.append(error)
        if self.stop.cause is not None and self.stop.cause not in [r.error for r in results]:
            errors.append(self.stop.cause)
        blocked = tuple(step for step in plan.steps if step.action is Action.BLOCKED)
        return Outcome(results, blocked, tuple(errors)), seen

    def _context(
        self,
        desired: Mapping[Address, Desired],
        observation: Observation,
        progress: Progress,
    ) -> BatchContext:
        workspace = self.workspace
        return BatchContext(
            kinds=workspace.kinds,
            desired=desired,
            observation=observation,
            client=workspace.client,
            journal=self.journal,
            clock=workspace.clock,
            stop=self.stop,
            look=self._look,
            load_images=self._images,
            progress=_harmless(progress),
            rescue=self._rescue,
        )

    def _images(self, item: Desired) -> Mapping[str, str]:
        root = self.workspace.project.root
        return {
            name: base64.b64encode(images.read(path, root, str(item.spec[name]))).decode()
            for name, path in item.images.items()
        }

    def _rescue(self, address: Address, remote_id: RemoteId, error: StateError) -> None:
        """The object exists and the state could not be saved: keep its id wherever possible."""
        record = self.snapshot.resources.get(address, Recorded())  # in memory it is there
        role = unsaved.place(record, remote_id)
        directory = place_of(self.workspace.project)
        unsaved.rescue(address, remote_id, role, directory=directory, say=self.say)

    # -- after the steps -------------------------------------------------------------------------

    def _settle(
        self,
        results: Sequence[Result],
        desired: Mapping[Address, Desired],
        observation: Observation,
        *,
        back: bool,
    ) -> Sequence[Observed]:
        """Read back what was written and save what was seen of everything."""
        written = {
            ObjectId(result.step.address.kind, result.remote_id)
            for result in results
            if result.status is not Status.NOT_ATTEMPTED and result.remote_id is not None
        }
        fresh: list[Observed] = []
        if not self.stop:
            try:
                fresh = self._read_back(written)
            except SmsopsError as error:
                self.say(
                    T(
                        "What was written could not be read back: {message}",
                        message=error.message_text,
                    )
                )
        objects = {key: item for key, item in observation.objects.items() if key not in written}
        objects.update((item.key, item) for item in fresh)
        by_id = observation.by_id.union(written)
        seen = replace(observation, objects=objects, by_id=by_id)
        now = self.workspace.clock.now()
        self.journal.note(changes.observed(self.workspace.kinds, desired, seen, now))
        if self.workspace.checkout is not None:
            newest = self.workspace.checkout.newest(self.snapshot.commit, back=back)
            self.journal.note(lambda snapshot: replace(snapshot, commit=newest))
        self.journal.flush()
        managed = (
            ObjectId(address.kind, item.remote_id)
            for address, record in self.snapshot.resources.items()
            for item in record.objects()
        )
        return [objects[key] for key in managed if key in objects]

    def _read_back(self, written: set[ObjectId]) -> list[Observed]:
        only = {
            address: replace(
                record,
                retiring=(),
                current=_kept(address, record.current, written),
                successor=_kept(address, record.successor, written),
            )
            for address, record in self.snapshot.resources.items()
        }
        seen = self.workspace.observe_recorded(only)
        for note in seen.notes:
            self.say(T("Note: {note}", note=note))
        return list(seen.objects.values())


def _harmless(progress: Progress) -> Progress:
    """``progress`` that cannot stop what it reports; the outcome tells everything once more."""

    def report(step: Step, result: Result | None) -> None:
        with suppress(Exception):
            progress(step, result)

    return report


def _kept(
    address: Address, item: RecordedObject | None, written: set[ObjectId]
) -> RecordedObject | None:
    return item if item is not None and (address.kind, item.remote_id) in written else None


def _told(resolution: Resolution) -> Text:
    address = resolution.intent.address
    found = ", ".join(map(str, resolution.candidates))
    return _RESOLVED[resolution.resolved].filled(address=address, kind=address.kind, found=found)


_RESOLVED: Mapping[recovery.Resolved, Text] = {
    recovery.Resolved.ADOPTED: T("{address}: the interrupted run had created {found}; recorded."),
    recovery.Resolved.NOT_MADE: T("{address}: the interrupted run had created nothing."),
    recovery.Resolved.SEVERAL: T("{address}: its result may be, or not: {found}."),
    recovery.Resolved.UNLISTED: T("{address}: {kind}s cannot be listed; undecided."),
    recovery.Resolved.UNSTABLE: T("{address}: the account kept changing; undecided."),
}
