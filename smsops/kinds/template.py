"""Template (短信正文模板): the body of a message, with its variables.

API documents: AddSmsTemplate, ModifySmsTemplate, DeleteSmsTemplate, DescribeSmsTemplateList
(2021-01-11).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from smsops.kinds.kind import (
    ApiNames,
    Field,
    Kind,
    identifier,
    integer,
    international,
    moment,
    prose,
    text,
)
from smsops.model import Effect, Observed, Review, Spec

SMS_TYPES = {"marketing": 1, "notification": 2, "verification": 3}

FIELDS = (
    Field("templateName", "TemplateName", Effect.NOTE, readable=True),
    Field("content", "TemplateContent", Effect.CONTENT, readable=True),
    Field("smsType", "SmsType", Effect.CONTENT, codes=SMS_TYPES),
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
        review=Review(integer(item, "StatusCode"), prose(item, "ReviewReply")),
        created_at=moment(item, "CreateTime"),
    )


KIND = Kind(
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
    after=("sign",),
    alike=("templateName", "content"),
    kept_by_moves=("smsType",),
    parameters=parameters,
)
