"""Which writing step may start when, row by row."""

from __future__ import annotations

import threading
from collections.abc import Collection

import pytest

from smsops.applying.ordering import Ordering
from smsops.cancellation import Stop, Stopped
from smsops.errors import SmsopsError
from smsops.kinds import RESOURCES
from smsops.model import Address, Step
from smsops.model.operations import OPERATIONS, Operation
from smsops.text.messages import T

SIGN, TEMPLATE = RESOURCES["sign"], RESOURCES["template"]
NEVER = Stop()
ACTIONS = {write: action for action, write in OPERATIONS.items() if write is not None}


def ordering(
    *writes: tuple[Operation, str],
    existing: Collection[str] = (),
    unlisted: Collection[str] = (),
    stop: Stop = NEVER,
) -> Ordering:
    steps = [
        Step(Address(kind, f"n{number}"), ACTIONS[write], T(""), remote_id=number)
        for number, (write, kind) in enumerate(writes)
    ]
    return Ordering(steps, kinds=RESOURCES, existing=existing, unlisted=unlisted, stop=stop)


class Waiting:
    """A step that waits in a thread of its own, and how that ended."""

    def __init__(self, board: Ordering, write: Operation, kind: str) -> None:
        self.error: SmsopsError | None = None
        self._thread = threading.Thread(target=self._wait, args=(board, write, kind), daemon=True)
        self._thread.start()

    def _wait(self, board: Ordering, write: Operation, kind: str) -> None:
        try:
            board.ready(write, RESOURCES[kind])
        except SmsopsError as error:
            self.error = error

    @property
    def waits(self) -> bool:
        self._thread.join(0.05)
        return self._thread.is_alive()

    def end(self) -> None:
        self._thread.join(10)
        assert not self._thread.is_alive()


@pytest.mark.parametrize("write", Operation)
def test_signs_and_modifies_start_at_once(write: Operation) -> None:
    board = ordering((write, "sign"), (Operation.MODIFY, "template"), (Operation.ADD, "template"))
    board.ready(write, SIGN)
    board.ready(Operation.MODIFY, TEMPLATE)


@pytest.mark.parametrize(("existing", "unlisted"), [(["sign"], []), ([], ["sign"])])
def test_a_template_is_added_at_once_where_a_sign_exists_or_may_exist(
    existing: list[str], unlisted: list[str]
) -> None:
    ordering((Operation.ADD, "template"), existing=existing, unlisted=unlisted).ready(
        Operation.ADD, TEMPLATE
    )


def test_the_first_template_waits_for_the_first_sign_and_not_for_the_second() -> None:
    board = ordering((Operation.ADD, "sign"), (Operation.ADD, "sign"), (Operation.ADD, "template"))
    first = Waiting(board, Operation.ADD, "template")
    assert first.waits
    board.finished(Operation.ADD, SIGN, done=True)
    first.end()
    assert first.error is None


def test_a_template_without_any_sign_is_not_sent() -> None:
    board = ordering((Operation.ADD, "sign"), (Operation.ADD, "template"))
    waiting = Waiting(board, Operation.ADD, "template")
    assert waiting.waits
    board.finished(Operation.ADD, SIGN, done=False)
    waiting.end()
    assert waiting.error is not None
    assert (
        waiting.error.message == "no sign exists, and Tencent Cloud refuses templates without one"
    )
    assert waiting.error.hint == "Fix the sign that failed in this run, then apply again."


def test_signs_are_deleted_after_the_last_template() -> None:
    board = ordering(
        (Operation.DELETE, "template"), (Operation.DELETE, "template"), (Operation.DELETE, "sign")
    )
    board.ready(Operation.DELETE, TEMPLATE)
    waiting = Waiting(board, Operation.DELETE, "sign")
    board.finished(Operation.DELETE, TEMPLATE, done=True)
    assert waiting.waits
    board.finished(Operation.DELETE, TEMPLATE, done=False)
    waiting.end()
    assert waiting.error is None


def test_a_stop_ends_the_waiting() -> None:
    stop = Stop()
    board = ordering((Operation.ADD, "sign"), (Operation.ADD, "template"), stop=stop)
    waiting = Waiting(board, Operation.ADD, "template")
    assert waiting.waits
    stop.set(SmsopsError("no more"))
    waiting.end()
    assert isinstance(waiting.error, Stopped)
    with pytest.raises(Stopped):
        board.ready(Operation.ADD, SIGN)
