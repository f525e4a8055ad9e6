"""Which fields of two flat records differ. The one door to deepdiff.

deepdiff takes a while to import and far longer than ``==`` to compare, so it is asked only where a
plain comparison has found a difference.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from smsops.model import Spec, Value


class FieldDifference(NamedTuple):
    """One field; ``None`` where the field is not there."""

    field: str
    before: Value
    after: Value


def differences(before: Spec, after: Spec) -> tuple[FieldDifference, ...]:
    """The fields whose values or types differ, by name."""
    if _same(before, after):
        return ()
    from deepdiff import DeepDiff

    # Without the threshold, records that share no field collapse into one change of the whole;
    # an iterable or a text is one value here, never compared inside.
    found = DeepDiff(dict(before), dict(after), view="tree", threshold_to_diff_deeper=0)
    return tuple(
        sorted(
            FieldDifference(
                str(level.path(output_format="list")[0]), _value(level.t1), _value(level.t2)
            )
            for levels in found.values()
            for level in levels
        )
    )


def _same(before: Spec, after: Spec) -> bool:
    # True == 1 in Python, and a boolean that became a number is a difference.
    return before == after and all(type(before[name]) is type(after[name]) for name in before)


def _value(found: Any) -> Value:
    """deepdiff stands a special object in for a field that is not there."""
    return found if isinstance(found, str | int | bool) else None
