"""Names that people know objects by, beside their ids. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from smsops.kinds import KINDS
from smsops.model import Address, Observation, Recorded, Value
from smsops.render.style import value

#: (kind, remote id) -> the name of the object.
Names = Mapping[tuple[str, int], Value]


def names(recorded: Mapping[Address, Recorded], seen: Observation) -> Names:
    """Of every object in view: as the account has it now, else as it was submitted."""
    found: dict[tuple[str, int], Value] = {}
    for address, record in recorded.items():
        label = KINDS[address.kind].label
        for item in record.objects():
            found[address.kind, item.remote_id] = item.submitted.get(label)
    for (kind, remote_id), observed in seen.objects.items():
        found[kind, remote_id] = observed.spec.get(KINDS[kind].label, found.get((kind, remote_id)))
    return found


def beside(known: Names, kind: str, remote_id: int, *, ci: bool = False) -> str:
    """A name in quotes, sanitised for a terminal; empty when it is not known."""
    name = known.get((kind, remote_id))
    return value(name, ci=ci) if name is not None else ""
