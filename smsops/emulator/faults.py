"""Faults that tests and ``emulator serve --faults`` order: what goes wrong, when, for which action.

A fault counts the calls of its action that reach its place and strikes at the ordered ones. The
places, in the order in which a call passes them::

    before-admission   before signature and limiter look at it
    after-admission    let in, nothing done yet
    before-commit      the last moment at which nothing was done
    after-commit       done; the reply is under way
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from threading import Lock
from typing import Any, NamedTuple

from smsops.emulator.values import flaw
from smsops.errors import UsageError

BEFORE_ADMISSION = "before-admission"
AFTER_ADMISSION = "after-admission"
BEFORE_COMMIT = "before-commit"
AFTER_COMMIT = "after-commit"

#: kind -> the places where it can strike; the first is the default.
_ANSWER = (AFTER_COMMIT, BEFORE_COMMIT)
KINDS: Mapping[str, tuple[str, ...]] = {
    # the connection
    "unreachable": (BEFORE_ADMISSION,),
    "drop": (AFTER_COMMIT, BEFORE_COMMIT, BEFORE_ADMISSION),
    "reset": (AFTER_COMMIT, BEFORE_COMMIT, BEFORE_ADMISSION),
    "hang": (AFTER_COMMIT, BEFORE_COMMIT, BEFORE_ADMISSION),
    "cut": _ANSWER,
    "delay": (AFTER_ADMISSION, BEFORE_ADMISSION, AFTER_COMMIT),
    # the reply
    "error": (BEFORE_COMMIT, AFTER_COMMIT),
    "status": _ANSWER,
    "redirect": _ANSWER,
    "truncate": _ANSWER,
    "garbage": _ANSWER,
    "html": _ANSWER,
    "gzip-bomb": _ANSWER,
    "content-type": _ANSWER,
    "no-id": (AFTER_COMMIT,),
    "id": (AFTER_COMMIT,),
    # the account
    "insert": (BEFORE_COMMIT,),
    "remove": (BEFORE_COMMIT,),
    "hide": (BEFORE_COMMIT,),
}


#: kind -> what its ``value`` must be, when it has one.
_VALUES: Mapping[str, Callable[[Any], bool]] = {
    "redirect": lambda value: isinstance(value, str) and value.isascii() and value.isprintable(),
    "content-type": lambda value: (
        isinstance(value, str) and value.isascii() and value.isprintable()
    ),
    "gzip-bomb": lambda value: type(value) is int and 0 < value <= 4096,
    "insert": lambda value: isinstance(value, dict),
    "remove": lambda value: type(value) is int,
}
#: The code of an error that names none: the API's.
CODE = "InternalError"
#: Seconds of a fault, at most.
LONGEST = 86_400.0
#: Statuses whose replies have no body, and those that are no end of a request: neither can be sent.
_BODILESS = (204, 205, 304)
_MOST_CALLS = 2**53


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. ``action`` is an API action or ``*``; ``when`` is the number of the call that it
    strikes (from 1), several numbers, or ``None`` for every call.

    What the kinds use: ``code`` and ``message`` (error), ``status`` (status, redirect),
    ``seconds`` or a range of them (delay, hide), ``value``: the id to answer (id), the header
    (content-type), the target (redirect), MiB (gzip-bomb), the object to insert as a seed
    (insert), the id to remove (remove; the first of the list when not given).
    """

    action: str
    kind: str
    when: int | tuple[int, ...] | None = None
    at: str = ""
    code: str = CODE
    message: str = "A fault was ordered."
    status: int = 0
    seconds: float | tuple[float, float] = 0.0
    value: Any = None

    def __post_init__(self) -> None:
        """Raises :class:`UsageError` for a kind, place or value that does not exist."""
        if self.kind not in KINDS:
            raise UsageError(f"no fault of kind {self.kind!r}: {', '.join(KINDS)}")
        if self.at and self.at not in KINDS[self.kind]:
            places = ", ".join(KINDS[self.kind])
            raise UsageError(f"a {self.kind} fault cannot strike at {self.at!r}: {places}")
        fits = _VALUES.get(self.kind)
        if self.value is not None and fits is not None and not fits(self.value):
            raise UsageError(f"a {self.kind} fault cannot have the value {self.value!r:.80}")
        seconds = self.seconds if isinstance(self.seconds, tuple) else (self.seconds,)
        if not all(0 <= each <= LONGEST for each in seconds):
            raise UsageError(f"a {self.kind} fault has seconds from 0 to {LONGEST:.0f}")
        if self.status and (not 200 <= self.status <= 599 or self.status in _BODILESS):
            raise UsageError(f"a {self.kind} fault has a status from 200 to 599 that has a body")
        calls = self.when if isinstance(self.when, tuple) else (self.when,)
        if not all(call is None or 0 < call < _MOST_CALLS for call in calls):
            raise UsageError(f"a {self.kind} fault counts calls from 1 in its when")

    @property
    def place(self) -> str:
        """Where in a call the fault strikes: at ``at``, else at the first place of its kind."""
        return self.at or KINDS[self.kind][0]

    def strikes(self, call: int) -> bool:
        """Whether the ``call``-th call, from 1, is one that this fault is for."""
        if self.when is None:
            return True
        return call in (self.when if isinstance(self.when, tuple) else (self.when,))

    def left(self, calls: int) -> int | None:
        """How many calls it will strike after ``calls`` of them; ``None`` when that has no end."""
        if self.when is None:
            return None
        numbers = self.when if isinstance(self.when, tuple) else (self.when,)
        return sum(number > calls for number in set(numbers))


