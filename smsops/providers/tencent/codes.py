"""What an error code of the API proves about a call.

Documents: "错误码" (public and SMS codes) and section 6 of the eight actions, plus the codes that
came with the API of 2026-05. Two questions are answered here and nowhere else:

1. Did the call certainly do nothing? A *rejected* call did nothing and may be corrected and sent
   again; a *throttled* one was turned away at the gateway and may be repeated as it is; after
   anything else the outcome of a write is *unknown*, and only a look at the account settles it.
2. Does the code mean more than "no" for this action? See :class:`Meaning`.

A code without a row is judged by :data:`PREFIXES`, and is unknown if none fits: calling a write
that happened "rejected" makes a second object, calling a rejected one "unknown" costs a listing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from smsops.providers.errors import Meaning


class Certainty(StrEnum):
    """What a code proves about the call that it answers."""

    REJECTED = "rejected"
    THROTTLED = "throttled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Row:
    """One verdict with its reason. ``credentials``: nothing else will work with them either."""

    certainty: Certainty
    why: str
    codes: tuple[str, ...]
    credentials: bool = False


_R, _T, _U = Certainty.REJECTED, Certainty.THROTTLED, Certainty.UNKNOWN

# fmt: off
ROWS: tuple[Row, ...] = (
    Row(_T, "refused at the gateway for its frequency, never forwarded", (
        "RequestLimitExceeded",
        "RequestLimitExceeded.GlobalRegionUinLimitExceeded",
        "RequestLimitExceeded.IPLimitExceeded",
        "RequestLimitExceeded.UinLimitExceeded",
    )),
    Row(_R, "the gateway did not accept who asks", (
        "AuthFailure.InvalidAuthorization",
        "AuthFailure.InvalidSecretId",
        "AuthFailure.MFAFailure",
        "AuthFailure.SecretIdNotFound",
        "AuthFailure.SignatureExpire",
        "AuthFailure.SignatureFailure",
        "AuthFailure.TokenFailure",
        "AuthFailure.UnauthorizedOperation",
        "IpInBlacklist",
        "IpNotInWhitelist",
    ), credentials=True),
    Row(_R, "the caller may not do this, which is checked before anything is done", (
        "UnauthorizedOperation",
        "UnauthorizedOperation.RequestIpNotInWhitelist",
        "UnauthorizedOperation.RequestPermissionDeny",
        "UnauthorizedOperation.SdkAppIdIsDisabled",
        "UnauthorizedOperation.ServiceSuspendDueToArrears",
    ), credentials=True),
    Row(_R, "the gateway knows no such action, version or region, or takes no such size", (
        "ActionOffline",
        "InvalidAction",
        "InvalidRequest",
        "NoSuchProduct",
        "NoSuchVersion",
        "RequestSizeLimitExceeded",
        "UnsupportedProtocol",
        "UnsupportedRegion",
    )),
    Row(_R, "a dry run by definition does nothing", ("DryRunOperation",)),
    Row(_R, "a parameter is wrong, which is checked before anything is done", (
        "InvalidParameter",
        "InvalidParameter.AppidAndBizId",
        "InvalidParameter.DirtyWordFound",
        "InvalidParameter.InvalidParameters",
        "InvalidParameterValue",
        "InvalidParameterValue.ImageInvalid",
        "InvalidParameterValue.InvalidDocumentType",
        "InvalidParameterValue.InvalidInternational",
        "InvalidParameterValue.InvalidSignPurpose",
        "InvalidParameterValue.InvalidSmsType",
        "InvalidParameterValue.InvalidTemplateFormat",
        "InvalidParameterValue.InvalidUsedMethod",
        "InvalidParameterValue.LimitVerifyFail",
        "InvalidParameterValue.MarketingTemplateWithoutUnsubscribe",
        "InvalidParameterValue.OffsetVerifyFail",
        "InvalidParameterValue.QualificationIdNotFound",
        "InvalidParameterValue.SdkAppIdNotExist",
        "InvalidParameterValue.SignAlreadyPassedCheck",
        "InvalidParameterValue.SignExistAndUnapproved",
        "InvalidParameterValue.SignNameLengthTooLong",
        "InvalidParameterValue.TemplateWithDirtyWords",
        "InvalidParameterValue.UnsupportedTemplateVariable",
        "MissingParameter",
        "UnknownParameter",
        "UnsupportedOperation",
    )),
    Row(_R, "the request could not even be parsed", (
        "FailedOperation.FailResolvePacket",
        "FailedOperation.JsonParseFail",
    )),
    Row(_R, "the account may not have, or not have more of, what was asked for", (
        "FailedOperation.ForbidAddMarketingTemplates",
        "FailedOperation.NotEnterpriseCertification",
        "FailedOperation.ProhibitSubAccountUse",
        "FailedOperation.SignNumberLimit",
        "FailedOperation.TemplateNumberLimit",
        "LimitExceeded",
    )),
    Row(_R, "what the call refers to is missing, or in a state that forbids it", (
        "FailedOperation.MissingSignature",
        "FailedOperation.MissingSignatureList",
        "FailedOperation.MissingSignatureToModify",
        "FailedOperation.MissingTemplateList",
        "FailedOperation.MissingTemplateToModify",
        "FailedOperation.QualificationIdNotApproved",
        "FailedOperation.SignIdNotExist",
        "FailedOperation.TemplateAlreadyPassedCheck",
        "FailedOperation.TemplateIdNotExist",
    )),
    Row(_U, "the document says 'other' or 'unknown': nothing tells how far the call came", (
        "FailedOperation",
        "FailedOperation.OtherError",
        "FailedOperation.ParametersOtherError",
    )),
    Row(_U, "behind the gateway something failed, perhaps after the write", (
        "InternalError",
        "InternalError.JsonParseFail",
        "InternalError.OtherError",
        "InternalError.RequestTimeException",
        "InternalError.RestApiInterfaceNotExist",
        "InternalError.SendAndRecvFail",
        "InternalError.SigFieldMissing",
        "InternalError.SigVerificationFail",
        "InternalError.Timeout",
        "InternalError.UnknownError",
        "ServiceUnavailable",
    )),
    Row(_U, "the reply was too large to send, so the call itself had run", (
        "ResponseSizeLimitExceeded",
    )),
    Row(_U, "public, but not documented for these actions: no promise that nothing was done", (
        "ResourceInUse",
        "ResourceInsufficient",
        "ResourceNotFound",
        "ResourceUnavailable",
    )),
)
# fmt: on

#: Families whose undocumented members are as definite as the documented ones. ``FailedOperation``
#: and ``InternalError`` are missing on purpose.
PREFIXES: tuple[Row, ...] = (
    Row(_T, "a frequency limit", ("RequestLimitExceeded",)),
    Row(_R, "who asks", ("AuthFailure", "UnauthorizedOperation"), credentials=True),
    Row(
        _R,
        "what is asked",
        (
            "InvalidParameter",
            "InvalidParameterValue",
            "MissingParameter",
            "UnknownParameter",
            "LimitExceeded",
            "UnsupportedOperation",
        ),
    ),
)

_UNDOCUMENTED = Row(_U, "no document says what it means", ())
_BY_CODE: Mapping[str, Row] = {code: row for row in ROWS for code in row.codes}
_BY_PREFIX: Mapping[str, Row] = {prefix: row for row in PREFIXES for prefix in row.codes}

#: Which of these a service answers for a missing id is not documented, so all mean the same.
_GONE = (
    "FailedOperation.MissingSignatureToModify",
    "FailedOperation.MissingTemplateToModify",
    "FailedOperation.SignIdNotExist",
    "FailedOperation.TemplateIdNotExist",
)
#: One of each kind, but ModifySmsSign documents both.
_PASSED = (
    "FailedOperation.TemplateAlreadyPassedCheck",
    "InvalidParameterValue.SignAlreadyPassedCheck",
)
_PENDING = "InvalidParameterValue.SignExistAndUnapproved"

#: verb of the action -> code -> what it means there; everything else is plain.
MEANINGS: Mapping[str, Mapping[str, Meaning]] = {
    "Add": {
        _PENDING: Meaning.DUPLICATE,
        **dict.fromkeys(_PASSED, Meaning.DUPLICATE),
        "FailedOperation.MissingSignature": Meaning.MISSING_SIGN,
    },
    "Modify": {
        **dict.fromkeys(_GONE, Meaning.GONE),
        **dict.fromkeys(_PASSED, Meaning.ALREADY_PASSED),
        _PENDING: Meaning.DUPLICATE,
    },
    "Delete": dict.fromkeys(_GONE, Meaning.GONE),
    "Describe": dict.fromkeys(_GONE, Meaning.GONE),
}


def row(code: str) -> Row:
    """The row of ``code``: its own, its family's, or that of everything undocumented."""
    return _BY_CODE.get(code) or _BY_PREFIX.get(code.partition(".")[0]) or _UNDOCUMENTED


def certainty(code: str) -> Certainty:
    """What ``code`` proves about the call it answers."""
    return row(code).certainty


def meaning(action: str, code: str) -> Meaning:
    """What ``code`` says about the object when ``action`` answers it."""
    for verb, codes in MEANINGS.items():
        if action.startswith(verb):
            return codes.get(code, Meaning.PLAIN)
    return Meaning.PLAIN


def documented() -> frozenset[str]:
    """Every code that has a row of its own."""
    return frozenset(_BY_CODE)
