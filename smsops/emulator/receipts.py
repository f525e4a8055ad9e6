"""Receipt codes (回执状态错误码) that the emulator gives, and what statistics count them as.

The document lists thousands, by carrier; these are the ones that testers reach for. Any other code
of a report that a tester orders counts as an error inside the carrier.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """The classes of CallbackStatusStatistics; the values are fields of a tally."""

    INTERNAL = "internal"
    INVALID = "invalid"
    SHUTDOWN = "shutdown"
    BLACKLIST = "blacklist"
    FREQUENCY = "frequency"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One row: how a failure is counted, and the document's words for it."""

    cause: Cause
    text: str


DELIVERED = "DELIVRD"
DELIVERED_TEXT = "用户短信送达成功"
UNREGISTERED = "NOREG"
DEAD = "MK:0001"
EXPIRED = "EXPIRED"

_OFF = Receipt(Cause.SHUTDOWN, "关机")
_GONE = Receipt(Cause.INVALID, "空号")
_BLOCKED = Receipt(Cause.BLACKLIST, "运营商免打扰名单")
_OFTEN = Receipt(Cause.FREQUENCY, "运营商频率限制")

FAILURES: Mapping[str, Receipt] = {
    UNREGISTERED: Receipt(Cause.INTERNAL, "运营商签名未报备拦截/未提供实名资料/签名未实名完成"),
    DEAD: Receipt(Cause.INVALID, "空号/停机/关机"),
    "SGIP:1": _GONE,
    "DB:0101": Receipt(Cause.INVALID, "号码异常"),
    "MK:0000": Receipt(Cause.SHUTDOWN, "空号/停机/关机"),
    "MK:0010": _OFF,
    "DB:0107": _OFF,
    "-105": Receipt(Cause.SHUTDOWN, "停机"),
    "UNDELIV": Receipt(Cause.SHUTDOWN, "空号/停机/关机"),
    "BLACK": _BLOCKED,
    "MBBLACK": _BLOCKED,
    "DB:0141": _BLOCKED,
    "DB:0142": _OFTEN,
    "DB:0143": _OFTEN,
    EXPIRED: Receipt(Cause.INTERNAL, "终端信号异常"),
    "REJECT": Receipt(Cause.INTERNAL, "运营商网关拦截"),
}


def cause_of(code: str) -> Cause:
    """What a failure with ``code`` counts as."""
    known = FAILURES.get(code)
    return Cause.INTERNAL if known is None else known.cause


def text_of(code: str) -> str:
    """The document's words for a code (callback: ``description``); the code where it has none."""
    if code == DELIVERED:
        return DELIVERED_TEXT
    known = FAILURES.get(code)
    return code if known is None else known.text
