"""What a kind is: its fields, what a change of each means, and how the API spells them.

A new kind is one module under ``smsops.kinds`` with a ``KIND`` and one JSON Schema; nothing else
names kinds one by one.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from smsops.model import Effect, Observed, Spec, Value
from smsops.model.operations import Operation

#: An object that the API files under both values of ``international`` (templates only:
#: DescribeTemplateListStatus.International = 3). It satisfies either value in a manifest.
BOTH = "both"

#: Codes of the ``International`` parameter of all eight actions.
INTERNATIONAL: Mapping[bool, int] = {False: 0, True: 1}


class MalformedReply(ValueError):
    """An API reply that does not have the documented shape."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a manifest's ``spec`` and its parameter in the API.

    ``readable``: Describe returns it. ``codes``: the words of the manifest and the API's numbers.
    ``image``: the manifest names a file, the API takes base64, everything else sees a digest.
    """

    name: str
    wire: str
    effect: Effect
    readable: bool = False
    codes: Mapping[str, int] | None = None
    image: bool = False
    required: bool = True


@dataclass(frozen=True, slots=True)
class Wire:
    """The API actions of a kind and the names inside their requests and replies."""

    add: str
    modify: str
    delete: str
    describe: str
    id: str
    id_set: str
    added: str
    described: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of resource. ``label`` is the field that people know its objects by.

    ``match`` names the fields whose equality makes an unrecorded object *the* object of a
    manifest; ``near`` those that make it suspiciously alike. ``unique``: the API refuses a second
    object with the same match while one is approved or in review. ``after`` names the kinds of
    which one object has to exist before this kind can be added.

    ``alike``: one equal field of these makes a removed and a new manifest the same object, renamed
    and edited, unless a field of ``kept_by_moves`` differs. ``interchangeable``: any object of the
    kind may stand in for another. ``parameters`` counts what callers have to pass.
    """

    name: str
    manifest: str
    label: str
    fields: tuple[Field, ...]
    wire: Wire
    match: tuple[str, ...]
    near: tuple[str, ...]
    unique: bool
    decode: Callable[[Mapping[str, object]], Observed]
    after: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    kept_by_moves: tuple[str, ...] = ()
    interchangeable: bool = False
    parameters: Callable[[Spec], int] = lambda _: 0
    #: The names of ``fields``, in their order.
    names: tuple[str, ...] = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(item.name for item in self.fields))

    def field(self, name: str) -> Field:
        """Field by its name in manifests; the kind must have it."""
        return next(item for item in self.fields if item.name == name)

    def effect(self, name: str) -> Effect:
        """Effect of a change of the field: who sees it, or whether it can change at all."""
        return self.field(name).effect

    def encode(self, spec: Spec, images: Mapping[str, str]) -> dict[str, object]:
        """Request parameters of Add and Modify. ``images``: field -> base64 text.

        Modify is a full replacement (API document, ModifySmsSign and ModifySmsTemplate), so both
        calls carry every field that has a value.
        """
        request: dict[str, object] = {}
        for item in self.fields:
            value = images.get(item.name) if item.image else spec.get(item.name)
            if value is None:
                continue
            request[item.wire] = _encode(item, value)
        return request

    def key(self, spec: Spec, names: tuple[str, ...]) -> tuple[Value, ...]:
        """The values of ``names`` without ``international``, which :func:`satisfies` compares."""
        return tuple(spec.get(name) for name in names if name != "international")


def _encode(item: Field, value: Value) -> object:
    if item.name == "international":
        return INTERNATIONAL[bool(value)]
    if item.codes is not None:
        return item.codes[str(value)]
    return value


def api_action(write: Operation, wire: Wire) -> str:
    """The name of the API action."""
    return {Operation.ADD: wire.add, Operation.MODIFY: wire.modify, Operation.DELETE: wire.delete}[
        write
    ]


def satisfies(wanted: Value, seen: Value) -> bool:
    """Whether an observed value is what a manifest asks for."""
    return wanted == seen or (seen == BOTH and isinstance(wanted, bool))


#: Characters of a name or a text, far beyond what is documented (500 and less).
MOST_TEXT = 10_000
#: Characters of a reviewer's or anybody's prose that are kept.
MOST_PROSE = 2_000
#: 2999-12-31T23:59:59Z in epoch seconds: what a state can say of a moment.
LAST_MOMENT = 32_503_679_999
_INTEGER = re.compile(r"-?[0-9]{1,19}", re.ASCII)


def integer(item: Mapping[str, object], name: str) -> int:
    """An integer of a reply, also when it comes as a string (AddTemplateStatus.TemplateId does).

    Raises :class:`MalformedReply` when it is missing, not a whole number, or beyond 63 bits.
    """
    value = item.get(name)
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**63:
        raise MalformedReply(f"{name} is not an integer")
    return value


def identifier(item: Mapping[str, object], name: str) -> int:
    """The id of an object in a reply. Raises :class:`MalformedReply` for what is none: zero,
    anything negative, and digits that the API does not write so ("007").
    """
    number = integer(item, name)
    if number <= 0 or item[name] not in (number, str(number)):
        raise MalformedReply(f"{name} is not an id")
    return number


def moment(item: Mapping[str, object], name: str) -> int | None:
    """Epoch seconds of a reply; ``None`` when they are missing, or no moment that a calendar of
    ours has. Raises :class:`MalformedReply` when they are not an integer.
    """
    seconds = integer(item, name) if name in item else 0
    return seconds if 0 < seconds <= LAST_MOMENT else None


def text(item: Mapping[str, object], name: str) -> str:
    """A string of a reply. Raises :class:`MalformedReply` when it is missing, not a string, or
    longer than any.
    """
    value = item.get(name)
    if not isinstance(value, str):
        raise MalformedReply(f"{name} is not a string")
    if len(value) > MOST_TEXT:
        raise MalformedReply(f"{name} has more than {MOST_TEXT} characters")
    return value


def prose(item: Mapping[str, object], name: str) -> str:
    """A string of a reply that only people read, cut where it is too long; empty if there is
    none.
    """
    value = item.get(name)
    return value[:MOST_PROSE] if isinstance(value, str) else ""


def international(item: Mapping[str, object]) -> Value:
    """``International`` of a reply: 0, 1, or 3 for both."""
    code = integer(item, "International")
    values: Mapping[int, Value] = {0: False, 1: True, 3: BOTH}
    if code not in values:
        raise MalformedReply(f"International is {code}")
    return values[code]
