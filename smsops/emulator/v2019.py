"""API version 2019-07-11 on top of 2021-01-11: what is called differently, a row a field.

From the document of PullSmsReplyStatusByPhoneNumber and the models of the official SDK. A call is
asked in the words of 2019, run as that of 2021, and answered in the words of 2019; what no row
names is the same in both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from fnmatch import fnmatchcase

from smsops.emulator.account import Json
from smsops.emulator.calls import Call, Outcome
from smsops.emulator.parameters import Parameter, Type
from smsops.emulator.wire import Refused

VERSION = "2019-07-11"
#: Its 16 actions; none needs a Region.
ACTIONS = (
    "AddSmsSign",
    "AddSmsTemplate",
    "CallbackStatusStatistics",
    "DeleteSmsSign",
    "DeleteSmsTemplate",
    "DescribeSmsSignList",
    "DescribeSmsTemplateList",
    "ModifySmsSign",
    "ModifySmsTemplate",
    "PullSmsReplyStatus",
    "PullSmsReplyStatusByPhoneNumber",
    "PullSmsSendStatus",
    "PullSmsSendStatusByPhoneNumber",
    "SendSms",
    "SendStatusStatistics",
    "SmsPackagesStatistics",
)

_BEIJING = timezone(timedelta(hours=8))


def _beijing(moment: object) -> str:
    """``2019-10-08 17:18:37``, the time in Beijing."""
    assert isinstance(moment, int)
    return datetime.fromtimestamp(moment, _BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def _same(value: object) -> object:
    return value


@dataclass(frozen=True, slots=True)
class Asked:
    """A parameter: ``modern`` in 2021 is ``old`` in 2019, or does not exist there (``""``).

    ``type`` and ``required`` where they differ; ``modern_value`` makes the value for 2021 out of
    the one given, or of the time when there is none to give.
    """

    action: str
    modern: str
    old: str
    type: Type | None = None
    required: bool | None = None
    modern_value: Callable[[object], object] = _same


@dataclass(frozen=True, slots=True)
class Told:
    """A member of a reply, at any depth: ``modern`` becomes ``old``, and nothing when it is ``""``.

    A member with several rows becomes several members.
    """

    action: str
    modern: str
    old: str
    value: Callable[[object], object] = _same


def _last_hour(now: object) -> str:
    assert isinstance(now, int)
    return datetime.fromtimestamp(now - 1, _BEIJING).strftime("%Y%m%d%H")


# fmt: off
#: Codes that 2019 does not have -> what it says instead.
_CODES: Mapping[str, str] = {
    "FailedOperation.PhoneNumberParseFail":         "InvalidParameterValue.IncorrectPhoneNumber",
    "InvalidParameter.DirtyWordFound":              "FailedOperation.ContainSensitiveWord",
    "InvalidParameterValue.InvalidSignPurpose":     "InvalidParameterValue.InvalidUsedMethod",
    "InvalidParameterValue.InvalidTemplateFormat":  "InvalidParameter.InvalidParameters",
    "InvalidParameterValue.LimitVerifyFail":        "InvalidParameter",
    "InvalidParameterValue.OffsetVerifyFail":       "InvalidParameter",
    "InvalidParameterValue.TemplateWithDirtyWords": "FailedOperation.ContainSensitiveWord",
}
# fmt: on


def _code(code: object) -> str:
    return _CODES.get(str(code), str(code))


# fmt: off
_ASKED = (
    Asked("*",                       "SmsSdkAppId", "SmsSdkAppid"),
    Asked("SendSms",                 "TemplateId",  "TemplateID"),
    Asked("SendSms",                 "SignName",    "Sign"),
    Asked("*ByPhoneNumber",          "BeginTime",   "SendDateTime"),
    Asked("*ByPhoneNumber",          "EndTime",     "EndDateTime"),
    Asked("*StatusStatistics",       "BeginTime",   "StartDateTime", Type.INTEGER, None, str),
    Asked("*StatusStatistics",       "EndTime",     "EndDataTime",   Type.INTEGER, None, str),
    # All packages there are: 2019 cannot choose by time.
    Asked("SmsPackagesStatistics",   "BeginTime",   "", None, None, lambda _: "2000010100"),
    Asked("SmsPackagesStatistics",   "EndTime",     "", None, None, _last_hour),
    Asked("*SmsSign",                "SignPurpose", "UsedMethod"),
    Asked("DescribeSmsSignList",     "SignIdSet",   "SignIdSet",     None, True),
    Asked("DescribeSmsTemplateList", "TemplateIdSet", "TemplateIdSet", None, True),
    Asked("DescribeSms*List",        "Limit",       "", None, None, lambda _: None),
    Asked("DescribeSms*List",        "Offset",      "", None, None, lambda _: None),
)
_TOLD = (
    Told("SendSms",                 "Code",             "Code", _code),
    Told("PullSmsSendStatus*",      "CountryCode",      "NationCode"),
    Told("PullSmsSendStatus*",      "PhoneNumber",      "PurePhoneNumber"),
    Told("PullSmsSendStatus*",      "SubscriberNumber", "PhoneNumber"),
    Told("PullSmsSendStatus*",      "UserReceiveTime",  "UserReceiveTime", _beijing),
    Told("PullSmsSendStatus*",      "UserReceiveTime",  "UserReceiveUnixTime"),
    Told("PullSmsSendStatus*",      "SessionContext",   ""),
    Told("PullSmsReplyStatus*",     "CountryCode",      "NationCode"),
    Told("PullSmsReplyStatus*",     "SubscriberNumber", ""),
    Told("PullSmsReplyStatus*",     "SignName",         "Sign"),
    Told("PullSmsReplyStatus*",     "ReplyTime",        "ReplyTime", _beijing),
    Told("PullSmsReplyStatus*",     "ReplyTime",        "ReplyUnixTime"),
    Told("SmsPackagesStatistics",   "PackageCreateTime",    "PackageCreateTime", _beijing),
    Told("SmsPackagesStatistics",   "PackageCreateTime",    "PackageCreateUnixTime"),
    Told("SmsPackagesStatistics",   "PackageEffectiveTime", "PackageEffectiveTime", _beijing),
    Told("SmsPackagesStatistics",   "PackageEffectiveTime", "PackageEffectiveUnixTime"),
    Told("SmsPackagesStatistics",   "PackageExpiredTime",   "PackageExpiredTime", _beijing),
    Told("SmsPackagesStatistics",   "PackageExpiredTime",   "PackageExpiredUnixTime"),
    Told("SmsPackagesStatistics",   "PackageAmount",    "AmountOfPackage"),
    Told("SmsPackagesStatistics",   "PackageType",      "TypeOfPackage"),
    # The id of the application for a sign: the sign's own here, of another type in either action.
    Told("AddSmsSign",              "SignId",           "SignId"),
    Told("AddSmsSign",              "SignId",           "SignApplyId"),
    Told("ModifySmsSign",           "SignId",           "SignId"),
    Told("ModifySmsSign",           "SignId",           "SignApplyId", str),
    Told("DescribeSmsTemplateList", "TemplateContent",  ""),
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Translation:
    """One action of 2019: how 2021 runs it, and the rows that are about it, by modern name."""

    run: Callable[[Call], Outcome]
    asked: Mapping[str, Asked]
    told: Mapping[str, Sequence[Told]]

    def parameters(self, modern: Sequence[Parameter]) -> tuple[Parameter, ...]:
        """The table of input parameters, out of that of 2021."""
        return tuple(
            parameter if row is None else _parameter(parameter, row)
            for parameter in modern
            if (row := self.asked.get(parameter.name)) is None or row.old
        )

    def __call__(self, call: Call) -> Outcome:
        """Run the action of 2021 with the same meaning."""
        given = dict(call.parameters)
        for modern, row in self.asked.items():
            if not row.old:
                value = row.modern_value(int(call.now))
                if value is not None:
                    given[modern] = value
            elif row.old in given:
                given[modern] = row.modern_value(given.pop(row.old))
        try:
            outcome = self.run(replace(call, parameters=given))
        except Refused as refusal:
            raise self._refused(refusal) from None
        result = {name: self._told(value) for name, value in outcome.result.items()}
        return replace(outcome, result=result, change=_stamped(outcome.change))

    def _told(self, value: object) -> object:
        if isinstance(value, list):
            return [self._told(item) for item in value]
        if not isinstance(value, dict):
            return value
        told: dict[str, object] = {}
        for name, member in value.items():
            rows = self.told.get(name)
            if rows is None:
                told[name] = self._told(member)
            else:
                told.update({row.old: row.value(member) for row in rows if row.old})
        return told

    def _refused(self, refusal: Refused) -> Refused:
        def old(match: re.Match[str]) -> str:
            row = self.asked.get(match[0])
            return match[0] if row is None else row.old or match[0]

        return Refused(_code(refusal.code), re.sub(r"[A-Za-z]+", old, refusal.message))


def translation(action: str, run: Callable[[Call], Outcome]) -> Translation:
    """``action`` as 2019 has it, when ``run`` is what 2021 does."""
    told: dict[str, list[Told]] = {}
    for row in _TOLD:
        if fnmatchcase(action, row.action):
            told.setdefault(row.modern, []).append(row)
    asked = {row.modern: row for row in _ASKED if fnmatchcase(action, row.action)}
    return Translation(run, asked, told)


def _stamped(change: Json | None) -> Json | None:
    """A change with the version that its messages were sent by."""
    messages = None if change is None else change.get("send")
    if change is None or not isinstance(messages, dict):
        return change
    return {**change, "send": {**messages, "version": VERSION}}


def _parameter(parameter: Parameter, row: Asked) -> Parameter:
    required = parameter.required if row.required is None else row.required
    return Parameter(row.old, row.type or parameter.type, required)
