"""Taking over what Terraform manages: which object gets which address, and what its manifest says.
Pure.

The account says what an object is. Terraform's state adds what the API never returns: without it a
person would have to look these fields up again.
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from smsops.adoption import bind, export
from smsops.adoption.bind import Binding, Unbindable
from smsops.adoption.drafts import Draft, free_address, normalised
from smsops.adoption.terraform.states import Managed
from smsops.errors import Exit
from smsops.kinds.kind import BOTH, Field, Resource, satisfies
from smsops.manifests.images import ImageRefused, digest, extension
from smsops.model import (
    Address,
    Desired,
    ObjectId,
    Observation,
    Observed,
    Recorded,
    Role,
    Snapshot,
    Spec,
    Value,
)
from smsops.planning import reminders
from smsops.planning.account_index import AccountIndex
from smsops.planning.decisions import Presence
from smsops.text.messages import NOTHING, Command, T, Text

#: Names of resources that say nothing where they stand in a module.
_GENERIC = frozenset(("this", "main", "default"))
#: How Terraform's provider writes ``international``.
_PLACES: Mapping[object, Value] = {0: False, 1: True, 3: BOTH}
_INNER = re.compile(r"(?<=[a-z])(?=[A-Z])")
_DATA_URL = re.compile(r"data:[^,]{0,100};base64,")
_DIGITS = 8


@dataclass(frozen=True, slots=True)
class World:
    """What a decision depends on. ``claimed``: every address that a manifest declares, also a
    broken one. ``index`` is of ``state`` and ``observation``.
    """

    kinds: Mapping[str, Resource]
    state: Snapshot
    observation: Observation
    index: AccountIndex
    desired: Sequence[Desired]
    claimed: Collection[Address]

    @property
    def free(self) -> Collection[Address]:
        """Addresses whose objects may be bound elsewhere: no manifest declared them, ever."""
        return {
            address
            for address, record in self.state.resources.items()
            if not record.declared and address not in self.claimed
        }


@dataclass(frozen=True, slots=True)
class Claim:
    """An object that gets ``binding``. ``fresh``: it is not recorded there yet. ``place``: where it
    is already. ``manifest`` declares it. ``twin``: a manifest that declares the same, of another
    object; two of them would be an error. ``wished``: the address that it would have, were that not
    another one's.
    """

    item: Managed
    binding: Binding
    seen: Observed
    fresh: bool = True
    place: Role | None = None
    manifest: Address | None = None
    twin: Address | None = None
    wished: Address | None = None

    @property
    def unwritten(self) -> bool:
        """Whether it should get a manifest."""
        current = self.place in (None, Role.CURRENT)
        return self.manifest is None and self.twin is None and current


class Why(StrEnum):
    """Why an object is not taken over."""

    NO_ID = "no_id"
    NOT_AN_ID = "not_an_id"
    MISSING = "missing"
    UNREAD = "unread"
    NEAR = "near"
    UNDECIDED = "undecided"
    ELSEWHERE = "elsewhere"
    UNBINDABLE = "unbindable"


@dataclass(frozen=True, slots=True)
class NotTaken:
    """An object that could not be taken over, and ``why``, in words. ``command`` does it once it
    can be done.
    """

    item: Managed
    why: Why
    words: Text
    exit: Exit
    command: Command
    hint: Text = NOTHING


@dataclass(frozen=True, slots=True)
class Same:
    """A second resource of Terraform for the object of ``address``."""

    item: Managed
    address: Address


Choice = Claim | NotTaken | Same


def choose(items: Sequence[Managed], world: World) -> tuple[Choice, ...]:
    """What becomes of each of ``items``, in their order."""
    return tuple(_Choosing(items, world).choices())


class _Choosing:
    """One pass over the objects of a state, with the addresses given out so far."""

    def __init__(self, items: Sequence[Managed], world: World) -> None:
        self.items = items
        self.world = world
        self.free = world.free
        self.taken = {*world.claimed, *world.state.resources, *_contested(items)}
        self.specs = {item.address: item.spec for item in world.desired}
        #: The addresses whose manifests, or manifests to be, have the same exact-match key.
        self.declared: dict[tuple[object, ...], list[Address]] = {}
        for address, spec in self.specs.items():
            self.declared.setdefault(self.key(address.kind, spec), []).append(address)
        #: The addresses whose manifest has an object by now.
        self.used: set[Address] = set()

    def key(self, kind: str, spec: Spec) -> tuple[object, ...]:
        return (kind, *self.world.kinds[kind].key(spec, self.world.kinds[kind].match))

    def choices(self) -> Iterator[Choice]:
        rivals: dict[ObjectId, list[int]] = {}
        found: dict[int, Choice] = {}
        for place, item in enumerate(self.items):
            if item.remote_id is None:
                found[place] = self.failed(item, Why.NOT_AN_ID if item.has_id else Why.NO_ID)
            else:
                rivals.setdefault(ObjectId(item.kind, item.remote_id), []).append(place)
        for key, places in rivals.items():
            outcomes = self.rivals(key, [self.items[each] for each in places])
            found.update(zip(places, outcomes, strict=True))
        return (found[place] for place in range(len(self.items)))

    def rivals(self, key: ObjectId, items: Sequence[Managed]) -> Iterator[Choice]:
        """Every resource of Terraform that has the same id. One of them names the object."""
        seen = self.world.observation.objects.get(key)
        if seen is None:
            unread = key in self.world.observation.unread
            yield from (self.failed(i, Why.UNREAD if unread else Why.MISSING) for i in items)
            return
        chosen = items[0]
        if key not in self.world.index.owners and len({item.provider for item in items}) > 1:
            alike = [
                item for item in items if not differences(self.world.kinds[key.kind], item, seen)
            ]
            if len({item.provider for item in alike}) != 1:
                yield from (self.undecided(item, items) for item in items)
                return
            chosen = alike[0]
        choice = self.claim(chosen, key, seen)
        for item in items:
            if item is chosen or not isinstance(choice, Claim):
                yield choice if item is chosen else replace(choice, item=item)
            elif item.provider != chosen.provider and choice.fresh:
                yield self.elsewhere(item, chosen)
            else:
                yield Same(item, choice.binding.address)

    def claim(self, item: Managed, key: ObjectId, seen: Observed) -> Choice:
        """An address for an object that is there."""
        kind = self.world.kinds[key.kind]
        owner = self.world.index.owners.get(key)
        manifest, twin = self.declaring(kind, seen, owner)
        if owner is not None and owner in self.world.claimed:
            address = manifest = owner
        elif manifest is not None:
            address = manifest
        elif owner is not None:
            address = owner
        else:
            near = self.near(kind, item, seen)
            if near is not None:
                return self.failed(item, Why.NEAR, other=str(near), name=near.name)
            address = free_address(key.kind, key.remote_id, wishes(item), self.taken)
        binding = Binding(address, key.remote_id, source=item.address)
        place = self.world.state.resources[owner].role_of(key.remote_id) if owner else None
        fresh = owner != address
        if fresh:
            world = self.world
            verdict = bind.check(
                binding, world.state, world.observation, world.index, kind, free=self.free
            )
            if isinstance(verdict, Unbindable):
                failed = self.failed(item, Why.UNBINDABLE)
                words, hint = verdict.message_text, verdict.hint_text
                return replace(failed, words=words, exit=verdict.exit, hint=hint)
        self.taken.add(address)
        self.used.add(address)
        best = Address(kind.name, next(filter(None, wishes(item)), ""))
        others = best in self.world.claimed or best in self.world.state.resources
        wished = best if others and owner is None and best not in (address, manifest) else None
        claim = Claim(item, binding, seen, fresh, None if fresh else place, manifest, twin, wished)
        if claim.unwritten:
            self.specs[address] = seen.spec
            self.declared.setdefault(self.key(kind.name, seen.spec), []).append(address)
        return claim

    def declaring(
        self, kind: Resource, seen: Observed, owner: Address | None
    ) -> tuple[Address | None, Address | None]:
        """The address whose manifest declares an object, or declares it for another one."""
        equal = [
            address
            for address in self.declared.get(self.key(kind.name, seen.spec), ())
            if satisfies(self.specs[address].get(kind.partition), seen.spec.get(kind.partition))
        ]
        free = [each for each in equal if each not in self.used and not self.held(each, owner)]
        if free:
            return free[0], None
        return None, next((each for each in equal if each != owner), None)

    def held(self, address: Address, owner: Address | None) -> bool:
        """Whether an address has another object, which is or may be there."""
        if address == owner:
            return False
        record = self.world.state.resources.get(address, Recorded())
        kind = self.world.kinds[address.kind]
        return any(
            self.world.index.of(kind, each) is not Presence.ABSENT for each in record.objects()
        )

    def near(self, kind: Resource, item: Managed, seen: Observed) -> Address | None:
        """The manifest of the same name that may mean the object, with another text."""
        for wish in wishes(item):
            address = Address(kind.name, wish)
            spec = self.specs.get(address)
            if spec is None or not kind.near or self.held(address, None):
                continue
            if all(satisfies(spec.get(name), seen.spec.get(name)) for name in kind.near):
                return address
        return None

    def failed(self, item: Managed, why: Why, *, other: str = "", name: str = "") -> NotTaken:
        number = "ID" if item.remote_id is None else item.remote_id
        named = name or next(filter(None, wishes(item)), f"{item.kind[0]}-{number}".lower())
        command = Command.of("import", Address(item.kind, named), number)
        words = _WORDS[why].filled(kind=item.kind, remote_id=number, other=other)
        hint = _HINTS.get(why, NOTHING)
        if why is Why.MISSING and item.alias:
            hint = T(
                "Its provider configuration is {alias}, perhaps for another region or account.",
                alias=item.alias,
            )
        return NotTaken(item, why, words, _EXITS.get(why, Exit.ERROR), command, hint)

    def undecided(self, item: Managed, items: Sequence[Managed]) -> NotTaken:
        others = ", ".join(other.address for other in items if other is not item)
        return self.failed(item, Why.UNDECIDED, other=others)

    def elsewhere(self, item: Managed, chosen: Managed) -> NotTaken:
        return self.failed(item, Why.ELSEWHERE, other=chosen.address)


_WORDS: Mapping[Why, Text] = {
    Why.NO_ID: T("it has no id"),
    Why.NOT_AN_ID: T("its id is no number"),
    Why.MISSING: T("there is no {kind} with the id {remote_id} in this account and region"),
    Why.UNREAD: T("{kind} {remote_id} could not be read; run the command again"),
    Why.NEAR: T(
        "{other} is declared with its name and another text: {kind} {remote_id} may be meant to "
        "become that"
    ),
    Why.UNDECIDED: T(
        "{other} has the same id with another provider configuration, perhaps for another region, "
        "and the text of {kind} {remote_id} does not tell which of them it is"
    ),
    Why.ELSEWHERE: T(
        "{kind} {remote_id} of this account is {other}, by its text; this one has the same id with "
        "another provider configuration, perhaps for another region"
    ),
    Why.UNBINDABLE: NOTHING,
}
_HINTS = {
    Why.UNDECIDED: T("Bind the one that it is, and run this again: then its manifest is written."),
}
#: What a person has to decide; anything else went wrong.
_EXITS = {Why.NEAR: Exit.INVALID, Why.UNDECIDED: Exit.INVALID}


# -- names ---------------------------------------------------------------------------------------


def wishes(item: Managed) -> tuple[str, ...]:
    """Names for an object, the best first: of its resource, and with the modules in front."""
    own = _readable((item.name, item.key))
    return own, _readable((*item.module, item.name, item.key))


def _readable(parts: Sequence[str | None]) -> str:
    return normalised(*(part for part in parts if part is not None and part.isascii()))


def _contested(items: Sequence[Managed]) -> set[Address]:
    """Addresses that would say too little: several objects would have them, a key is not in them,
    or they are words like ``this``.
    """
    counts: Counter[Address] = Counter()
    poor: set[Address] = set()
    for item in items:
        found = [Address(item.kind, wish) for wish in wishes(item)]
        counts.update(set(found))
        if item.key is not None and not (item.key.isascii() and normalised(item.key)):
            poor.update(found)
        if not all(part.isascii() for part in item.module):
            poor.add(found[1])
        if item.module and item.key is None and item.name.lower() in _GENERIC:
            poor.add(found[0])
    return poor | {address for address, count in counts.items() if count > 1}


# -- manifests -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that Terraform's state and the account have different values of."""

    field: str
    terraform: Value
    account: Value


