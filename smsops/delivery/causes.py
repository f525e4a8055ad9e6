"""Causes: the class of what a vendor's code says, a table for each vendor. Pure.

A code means opposite things to two carriers, so a cause is a set while the carrier is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from smsops.delivery.model import Message, Vendor, Verdict


class Cause(StrEnum):
    """Why a message did not arrive: what kind of thing has to change."""

    NUMBER = "number"
    HANDSET = "handset"
    PORTED = "ported"
    BLOCKLIST = "blocklist"
    FREQUENCY = "frequency"
    CONTENT = "content"
    SIGN = "sign"
    HOURS = "hours"
    CARRIER = "carrier"
    PLATFORM = "platform"
    BALANCE = "balance"
    REQUEST = "request"


#: Condition of a receipt (see smsops.explain) -> its class. ``delivered`` is none.
CONDITIONS: Mapping[Cause, frozenset[str]] = {
    Cause.NUMBER: frozenset(
        {
            *("unreachable", "unassigned", "suspended", "off", "barred", "paused"),
            *("invalid-number", "number-range", "out-of-coverage", "send-1016"),
        }
    ),
    Cause.HANDSET: frozenset({"handset-signal", "handset-memory", "handset"}),
    Cause.PORTED: frozenset({"ported"}),
    Cause.BLOCKLIST: frozenset({"do-not-disturb", "unsubscribed", "send-1015"}),
    Cause.FREQUENCY: frozenset(
        {
            *("rate-limit", "flood-guard", "send-1013", "send-1022", "send-1023", "send-1024"),
            *("send-1025", "send-1026", "send-1047", "send-1049", "send-1050", "send-1052"),
        }
    ),
    Cause.CONTENT: frozenset(
        {
            *("keyword", "links-contacts", "unsubscribe-text", "human-refusal", "send-1002"),
            *("send-1014", "send-1017", "send-1036", "send-1038", "send-1048", "send-1055"),
            "send-1056",
        }
    ),
    Cause.SIGN: frozenset(
        {
            *("sign-invalid", "sign-unregistered", "sign-unreadable", "subcode-failed"),
            *("subcode-timeout", "send-1012"),
        }
    ),
    Cause.HOURS: frozenset({"marketing-hours", "send-1029"}),
    Cause.CARRIER: frozenset(
        {"gateway-block", "carrier-block", "carrier-fault", "gateway-fault", "no-response"}
    ),
    Cause.PLATFORM: frozenset(
        {"submit-failed", "submit-timeout", "send-1007", "send-1008", "send-60008"}
    ),
    Cause.BALANCE: frozenset({"send-1031", "send-1033"}),
    Cause.REQUEST: frozenset(
        {
            *("send-1001", "send-1003", "send-1004", "send-1006", "send-1009", "send-1011"),
            *("send-1019", "send-1020", "send-1021", "send-1030", "send-1032", "send-1034"),
            *("send-1045", "send-1046", "send-1051", "send-1053", "send-1054"),
        }
    ),
}
#: Codes of SendSms (API document, SendSms, section 6), by what begins them; the first that fits.
SENDING: tuple[tuple[str, Cause], ...] = (
    ("FailedOperation.PhoneNumberInBlacklist", Cause.BLOCKLIST),
    ("FailedOperation.InsufficientBalanceInSmsPackage", Cause.BALANCE),
    ("UnauthorizedOperation.ServiceSuspendDueToArrears", Cause.BALANCE),
    ("FailedOperation.MarketingSendTimeConstraint", Cause.HOURS),
    ("FailedOperation.SignatureIncorrectOrUnapproved", Cause.SIGN),
    ("FailedOperation.ContainSensitiveWord", Cause.CONTENT),
    ("FailedOperation.Template", Cause.CONTENT),
    ("InvalidParameterValue.ContentLengthLimit", Cause.CONTENT),
    ("InvalidParameterValue.ProhibitedUseUrlInTemplateParameter", Cause.CONTENT),
    ("InvalidParameterValue.TemplateParameter", Cause.CONTENT),
    ("InvalidParameterValue.IncorrectPhoneNumber", Cause.NUMBER),
    ("LimitExceeded.PhoneNumberCountLimit", Cause.REQUEST),
    ("LimitExceeded", Cause.FREQUENCY),
    ("RequestLimitExceeded", Cause.FREQUENCY),
    ("InternalError", Cause.PLATFORM),
    ("FailedOperation", Cause.REQUEST),
    ("InvalidParameter", Cause.REQUEST),
    ("MissingParameter", Cause.REQUEST),
    ("AuthFailure", Cause.REQUEST),
    ("UnauthorizedOperation", Cause.REQUEST),
    ("UnsupportedOperation", Cause.REQUEST),
)
#: Codes of the Yisha gateway.
YISHA: Mapping[str, Cause] = {
    "1005": Cause.REQUEST,
    "1999": Cause.PLATFORM,
    "9999": Cause.PLATFORM,
}
#: Huawei Cloud's statuses; its families of codes have any four digits. The first that fits.
HUAWEI: tuple[tuple[re.Pattern[str], Cause], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), cause)
    for pattern, cause in (
        (r"1|24|2:24|MK:(0055|0056)", Cause.NUMBER),
        (r"MK:1004|KEYWORD|DJ:0255|SC:000[12678]|E200032", Cause.CONTENT),
        (r"MK:(?!0000)\w+|MN:\w+|LT:0001", Cause.NUMBER),
        (r"BLACK|MBBLACK|SC:000[345]", Cause.BLOCKLIST),
        (r"MILIMIT|LIMIT|BEYONDN", Cause.FREQUENCY),
        (r"E20002[01]", Cause.SIGN),
        (r"E2000\d\d", Cause.PLATFORM),
        (r"[MCDSI][ABC]:\w+|EXPIRED|UNDELIV|REJECTD|DELETED", Cause.CARRIER),
    )
)


@cache
def causes(vendor: Vendor, code: str) -> tuple[Cause, ...]:
    """The classes that ``code`` may be of, as the vendor's documents say; none for unknown ones."""
    if vendor is Vendor.HUAWEI:
        return next(((cause,) for pattern, cause in HUAWEI if pattern.fullmatch(code)), ())
    if vendor is Vendor.TENCENT:
        from smsops.explain import conditions

        found = conditions(code)
        named = tuple(cause for cause, names in CONDITIONS.items() if not names.isdisjoint(found))
        sending = next((cause for begin, cause in SENDING if code.startswith(begin)), None)
        return named or ((sending,) if sending is not None else ())
    return (YISHA[code],) if code in YISHA else ()


def causes_of(message: Message) -> tuple[Cause, ...]:
    """Why a message was not delivered, as far as its vendor says."""
    if message.verdict not in (Verdict.FAILED, Verdict.REFUSED):
        return ()
    return causes(message.vendor, message.code)
