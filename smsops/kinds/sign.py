"""Sign (短信签名): the name in 【】 in front of every message.

API documents: AddSmsSign, ModifySmsSign, DeleteSmsSign, DescribeSmsSignList (2021-01-11).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from smsops.kinds.kind import (
    PLACES,
    ApiNames,
    Field,
    MalformedReply,
    Resource,
    identifier,
    integer,
    international,
    moment,
    prose,
    text,
)
from smsops.kinds.reviews import REVIEWS, review_of
from smsops.model import Effect, Observed, Qualification, Spec, Value
from smsops.model.sites import CN, INTL

SIGN_TYPES = {
    "company": 0,
    "app": 1,
    "website": 2,
    "official-account": 3,
    "trademark": 4,
    "government": 5,
    "mini-program": 6,
}
DOCUMENT_TYPES = {
    "three-in-one": 0,
    "business-license": 1,
    "organization-code": 2,
    "social-credit": 3,
    "app-screenshot": 4,
    "website-filing": 5,
    "mini-program-page": 6,
    "trademark-certificate": 7,
    "official-account-page": 8,
}
PURPOSES = {"own-use": 0, "on-behalf": 1}

_PAPERS = ("three-in-one", "business-license", "organization-code", "social-credit")
_COMPANY = {"company": ("three-in-one", "business-license")}
_OTHERS = {
    "trademark": ("trademark-certificate",),
    "government": ("organization-code", "social-credit"),
}
_APP = {"app": (*_PAPERS, "app-screenshot")}
#: What only the international site still has; the API document there lists them for every sign.
_INTL = {
    **_COMPANY,
    **_APP,
    "website": (*_PAPERS, "website-filing"),
    "official-account": (*_PAPERS, "official-account-page"),
    **_OTHERS,
    "mini-program": (*_PAPERS, "mini-program-page"),
}
#: site -> international -> signType -> documentTypes that fit
DOCUMENTS: Mapping[str, Mapping[bool, Mapping[str, tuple[str, ...]]]] = {
    CN: {False: {**_COMPANY, **_OTHERS}, True: {**_COMPANY, **_APP, **_OTHERS}},
    INTL: {False: _INTL, True: _INTL},
}


def sign_types(site: str) -> Callable[[Spec], Iterable[str]]:
    """The values of signType that fit where the sign is used."""
    return lambda spec: DOCUMENTS[site][spec.get("international") is True]


def document_types(site: str) -> Callable[[Spec], Iterable[str]]:
    """The values of documentType, by the sign types that they prove."""

    def fitting(spec: Spec) -> Iterator[str]:
        for sign_type, documents in DOCUMENTS[site][spec.get("international") is True].items():
            yield f"{' or '.join(documents)} ({sign_type})"

    return fitting


def domestic(spec: Spec) -> bool:
    """Whether a sign is for mainland China: only such a one has a qualification."""
    return spec.get("international") is False


def on_behalf(spec: Spec) -> bool:
    """Whether a sign is somebody else's, who has to agree (API document, AddSmsSign,
    CommissionImage).
    """
    return spec.get("purpose") == "on-behalf"


def qualification(spec: Spec) -> str | None:
    """What to fill in for qualificationId: a domestic sign has one."""
    if domestic(spec):
        return "FILL IN the id of its qualification (资质) from the console"
    return None


def never(_: Spec) -> bool:
    """Whether a sign of the international site has a qualification."""
    return False


def unqualified(_: Spec) -> None:
    """What to fill in for qualificationId on the international site: nothing."""
    return


def fields(site: str) -> tuple[Field, ...]:
    """The fields on a site. The international one knows no qualifications (its SDK, AddSmsSign)."""
    qualified = domestic if site == CN else never
    return (
        Field("signName", "SignName", Effect.CONTENT, readable=True),
        Field("international", "International", Effect.IDENTITY, readable=True),
        Field("signType", "SignType", Effect.NOTE, codes=SIGN_TYPES, fitting=sign_types(site)),
        Field(
            "documentType",
            "DocumentType",
            Effect.NOTE,
            codes=DOCUMENT_TYPES,
            fitting=document_types(site),
        ),
        Field("purpose", "SignPurpose", Effect.NOTE, codes=PURPOSES),
        Field(
            "qualificationId",
            "QualificationId",
            Effect.NOTE,
            readable=True,
            required_by=qualified,
            request=qualification if site == CN else unqualified,
        ),
        Field("proofImage", "ProofImage", Effect.NOTE, image=True),
        Field("commissionImage", "CommissionImage", Effect.NOTE, image=True, required_by=on_behalf),
        Field("remark", "Remark", Effect.NOTE, required=False),
    )


FIELDS = fields(CN)


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
        review=review_of(integer(item, "StatusCode"), prose(item, "ReviewReply")),
        created_at=moment(item, "CreateTime"),
        qualification=qualification,
    )


def outputs(spec: Spec) -> Mapping[str, Value]:
    """SendSms wants a sign by its name (API document, SendSms, SignName)."""
    return {"sign_name": spec.get("signName")}


KIND = Resource(
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
    reviews=REVIEWS,
    partition="international",
    partitions=PLACES,
    outputs=outputs,
    exported="sign_name",
    terraform="tencentcloud_sms_sign",
    interchangeable=True,
    elsewhere={INTL: fields(INTL)},
)
