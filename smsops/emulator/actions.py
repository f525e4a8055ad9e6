"""The emulated actions: one row each, with its parameters, its limit and what it does.

API documents of the SMS product, version 2021-01-11, and of sts, version 2018-08-13; version
2019-07-11 is made of the former.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from smsops.emulator import about, pulls, roles, sending, signs, statistics, templates, v2019
from smsops.emulator.calls import Call, Outcome
from smsops.emulator.parameters import Parameter, Type
from smsops.emulator.settings import Settings
from smsops.emulator.wire import Refused


@dataclass(frozen=True, slots=True)
class Action:
    """One row of the table of actions.

    ``limit``: calls a second, 0 for none. ``writes``: whether it may change the account.
    ``signed``: whether it asks for a signature at all.
    """

    name: str
    version: str
    limit: int
    parameters: Sequence[Parameter]
    run: Callable[[Call], Outcome]
    writes: bool = False
    signed: bool = True

    @property
    def service(self) -> str:
        """API service of the action, as requests are signed for: ``sms``, ``sts``."""
        return SERVICES[self.version]

    @property
    def regional(self) -> bool:
        """Whether calls must name a region."""
        return self.version == SMS

    @property
    def recorded(self) -> bool:
        """Whether the ledger has its calls: signs and templates; messages record themselves."""
        return self.name.startswith(("Add", "Modify", "Delete"))


def get_caller_identity(call: Call) -> Outcome:
    """GetCallerIdentity of STS: the user that owns the emulated account."""
    if not call.settings.identity:
        raise Refused(
            "UnauthorizedOperation", "You are not authorized to call sts:GetCallerIdentity."
        )
    account, session = call.settings.account_id, call.session
    if session is not None:
        account = session.account
        return Outcome(
            {
                "Arn": f"qcs::sts:{account}:assumed-role/{session.role}",
                "AccountId": account,
                "UserId": f"{session.role}:{session.name}",
                "PrincipalId": account,
                "Type": "CAMRole",
            }
        )
    return Outcome(
        {
            "Arn": f"qcs::cam::uin/{account}:uin/{account}",
            "AccountId": account,
            "UserId": account,
            "PrincipalId": account,
            "Type": "CAMUser",
        }
    )


SMS, STS = "2021-01-11", "2018-08-13"


def _one(name: str, type_: Type = Type.INTEGER, *, required: bool = True) -> Parameter:
    return Parameter(name, type_, required)


_SIGN = (
    _one("SignName", Type.STRING),
    _one("SignType"),
    _one("DocumentType"),
    _one("International"),
    _one("SignPurpose"),
    _one("ProofImage", Type.STRING),
    _one("CommissionImage", Type.STRING, required=False),
    _one("Remark", Type.STRING, required=False),
    _one("QualificationId", required=False),
)
_SIGN_INTL = tuple(row for row in _SIGN if row.name != "QualificationId")
_TEMPLATE = (
    _one("TemplateName", Type.STRING),
    _one("TemplateContent", Type.STRING),
    _one("SmsType"),
    _one("International"),
    _one("Remark", Type.STRING),
)
_CHANGED = (_one("TemplateId"), *_TEMPLATE)
_PAGING = (_one("Limit", required=False), _one("Offset", required=False))
_SIGNS_BY_ID = (_one("International"), _one("SignIdSet", Type.INTEGERS))
_SIGNS = (_one("International"), _one("SignIdSet", Type.INTEGERS, required=False), *_PAGING)
_TEMPLATES = (
    _one("International"),
    _one("TemplateIdSet", Type.INTEGERS, required=False),
    *_PAGING,
)
_APP = _one("SmsSdkAppId", Type.STRING)
_SEND = (
    _one("PhoneNumberSet", Type.STRINGS),
    _APP,
    _one("TemplateId", Type.STRING),
    _one("SignName", Type.STRING, required=False),
    _one("TemplateParamSet", Type.STRINGS, required=False),
    _one("ExtendCode", Type.STRING, required=False),
    _one("SessionContext", Type.STRING, required=False),
    _one("SenderId", Type.STRING, required=False),
)
_PULL = (_one("Limit"), _APP)
_PULL_BY_NUMBER = (
    _one("BeginTime"),
    _one("Offset"),
    _one("Limit"),
    _one("PhoneNumber", Type.STRING),
    _APP,
    _one("EndTime", required=False),
)
_RECORDS = (
    _one("PhoneNumber", Type.STRING),
    _APP,
    _one("BeginTime"),
    _one("EndTime", required=False),
    *_PAGING,
)
_STATISTICS = (
    _one("BeginTime", Type.STRING),
    _one("EndTime", Type.STRING),
    _APP,
    _one("Limit"),
    _one("Offset"),
)
_NUMBERS = (_one("PhoneNumberSet", Type.STRINGS),)
_CONVERSION = (_APP, _one("SerialNo", Type.STRING), _one("ConversionTime", required=False))
_ROLE = (
    _one("RoleArn", Type.STRING),
    _one("RoleSessionName", Type.STRING),
    _one("DurationSeconds", required=False),
)
_ASSUME = (
    *_ROLE,
    _one("Policy", Type.STRING, required=False),
    _one("ExternalId", Type.STRING, required=False),
    _one("Tags", Type.OBJECTS, required=False),
    _one("SourceIdentity", Type.STRING, required=False),
    _one("SerialNumber", Type.STRING, required=False),
    _one("TokenCode", Type.STRING, required=False),
)
_WEB_IDENTITY = (
    _one("ProviderId", Type.STRING),
    _one("WebIdentityToken", Type.STRING),
    *_ROLE,
)
_SIGN_ID, _TEMPLATE_ID = _one("SignId"), _one("TemplateId")

# fmt: off
_ROWS = (
    Action("AddSmsSign",              SMS, 1, _SIGN, signs.add, writes=True),
    Action("ModifySmsSign",           SMS, 1, (_SIGN_ID, *_SIGN), signs.modify, writes=True),
    Action("DeleteSmsSign",           SMS, 1, (_SIGN_ID,), signs.remove, writes=True),
    Action("DescribeSmsSignList",     SMS, 20, _SIGNS, signs.describe),
    Action("AddSmsTemplate",          SMS, 2, _TEMPLATE, templates.add, writes=True),
    Action("ModifySmsTemplate",       SMS, 20, _CHANGED, templates.modify, writes=True),
    Action("DeleteSmsTemplate",       SMS, 1, (_TEMPLATE_ID,), templates.remove, writes=True),
    Action("DescribeSmsTemplateList", SMS, 20, _TEMPLATES, templates.describe),
    Action("SendSms", SMS, 3000, _SEND, sending.send, writes=True),
    Action("PullSmsSendStatus",  SMS, 100, _PULL, pulls.pull_reports, writes=True),
    Action("PullSmsReplyStatus", SMS, 100, _PULL, pulls.pull_replies, writes=True),
    Action("PullSmsSendStatusByPhoneNumber",
           SMS, 20, _PULL_BY_NUMBER, pulls.pull_reports_of_number),
    Action("PullSmsReplyStatusByPhoneNumber",
           SMS, 20, _PULL_BY_NUMBER, pulls.pull_replies_of_number),
    Action("DescribeSendRecordList",   SMS, 10, _RECORDS, pulls.records),
    Action("SendStatusStatistics",     SMS, 10, _STATISTICS, statistics.sent),
    Action("CallbackStatusStatistics", SMS, 10, _STATISTICS, statistics.reported),
    Action("SmsPackagesStatistics",    SMS, 10, _STATISTICS, statistics.packages),
    Action("DescribePhoneNumberInfo",  SMS, 1000, _NUMBERS, about.describe_numbers),
    Action("ReportConversion",         SMS, 1000, _CONVERSION, about.report_conversion),
    Action("GetCallerIdentity",        STS, 0, (), get_caller_identity),
    Action("AssumeRole",               STS, 600, _ASSUME, roles.assume),
    Action("AssumeRoleWithWebIdentity",
           STS, 20, _WEB_IDENTITY, roles.assume_with_token, signed=False),
)
#: The listing of signs of before 2026-05: SignIdSet is required, Limit and Offset do not exist.
_LEGACY = Action("DescribeSmsSignList", SMS, 20, _SIGNS_BY_ID, signs.describe_by_id)
#: The international site knows no qualifications, and version 2021-01-11 no packages there (the
#: SDK of that site; it has all actions of 2019-07-11).
_INTL: Mapping[str, Action | None] = {
    "AddSmsSign":            Action("AddSmsSign",    SMS, 1, _SIGN_INTL, signs.add, writes=True),
    "ModifySmsSign":         Action("ModifySmsSign", SMS, 1, (_SIGN_ID, *_SIGN_INTL), signs.modify,
                                    writes=True),
    "SmsPackagesStatistics": None,
}
# fmt: on


def _in_2019(modern: Action) -> Action:
    """The action as version 2019-07-11 has it."""
    told = v2019.translation(modern.name, modern.run)
    table = told.parameters(modern.parameters)
    return replace(modern, version=v2019.VERSION, parameters=table, run=told)


_OLD = (
    _in_2019(_LEGACY if row.name == _LEGACY.name else row)
    for row in _ROWS
    if row.name in v2019.ACTIONS
)
ACTIONS: Mapping[tuple[str, str], Action] = {
    (row.version, row.name): row for row in (*_ROWS, *_OLD)
}
#: What the international site has instead; ``None``: nothing.
_ABROAD: Mapping[tuple[str, str], Action | None] = {
    **{(SMS, name): row for name, row in _INTL.items()},
    **{(v2019.VERSION, name): _in_2019(row) for name, row in _INTL.items() if row is not None},
}
SERVICES: Mapping[str, str] = {SMS: "sms", v2019.VERSION: "sms", STS: "sts"}


def find(version: str, name: str, settings: Settings) -> Action | None:
    """The row of an action, as the settings' site and generation of the API have it."""
    if settings.listing == "legacy" and (version, name) == (SMS, _LEGACY.name):
        return _LEGACY
    if settings.site == "intl" and (version, name) in _ABROAD:
        return _ABROAD[version, name]
    return ACTIONS.get((version, name))
