"""Writing steps run in lanes that wait for each other, and a defect in one ends them all."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from smsops.applying import batch
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

    monkeypatch.setattr(batch, "ThreadPoolExecutor", Telling)
    monkeypatch.setattr(batch, "WORKERS", 1)
    signs = [sign(harness, name, name) for name in ("acme", "brand", "third")]
    with pytest.raises(Defect):
        harness.apply([*signs, template()], meanwhile=meanwhile)

    assert set(begun) == {"AddSmsSign"}
