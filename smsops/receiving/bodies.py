"""Bodies that vendors push, as rows of the ledger; what is broken in them is told apart. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl

from smsops.delivery.conversion import Unusable, huawei, tencent
from smsops.delivery.conversion.fields import Item
from smsops.delivery.model import Reply, Report
from smsops.receiving.paths import Endpoint, Place
from smsops.text.messages import T, Text

#: Reports in one body: what Tencent Cloud sends at most; Huawei Cloud sends half of it.
MOST_ITEMS = 100
#: Fields of a form; the documents have ten.
_MOST_FIELDS = 50


class Refused(Exception):
    """The body is no such thing. ``broken`` is what was in it."""

    def __init__(self, status: HTTPStatus, broken: tuple[Broken, ...] = ()) -> None:
        super().__init__(status)
        self.status = status
        self.broken = broken


@dataclass(frozen=True, slots=True)
class Broken:
    """An item that is no report or reply, and why; ``item`` is not to be shown."""

    why: Text
    item: object = field(repr=False)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a body amounts to."""

    rows: tuple[Report | Reply, ...]
    broken: tuple[Broken, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads bodies. ``secret``: the key of the ledger's hashes. ``keep_replies``: with texts."""

    secret: bytes = field(repr=False)
    keep_replies: bool = False

    def read(self, place: Place, body: bytes, heard_at: int) -> Taken:
        """The rows of a body that came to ``place``. Raises :class:`Refused`."""
        match place.endpoint:
            case Endpoint.TENCENT | Endpoint.TENCENT_REPLIES:
                return self._tencent(place, _json(body), heard_at)
            case Endpoint.HUAWEI:
                return self._huawei(body, heard_at)
            case Endpoint.HUAWEI_REPLIES:
                return _read_all([_form(body)], lambda item: self._uplink(item, heard_at))

    def _tencent(self, place: Place, found: object, heard_at: int) -> Taken:
        """An array is status reports, an object a reply: both may have the same URL."""
        if isinstance(found, Mapping):
            return _read_all([found], lambda item: self._reply(item, place, heard_at))
        if not isinstance(found, list) or place.endpoint is not Endpoint.TENCENT:
            raise Refused(HTTPStatus.BAD_REQUEST)

        def report(item: Item) -> Report:
            return tencent.status_report(
                item,
                tencent.STATUS_PUSHED,
                application=place.application,
                secret=self.secret,
                heard_at=heard_at,
            )

        return _read_all(found, report)

    def _reply(self, item: Item, place: Place, heard_at: int) -> Reply:
        return tencent.reply(
            item,
            tencent.REPLY_PUSHED,
            application=place.application,
            secret=self.secret,
            heard_at=heard_at,
            keep=self.keep_replies,
        )

    def _huawei(self, body: bytes, heard_at: int) -> Taken:
        """A form is one report, JSON a batch; the type that a request names is not needed."""
        found: object = None
        if body.lstrip()[:1] == b"{":
            batch = _json(body)
            found = batch.get(huawei.BATCH) if isinstance(batch, Mapping) else None
        else:
            found = [_form(body)]
        if not isinstance(found, list):
            raise Refused(HTTPStatus.BAD_REQUEST)
        return _read_all(
            found,
            lambda item: huawei.status_report(item, secret=self.secret, heard_at=heard_at),
        )

    def _uplink(self, item: Item, heard_at: int) -> Reply:
        return huawei.reply(item, secret=self.secret, heard_at=heard_at, keep=self.keep_replies)


def _read_all(items: list[object], read: Callable[[Item], Report | Reply]) -> Taken:
    if len(items) > MOST_ITEMS:
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    rows: list[Report | Reply] = []
    broken: list[Broken] = []
    for item in items:
        try:
            if not isinstance(item, dict):
                raise Unusable(T("it is no object"))
            rows.append(read(item))
        except Unusable as error:
            broken.append(Broken(error.why, item))
    if not rows:
        raise Refused(HTTPStatus.BAD_REQUEST, tuple(broken))
    return Taken(tuple(rows), tuple(broken))


def _json(body: bytes) -> object:
    """Half of a character in a text that nobody needs costs no report."""
    try:
        found: object = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        raise Refused(HTTPStatus.BAD_REQUEST) from None
    return found


def _form(body: bytes) -> object:
    """The fields of a form, each once; only what it is about has to be readable."""
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"),
            keep_blank_values=True,
            errors="replace",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise Refused(HTTPStatus.BAD_REQUEST) from None
    found = dict(pairs)
    if not found or len(found) != len(pairs):
        raise Refused(HTTPStatus.BAD_REQUEST)
    return found
