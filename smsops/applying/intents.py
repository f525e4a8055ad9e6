"""Intents: what makes an Add safe although the API has no client token.

Before an Add is sent its intent is durable in the state's backend. One save covers the next
twenty, so a slow backend does not become the bottleneck.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping, Sequence

from smsops.errors import Blocked
from smsops.kinds.kind import Resource
from smsops.model import Address, Desired, Intent, RemoteId, Step
from smsops.planning.account_index import AccountIndex
from smsops.state import changes
from smsops.state.journal import Journal
from smsops.text.messages import C, T

#: One save of intents may cover this many Adds.
PER_SAVE = 20


class Intents:
    """The intents of one batch of Adds."""

    def __init__(
        self,
        steps: Sequence[Step],
        *,
        kinds: Mapping[str, Resource],
        desired: Mapping[Address, Desired],
        account_index: AccountIndex,
        journal: Journal,
        now: float,
    ) -> None:
        self._journal = journal
        self._lock = threading.Lock()
        self._unopened: dict[str, Intent] = {}
        self._chunks: dict[Address, _Chunk] = {}
        #: Addresses that must not be added: an unrecorded object already is what they wish for.
        self._taken: dict[Address, RemoteId] = {}
        by_kind: dict[str, list[Intent]] = {}
        for step in steps:
            kind, item = kinds[step.address.kind], desired[step.address]
            alike = account_index.matches(kind, item.spec)
            if alike.all_exact:
                self._taken[step.address] = alike.all_exact[0].remote_id
                continue
            listed = {seen.remote_id for seen in (*alike.all_exact, *alike.near)}
            intent = Intent(
                id=str(uuid.uuid4()),
                address=step.address,
                action=kind.api.add,
                role=step.role,
                submitted=item.spec,
                listed=tuple(sorted(listed)),
                started_at=int(now),
            )
            by_kind.setdefault(kind.name, []).append(intent)
            self._unopened[intent.id] = intent
        for intents in by_kind.values():
            for start in range(0, len(intents), PER_SAVE):
                chunk = _Chunk(tuple(intents[start : start + PER_SAVE]))
                self._chunks.update((intent.address, chunk) for intent in chunk.intents)

    def open(self, address: Address) -> Intent:
        """The intent of ``address``, durable from here on.

        Raises :class:`smsops.errors.StateError` when it cannot be saved, and
        :class:`smsops.errors.Blocked` when an unrecorded object is just like it.
        """
        if address in self._taken:
            raise Blocked(
                T(
                    "{address}: not added, object {taken} is just like it and appeared meanwhile",
                    address=address,
                    taken=self._taken[address],
                ),
                hint=T(
                    "Run {command}: it shows whether that object is adopted.", command=C("plan")
                ),
            )
        chunk = self._chunks[address]
        chunk.save(self._journal)
        intent = next(item for item in chunk.intents if item.address == address)
        with self._lock:
            del self._unopened[intent.id]
        return intent

    def close(self, intent: Intent) -> None:
        """The outcome is known and needs no record of its own; the next save drops the intent."""
        self._journal.note(changes.closed(frozenset({intent.id})))

    def drop_unopened(self) -> None:
        """Close the intents whose Adds were never started."""
        with self._lock:
            unopened = frozenset(self._unopened)
        if any(intent.id in unopened for intent in self._journal.snapshot.intents):
            self._journal.note(changes.closed(unopened))


class _Chunk:
    """Intents that one save makes durable, right before the first of their Adds."""

    def __init__(self, intents: tuple[Intent, ...]) -> None:
        self.intents = intents
        self._lock = threading.Lock()
        self._saved = False

    def save(self, journal: Journal) -> None:
        with self._lock:
            if not self._saved:
                journal.commit(changes.intended(self.intents))
                self._saved = True
