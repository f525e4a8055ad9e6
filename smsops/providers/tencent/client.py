"""The API as functions: what smsops asks of a kind and of an account, each in calls."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from smsops.kinds.kind import INTERNATIONAL, MalformedReply, Resource, identifier, prose
from smsops.model import Observed, RemoteId, Spec, Value
from smsops.providers.errors import Meaning, Refused, Unknown
from smsops.providers.parallel import concurrently
from smsops.providers.protocol import Arrived, Expected, ignored, unknown
from smsops.providers.tencent import paging
from smsops.providers.tencent.calls import STS_VERSION, Calls, request_id_of
from smsops.text.messages import T

#: Ids in one Describe ("默认数组长度最大100").
BATCH = 100

#: An account's id; it is what a state belongs to.
_ACCOUNT = re.compile(r"[0-9]{1,32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who the credentials belong to (sts:GetCallerIdentity)."""

    account_id: str
    arn: str = ""
    user_id: str = ""
    type: str = ""


class Client(Calls):
    """The API of one account and region. Thread-safe. Use as a context manager, or close it."""

    def add(self, kind: Resource, spec: Spec, images: Mapping[str, str], *, address: str) -> int:
        """Add an object and return its id. ``images``: field -> base64 text."""
        action = kind.api.add
        response = self.call(action, kind.encode(spec, images), address=address)
        added = response.get(kind.api.added)
        if isinstance(added, Mapping):
            with suppress(MalformedReply):
                return identifier(added, kind.api.id)
        raise Unknown(
            action,
            address,
            T("was answered without an id"),
            request_id=request_id_of(response, self._keys),
        )

    def modify(
        self,
        kind: Resource,
        remote_id: RemoteId,
        spec: Spec,
        images: Mapping[str, str],
        *,
        address: str,
    ) -> None:
        """Replace all fields of an object that is in review or rejected."""
        payload = {kind.api.id: remote_id, **kind.encode(spec, images)}
        self.call(kind.api.modify, payload, address=address)

    def delete(self, kind: Resource, remote_id: RemoteId, *, address: str) -> None:
        """Delete an object; one that is gone already is deleted."""
        try:
            self.call(kind.api.delete, {kind.api.id: remote_id}, address=address)
        except Refused as error:
            if error.meaning is not Meaning.GONE:
                raise

    def list(
        self,
        kind: Resource,
        partition: Value,
        *,
        expected: Expected = unknown,
        arrived: Arrived = ignored,
    ) -> Sequence[Observed]:
        """Every object of a kind, each once. ``expected``: how many the state knows of; a hint.

        Raises :class:`ListingRefused` where only ids can be described, and
        :class:`InconsistentListing` when the pages never fit together.
        """
        action = kind.api.describe

        def page(offset: int) -> Sequence[Observed]:
            # Limit's default is 0 for templates and 10 for signs, so both are always sent.
            payload = {
                "International": INTERNATIONAL[bool(partition)],
                "Limit": paging.PAGE,
                "Offset": offset,
            }
            objects = self._decoded(kind, self.call(action, payload))
            arrived(objects)
            return objects

        return paging.listing(action, page, expected)

    def describe(
        self, kind: Resource, ids: Collection[RemoteId], partition: Value
    ) -> Mapping[RemoteId, Observed]:
        """Those of ``ids`` that exist in this partition, by id."""

        def batch(chunk: Sequence[RemoteId]) -> Iterable[Observed]:
            payload = {"International": INTERNATIONAL[bool(partition)], kind.api.id_set: chunk}
            try:
                return self._decoded(kind, self.call(kind.api.describe, payload))
            except Refused as error:
                if error.meaning is not Meaning.GONE:
                    raise
            # One bad id fails the whole batch: halve it until the bad ones stand alone.
            if len(chunk) == 1:
                return ()
            middle = len(chunk) // 2
            return [*batch(chunk[:middle]), *batch(chunk[middle:])]

        wanted = sorted(set(ids))
        chunks = [wanted[start : start + BATCH] for start in range(0, len(wanted), BATCH)]
        found = concurrently(batch, chunks)
        asked = set(wanted)
        return {
            item.remote_id: item for items in found for item in items if item.remote_id in asked
        }

    def caller(self) -> Caller:
        """Who the credentials belong to."""
        action = "GetCallerIdentity"
        response = self.call(action, {}, version=STS_VERSION, service="sts")
        names = ("AccountId", "Arn", "UserId", "Type")
        account, arn, user, kind = (prose(response, name) for name in names)
        if not _ACCOUNT.fullmatch(account):
            raise Unknown(
                action,
                "",
                T("was answered without an AccountId"),
                request_id=request_id_of(response, self._keys),
            )
        return Caller(account, arn, user, kind)

    def _decoded(self, kind: Resource, response: Mapping[str, object]) -> Sequence[Observed]:
        """The objects of a Describe. An empty array is no objects; a null one is no answer:
        in this API null means that the value could not be obtained ("返回结果").
        """
        action, request_id = kind.api.describe, request_id_of(response, self._keys)
        items = response.get(kind.api.described)
        if not isinstance(items, list):
            message = T("was answered without {field}", field=kind.api.described)
            raise Unknown(action, "", message, request_id=request_id)
        try:
            return [kind.decode(_object(item)) for item in items]
        except MalformedReply as error:
            message = T("was answered with an object that cannot be read: {error}", error=error)
            raise Unknown(action, "", message, request_id=request_id) from None


def _object(item: object) -> Mapping[str, object]:
    if not isinstance(item, Mapping):
        raise MalformedReply(T("an element is not an object"))
    return item
