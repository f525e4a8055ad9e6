"""Names that people know objects by, beside their ids. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from smsops.kinds import RESOURCES
from smsops.model import Address, ObjectId, Observation, Recorded, RemoteId, Value
from smsops.render.style import value

Names = Mapping[ObjectId, Value]


def names(recorded: Mapping[Address, Recorded], seen: Observation) -> Names:
    """Of every object in view: as the account has it now, else as it was submitted."""
    found: dict[ObjectId, Value] = {}
    for address, record in recorded.items():
        label = RESOURCES[address.kind].label
        for item in record.objects():
            found[ObjectId(address.kind, item.remote_id)] = item.submitted.get(label)
    for key, observed in seen.objects.items():
        found[key] = observed.spec.get(RESOURCES[key.kind].label, found.get(key))
    return found


def beside(known: Names, kind: str, remote_id: RemoteId, *, ci: bool = False) -> str:
    """A name in quotes, sanitised for a terminal; empty when it is not known."""
    name = known.get(ObjectId(kind, remote_id))
    return value(name, ci=ci) if name is not None else ""
