"""State model: what is recorded of each remote object, open intents, and the whole snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

from smsops.model.resources import Address, Lifecycle, RemoteId, Review, Spec
from smsops.model.verdict import Verdict

_NO_LIFECYCLE = Lifecycle()


@dataclass(frozen=True, slots=True)
class RecordedObject:
    """What the state knows of one remote object. Moments are epoch seconds.

    ``submitted`` is what smsops sent (or, for the fields named in ``assumed``, what the manifest
    said when an object that smsops never wrote was first applied). ``read_back`` is how the API
    spells the readable fields. ``activated_at`` is set once the object was ever active, ``listed``
    once a listing ever showed it: what was listed and is missing is gone.
    """

    remote_id: RemoteId
    submitted: Spec = field(default_factory=dict)
    read_back: Spec = field(default_factory=dict)
    assumed: tuple[str, ...] = ()
    review: Review | None = None
    submitted_at: int | None = None
    activated_at: int | None = None
    promoted_at: int | None = None
    superseded_at: int | None = None
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """Everything the state keeps of one address.

    ``declared``: a manifest has declared the address, at least once. Without that its objects are
    *bound, not declared*, and no missing manifest deletes them. ``manifest``: the file that
    declared it last, relative to the project.
    """

    current: RecordedObject | None = None
    successor: RecordedObject | None = None
    retiring: tuple[RecordedObject, ...] = ()
    lifecycle: Lifecycle = _NO_LIFECYCLE
    declared: bool = False
    manifest: str | None = None

    def objects(self) -> tuple[RecordedObject, ...]:
        """Every object of the address: current, successor, then those that retire."""
        if self.current is not None and self.successor is None and not self.retiring:
            return (self.current,)  # nearly always
        ahead = tuple(item for item in (self.current, self.successor) if item is not None)
        return ahead + self.retiring

    def role_of(self, remote_id: RemoteId) -> Role:
        """The place of one of the objects of the address."""
        for role, item in ((Role.CURRENT, self.current), (Role.SUCCESSOR, self.successor)):
            if item is not None and item.remote_id == remote_id:
                return role
        return Role.SUPERSEDED

    def without(self, remote_id: RemoteId) -> Recorded:
        """This record without one id, wherever it stands."""

        def keep(item: RecordedObject | None) -> RecordedObject | None:
            return None if item is not None and item.remote_id == remote_id else item

        return replace(
            self,
            current=keep(self.current),
            successor=keep(self.successor),
            retiring=tuple(item for item in self.retiring if item.remote_id != remote_id),
        )


class Role(StrEnum):
    """Which place of its address an object takes. An Add makes a current object or a successor;
    ``superseded`` is what retires.
    """

    CURRENT = "current"
    SUCCESSOR = "successor"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Intent:
    """An Add that was about to be sent. Durable before the call, removed once the outcome is known.

    ``listed`` holds the ids of exact matches that existed before the call: none of them can be
    the object that this Add made.
    """

    id: str
    address: Address
    action: str
    role: Role
    submitted: Spec = field(hash=False)
    listed: tuple[RemoteId, ...]
    started_at: int


@dataclass(frozen=True, slots=True)
class FinishedSend:
    """What became of a send of a probe: delivered, failed or refused; and what it was sent with."""

    verdict: Verdict
    code: str
    template: str
    sign: str
    sent_at: int


@dataclass(frozen=True, slots=True)
class ProbeRecord:
    """The latest send of a probe, as far as it is known, for runners that have no ledger.

    ``id`` is ours and ``serial`` the vendor's, empty until it is known. ``number`` is a keyed hash
    in hexadecimal digits, ``shown`` country code and last four digits. ``application``,
    ``template`` and ``sign`` are what was sent with: SmsSdkAppId, the template's id, the sign's
    text. ``sends_today``: when each send to the number was made on the day, in Beijing, of the
    latest one. ``finished`` is the latest send with a result, which may be an earlier one.
    """

    id: str
    number: str = field(repr=False)
    shown: str
    application: str
    template: str
    sign: str
    sent_at: int
    serial: str = ""
    verdict: Verdict = Verdict.PENDING
    code: str = ""
    sends_today: tuple[int, ...] = ()
    finished: FinishedSend | None = None

    def ended(self) -> ProbeRecord:
        """This record, with its send as the latest one that finished if it did."""
        if self.verdict not in (Verdict.DELIVERED, Verdict.FAILED, Verdict.REFUSED):
            return self
        result = FinishedSend(self.verdict, self.code, self.template, self.sign, self.sent_at)
        return replace(self, finished=result)


class Commit(NamedTuple):
    """A git commit: its full hash and its committer date in epoch seconds."""

    sha: str
    committed_at: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state: what smsops recorded of an account in a region.

    ``project`` and ``environment`` own it; ``commit`` is the newest one that was applied.
    ``probes``: the latest send of each probe, by its name.
    """

    lineage: str
    serial: int = 0
    account_id: str | None = None
    region: str | None = None
    resources: Mapping[Address, Recorded] = field(default_factory=dict)
    intents: tuple[Intent, ...] = ()
    project: str | None = None
    environment: str | None = None
    commit: Commit | None = None
    probes: Mapping[str, ProbeRecord] = field(default_factory=dict)
