"""Lanes: the threads that send writing steps, one lane for each operation and kind.

Each API action has a limit of its own, so a lane never takes the turn of another. Steps run in
threads and share nothing but what locks itself; what becomes of one is the value that its thread
returns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from smsops.applying.ordering import Ordering
from smsops.cancellation import Stop, Stopped
from smsops.errors import CredentialsError, SmsopsError, StateError
from smsops.kinds.kind import Resource
from smsops.model import Step
from smsops.model.operations import Operation, operation_of
from smsops.model.outcome import Progress, Result, Status
from smsops.providers.errors import CallStopped, Unknown
from smsops.text.messages import T

#: Threads of a lane: enough to keep 20 calls a second busy when a reply takes 0.5 s.
WORKERS = 12


class Write(Protocol):
    """One operation of the API, with everything that is recorded about it."""

    def send(self, step: Step) -> Result:
        """Send a step and record what came of it; called from any thread.

        Raises :class:`smsops.errors.SmsopsError` when it failed, and
        :class:`smsops.providers.errors.Unknown` when nobody can tell.
        """
        ...


@dataclass(frozen=True, slots=True)
class Lanes:
    """The threads of one pass over writing steps."""

    kinds: Mapping[str, Resource]
    writes: Mapping[Operation, Write]
    ordering: Ordering
    stop: Stop
    progress: Progress

    def run(self, steps: Sequence[Step]) -> list[Result]:
        """Run every step; one result each, in their order, when all threads have ended."""
        lanes: dict[tuple[Operation, str], int] = {}
        for step in steps:
            lanes[_lane(step)] = lanes.get(_lane(step), 0) + 1
        pools = {lane: ThreadPoolExecutor(min(WORKERS, size)) for lane, size in lanes.items()}
        try:
            futures = [pools[_lane(step)].submit(self._one, step) for step in steps]
            return [future.result() for future in futures]
        except BaseException:
            # A defect, which no step reports. Steps that are cancelled now never count as over.
            self.stop.set(SmsopsError(T("the run broke off")))
            raise
        finally:
            for pool in pools.values():
                pool.shutdown(wait=True, cancel_futures=True)

    def _one(self, step: Step) -> Result:
        operation, kind = operation_of(step), self.kinds[step.address.kind]
        result = Result(step, Status.NOT_ATTEMPTED)
        try:
            self.ordering.ready(operation, kind)
            self.stop.check()
            self.progress(step, None)
            result = self.writes[operation].send(step)
        except (Stopped, CallStopped):
            return result
        except Unknown as error:
            result = Result(step, Status.UNKNOWN, step.remote_id, error)
        except (CredentialsError, StateError) as error:
            # Every later step would end the same way.
            self.stop.set(error)
            result = Result(step, Status.FAILED, step.remote_id, error)
        except SmsopsError as error:
            result = Result(step, Status.FAILED, step.remote_id, error)
        finally:
            self.ordering.finished(operation, kind, done=result.status is Status.DONE)
        self.progress(step, result)
        return result


def _lane(step: Step) -> tuple[Operation, str]:
    return operation_of(step), step.address.kind
