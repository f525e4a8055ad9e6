"""What the emulated account holds, in memory. Everything changes by :meth:`Contents.apply`.

A *change* is a JSON object, exactly as the data file keeps it::

    {"put": {...}, "ledger": {...}}      an object as it is from now on
    {"delete": ["template", 1110], "ledger": {...}}
    {"qualification": {...}}
    {"send": {...}}                      and what else :mod:`smsops.emulator.history` knows
    {"reset": true}                      an empty account again; ``"messages"``: only without them

``ledger`` is there when an API call changed signs or templates; reviews and seeds have none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from smsops.emulator.history import History
from smsops.emulator.packages import Packages
from smsops.emulator.values import is_moment

Json = Mapping[str, object]

KINDS = ("sign", "template")
#: The first id of either kind, as in the examples of the API document.
FIRST_ID = 1110

#: Fewer messages than this are never worth rewriting a file for.
_FEW = 1000

ACTIVE, IN_REVIEW, APPROVED, REJECTED = 0, 1, 2, -1


class Item(NamedTuple):
    """One sign or template.

    ``parameters`` are those of the last Add or Modify in API words, images as digest and size.
    ``added`` and ``submitted`` are epoch seconds; ``approves_at`` is when a review that was
    begun under ``auto`` ends by itself. (A tuple, because accounts have tens of thousands.)
    """

    kind: str
    id: int
    international: int
    status: int
    reply: str
    added: float
    submitted: float
    parameters: Json
    approves_at: float | None = None

    def at(self, now: float, delay: float | None) -> Item:
        """The object as it is at ``now``, when reviews end by themselves after ``delay``."""
        if self.status != IN_REVIEW:
            return self
        ends = self.approves_at
        if ends is None and delay is not None:
            ends = self.submitted + delay
        return self if ends is None or now < ends else self._replace(status=ACTIVE)

    @property
    def name(self) -> str:
        """Name of the sign or template, as the request gave it."""
        return str(self.parameters["SignName" if self.kind == "sign" else "TemplateName"])

    @property
    def place(self) -> str:
        """Where it may be used, for people."""
        return {0: "domestic", 1: "international"}.get(self.international, "both")

    def to_json(self) -> dict[str, object]:
        """JSON values for the stored account and for the control routes."""
        return self._asdict()


@dataclass(frozen=True, slots=True)
class Qualification:
    """A qualification (资质); ``status`` as DescribeSignListStatus.QualificationStatusCode."""

    id: int
    name: str
    status: int


QUALIFICATIONS = (
    Qualification(1000001, "示例企业资质", 1),
    Qualification(1000002, "示例企业资质（未通过）", 2),
)


class Malformed(ValueError):
    """A change that is not one of ours."""


@dataclass(slots=True)
class Contents:
    """Everything in the account, and the append-only ledger of writes that API calls made."""

    items: dict[str, dict[int, Item]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    qualifications: dict[int, Qualification] = field(
        default_factory=lambda: {item.id: item for item in QUALIFICATIONS}
    )
    ledger: list[Json] = field(default_factory=list)
    history: History = field(default_factory=History)
    changes: int = 0
    _next: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, FIRST_ID))
    _listings: dict[tuple[str, int], list[int]] = field(default_factory=dict)

    def next_id(self, kind: str) -> int:
        """The id of the next object; ids are never used twice."""
        return self._next[kind]

    def listing(self, kind: str, international: int) -> Sequence[int]:
        """Ids of the list of one ``international``, oldest first; 3 is in both lists."""
        key = (kind, international)
        if key not in self._listings:
            self._listings[key] = sorted(
                item.id
                for item in self.items[kind].values()
                if item.international in (international, 3)
            )
        return self._listings[key]

    def apply(self, change: Json) -> None:
        """Take over one change. Raises :class:`Malformed`, having changed nothing."""
        parameters: Json = {}
        if isinstance(document := change.get("put"), dict):
            made = item(document)
            parameters = made.parameters
            items = self.items[made.kind]
            known, items[made.id] = items.get(made.id), made
            if known is None or known.international != made.international:
                self._list(made)
        else:
            self._apply_rare(change)
        entry = change.get("ledger")
        if isinstance(entry, dict):
            self.ledger.append({**entry, "parameters": parameters})
        self.changes += 1

    @property
    def bloated(self) -> bool:
        """Whether most of what a file would say about this account does not matter any more."""
        return self.history.dead >= max(self.history.keep, _FEW)

    def snapshot(self) -> Iterator[Json]:
        """Changes that make these contents from empty ones."""
        for kind in KINDS:
            yield from ({"put": item.to_json()} for item in self.items[kind].values())
        for known in self.qualifications.values():
            yield {"qualification": {"id": known.id, "name": known.name, "status": known.status}}
        yield from ({"entry": entry} for entry in self.ledger)
        yield {"next": self._next}
        yield from self.history.snapshot()

    def _list(self, made: Item) -> None:
        """Put a new object at the end of its lists; any other order is sorted when asked for."""
        newest = made.id >= self._next[made.kind]
        self._next[made.kind] = max(self._next[made.kind], made.id + 1)
        for (kind, international), numbers in list(self._listings.items()):
            if newest and kind == made.kind and made.international in (international, 3):
                numbers.append(made.id)
            elif not newest:
                del self._listings[kind, international]

    def _apply_rare(self, change: Json) -> None:
        match change:
            case {"delete": [("sign" | "template") as kind, int(number)]}:
                self.items[kind].pop(number, None)
                self._listings.clear()
            case {"qualification": {"id": int(number), "name": str(name), "status": int(status)}}:
                self.qualifications[number] = Qualification(number, name, status)
            case {"entry": dict(entry)}:
                self.ledger.append(entry)
            case {"next": {"sign": int(sign), "template": int(template)}}:
                self._next = {"sign": sign, "template": template}
            case {"reset": True | "messages" as what}:
                self._reset(everything=what is True)
            case _ if self.history.apply(change):
                pass
            case _:
                raise Malformed("an unknown change")

    def _reset(self, *, everything: bool) -> None:
        packages = Packages() if everything else Packages(self.history.packages.owned)
        bloat = max(self.history.keep, _FEW)
        self.history = History(self.history.keep, packages=packages, dead=bloat)
        if everything:
            empty = Contents()
            self.items, self.qualifications = empty.items, empty.qualifications
            self.ledger, self._next = [], empty._next
            self._listings.clear()


def item(document: Json) -> Item:
    """An object from its JSON. Raises :class:`Malformed`."""
    made = Item._make(map(document.get, Item._fields))
    parameters = made.parameters
    if (
        made.kind not in KINDS
        or not isinstance(parameters, dict)
        or type(parameters.get("SignName" if made.kind == "sign" else "TemplateName")) is not str
        or type(made.reply) is not str
        or not all(map(_is_integer, (made.id, made.international, made.status)))
        or not all(map(_is_number, (made.added, made.submitted)))
        or not (made.approves_at is None or _is_number(made.approves_at))
    ):
        raise Malformed("an object that is not complete")
    if not all(map(is_moment, (made.added, made.submitted))):  # an old file, or somebody's own
        made = made._replace(added=_moment(made.added), submitted=_moment(made.submitted))
    return made


def _moment(value: float) -> float:
    return value if is_moment(value) else 0


def _is_integer(value: object) -> bool:
    return type(value) is int


def _is_number(value: object) -> bool:
    return type(value) is int or type(value) is float
