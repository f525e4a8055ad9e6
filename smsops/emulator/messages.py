"""Messages that programs sent, and what became of them. Pure: everything is a function of a moment.

Reports and replies are decided when a message is sent and become true when the clock gets there:
:meth:`Message.at` is the message as anybody sees it at a moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

Json = Mapping[str, object]

DELIVERED, FAILED, REFUSED, PENDING = "delivered", "failed", "refused", "pending"
#: Characters that are kept of a text and of all parameters, of any other field; parameters.
MAX_TEXT, MAX_FIELD, MAX_PARAMS = 2000, 600, 100
VERDICTS = (DELIVERED, FAILED, REFUSED, PENDING)


class Reply(NamedTuple):
    """What the phone answers, at a moment that may be to come."""

    text: str
    at: float


class Message(NamedTuple):
    """One message to one number. (A tuple, because there are very many.)

    ``seq`` counts the messages of an account from 1 and never repeats; ``serial`` is what the API
    calls SerialNo (Yisha: externalId), empty for what was refused. ``number`` is in E.164,
    ``nation`` its country code. ``text`` is what the phone shows, sign included. ``fee`` counts
    billed segments. ``verdict`` and ``code`` are what a report says from ``report_at`` on, or for
    what was refused, from the beginning; without ``report_at`` nothing is ever reported.
    """

    seq: int
    serial: str
    number: str
    nation: str
    iso: str
    fee: int
    verdict: str
    code: str
    report_at: float | None
    replies: tuple[Reply, ...]
    channel: str
    version: str
    app: str
    sign: str
    template: str
    text: str
    params: tuple[str, ...]
    sent_at: float
    session_context: str
    extend: str

    def at(self, now: float) -> Message:
        """The message at ``now``: pending until its report, with the replies so far."""
        replies = self.replies
        if replies and any(reply.at > now for reply in replies):
            replies = tuple(reply for reply in replies if reply.at <= now)
        if self.verdict == REFUSED or (self.report_at is not None and self.report_at <= now):
            return self if replies is self.replies else self._replace(replies=replies)
        return self._replace(verdict=PENDING, code="", replies=replies)

    @property
    def reported_at(self) -> float | None:
        """When the verdict was reported; ``None`` for pending and refused messages."""
        return self.report_at if self.verdict in (DELIVERED, FAILED) else None

    def moments(self) -> Iterator[float]:
        """When something becomes true of the message."""
        if self.report_at is not None:
            yield self.report_at
        yield from (reply.at for reply in self.replies)

    def is_over(self, moment: float) -> bool:
        """Whether all that is decided about the message became true before ``moment``."""
        _, _, _, _, _, _, _, _, report_at, replies = self[:10]
        if report_at is not None and report_at >= moment:
            return False
        return not replies or all(reply.at < moment for reply in replies)

    def moved(self, moved: Callable[[float], float]) -> Message:
        """The message with other moments of its report and replies."""
        at = self.report_at
        report_at = None if at is None else moved(at)
        replies = tuple(Reply(text, moved(said)) for text, said in self.replies)
        if (report_at, replies) == (at, self.replies):
            return self
        return Message._make((*self[:_REPORT_AT], report_at, replies, *self[_OWN:]))

    @property
    def weight(self) -> int:
        """Characters that the message takes, without those that every one has."""
        return len(self.text) + len(self.session_context) + sum(map(len, self.params))

    @property
    def subscriber(self) -> str:
        """The number without its country code."""
        return self.number.removeprefix(f"+{self.nation}")


def seq_of(serial: str) -> int:
    """The ``seq`` that ends every serial number which the emulator draws; 0 for another one.

    Tencent's has a colon and 12 decimal digits of it, Yisha's 16 hexadecimal ones.
    """
    try:
        return int(serial[-12:]) if ":" in serial else int(serial[-16:], 16)
    except ValueError:
        return 0


_OWN = Message._fields.index("channel")
_SHARED = Message._fields[_OWN:]
_REPORT_AT = Message._fields.index("report_at")


def sent(seq: int, shared: Json, to: Sequence[Sequence[object]]) -> Json:
    """The change that messages of one call make.

    ``shared`` are the fields that they have in common, from ``channel`` on; each of ``to`` is
    ``[serial, number, nation, iso, fee, verdict, code, report_at, [[text, at], ...]]``.
    """
    kept = {name: _short(name, value) for name, value in shared.items()}
    return {"send": {"seq": seq, **kept, "to": to}}


def cut(text: str, most: int) -> str:
    """A text, or its beginning and how many characters there are more."""
    return text if len(text) <= most else f"{text[:most]}… (+{len(text) - most})"


def _short(name: str, value: object) -> object:
    """What is kept of a field that a caller may have made as long as a request."""
    if isinstance(value, str):
        return cut(value, MAX_TEXT if name == "text" else MAX_FIELD)
    if not isinstance(value, list | tuple):
        return value
    if len(value) <= MAX_PARAMS and sum(map(len, value)) <= MAX_TEXT:
        return value
    kept: list[str] = []
    left = MAX_TEXT
    for text in value[:MAX_PARAMS]:
        if left <= 0:
            break
        kept.append(cut(text, left))
        left -= len(text)
    more = len(value) - len(kept)
    return [*kept, f"… (+{more})"] if more else kept


def received(document: Json) -> Iterator[Message]:
    """The messages in the ``send`` of a change. Raises ``ValueError``."""
    try:
        seq, to = document["seq"], document["to"]
        params = document["params"]
        if type(seq) is not int or not isinstance(to, list | tuple):
            raise ValueError("messages without seq or to")
        if not isinstance(params, list | tuple):
            raise ValueError("messages without params")
        shared = [document[name] for name in _SHARED]
        shared[_SHARED.index("params")] = tuple(params)
        made = []
        for number, (*own, replies) in enumerate(to, start=seq):
            said = tuple(Reply(text, at) for text, at in replies) if replies else ()
            made.append(Message._make((number, *own, said, *shared)))
    except (KeyError, TypeError) as error:
        raise ValueError("messages that are not complete") from error
    return iter(made)


def snapshot(messages: Iterable[Message]) -> Iterator[Json]:
    """Changes that make ``messages``, in their order; what one call sent stays one change."""

    def call(pair: tuple[int, Message]) -> tuple[object, ...]:
        place, message = pair
        return (message.seq - place, *message[_OWN:])

    for (_, *shared), group in groupby(enumerate(messages), key=call):
        batch = [message for _, message in group]
        yield sent(
            batch[0].seq,
            dict(zip(_SHARED, shared, strict=True)),
            [[*message[1 : _OWN - 1], message.replies] for message in batch],
        )


# ---- JSON for tests and for people's programs --------------------------------------------------


def to_json(message: Message) -> dict[str, object]:
    """One message for ``GET /_emulator/messages``, as it is at the moment that it was taken for."""
    return {
        "serial_no": message.serial,
        "seq": message.seq,
        "channel": message.channel,
        "app": message.app,
        "to": message.number,
        "sign": message.sign,
        "template_id": message.template,
        "text": message.text,
        "params": list(message.params),
        "fee": message.fee,
        "verdict": message.verdict,
        "code": message.code,
        "sent_at": message.sent_at,
        "reported_at": message.reported_at,
        "session_context": message.session_context,
        "replies": [{"text": reply.text, "at": reply.at} for reply in message.replies],
    }
