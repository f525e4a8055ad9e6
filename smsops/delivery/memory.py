"""Memory: what the state keeps of probes, for runners that have no ledger."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from smsops.delivery.budget import Known, answered, free, sends_today
from smsops.delivery.model import FINAL, Verdict
from smsops.delivery.runs import Run
from smsops.model import ProbeRecord

_ENDS = (*FINAL, Verdict.REFUSED)


class Held(Protocol):
    """The state while its lock is held."""

    @property
    def probes(self) -> Mapping[str, ProbeRecord]:
        """What it has of every probe."""

    def save(self, name: str, record: ProbeRecord) -> None:
        """Record one probe durably."""


class Memory(Protocol):
    """The state, as far as probes are concerned. Raises :class:`smsops.errors.StateError`."""

    def probes(self) -> Mapping[str, ProbeRecord]:
        """What it has of every probe, as of now."""

    def holding(self) -> AbstractContextManager[Held]:
        """The state, with its lock held."""


def recorded(run: Run, known: Known) -> ProbeRecord:
    """What the state is to keep of a run. ``known``: of its number."""
    send, message = run.send, run.message
    assert send is not None
    before = known.probes.get(run.case.name)
    record = ProbeRecord(
        id=send.id,
        number=send.number.mac.hex(),
        shown=send.number.shown,
        application=send.application,
        template=send.template,
        sign=send.sign,
        sent_at=send.at,
        serial=run.serial,
        verdict=message.verdict if message is not None else Verdict.PENDING,
        code=message.code if message is not None and message.verdict in _ENDS else "",
        sends_today=sends_today(send.number, known, send.at),
        finished=before.finished if before is not None else None,
    )
    standing = answered(send, known.records.answers)
    return record if free(standing) else record.ended()


def ends(run: Run, before: ProbeRecord | None) -> bool:
    """Whether the state, which had ``before``, learns the final verdict of a send from ``run``."""
    known = before is not None and run.send is not None and before.id == run.send.id
    told = known and before is not None and before.verdict in _ENDS
    return run.verdict in _ENDS and not told
