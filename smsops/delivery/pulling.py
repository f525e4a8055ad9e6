"""Pulling by application: reports and replies that nobody took before, into a ledger.

Each page is durable before the next one is asked for: what was taken is never told again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from smsops.clock import Clock
from smsops.delivery.conversion.fields import Item, Unusable
from smsops.delivery.conversion.tencent import (
    REPLY_PULLED,
    STATUS_PULLED,
    reply,
    status_report,
)
from smsops.delivery.ledger import Ledger
from smsops.delivery.model import Row, Source
from smsops.delivery.runs import Pulled
from smsops.errors import LedgerError
from smsops.text.messages import T, Text

#: One page of what is waiting; ``True`` for replies.
Ask = Callable[[bool], Sequence[Item]]


def pull(ledger: Ledger, ask: Ask, application: str, *, secret: bytes, clock: Clock) -> Pulled:
    """Take everything that waits for an application."""
    counts, unusable = [0, 0], 0
    for replies in (False, True):
        while items := ask(replies):
            rows: list[Row] = []
            for item in items:
                try:
                    rows.append(_row(item, application, secret, int(clock.now()), replies=replies))
                except Unusable:
                    unusable += 1
            try:
                ledger.append(rows)
            except LedgerError as error:
                error.advise(_gone(len(rows), error.hint_text))
                raise
            counts[replies] += len(rows)
    return Pulled(counts[0], counts[1], unusable)


def _gone(count: int, hint: Text) -> Text:
    words = T(
        "What the last call took is not kept, and gone from this queue: {count}. Single messages "
        "can still be asked for by number. {hint}"
    )
    return words.filled(count=count, hint=hint)


def _row(item: Item, application: str, secret: bytes, now: int, *, replies: bool) -> Row:
    if replies:
        return reply(
            item,
            REPLY_PULLED,
            application=application,
            secret=secret,
            heard_at=now,
            source=Source.PULL,
        )
    return status_report(
        item,
        STATUS_PULLED,
        application=application,
        secret=secret,
        heard_at=now,
        source=Source.PULL,
    )
