"""Refusals: what a plan would submit and reviewers would refuse. Pure.

A text that stands approved breaks the rules of new ones without harm, so only a plan can tell.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from smsops import lint
from smsops.errors import Problem, Severity
from smsops.kinds.kind import Resource
from smsops.model import SUBMITTING, Address, Desired, Step
from smsops.planning.decisions import Guard


def refused(
    steps: Iterable[Step],
    desired: Mapping[Address, Desired],
    kinds: Mapping[str, Resource],
    *,
    ignored: Collection[str] = (),
) -> tuple[Problem, ...]:
    """Errors of the texts that ``steps`` submit, but for those of the rules ``ignored``; of a
    manifest that also leaves fields out, these as well: nobody wants to hear of them one by one.
    """
    found: list[Problem] = []
    for step in steps:
        incomplete = step.reason_code == Guard.INCOMPLETE
        item = desired.get(step.address) if step.action in SUBMITTING or incomplete else None
        doubts = [each for each in item.doubts if each.code not in ignored] if item else []
        if item is None or not doubts:
            continue
        found += doubts
        if incomplete and (at := item.origin) is not None:
            kind = kinds[step.address.kind]
            words = lint.incomplete(kind.name, kind.missing(item.spec))
            found.append(Problem(at.file, at.line, at.column, "SMS130", Severity.ERROR, words))
    return tuple(sorted(found))
