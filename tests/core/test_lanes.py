"""Writing steps run in lanes: results keep their order, and a defect in one step ends them all."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from smsops.applying import lanes
from smsops.applying.lanes import Lanes
from smsops.applying.ordering import Ordering
from smsops.cancellation import Stop
from smsops.errors import SmsopsError
from smsops.kinds import RESOURCES
from smsops.model import Action, Address, Step
from smsops.model.operations import Operation
from smsops.model.outcome import Result, Status
from smsops.providers.errors import Unknown
from smsops.text.messages import T
from tests.support.applying import Harness
from tests.support.desired import sign, template


class Defect(BaseException):
    """A failure that no step reports."""


@pytest.mark.timeout(20, method="thread")  # the threads would not let pytest end
def test_nothing_waits_for_steps_that_were_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A template waits for three signs: one fails in no expected way, and one never starts."""
    harness = Harness(tmp_path)
    cancelled, begun = threading.Event(), []

    def call(event: str, action: str) -> None:
        begun.append(action)
        if len(begun) > 1:
            assert cancelled.wait(10)
        raise Defect

    class Telling(ThreadPoolExecutor):
        def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
            super().shutdown(wait=False, cancel_futures=cancel_futures)
            cancelled.set()
            super().shutdown(wait=wait)

    def meanwhile() -> None:
        harness.emulator.hook = call

    monkeypatch.setattr(lanes, "ThreadPoolExecutor", Telling)
    monkeypatch.setattr(lanes, "WORKERS", 1)
    signs = [sign(harness, name, name) for name in ("acme", "brand", "third")]
    with pytest.raises(Defect):
        harness.apply([*signs, template()], meanwhile=meanwhile)

    assert set(begun) == {"AddSmsSign"}


class LastFirst:
    """A write whose first step ends when all others have. The second fails, the third is lost."""

    def __init__(self, count: int) -> None:
        self.others = threading.Semaphore(0)
        self.count = count

    def send(self, step: Step) -> Result:
        if step.remote_id == 0:
            for _ in range(1, self.count):
                assert self.others.acquire(timeout=10)
        else:
            self.others.release()
        if step.remote_id == 1:
            raise SmsopsError("refused")
        if step.remote_id == 2:
            raise Unknown("DeleteSmsSign", str(step.address), "got no answer")
        return Result(step, Status.DONE, step.remote_id)


def test_results_keep_the_order_of_their_steps() -> None:
    steps = [
        Step(Address("sign", f"n{number}"), Action.DELETE, T(""), remote_id=number)
        for number in range(6)
    ]
    stop, told = Stop(), []
    ordering = Ordering(steps, kinds=RESOURCES, existing=(), unlisted=(), stop=stop)
    write = LastFirst(len(steps))
    found = Lanes(
        RESOURCES,
        {Operation.DELETE: write},
        ordering,
        stop,
        lambda step, result: told.append((step, result)),
    ).run(steps)

    done, failed, unknown = Status.DONE, Status.FAILED, Status.UNKNOWN
    assert [(result.step, result.status) for result in found] == list(
        zip(steps, (done, failed, unknown, done, done, done), strict=True)
    )
    assert {(result.step, result) for result in found} == {item for item in told if item[1]}
    assert not stop
