"""The door to deepdiff: right about types, and closed while nothing differs."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsops.drift.diff import FieldDifference, differences
from smsops.model import Value

_VALUES = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.text(max_size=4))
_SPECS = st.dictionaries(st.sampled_from("abcdef"), _VALUES)


@given(_SPECS, _SPECS)
def test_it_finds_what_a_plain_loop_finds(
    before: dict[str, Value], after: dict[str, Value]
) -> None:
    """Values and types of every field; a missing field and a null one are the same here."""
    expected = [
        FieldDifference(name, before.get(name), after.get(name))
        for name in sorted(before.keys() | after.keys())
        if name not in before
        or name not in after
        or type(before[name]) is not type(after[name])
        or before[name] != after[name]
    ]
    assert list(differences(before, after)) == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"a": True}, {"a": 1}),
        ({"a": 0}, {"a": False}),
        ({"a": "1"}, {"a": 1}),
        ({"a": "x\ny"}, {"a": "x\nz"}),
    ],
)
def test_a_change_of_type_or_inside_a_text_is_one_difference(
    before: dict[str, Value], after: dict[str, Value]
) -> None:
    """0 is not false, and a text is one value."""
    assert differences(before, after) == (FieldDifference("a", before["a"], after["a"]),)


def test_records_without_a_common_field_do_not_collapse() -> None:
    """Each field is a difference of its own."""
    assert differences({"a": 1}, {"b": 2}) == (
        FieldDifference("a", 1, None),
        FieldDifference("b", None, 2),
    )


def test_equal_records_never_import_deepdiff() -> None:
    """It takes longer to import than a whole report takes to make."""
    code = (
        "import sys; from smsops.drift.diff import differences as d;"
        "assert d({'a': 1, 'b': 'x'}, {'b': 'x', 'a': 1}) == ();"
        "assert 'deepdiff' not in sys.modules; d({'a': 1}, {'a': 2});"
        "assert 'deepdiff' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
