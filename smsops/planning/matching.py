"""Records and manifests that do not belong together by their address alone. Pure; see
:mod:`smsops.planning.moves`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from smsops.kinds.kind import Resource, satisfies
from smsops.model import Address, Desired, Recorded, RecordedObject
from smsops.planning.account_index import AccountIndex
from smsops.planning.compare import compare
from smsops.planning.decisions import Presence

Key = tuple[object, ...]


def known_by(
    kind: Resource, record: Recorded, account_index: AccountIndex
) -> RecordedObject | None:
    """The object that a record is known by: the successor, else the current one, unless gone."""
    for item in (record.successor, record.current):
        if item is not None and account_index.of(kind, item) is not Presence.ABSENT:
            return item
    return None


class Matching:
    """The loose ends of a project: manifests that do not describe the record of their address, and
    records that their own manifest does not describe.

    ``busy`` addresses have an open intent and are left alone; ``not_renamed`` ones are meant to go.
    """

    def __init__(
        self,
        kinds: Mapping[str, Resource],
        desired: Mapping[Address, Desired],
        recorded: Mapping[Address, Recorded],
        account_index: AccountIndex,
        busy: Collection[Address],
        not_renamed: Collection[Address],
    ) -> None:
        self.kinds = kinds
        self.desired = desired
        self.recorded = recorded
        self.account_index = account_index
        self.busy = busy
        self.not_renamed = not_renamed
        #: Manifests that do not describe the record of their address, or have none.
        self.manifests: dict[Address, Desired] = {}
        #: Records that their own manifest does not describe, by the object they are known by.
        self.records: dict[Address, RecordedObject] = {}
        for address, item in desired.items():
            record = recorded.get(address)
            about = (record.successor or record.current) if record is not None else None
            if about is not None and self._as_seen(item, about):
                continue
            self._loose(address, item, record)
        for address, record in recorded.items():
            if address in desired or address in busy or address in not_renamed:
                continue
            about = known_by(kinds[address.kind], record, account_index)
            if about is not None and record.declared:
                self.records[address] = about

    def _as_seen(self, item: Desired, about: RecordedObject) -> bool:
        """The quick and usual case of :meth:`describes`."""
        kind = item.address.kind
        seen = self.account_index.seen(kind, about.remote_id)
        if seen is None:
            return False
        spec, want = seen.spec, item.spec
        for name in self.kinds[kind].match:  # noqa: SIM110 - for every address: all() takes longer
            if spec.get(name) != want.get(name):
                return False
        return True

    def _loose(self, address: Address, item: Desired, record: Recorded | None) -> None:
        if address in self.busy:
            return
        kind = self.kinds[address.kind]
        about = known_by(kind, record, self.account_index) if record is not None else None
        if about is not None and self.describes(kind, item, about):
            return
        self.manifests[address] = item
        if about is not None:
            self.records[address] = about

    def describes(self, kind: Resource, item: Desired, about: RecordedObject) -> bool:
        """Whether a manifest has the exact-match key of an object, as submitted or as seen."""
        seen = self.account_index.seen(kind.name, about.remote_id)
        if seen is None:
            values = about.submitted
            return all(satisfies(item.spec.get(name), values.get(name)) for name in kind.match)
        changed = compare(kind, item.spec, about, seen).changed
        return not any(change.field in kind.match for change in changed)

    def occupied(self, address: Address) -> bool:
        """Whether an address has an object that is, or may be, there."""
        record = self.recorded.get(address)
        kind = self.kinds[address.kind]
        return record is not None and any(
            self.account_index.of(kind, item) is not Presence.ABSENT for item in record.objects()
        )

    def keys(self, kind: Resource, about: RecordedObject) -> Iterator[Key]:
        """The exact-match keys of an object: as it is seen, and as it was submitted."""
        seen = self.account_index.seen(kind.name, about.remote_id)
        for spec in [seen.spec, {**seen.spec, **about.submitted}] if seen else [about.submitted]:
            yield (kind.name, *kind.key(spec, kind.match))
