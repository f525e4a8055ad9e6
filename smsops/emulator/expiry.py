"""Messages that nobody reports: Huawei's platform says at some time that they expired."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from math import inf

from smsops.emulator.messages import FAILED, Message
from smsops.emulator.receipts import EXPIRED

#: Seconds after which Huawei's platform reports EXPIRED of what nobody reported.
EXPIRES = 72 * 3600


class Expiry:
    """Messages without a report, in the order in which they expire."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[float, int]] = deque()  # when, and the seq
        self._left: list[Message] = []  # before that

    @property
    def first(self) -> float:
        """When the next one expires."""
        if self._left:
            return 0.0
        return self._waiting[0][0] if self._waiting else inf

    def wait(self, message: Message) -> None:
        """A message was sent that nobody is to report."""
        self._waiting.append((message.sent_at + EXPIRES, message.seq))

    def leave(self, message: Message, *, followed: bool) -> None:
        """The oldest message leaves; somebody who is told of reports hears at once."""
        if self._waiting and self._waiting[0][1] == message.seq:
            self._waiting.popleft()
            if followed and message.report_at is None:
                self._left.append(message)

    def pop(self, now: float, messages: Mapping[int, Message]) -> Iterator[Message]:
        """Take out what has expired, as Huawei's platform reports it, and nobody else."""
        found, self._left = self._left, []
        while self._waiting and self._waiting[0][0] <= now:
            message = messages[self._waiting.popleft()[1]]
            if message.report_at is None:
                found.append(message)
        for message in found:
            yield message._replace(verdict=FAILED, code=EXPIRED, report_at=now)