@dataclass(frozen=True, slots=True)
class Known:
    """What a manifest says: ``spec`` with the names of images, and their ``files``. ``left_out``:
    values of the state that it cannot say, by field, and why. ``missing``: what nothing knows.
    """

    spec: Spec
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    differing: tuple[Difference, ...] = ()
    left_out: Mapping[str, Text] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


def attribute(written: Field) -> str:
    """Terraform's name for a field: the API's, in its spelling (``sms_type``)."""
    return _INNER.sub("_", written.parameter).lower()


def differences(kind: Resource, item: Managed, seen: Observed) -> tuple[Difference, ...]:
    """The fields that the account has another value of than Terraform's state."""
    found = []
    for each in kind.fields:
        theirs, ours = _plain(kind, each, item), seen.spec.get(each.name)
        if each.name in seen.spec and theirs is not None and not satisfies(theirs, ours):
            found.append(Difference(each.name, theirs, ours))
    return tuple(found)


def known(kind: Resource, claim: Claim, refused: Mapping[str, Text]) -> Known:
    """What is known of an object that gets a manifest. Fields of ``refused`` are left out: they may
    not stand there.
    """
    item, seen, name = claim.item, claim.seen, claim.binding.address.name
    spec: dict[str, Value] = {}
    files: dict[str, bytes] = {}
    left_out = dict(refused)
    for each in kind.fields:
        if each.name in refused:
            continue
        if each.name in seen.spec:
            spec[each.name] = seen.spec[each.name]
            continue
        written = item.attributes.get(attribute(each))
        if written is None or written == "":
            continue
        value = _plain(kind, each, item)
        if each.image:
            try:
                body = _image(written)
                path = f"proofs/{name}-{each.name.removesuffix('Image').lower()}"
                path += f"-{digest(body).partition(':')[2][:_DIGITS]}.{extension(body)}"
            except ImageRefused as error:
                left_out[each.name] = error.message_text
                continue
            files[path] = body
            value = path
        if value is None:
            left_out[each.name] = T(
                "{written} in Terraform is none of its values", written=str(written)[:_LONGEST]
            )
        elif export.scalar(value) is None:
            left_out[each.name] = T("it holds characters that a manifest may not hold")
        else:
            spec[each.name] = value
    missing = tuple(each for each in kind.missing(spec) if each not in left_out)
    return Known(spec, files, differences(kind, item, seen), left_out, missing)


