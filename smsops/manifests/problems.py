"""Problems of one reading, in the order in which they are found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from smsops.errors import Problem, Severity
from smsops.text.messages import T, Text

MAX_PROBLEMS_A_FILE = 1000

#: Line and column; both count from 1, and 0 is the whole file.
Position = tuple[int, int]
WHOLE: Position = (0, 0)


class PatchLine(int):
    """A line of another file than the document's: of the patch that a value is from."""

    file: str

    @classmethod
    def of(cls, line: int, file: str) -> PatchLine:
        """Line ``line`` of ``file``."""
        made = cls(line)
        made.file = file
        return made


def at_home(problem: Problem) -> Problem:
    """``problem`` in the file that its line is of."""
    line = problem.line
    return replace(problem, file=line.file) if isinstance(line, PatchLine) else problem


class Problems:
    """The collector that whatever reads is given."""

    def __init__(self) -> None:
        self._found: list[Problem] = []

    def __len__(self) -> int:
        return len(self._found)

    def add(
        self,
        file: str,
        at: Position,
        code: str,
        message: Text,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Collect one problem."""
        self._found.append(at_home(Problem(file, *at, code, severity, message)))

    def extend(self, found: Iterable[Problem]) -> None:
        """Collect several."""
        self._found += map(at_home, found)

    def in_order(self) -> tuple[Problem, ...]:
        """By position, at most :data:`MAX_PROBLEMS_A_FILE` of a file."""
        return tuple(sorted(self._capped()))

    def _capped(self) -> Iterator[Problem]:
        counts: dict[str, int] = {}
        dropped: dict[str, Severity] = {}
        # Errors first: warnings are what may be left out.
        for problem in sorted(self._found, key=lambda each: each.severity is not Severity.ERROR):
            count = counts[problem.file] = counts.get(problem.file, 0) + 1
            if count <= MAX_PROBLEMS_A_FILE:
                yield problem
            else:
                dropped.setdefault(problem.file, problem.severity)
        for file, count in counts.items():
            if count > MAX_PROBLEMS_A_FILE:
                message = T(
                    "more than {most} problems; the rest of the file is left out",
                    most=MAX_PROBLEMS_A_FILE,
                )
                yield Problem(file, *WHOLE, "SMS119", dropped[file], message)
