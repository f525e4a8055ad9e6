"""What an error code of SendSms proves about a message: a table.

Document: SendSms, section 6, and "短信发送错误码" of the appendix, whose numbers are older names of
the same. Whether a code comes as an Error or in the set of statuses is not documented, so both mean
the same. Every documented code is a refusal, but for the four that say that nobody waited for the
answer: after those the message may be on its way.
"""

from __future__ import annotations

import re

from smsops.delivery.driver import Fate
from smsops.providers.tencent import codes
from smsops.providers.tencent.codes import Certainty

#: "请求下发短信超时", "接口超时或短信收发包超时", and their numbers.
UNKNOWN = frozenset(
    {"InternalError.Timeout", "InternalError.SendAndRecvFail", "1008", "60008"},
)
#: 1001 to 1056: each is a refusal.
_NUMBER = re.compile(r"10[0-5][0-9]")
# fmt: off
REFUSED = frozenset({
    "FailedOperation.ContainSensitiveWord",
    "FailedOperation.FailResolvePacket",
    "FailedOperation.InsufficientBalanceInSmsPackage",
    "FailedOperation.JsonParseFail",
    "FailedOperation.MarketingSendTimeConstraint",
    "FailedOperation.PhoneNumberInBlacklist",
    "FailedOperation.SignatureIncorrectOrUnapproved",
    "FailedOperation.TemplateIncorrectOrUnapproved",
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
    "FailedOperation.TemplateUnapprovedOrNotExist",
    "InternalError.OtherError",
    "InternalError.RequestTimeException",
    "InternalError.RestApiInterfaceNotExist",
    "InternalError.SigFieldMissing",
    "InternalError.SigVerificationFail",
    "InternalError.UnknownError",
    "InvalidParameterValue.ContentLengthLimit",
    "InvalidParameterValue.IncorrectPhoneNumber",
    "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter",
    "InvalidParameterValue.SdkAppIdNotExist",
    "InvalidParameterValue.TemplateParameterFormatError",
    "InvalidParameterValue.TemplateParameterLengthLimit",
    "LimitExceeded.AppCountryOrRegionDailyLimit",
    "LimitExceeded.AppCountryOrRegionInBlacklist",
    "LimitExceeded.AppDailyLimit",
    "LimitExceeded.AppGlobalDailyLimit",
    "LimitExceeded.AppMainlandChinaDailyLimit",
    "LimitExceeded.DailyLimit",
    "LimitExceeded.DeliveryFrequencyLimit",
    "LimitExceeded.PhoneNumberCountLimit",
    "LimitExceeded.PhoneNumberDailyLimit",
    "LimitExceeded.PhoneNumberOneHourLimit",
    "LimitExceeded.PhoneNumberSameContentDailyLimit",
    "LimitExceeded.PhoneNumberThirtySecondLimit",
    "MissingParameter.EmptyPhoneNumberSet",
    "UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny",
    "UnauthorizedOperation.RequestIpNotInWhitelist",
    "UnauthorizedOperation.RequestPermissionDeny",
    "UnauthorizedOperation.SdkAppIdIsDisabled",
    "UnauthorizedOperation.ServiceSuspendDueToArrears",
    "UnauthorizedOperation.SmsSdkAppIdVerifyFail",
    "UnsupportedOperation",
    "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone",
    "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber",
    "UnsupportedOperation.GlobalTemplateToChineseMainlandPhone",
    "UnsupportedOperation.UnsupportedRegion",
})
# fmt: on
_BY_CERTAINTY = {
    Certainty.REJECTED: Fate.REFUSED,
    Certainty.THROTTLED: Fate.NOT_SENT,
    Certainty.UNKNOWN: Fate.UNKNOWN,
}


def fate(code: str) -> Fate:
    """What became of a message that SendSms answered with ``code``."""
    if code in UNKNOWN:
        return Fate.UNKNOWN
    if code in REFUSED or _NUMBER.fullmatch(code):
        return Fate.REFUSED
    return _BY_CERTAINTY[codes.certainty(code)]
