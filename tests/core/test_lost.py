"""A Modify or Delete that nobody answered is sent again, if that can help."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from smsops.applying.lost import idempotent
from smsops.errors import SmsopsError
from smsops.providers.errors import Unknown

LOST = Unknown("DeleteSmsSign", "sign.acme", "got no answer")


class Sender:
    """Loses the first ``lost`` answers."""

    def __init__(self, lost: int) -> None:
        self.lost = lost
        self.sent = 0

    def __call__(self) -> None:
        self.sent += 1
        if self.sent <= self.lost:
            raise LOST


def never() -> bool:
    pytest.fail("an answered write is not read again")


def unreadable() -> bool:
    raise SmsopsError("no connection")


@pytest.mark.parametrize(
    ("lost", "there", "done_when_gone", "sent", "known"),
    [
        pytest.param(0, never, False, 1, True, id="answered"),
        pytest.param(1, lambda: True, True, 2, True, id="still-there"),
        pytest.param(2, lambda: True, True, 2, False, id="lost-twice"),
        pytest.param(1, lambda: False, True, 1, True, id="gone-and-that-was-the-wish"),
        pytest.param(1, lambda: False, False, 1, False, id="gone-all-the-same"),
        pytest.param(1, unreadable, True, 1, False, id="cannot-be-read"),
    ],
)
def test_a_lost_answer_is_read_again(
    lost: int, there: Callable[[], bool], done_when_gone: bool, sent: int, known: bool
) -> None:
    sender, error = Sender(lost), None
    try:
        idempotent(sender, there=there, done_when_gone=done_when_gone)
    except Unknown as raised:
        error = raised
    assert (sender.sent, error is None) == (sent, known)
