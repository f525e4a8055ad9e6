"""What becomes true of messages by itself and was not told yet, in order of time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from itertools import count
from math import inf

#: The report of a message, by its seq, or one of its replies: its seq and place.
Entry = int | tuple[int, int]


class Agenda:
    """Entries by their moments. Those of one call are one list: there are very many."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, list[Entry]]] = []
        self._count = count()

    def __len__(self) -> int:
        return sum(len(entries) for _, _, entries in self._heap)

    @property
    def first(self) -> float:
        """The next moment; everything before it has been told."""
        return self._heap[0][0] if self._heap else inf

    def put(self, at: float, entries: list[Entry]) -> None:
        """Note entries for a moment. The list may grow afterwards."""
        heappush(self._heap, (at, next(self._count), entries))

    def pop(self, now: float) -> Iterator[tuple[float, list[Entry]]]:
        """Take out what is due at ``now``, with its moments."""
        while self._heap and self._heap[0][0] <= now:
            at, _, entries = heappop(self._heap)
            yield at, entries

    def move(
        self, seqs: range, moved: Callable[[float], float], current: Callable[[Entry], float | None]
    ) -> None:
        """Other moments for the entries of some messages. ``current`` tells the moment that an
        entry should have by now; where it has another one, it is taken out.
        """
        for before, _, known in self._taken():
            at = moved(before)
            if at == before:
                self.put(before, known)
                continue
            entries = [entry for entry in known if current(entry) == before]
            inside = [entry for entry in entries if _seq(entry) in seqs]
            if inside:
                self.put(at, inside)
            if len(inside) < len(entries):
                self.put(before, [entry for entry in entries if _seq(entry) not in seqs])

    def _taken(self) -> list[tuple[float, int, list[Entry]]]:
        heap, self._heap = sorted(self._heap), []
        return heap


def _seq(entry: Entry) -> int:
    return entry if isinstance(entry, int) else entry[0]
