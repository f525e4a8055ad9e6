"""What differs between a manifest and an object, field by field. Pure.

Every field has three values per object: what smsops *submitted*, how the API *spells it back*, and
what it *observes* now. A service that normalises text therefore causes neither a loop nor drift.
"""

from __future__ import annotations

from dataclasses import dataclass

from smsops.kinds.kind import Resource, satisfies
from smsops.kinds.spelling import accepted
from smsops.model import (
    Effect,
    FieldChange,
    Observed,
    RecordedObject,
    Spec,
    Value,
)
from smsops.planning.decisions import Delta

_ORDER = {Effect.NOTE: Delta.NOTE, Effect.CONTENT: Delta.CONTENT, Effect.IDENTITY: Delta.IDENTITY}
_WEIGHT = {Delta.NOTHING: 0, Delta.NOTE: 1, Delta.CONTENT: 2, Delta.IDENTITY: 3}


@dataclass(frozen=True, slots=True)
class Comparison:
    """The changed fields, and those declared whose value on the object nobody can know."""

    changed: tuple[FieldChange, ...]
    unverifiable: tuple[str, ...]

    @property
    def delta(self) -> Delta:
        """The weightiest effect among the changes."""
        if not self.changed:
            return Delta.NOTHING
        return max(
            (_ORDER[change.effect] for change in self.changed),
            key=_WEIGHT.__getitem__,
        )

    @property
    def same_object(self) -> bool:
        """Whether content and identity are equal; notes do not count."""
        return not self.changed or self.delta is Delta.NOTE


def compare(
    kind: Resource, wanted: Spec, recorded: RecordedObject, seen: Observed | None
) -> Comparison:
    """Compare a manifest's ``wanted`` with one object, as recorded and as ``seen`` now. A field
    that the manifest omits has no desired value, so it never differs.
    """
    changed: list[FieldChange] = []
    unverifiable: list[str] = []
    submitted = recorded.submitted
    observed: Spec = seen.spec if seen is not None else {}
    for item in kind.fields:
        name = item.name
        want = wanted.get(name)
        if want is None:
            continue  # the manifest leaves the field to the account
        if name in observed:
            now = observed[name]
            if want == now or satisfies(want, now):
                continue
            as_submitted = name in submitted and want == submitted[name]
            if as_submitted and seen is not None and accepted(recorded, seen, name):
                continue
            changed.append(FieldChange(name, item.effect, now, want))
        elif name not in submitted or name in recorded.assumed:
            # Nothing was ever submitted: the manifest corrects an assumption, not the object.
            unverifiable.append(name)
        elif want != submitted[name]:
            changed.append(FieldChange(name, item.effect, submitted[name], want))
    return Comparison(tuple(changed), tuple(unverifiable))


def known(kind: Resource, recorded: RecordedObject | None, seen: Observed | None) -> Spec:
    """Every field of an object as far as it is known: observed, else submitted, else ``None``."""
    spec: dict[str, Value] = dict.fromkeys(kind.names)
    if recorded is not None:
        spec |= recorded.submitted
    if seen is not None:
        spec |= seen.spec
    return spec
