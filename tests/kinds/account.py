"""An account in memory that keeps objects of any resource, behind the protocol of providers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import count

from smsops.kinds import RESOURCES
from smsops.kinds.kind import Resource
from smsops.model import ObjectId, Observed, RemoteId, Review, ReviewState, Spec, Value
from smsops.providers.protocol import Arrived, Expected, Writer, ignored, unknown
from smsops.providers.tencent.client import Caller


class Account(Writer):
    """Objects by id. ``writes`` has every call that changed one."""

    warnings: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.objects: dict[ObjectId, Observed] = {}
        self.writes: list[tuple[str, RemoteId]] = []
        self._numbers = count(1)

    def caller(self) -> Caller:
        return Caller("100000000001")

    def list(
        self,
        kind: Resource,
        partition: Value,
        *,
        expected: Expected = unknown,
        arrived: Arrived = ignored,
    ) -> Sequence[Observed]:
        found = [each for each in self.objects.values() if _listed(kind, partition, each)]
        arrived(found)
        return found

    def describe(
        self, kind: Resource, ids: Collection[RemoteId], partition: Value
    ) -> Mapping[RemoteId, Observed]:
        listed = self.list(kind, partition)
        return {each.remote_id: each for each in listed if each.remote_id in ids}

    def add(
        self, kind: Resource, spec: Spec, images: Mapping[str, str], *, address: str
    ) -> RemoteId:
        number = next(self._numbers)
        remote_id = f"{kind.name.upper()}:{number}" if kind.id_type is str else number
        return self.put(kind, remote_id, spec, kind.api.add)

    def modify(
        self,
        kind: Resource,
        remote_id: RemoteId,
        spec: Spec,
        images: Mapping[str, str],
        *,
        address: str,
    ) -> None:
        self.put(kind, remote_id, spec, kind.api.modify)

    def delete(self, kind: Resource, remote_id: RemoteId, *, address: str) -> None:
        self.objects.pop(ObjectId(kind.name, remote_id), None)
        self.writes.append((kind.api.delete, remote_id))

    def stop(self) -> None:
        """Calls end at once here."""

    # -- the other side of the account -----------------------------------------------------------

    def put(self, kind: Resource, remote_id: RemoteId, spec: Spec, action: str = "") -> RemoteId:
        """An object as somebody submitted it; it is in review."""
        readable = {each.name: spec.get(each.name) for each in kind.fields if each.readable}
        object_ = Observed(kind.name, remote_id, readable, _review(kind, ReviewState.IN_REVIEW))
        self.objects[object_.key] = object_
        if action:
            self.writes.append((action, remote_id))
        return remote_id

    def approve(self) -> None:
        """Everything becomes active."""
        for key, each in self.objects.items():
            active = _review(RESOURCES[each.kind], ReviewState.ACTIVE)
            self.objects[key] = replace(each, review=active)


def _review(kind: Resource, state: ReviewState) -> Review:
    return kind.review_of(next(code for code, each in kind.reviews.items() if each is state))


def _listed(kind: Resource, partition: Value, item: Observed) -> bool:
    return item.kind == kind.name and item.spec.get(kind.partition) == partition