class Count(NamedTuple):
    """What became of a fault: the calls that reached its place, and those that it struck.

    ``left``: how many it will strike yet; ``None`` when it strikes every call.
    """

    calls: int
    struck: int
    left: int | None


class Faults:
    """The faults of one emulator and how many calls each has seen. Safe to use from threads."""

    def __init__(self, faults: Iterable[Fault] = (), *, seed: int = 0) -> None:
        self._random = random.Random(seed)  # noqa: S311 - delays that can be repeated
        self._lock = Lock()
        self._faults: tuple[Fault, ...] = ()
        self._calls: list[int] = []
        self._struck: list[int] = []
        self.order(faults)

    def order(self, faults: Iterable[Fault]) -> None:
        """Replace the faults; counting starts again."""
        with self._lock:
            self._faults = tuple(faults)
            self._calls = [0] * len(self._faults)
            self._struck = [0] * len(self._faults)

    def add(self, faults: Iterable[Fault]) -> None:
        """Order more faults; what was counted for the others stays."""
        with self._lock:
            more = tuple(faults)
            self._faults += more
            self._calls += [0] * len(more)
            self._struck += [0] * len(more)

    def take_back(self, place: int, fault: Fault) -> bool:
        """Remove the fault at a place of :attr:`ordered`; false when it is another one by now."""
        with self._lock:
            if not 0 <= place < len(self._faults) or self._faults[place] != fault:
                return False
            self._faults = (*self._faults[:place], *self._faults[place + 1 :])
            del self._calls[place], self._struck[place]
            return True

    def counted(self) -> tuple[tuple[Fault, Count], ...]:
        """The faults with what became of each."""
        with self._lock:
            counts = zip(self._faults, self._calls, self._struck, strict=True)
            return tuple(
                (fault, Count(calls, struck, fault.left(calls))) for fault, calls, struck in counts
            )

    @property
    def ordered(self) -> tuple[Fault, ...]:
        """The faults as they were given to :meth:`order`."""
        return self._faults

    def due(self, action: str, *places: str) -> tuple[Fault, ...]:
        """Count a call of ``action`` at ``places`` and return the faults that strike it."""
        if not self._faults:
            return ()
        struck = []
        with self._lock:
            for number, fault in enumerate(self._faults):
                if fault.place in places and fault.action in ("*", action):
                    self._calls[number] += 1
                    if fault.strikes(self._calls[number]):
                        self._struck[number] += 1
                        struck.append(fault)
        return tuple(struck)

    def seconds(self, given: float | tuple[float, float]) -> float:
        """A duration as it is, or one drawn from a range."""
        if not isinstance(given, tuple):
            return given
        with self._lock:
            return self._random.uniform(*given)


def to_json(fault: Fault) -> dict[str, object]:
    """The inverse of :func:`parse`, for one fault."""
    return {item.name: getattr(fault, item.name) for item in fields(fault)}


def parse(document: object) -> tuple[Fault, ...]:
    """Faults from a JSON list of objects. Raises :class:`UsageError`.

    ``when`` is a number, a list of numbers, ``"every"`` or missing; ``seconds`` a number or a
    list of two.
    """
    if not isinstance(document, Sequence) or isinstance(document, str):
        raise UsageError("faults are a list of objects")
    return tuple(_fault(item) for item in document)


#: Member -> the types that it may have; a list arrives as a tuple. ``bool`` is none of them.
_TYPES: Mapping[str, tuple[type, ...]] = {
    "action": (str,),
    "kind": (str,),
    "when": (int, tuple, type(None)),
    "at": (str,),
    "code": (str,),
    "message": (str,),
    "status": (int,),
    "seconds": (int, float, tuple),
}
#: What the lists among them hold.
_ITEMS: Mapping[str, tuple[type, ...]] = {"when": (int,), "seconds": (int, float)}


def _fault(item: object) -> Fault:
    if not isinstance(item, dict) or "kind" not in item:
        raise UsageError(f'a fault is an object with a "kind", not {item!r:.80}')
    if wrong := flaw(item):
        raise UsageError(f"a fault's {wrong}")
    values: dict[str, Any] = {"action": "*", **item}
    for name, value in values.items():
        if name in ("when", "seconds") and isinstance(value, list):
            values[name] = tuple(value)
    if values.get("when") == "every":
        values["when"] = None
    known = {item.name for item in fields(Fault)}
    for name, value in values.items():
        if name not in known:
            raise UsageError(f"a fault has no {name!r}: {', '.join(sorted(known))}")
        if not _fits(name, value):
            raise UsageError(f"a fault's {name!r} cannot be {value!r:.80}")
    return Fault(**values)


def _fits(name: str, value: object) -> bool:
    if name not in _TYPES:
        return True
    if not isinstance(value, tuple):
        return type(value) in _TYPES[name]
    pair = name != "seconds" or len(value) == len(("low", "high"))
    return name in _ITEMS and pair and all(type(each) in _ITEMS[name] for each in value)
