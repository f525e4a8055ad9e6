"""What was read of a file, and its problems."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from smsops.errors import InvalidManifests, Problem, Severity

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Checked(Generic[Value]):
    """A value read from a file, ``None`` where the file does not say enough, and all problems."""

    value: Value | None
    problems: tuple[Problem, ...] = ()

    def require(self) -> Value:
        """The value. Raises :class:`InvalidManifests` with every problem where one is an error."""
        failed = any(problem.severity is Severity.ERROR for problem in self.problems)
        if self.value is None or failed:
            raise InvalidManifests(self.problems)
        return self.value
