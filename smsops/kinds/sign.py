"""Sign (短信签名): the name in 【】 in front of every message.

API documents: AddSmsSign, ModifySmsSign, DeleteSmsSign, DescribeSmsSignList (2021-01-11).
"""

from __future__ import annotations

from collections.abc import Mapping

from smsops.kinds.kind import (
    ApiNames,
    Field,
    Kind,
    MalformedReply,
    identifier,
    integer,
    international,
    moment,
    prose,
    text,
)
from smsops.model import Effect, Observed, Qualification, Review, Value

SIGN_TYPES = {"company": 0, "app": 1, "trademark": 4, "government": 5}
DOCUMENT_TYPES = {
    "three-in-one": 0,
    "business-license": 1,
    "organization-code": 2,
    "social-credit": 3,
    "app-screenshot": 4,
    "trademark-certificate": 7,
}
PURPOSES = {"own-use": 0, "on-behalf": 1}

FIELDS = (
    Field("signName", "SignName", Effect.CONTENT, readable=True),
    Field("international", "International", Effect.IDENTITY, readable=True),
    Field("signType", "SignType", Effect.NOTE, codes=SIGN_TYPES),
    Field("documentType", "DocumentType", Effect.NOTE, codes=DOCUMENT_TYPES),
    Field("purpose", "SignPurpose", Effect.NOTE, codes=PURPOSES),
    Field("qualificationId", "QualificationId", Effect.NOTE, readable=True, required=False),
    Field("proofImage", "ProofImage", Effect.NOTE, image=True),
    Field("commissionImage", "CommissionImage", Effect.NOTE, image=True, required=False),
    Field("remark", "Remark", Effect.NOTE, required=False),
)


def decode(item: Mapping[str, object]) -> Observed:
    """One element of DescribeSignListStatusSet.

    The Qualification members came in 2025 and official examples omit them; international signs
    have 0 and an empty name. Both read as "not returned".
    """
    where = international(item)
    spec: dict[str, Value] = {"signName": text(item, "SignName"), "international": where}
    qualification = None
    if where is False and "QualificationId" in item:
        number = integer(item, "QualificationId")
        if number < 0:
            raise MalformedReply("QualificationId is not an id")
        spec["qualificationId"] = number
        if "QualificationStatusCode" in item:
            status = integer(item, "QualificationStatusCode")
            qualification = Qualification(number, prose(item, "QualificationName"), status)
    return Observed(
        kind="sign",
        remote_id=identifier(item, "SignId"),
        spec=spec,
        review=Review(integer(item, "StatusCode"), prose(item, "ReviewReply")),
        created_at=moment(item, "CreateTime"),
        qualification=qualification,
    )


KIND = Kind(
    name="sign",
    manifest="Sign",
    label="signName",
    fields=FIELDS,
    api=ApiNames(
        add="AddSmsSign",
        modify="ModifySmsSign",
        delete="DeleteSmsSign",
        describe="DescribeSmsSignList",
        id="SignId",
        id_set="SignIdSet",
        added="AddSignStatus",
        described="DescribeSignListStatusSet",
    ),
    match=("signName", "international"),
    near=(),
    unique=True,
    decode=decode,
    interchangeable=True,
)
