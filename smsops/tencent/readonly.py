"""The half of the API that reads, as a type: who holds only this cannot reach a write action."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from smsops.kind import Kind
from smsops.model import Observed
from smsops.tencent.paging import Arrived, Expected, ignored, unknown


class Reader(Protocol):
    """What reading an account needs: Describe actions, and nothing else."""

    def list(
        self,
        kind: Kind,
        international: bool,
        *,
        expected: Expected = unknown,
        arrived: Arrived = ignored,
    ) -> Sequence[Observed]:
        """Every object of a kind; see :meth:`smsops.tencent.client.Client.list`."""
        ...

    def describe(
        self, kind: Kind, ids: Collection[int], international: bool
    ) -> Mapping[int, Observed]:
        """Those of ``ids`` that exist; see :meth:`smsops.tencent.client.Client.describe`."""
        ...


class ReadOnly:
    """A client without its writing half."""

    __slots__ = ("__client",)

    def __init__(self, client: Reader) -> None:
        self.__client = client

    def list(
        self,
        kind: Kind,
        international: bool,
        *,
        expected: Expected = unknown,
        arrived: Arrived = ignored,
    ) -> Sequence[Observed]:
        return self.__client.list(kind, international, expected=expected, arrived=arrived)

    def describe(
        self, kind: Kind, ids: Collection[int], international: bool
    ) -> Mapping[int, Observed]:
        return self.__client.describe(kind, ids, international)
