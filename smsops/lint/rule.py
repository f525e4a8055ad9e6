"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from smsops.errors import Severity
from smsops.model import Desired, Spec

#: A check of one manifest: what is wrong, or None.
Check = Callable[[Spec], str | None]
#: The same where it depends on the longest declared sign: its characters, by ``international``.
Measure = Callable[[Spec, Mapping[bool, int]], str | None]
#: A check across all resources of a kind: each offender with what is wrong.
Survey = Callable[[Iterable[Desired]], Iterable[tuple[Desired, str]]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``field`` is where a problem points; ``optional`` rules may be ignored. ``behind``
    is the rule with a check that says enough where both are broken: this one is silent then.
    """

    code: str
    severity: Severity
    title: str
    explanation: str
    kind: str = ""
    field: str = ""
    check: Check | None = None
    measure: Measure | None = None
    survey: Survey | None = None
    optional: bool = False
    behind: str = ""

    def bound(self, longest: Mapping[bool, int]) -> Check | None:
        """The check of one manifest, given the longest declared sign."""
        measure = self.measure
        return self.check if measure is None else lambda spec: measure(spec, longest)


def named(item: Desired) -> str:
    """A resource in a message about another one: its address and where it is declared."""
    where = item.origin
    return f"{item.address} ({where.file}:{where.line})" if where else str(item.address)
