"""Kinds of manifests, and resources: the kinds whose objects have a remote life.

Outside of ``kinds``, ``lint``, ``providers`` and ``emulator`` no module names one of them: what the
core asks about a kind is a value or a pure function of :class:`Kind` or :class:`Resource`.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from smsops.model import Effect, Observed, RemoteId, Review, ReviewState, Spec, Value
from smsops.model.operations import Operation

#: The partition of an object that the API lists under both values (templates only:
#: DescribeTemplateListStatus.International = 3). It satisfies either value in a manifest.
BOTH = "both"

#: The values of ``international``, each with a list of its own.
PLACES: tuple[Value, ...] = (False, True)

#: Codes of the ``International`` parameter of all eight actions.
INTERNATIONAL: Mapping[bool, int] = {False: 0, True: 1}


class MalformedReply(ValueError):
    """An API reply that does not have the documented shape."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a manifest's ``spec`` and its parameter in the API.

    ``readable``: Describe returns it. ``codes``: the words of the manifest and the API's numbers.
    ``image``: the manifest names a file, the API takes base64, everything else sees a digest.
    ``required``: nothing is submitted without it, or with ``required_by`` where that says so of a
    spec. What a manifest must declare is less: what Describe always returns (its schema).

    For exports, of a field that the API did not return: ``fitting`` gives the words that fit a
    spec, where not all of ``codes`` do; ``guess`` the likeliest one; ``request`` what a person has
    to fill in, ``None`` where nothing (it also stands for a value that is empty).
    """

    name: str
    parameter: str
    effect: Effect
    readable: bool = False
    codes: Mapping[str, int] | None = None
    image: bool = False
    required: bool = True
    required_by: Callable[[Spec], bool] | None = None
    fitting: Callable[[Spec], Iterable[str]] | None = None
    guess: Callable[[Spec], str] | None = None
    request: Callable[[Spec], str | None] | None = None


@dataclass(frozen=True, slots=True)
class ApiNames:
    """The API actions of a resource and the names inside their requests and replies."""

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
    """A kind of manifest: what its documents declare. Its schema is ``schemas/NAME.schema.json``,
    its rules are in :mod:`smsops.lint`.

    ``manifest`` is its word in manifests, ``label`` the field that people know its objects by.
    ``addressee`` is the field that says where a phone number is, of a kind that may not hold one.
    """

    name: str
    manifest: str
    label: str
    fields: tuple[Field, ...]
    addressee: str = dataclasses.field(default="", kw_only=True)
    #: The names of ``fields``, in their order.
    names: tuple[str, ...] = dataclasses.field(init=False)
    known: frozenset[str] = dataclasses.field(init=False)
    #: Those that hold images.
    images: tuple[str, ...] = dataclasses.field(init=False)
    #: Texts that no submission needs and that the API never returns.
    optional: tuple[str, ...] = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(item.name for item in self.fields))
        object.__setattr__(self, "known", frozenset(self.names))
        images = tuple(item.name for item in self.fields if item.image)
        object.__setattr__(self, "images", images)
        optional = tuple(
            item.name for item in self.fields if not (item.required or item.readable or item.image)
        )
        object.__setattr__(self, "optional", optional)

    @property
    def directory(self) -> str:
        """Where its manifests are looked for, unless the project says otherwise."""
        return f"{self.name}s"

    def field(self, name: str) -> Field:
        """Field by its name in manifests; the kind must have it."""
        return next(item for item in self.fields if item.name == name)

    def missing(self, spec: Spec) -> tuple[str, ...]:
        """The fields that have no value and without which ``spec`` cannot be submitted."""
        return tuple(
            item.name
            for item in self.fields
            if spec.get(item.name) is None
            and (item.required if item.required_by is None else item.required_by(spec))
        )

    def effect(self, name: str) -> Effect:
        """Effect of a change of the field: who sees it, or whether it can change at all."""
        return self.field(name).effect


def _nothing(_: Spec) -> Mapping[str, Value]:
    return {}


@dataclass(frozen=True, slots=True)
class Resource(Kind):
    """A kind whose objects live in an account: they are planned, applied, recorded, read.

    ``match`` names the fields whose equality makes an unrecorded object *the* object of a
    manifest; ``near`` those that make it suspiciously alike. ``unique``: the API refuses a second
    object with the same match while one is approved or in review. ``after`` names the resources of
    which one object has to exist before one of this can be added.

    ``reviews``: what the codes of its reviews mean; any other one is unknown.

    ``partition`` is the field by whose values, ``partitions``, the API keeps a list each; an object
    never changes it. Without such a field there is one list.

    ``alike``: one equal field of these makes a removed and a new manifest the same object, renamed
    and edited, unless a field of ``kept_by_moves`` differs. ``interchangeable``: any object of the
    resource may stand in for another. ``parameters`` counts what callers have to pass.

    ``elsewhere``: the fields on sites where they are other ones (:meth:`on`).

    ``outputs``: what applications need besides the id, by name; ``exported`` is the output that
    they send with, the id unless something else is named. ``terraform``: the resource type of
    Terraform that manages the same objects. ``id_type``: whether ids are numbers or texts.
    """

    api: ApiNames
    match: tuple[str, ...]
    near: tuple[str, ...]
    unique: bool
    decode: Callable[[Mapping[str, object]], Observed]
    reviews: Mapping[int, ReviewState]
    after: tuple[str, ...] = ()
    partition: str = ""
    partitions: tuple[Value, ...] = (None,)
    alike: tuple[str, ...] = ()
    kept_by_moves: tuple[str, ...] = ()
    interchangeable: bool = False
    parameters: Callable[[Spec], int] = lambda _: 0
    outputs: Callable[[Spec], Mapping[str, Value]] = _nothing
    exported: str = ""
    terraform: str = ""
    id_type: type[int] | type[str] = int
    elsewhere: Mapping[str, tuple[Field, ...]] = dataclasses.field(default_factory=dict)

    def on(self, site: str) -> Resource:
        """The resource as it is on a site."""
        fields = self.elsewhere.get(site)
        return self if fields is None else dataclasses.replace(self, fields=fields, elsewhere={})

    @property
    def id_output(self) -> str:
        """The name of the output that holds the id."""
        return f"{self.name}_id"

    @property
    def sent(self) -> str:
        """The name of the output that applications send with."""
        return self.exported or self.id_output

    def has_id(self, value: object) -> bool:
        """Whether a value can be an id that is recorded or planned: a number, or a word."""
        if self.id_type is str:
            return isinstance(value, str) and _WORD.fullmatch(value) is not None
        return type(value) is int and 0 <= value < 2**63

    def parse_id(self, text: str) -> RemoteId:
        """An id as a person types it. Raises ``ValueError`` for what cannot be one."""
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
        found: RemoteId = text if self.id_type is str else number or -1  # no API counts from 0
        if not self.has_id(found):
            raise ValueError(f"{text!r} is not an id: a {self.api.id}")
        return found

    def review_of(self, code: int, reply: str = "") -> Review:
        """The review that a code stands for."""
        return Review(code, reply, self.reviews.get(code, ReviewState.UNKNOWN))

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
            request[item.parameter] = _encode(item, value)
        return request

    def key(self, spec: Spec, names: tuple[str, ...]) -> tuple[Value, ...]:
        """The values of ``names`` without the partition, which :func:`satisfies` compares."""
        return tuple(spec.get(name) for name in names if name != self.partition)

    def placed(self, spec: Spec) -> tuple[Value, ...]:
        """The partitions that list an object of this spec."""
        value = spec.get(self.partition)
        return self.partitions if value == BOTH else (value,)


def _encode(item: Field, value: Value) -> object:
    if item.name == "international":
        return INTERNATIONAL[bool(value)]
    if item.codes is not None:
        return item.codes[str(value)]
    return value


def api_action(write: Operation, api: ApiNames) -> str:
    """The name of the API action."""
    return {Operation.ADD: api.add, Operation.MODIFY: api.modify, Operation.DELETE: api.delete}[
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
#: Ids that are texts: nothing that a shell, a path or a terminal would take for something else.
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}", re.ASCII)


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