_LONGEST = 40


def _plain(kind: Resource, each: Field, item: Managed) -> Value:
    """Terraform's value of a field as a manifest spells it; ``None`` where there is no such."""
    written = item.attributes.get(attribute(each))
    if isinstance(written, str) and written.isascii() and written.isdigit():
        # Terraform before 0.12 kept every value as a text.
        number: object = int(written[:_DIGITS])
    else:
        number = written
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if each.name == kind.partition:
        return _PLACES.get(number) if isinstance(number, int) else None
    if each.codes is not None:
        words = {code: word for word, code in each.codes.items()}
        return words.get(number) if isinstance(number, int) else None
    if isinstance(written, str | int) and not each.image:
        return written
    return None


def _image(written: object) -> bytes:
    """The bytes of an image. Raises :class:`ImageRefused`."""
    text = _DATA_URL.sub("", written, count=1) if isinstance(written, str) else ""
    try:
        body = base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        body = b""
    if not body:
        raise ImageRefused("SMS209", T("it is no base64 of an image"))
    return body


def draft(
    kind: Resource,
    claim: Claim,
    what: Known,
    *,
    account_id: str | None,
    region: str,
    exceptions: Sequence[str] = (),
    remind: bool = False,
) -> Draft:
    """The manifest of an object that has none; its text may break the rules of ``exceptions``.
    ``remind``: it is labelled as Terraform's, too.
    """
    address = claim.binding.address
    style = export.Style(
        address.name,
        exceptions=tuple(exceptions),
        terraform=claim.item.address,
        labels={reminders.TERRAFORM: claim.item.address} if remind else {},
    )
    seen = replace(claim.seen, spec=what.spec)
    text = export.manifest(kind, seen, account_id=account_id, region=region, style=style)
    return Draft(address, text, what.files)
