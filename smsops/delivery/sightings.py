"""Sightings: which of the messages that a vendor shows is the one sought, and as rows. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from smsops.delivery.driver import Sighting, Sought, Uplink
from smsops.delivery.identity import reply_key
from smsops.delivery.model import MessageId, Reply, Report, Send, Source, Vendor
from smsops.delivery.numbers import hidden
from smsops.delivery.statuses import verdict_of

#: Seconds around the moment of a send in which the vendor's clock may have it.
BEFORE, AFTER = 5, 60


def window(send: Send, number: str, *, about: str, serial: str = "") -> Sought:
    """What to look for when ``send`` is sought."""
    return Sought(about, number, send.application, send.at - BEFORE, send.at + AFTER, serial)


def the_one(sightings: Iterable[Sighting], known: Collection[str]) -> Sighting | None:
    """The one message of a window that nobody knew of; ``None`` when there is none, or several."""
    new = {each.serial: each for each in sightings if each.serial and each.serial not in known}
    return next(iter(new.values())) if len(new) == 1 else None


def reports(send: Send, sightings: Sequence[Sighting], serial: str, now: int) -> list[Report]:
    """Rows of what was said about one message of ``send``."""
    id = MessageId(send.vendor, send.application, serial)
    return [
        Report(
            id,
            each.status,
            verdict_of(send.vendor, each.status),
            heard_at=now,
            code=each.code,
            number=send.number,
            vendor_at=each.reported_at,
            stamp=each.stamp,
            source=each.source,
        )
        for each in sightings
        if each.serial == serial and each.status and not each.refused
    ]


def reply_row(
    vendor: Vendor, application: str, uplink: Uplink, secret: bytes, now: int, source: Source
) -> Reply:
    """The row of a reply, without its text; with the key that a push of it has."""
    fields = (uplink.number, uplink.sign, uplink.extend, uplink.text, str(uplink.at))
    return Reply(
        reply_key(secret, vendor, *fields),
        vendor,
        hidden(uplink.number, secret),
        heard_at=now,
        application=application,
        sign=uplink.sign,
        extend=uplink.extend,
        replied_at=uplink.at,
        source=source,
    )
