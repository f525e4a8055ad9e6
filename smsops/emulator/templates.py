"""Templates: AddSmsTemplate, ModifySmsTemplate, DeleteSmsTemplate, DescribeSmsTemplateList
(2021-01-11).
"""

from __future__ import annotations

from smsops.emulator.account import IN_REVIEW, REJECTED
from smsops.emulator.calls import (
    Call,
    Outcome,
    delete,
    described,
    same_international,
    spelled,
    submit,
    within_quota,
)
from smsops.emulator.checks import INTERNATIONAL, NO_VARIABLES, TEMPLATE_CHECKS, check
from smsops.emulator.wire import Refused


def add(call: Call) -> Outcome:
    """AddSmsTemplate: a new template goes to review; the account needs a sign first."""
    _template_values(call)
    if not call.contents.items["sign"]:
        raise Refused("FailedOperation.MissingSignature", "Apply for a sign before any template.")
    within_quota(
        call, "template", call.settings.max_templates, "FailedOperation.TemplateNumberLimit"
    )
    number = call.contents.next_id("template")
    # AddTemplateStatus.TemplateId is a String, everywhere else it is an Integer.
    result = {"AddTemplateStatus": {"TemplateId": str(number)}}
    return submit(call, "template", number, dict(call.parameters), result)


def modify(call: Call) -> Outcome:
    """ModifySmsTemplate: a full replacement, refused once the template is approved."""
    _template_values(call)
    number = call.integer("TemplateId")
    current = call.item("template", number)
    if current is None:
        raise Refused(
            "FailedOperation.MissingTemplateToModify", f"No template has the id {number}."
        )
    if current.status not in (IN_REVIEW, REJECTED):
        raise Refused(
            "FailedOperation.TemplateAlreadyPassedCheck",
            "The template has been approved and cannot be modified.",
        )
    same_international(call, current)
    result = {"ModifyTemplateStatus": {"TemplateId": number}}
    return submit(call, "template", number, dict(call.parameters), result, current)


def remove(call: Call) -> Outcome:
    """DeleteSmsTemplate, whatever the template's review."""
    code = "FailedOperation.TemplateIdNotExist"
    return delete(call, "template", "TemplateId", "DeleteTemplateStatus", code)


def describe(call: Call) -> Outcome:
    """DescribeSmsTemplateList: templates by id, or all of them by page.

    A subaccount gets no listing.
    """
    check(call.parameters, (INTERNATIONAL,))
    numbers = call.parameters.get("TemplateIdSet")
    if not numbers and call.settings.subaccount:
        raise Refused(
            "FailedOperation.ProhibitSubAccountUse", "Only the main account lists templates."
        )
    items = described(call, "template", "TemplateIdSet", default_limit=0)
    return Outcome(
        {
            "DescribeTemplateStatusSet": [
                {
                    "TemplateId": item.id,
                    "International": item.international,
                    "StatusCode": item.status,
                    "ReviewReply": item.reply,
                    "TemplateName": spelled(call, item, "TemplateName"),
                    "CreateTime": int(item.submitted),
                    "TemplateContent": spelled(call, item, "TemplateContent"),
                }
                for item in items
            ]
        }
    )


def _template_values(call: Call) -> None:
    check(call.parameters, TEMPLATE_CHECKS)
    if not call.settings.template_variables:
        check(call.parameters, (NO_VARIABLES,))
