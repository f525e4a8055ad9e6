"""Resources as declared and as observed: addresses, reviews, manifests, objects of the account."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from smsops.errors import Problem
from smsops.text.messages import T, Text

#: A field's value as a manifest spells it. Images are ``sha256:<hex>``, never bytes.
Value = str | int | bool | None
Spec = Mapping[str, Value]

_ADDRESS = re.compile(r"([a-z][a-z0-9-]*)\.([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)")
_LONGEST_NAME = 63


class Address(NamedTuple):
    """Where a resource lives in the manifests: ``template.login-code``."""

    kind: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Address:
        """The inverse of ``str``. Raises ``ValueError`` for anything but ``KIND.NAME``.

        Whether the kind exists is the caller's question.
        """
        match = _ADDRESS.fullmatch(text)
        if match is None:
            raise ValueError(
                T("an address is KIND.NAME, for example {example}", example="template.login-code")
            )
        return cls(match[1], match[2])

    def __str__(self) -> str:
        return f"{self.kind}.{self.name}"


#: The id that an account gives an object. The API of a resource decides what it looks like.
RemoteId = int | str


class ObjectId(NamedTuple):
    """Which object of an account: ids are unique within their kind only."""

    kind: str
    remote_id: RemoteId


class ReviewState(StrEnum):
    """What a review code means. Only ``active`` objects can send."""

    ACTIVE = "active"
    APPROVED = "approved"
    IN_REVIEW = "in_review"
    REJECTED = "rejected"
    UNKNOWN = "unknown"

    @property
    def words(self) -> Text:
        """``in review``: the value for people."""
        return _REVIEWS[self]


_REVIEWS: Mapping[ReviewState, Text] = {
    ReviewState.ACTIVE: T("active"),
    ReviewState.APPROVED: T("approved"),
    ReviewState.IN_REVIEW: T("in review"),
    ReviewState.REJECTED: T("rejected"),
    ReviewState.UNKNOWN: T("unknown"),
}


@dataclass(frozen=True, slots=True)
class Review:
    """A review code with the reviewer's reply, verbatim. The API of a resource decides which
    ``state`` a code is.
    """

    code: int
    reply: str
    state: ReviewState


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a resource is declared; ``file`` is relative to the project, lines count from 1."""

    file: str
    line: int
    column: int = 1


class Promotion(StrEnum):
    """When an active successor takes over: ``lifecycle.promote`` of a manifest."""

    AUTO = "auto"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """What a manifest says about the life of its objects. ``retire_after`` is in seconds;
    ``promote``: successors by themselves (``auto``), or only when asked for (``manual``).
    """

    protected: bool = False
    retire_after: int = 86_400
    promote: Promotion = Promotion.AUTO


@dataclass(frozen=True, slots=True)
class Desired:
    """One manifest. ``spec`` has every field of the kind, ``None`` where the manifest is silent."""

    address: Address
    spec: Spec
    lifecycle: Lifecycle = Lifecycle()
    labels: Mapping[str, str] = field(default_factory=dict, compare=False)
    #: image field -> file inside the project; ``spec`` holds its digest
    images: Mapping[str, Path] = field(default_factory=dict, compare=False)
    origin: Origin | None = field(default=None, compare=False)
    #: Codes of rules that do not count here, as long as nothing is submitted.
    exceptions: frozenset[str] = field(default=frozenset(), compare=False)
    #: What reviewers would refuse of it, so an error where it would be submitted.
    doubts: tuple[Problem, ...] = field(default=(), compare=False)
    #: What may cost it a review.
    cautions: tuple[Problem, ...] = field(default=(), compare=False)


class Qualification(NamedTuple):
    """The qualification (资质) behind a domestic sign; status 1 is approved."""

    id: int
    name: str
    status: int


@dataclass(frozen=True, slots=True)
class Observed:
    """One object as the API describes it. ``spec`` has only the fields that the API returned."""

    kind: str
    remote_id: RemoteId
    spec: Spec
    review: Review
    created_at: int | None = None
    qualification: Qualification | None = None

    @property
    def key(self) -> ObjectId:
        """Kind and id, the key of observations."""
        return ObjectId(self.kind, self.remote_id)


class Listing(StrEnum):
    """How the listing of a kind ended."""

    LISTED = "listed"  # complete and consistent
    UNLISTED = "unlisted"  # refused: objects are read by id
    UNSTABLE = "unstable"  # the account kept changing, or the pages did not fit together


@dataclass(frozen=True, slots=True)
class Observation:
    """What one reading of the account saw, by (kind, remote id).

    ``listing``: per kind, how its listing ended. ``unread``: recorded
    objects that could not be read at all; they are neither there nor gone. A recorded object in
    neither ``objects`` nor ``unread`` is missing from the listing and from a Describe by id.
    ``notes``: for
    people, what could not be seen and why. ``by_id``: objects that no listing showed, only a
    Describe by id.
    """

    objects: Mapping[ObjectId, Observed]
    listing: Mapping[str, Listing]
    unread: frozenset[ObjectId] = frozenset()
    notes: tuple[Text, ...] = ()
    by_id: frozenset[ObjectId] = frozenset()

    @property
    def complete(self) -> bool:
        """Whether everything was seen: all listings complete, every recorded id read."""
        return self.listed_all and not self.unread

    @property
    def listed_all(self) -> bool:
        """Whether every kind was listed."""
        return all(each is Listing.LISTED for each in self.listing.values())

    def listed(self, kind: str) -> bool:
        """Whether ``kind`` was listed, completely and consistently."""
        return self.listing.get(kind) is Listing.LISTED


def name_of(kind: str, remote_id: RemoteId) -> Address:
    """The address that ``export`` gives an object: ``template.t-1110``, ``sign.s-2001``."""
    words = re.sub(r"[^a-z0-9]+", "-", str(remote_id).lower())
    return Address(kind, f"{kind[0]}-{words}"[:_LONGEST_NAME].rstrip("-"))


class Effect(StrEnum):
    """What a change of a field means: who sees it, and whether the object can carry it."""

    NOTE = "note"
    CONTENT = "content"
    IDENTITY = "identity"
