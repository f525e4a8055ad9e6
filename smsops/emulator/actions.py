"""The emulated actions: one row each, with its parameters, its limit and what it does.

API documents of the SMS product, version 2021-01-11, and of sts, version 2018-08-13.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from smsops.emulator import signs, templates
from smsops.emulator.calls import Call, Outcome
from smsops.emulator.parameters import Parameter, Type
from smsops.emulator.settings import Settings
from smsops.emulator.wire import Refused


@dataclass(frozen=True, slots=True)
class Action:
    """One row of the table of actions. ``limit``: calls a second, 0 for none."""

    name: str
    version: str
    limit: int
    parameters: Sequence[Parameter]
    run: Callable[[Call], Outcome]

    @property
    def service(self) -> str:
        """API service of the action, as requests are signed for: ``sms``, ``sts``."""
        return SERVICES[self.version]

    @property
    def writes(self) -> bool:
        """Whether the action changes the account."""
        return self.name.startswith(("Add", "Modify", "Delete"))


def get_caller_identity(call: Call) -> Outcome:
    """GetCallerIdentity of STS: the user that owns the emulated account."""
    if not call.settings.identity:
        raise Refused(
            "UnauthorizedOperation", "You are not authorized to call sts:GetCallerIdentity."
        )
    account = call.settings.account_id
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
_TEMPLATE = (
    _one("TemplateName", Type.STRING),
    _one("TemplateContent", Type.STRING),
    _one("SmsType"),
    _one("International"),
    _one("Remark", Type.STRING),
)
_PAGING = (_one("Limit", required=False), _one("Offset", required=False))
_SIGNS_BY_ID = (_one("International"), _one("SignIdSet", Type.INTEGERS))
_SIGNS = (_one("International"), _one("SignIdSet", Type.INTEGERS, required=False), *_PAGING)
_TEMPLATES = (
    _one("International"),
    _one("TemplateIdSet", Type.INTEGERS, required=False),
    *_PAGING,
)
_SIGN_ID, _TEMPLATE_ID = _one("SignId"), _one("TemplateId")

# fmt: off
_ROWS = (
    Action("AddSmsSign",              SMS, 1, _SIGN, signs.add),
    Action("ModifySmsSign",           SMS, 1, (_SIGN_ID, *_SIGN), signs.modify),
    Action("DeleteSmsSign",           SMS, 1, (_SIGN_ID,), signs.remove),
    Action("DescribeSmsSignList",     SMS, 20, _SIGNS, signs.describe),
    Action("AddSmsTemplate",          SMS, 2, _TEMPLATE, templates.add),
    Action("ModifySmsTemplate",       SMS, 20, (_TEMPLATE_ID, *_TEMPLATE), templates.modify),
    Action("DeleteSmsTemplate",       SMS, 1, (_TEMPLATE_ID,), templates.remove),
    Action("DescribeSmsTemplateList", SMS, 20, _TEMPLATES, templates.describe),
    Action("GetCallerIdentity",       STS, 0, (), get_caller_identity),
)
#: The listing of signs of before 2026-05: SignIdSet is required, Limit and Offset do not exist.
_LEGACY = Action("DescribeSmsSignList", SMS, 20, _SIGNS_BY_ID, signs.describe_by_id)
# fmt: on

ACTIONS: Mapping[tuple[str, str], Action] = {(row.version, row.name): row for row in _ROWS}
SERVICES: Mapping[str, str] = {SMS: "sms", STS: "sts"}


def find(version: str, name: str, settings: Settings) -> Action | None:
    """The row of an action, as the settings' generation of the API has it."""
    if settings.listing == "legacy" and (version, name) == (SMS, _LEGACY.name):
        return _LEGACY
    return ACTIONS.get((version, name))
