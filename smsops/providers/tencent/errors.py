"""Typed errors of replies with an error code."""

from __future__ import annotations

from smsops.providers.errors import ApiError, CredentialsRefused, Refused, Throttled, Unknown
from smsops.providers.tencent import codes
from smsops.providers.tencent.codes import Certainty
from smsops.text.messages import NOTHING, T, Text


def answered(
    action: str,
    address: str,
    code: str,
    vendor_message: str,
    request_id: str,
    *,
    note: Text = NOTHING,
) -> ApiError:
    """The error for a reply with ``Response.Error``."""
    row = codes.row(code)
    if row.certainty is Certainty.REJECTED:
        kind = CredentialsRefused if row.credentials else Refused
        return kind(
            action,
            address,
            code,
            vendor_message,
            request_id,
            note=note,
            meaning=codes.meaning(action, code),
        )
    said = f": {vendor_message}" if vendor_message else ""
    if row.certainty is Certainty.THROTTLED:
        message = T("was refused for its frequency: {code}{said}", code=code, said=said)
        return Throttled(action, address, message, code=code, request_id=request_id)
    message = T("failed: {code}{said}", code=code, said=said)
    return Unknown(action, address, message, code=code, request_id=request_id)
