"""What becomes true of messages by itself and was not told yet, in order of time."""

from __future__ import annotations

from collections import defaultdict
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

    def move(self, moved: Callable[[float, Entry], float | None]) -> None:
        """Ask for another moment of every entry; ``None`` takes it out."""
        entries: defaultdict[float, list[Entry]] = defaultdict(list)
        for before, _, known in sorted(self._heap):
            for entry in known:
                if (at := moved(before, entry)) is not None:
                    entries[at].append(entry)
        self._heap.clear()
        for at, found in entries.items():
            self.put(at, found)
