"""Provider protocol: the calls to an API that reading and applying need, as two types.

Who holds only a :class:`Reader` cannot reach a write action.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from smsops.kinds.kind import Resource
from smsops.model import Observed, RemoteId, Spec, Value

#: How many objects there should be: a hint, 0 as long as that is not known.
Expected = Callable[[], int]
#: Is told of each page as it comes, from any thread; a page may be read again.
Arrived = Callable[[Sequence[Observed]], object]


def unknown() -> int:
    """Default of :data:`Expected`: total unknown."""
    return 0


def ignored(objects: Sequence[Observed]) -> None:
    """Default of :data:`Arrived`: single pages are of no interest."""


class Reader(Protocol):
    """What reading an account needs: Describe actions, and nothing else."""

    def list(
        self,
        kind: Resource,
        partition: Value,
        *,
        expected: Expected = unknown,
        arrived: Arrived = ignored,
    ) -> Sequence[Observed]:
        """Every object that a partition of a kind lists; each once."""
        ...

    def describe(
        self, kind: Resource, ids: Collection[RemoteId], partition: Value
    ) -> Mapping[RemoteId, Observed]:
        """Those of ``ids`` that exist in a partition; whatever happened meanwhile."""
        ...


class Writer(Reader, Protocol):
    """What applying needs besides: one call for each write, and an end to all of them.

    Every method raises :class:`smsops.providers.errors.ApiError` and its subclasses, nothing else.
    """

    def add(
        self, kind: Resource, spec: Spec, images: Mapping[str, str], *, address: str
    ) -> RemoteId:
        """Add an object and return its id. ``images``: field -> base64 text. Not idempotent."""
        ...

    def modify(
        self,
        kind: Resource,
        remote_id: RemoteId,
        spec: Spec,
        images: Mapping[str, str],
        *,
        address: str,
    ) -> None:
        """Replace every field of an object."""
        ...

    def delete(self, kind: Resource, remote_id: RemoteId, *, address: str) -> None:
        """Delete an object; one that is not there counts as deleted."""
        ...

    def stop(self) -> None:
        """Let calls that are on their way finish, and those that wait for their turn raise
        :class:`smsops.providers.errors.CallStopped`.
        """
        ...


class ReadOnly:
    """A client without its writing half."""

    __slots__ = ("__client",)

    def __init__(self, client: Reader) -> None:
        self.__client = client

    def list(
        self,
        kind: Resource,
        partition: Value,
        *,
        expected: Expected = unknown,
        arrived: Arrived = ignored,
    ) -> Sequence[Observed]:
        return self.__client.list(kind, partition, expected=expected, arrived=arrived)

    def describe(
        self, kind: Resource, ids: Collection[RemoteId], partition: Value
    ) -> Mapping[RemoteId, Observed]:
        return self.__client.describe(kind, ids, partition)
