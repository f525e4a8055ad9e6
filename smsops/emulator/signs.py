"""Signs: AddSmsSign, ModifySmsSign, DeleteSmsSign, DescribeSmsSignList (2021-01-11)."""

from __future__ import annotations

from dataclasses import replace

from smsops.emulator.account import IN_REVIEW, REJECTED, Item
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
from smsops.emulator.checks import INTERNATIONAL, Image, check, sign_checks
from smsops.emulator.parameters import missing
from smsops.emulator.settings import SITES
from smsops.emulator.wire import Refused

_ADD_SIGN = {site: sign_checks(site, "InvalidParameterValue.InvalidUsedMethod") for site in SITES}
_MODIFY_SIGN = {
    site: sign_checks(site, "InvalidParameterValue.InvalidSignPurpose") for site in SITES
}


def add(call: Call) -> Outcome:
    """AddSmsSign: a new sign goes to review."""
    check(call.parameters, _ADD_SIGN[call.settings.site])
    kept = _sign_material(call)
    _same_name(call, "InvalidParameterValue.SignAlreadyPassedCheck")
    within_quota(call, "sign", call.settings.max_signs, "FailedOperation.SignNumberLimit")
    number = call.contents.next_id("sign")
    return submit(call, "sign", number, kept, {"AddSignStatus": {"SignId": number}})


def modify(call: Call) -> Outcome:
    """ModifySmsSign: a full replacement, refused once the sign is approved."""
    check(call.parameters, _MODIFY_SIGN[call.settings.site])
    kept = _sign_material(call)
    number = call.integer("SignId")
    current = call.item("sign", number)
    if current is None:
        raise Refused("FailedOperation.MissingSignatureToModify", f"No sign has the id {number}.")
    if current.status not in (IN_REVIEW, REJECTED):
        raise Refused(
            "InvalidParameterValue.SignAlreadyPassedCheck",
            "The sign has been approved and cannot be modified.",
        )
    same_international(call, current)
    # The document lists no other code; SignAlreadyPassedCheck would speak of this very sign.
    _same_name(call, "InvalidParameterValue.SignExistAndUnapproved", apart_from=number)
    return submit(call, "sign", number, kept, {"ModifySignStatus": {"SignId": number}}, current)


def remove(call: Call) -> Outcome:
    """DeleteSmsSign, whatever the sign's review."""
    return delete(call, "sign", "SignId", "DeleteSignStatus", "FailedOperation.SignIdNotExist")


def describe(call: Call) -> Outcome:
    """DescribeSmsSignList: signs by id, or all of them by page."""
    # The document lists no code of its own for International here: the public one.
    check(call.parameters, (replace(INTERNATIONAL, code="InvalidParameterValue"),))
    items = described(call, "sign", "SignIdSet", default_limit=10)
    return Outcome({"DescribeSignListStatusSet": [_sign_status(call, item) for item in items]})


def describe_by_id(call: Call) -> Outcome:
    """The listing of before 2026-05: SignIdSet is required, Limit and Offset do not exist."""
    if not call.parameters["SignIdSet"]:
        raise missing("SignIdSet")
    return describe(call)


def _sign_material(call: Call) -> dict[str, object]:
    """The parameters to keep: images as digests, and nothing that has no effect."""
    given = call.parameters
    kept = dict(given)
    kept["ProofImage"] = Image.read(given["ProofImage"]).to_json()
    if given["SignPurpose"] == 1:
        if not given.get("CommissionImage"):
            raise missing("CommissionImage")
        kept["CommissionImage"] = Image.read(given["CommissionImage"]).to_json()
    else:
        kept.pop("CommissionImage", None)
    if given["International"] == 1 or call.settings.site == "intl":
        kept.pop("QualificationId", None)
        return kept
    if "QualificationId" not in given:
        raise missing("QualificationId")
    qualification = call.contents.qualifications.get(call.integer("QualificationId"))
    if qualification is None:
        raise Refused(
            "InvalidParameterValue.QualificationIdNotFound", "The QualificationId is not found."
        )
    if qualification.status != 1:
        raise Refused(
            "FailedOperation.QualificationIdNotApproved", "The qualification is not approved."
        )
    return kept


def _same_name(call: Call, approved_code: str, apart_from: int = 0) -> None:
    """A name that is approved or in review cannot be applied for again; a rejected one can."""
    name, where = call.parameters["SignName"], call.parameters["International"]
    twins = [
        item.at(call.now, call.settings.review_delay)
        for item in call.contents.items["sign"].values()
        if item.parameters["SignName"] == name
        and item.international in (where, 3)
        and item.id != apart_from
    ]
    if any(item.status == IN_REVIEW for item in twins):
        raise Refused(
            "InvalidParameterValue.SignExistAndUnapproved", "The same sign is in review already."
        )
    if any(item.status != REJECTED for item in twins):
        raise Refused(approved_code, "The same sign has been approved already.")


def _sign_status(call: Call, item: Item) -> dict[str, object]:
    status: dict[str, object] = {
        "SignId": item.id,
        "International": item.international,
        "StatusCode": item.status,
        "ReviewReply": item.reply,
        "SignName": spelled(call, item, "SignName"),
        "CreateTime": int(item.submitted),
    }
    if call.settings.qualifications and call.settings.site == "cn":
        number = item.parameters.get("QualificationId", 0) if item.international == 0 else 0
        found = call.contents.qualifications.get(number) if isinstance(number, int) else None
        status["QualificationId"] = number
        status["QualificationName"] = found.name if found else ""
        status["QualificationStatusCode"] = found.status if found else 0
    return status
