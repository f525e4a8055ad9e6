"""Template (短信正文模板): the body of a message, with its variables.

API documents: AddSmsTemplate, ModifySmsTemplate, DeleteSmsTemplate, DescribeSmsTemplateList
(2021-01-11).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from smsops.kinds.kind import (
    PLACES,
    ApiNames,
    Field,
    Resource,
    identifier,
    integer,
    international,
    moment,
    prose,
    text,
)
from smsops.kinds.reviews import REVIEWS, review_of
from smsops.model import Effect, Observed, Spec, Value

SMS_TYPES = {"marketing": 1, "notification": 2, "verification": 3}

_UNSUBSCRIBE = re.compile(r"拒收请回复R|退订|unsubscribe|reply stop", re.IGNORECASE)
_CODE = re.compile(r"验证码|\bcode\b", re.IGNORECASE)


def sms_type(spec: Spec) -> str:
    """The value of smsType that a text looks like."""
    content = str(spec.get("content", ""))
    if _UNSUBSCRIBE.search(content):
        return "marketing"
    return "verification" if _CODE.search(content) else "notification"


FIELDS = (
    Field("templateName", "TemplateName", Effect.NOTE, readable=True),
    Field("content", "TemplateContent", Effect.CONTENT, readable=True),
    Field("smsType", "SmsType", Effect.CONTENT, codes=SMS_TYPES, guess=sms_type),
    Field("international", "International", Effect.IDENTITY, readable=True),
    Field("remark", "Remark", Effect.NOTE),
)


_VARIABLE = re.compile(r"\{([0-9]{1,4})\}")


def parameters(spec: Spec) -> int:
    """How many values SendSms needs: as many as the highest variable of the text (API document,
    SendSms, TemplateParamSet).
    """
    found = (int(number) for number in _VARIABLE.findall(str(spec.get("content") or "")))
    return max(found, default=0)


def decode(item: Mapping[str, object]) -> Observed:
    """One element of DescribeTemplateStatusSet."""
    return Observed(
        kind="template",
        remote_id=identifier(item, "TemplateId"),
        spec={
            "templateName": text(item, "TemplateName"),
            "content": text(item, "TemplateContent"),
            "international": international(item),
        },
        review=review_of(integer(item, "StatusCode"), prose(item, "ReviewReply")),
        created_at=moment(item, "CreateTime"),
    )


def outputs(spec: Spec) -> Mapping[str, Value]:
    """SendSms wants a template by its id, with as many parameters as it has variables."""
    return {"parameter_count": parameters(spec)}


KIND = Resource(
    name="template",
    manifest="Template",
    label="templateName",
    fields=FIELDS,
    api=ApiNames(
        add="AddSmsTemplate",
        modify="ModifySmsTemplate",
        delete="DeleteSmsTemplate",
        describe="DescribeSmsTemplateList",
        id="TemplateId",
        id_set="TemplateIdSet",
        added="AddTemplateStatus",
        described="DescribeTemplateStatusSet",
    ),
    match=("templateName", "content", "international"),
    near=("templateName", "international"),
    unique=False,
    decode=decode,
    reviews=REVIEWS,
    partition="international",
    partitions=PLACES,
    after=("sign",),
    alike=("templateName", "content"),
    kept_by_moves=("smsType",),
    parameters=parameters,
    outputs=outputs,
    terraform="tencentcloud_sms_template",
)
