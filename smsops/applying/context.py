"""What the writes of an apply work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from smsops.cancellation import Stop
from smsops.clock import Clock
from smsops.errors import StateError
from smsops.kinds.kind import Resource
from smsops.model import Address, Desired, Observation, Recorded, RemoteId, Step
from smsops.model.outcome import Progress
from smsops.providers.protocol import Writer
from smsops.state import changes
from smsops.state.journal import Journal


@dataclass(frozen=True, slots=True)
class BatchContext:
    """Everything an apply works with.

    ``look`` lists every kind again. ``load_images`` reads, checks and encodes the images of a
    manifest. ``rescue`` keeps an id in a second place when the state could not be saved.
    """

    kinds: Mapping[str, Resource]
    desired: Mapping[Address, Desired]
    observation: Observation
    client: Writer
    journal: Journal
    clock: Clock
    stop: Stop
    look: Callable[[], Observation]
    load_images: Callable[[Desired], Mapping[str, str]]
    progress: Progress
    rescue: Callable[[Address, RemoteId, StateError], None]

    def kind_of(self, step: Step) -> Resource:
        """Kind of the object that a step is about."""
        return self.kinds[step.address.kind]

    def recorded(self, address: Address) -> Recorded:
        """What the state has at an address by now."""
        return self.journal.snapshot.resources.get(address, Recorded())

    def record(self, address: Address, change: Callable[[Recorded], Recorded]) -> None:
        """Change what the state has at an address; durable when this returns."""
        self.journal.commit(changes.on(address, change))
