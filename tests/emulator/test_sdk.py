"""The official SDK works against a served emulator, unchanged."""

from __future__ import annotations

import hashlib
import time
from typing import Any

import pytest

from tests.emulator.conftest import Serve
from tests.support.emulator_api import (
    JPEG,
    PNG,
    PNG_BYTES,
    SEEDED_SIGN,
    SIGN,
    TEMPLATE,
    Refusal,
    ask,
    sdk,
)

pytestmark = pytest.mark.filterwarnings(
    # The SDK leaves its sockets to the garbage collector.
    "ignore::ResourceWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)


def refused(client: Any, action: str, **parameters: Any) -> str:
    """The error code of a call that has to fail."""
    with pytest.raises(Refusal) as caught:
        ask(client, action, **parameters)
    return caught.value.code


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_sign_lives_through_add_describe_modify_delete(serve: Serve, method: str) -> None:
    """All four actions on signs, by POST JSON and by signed GET."""
    url, emulator = serve()
    client = sdk(url, method=method)

    added = ask(client, "AddSmsSign", **SIGN)["AddSignStatus"]
    assert added == {"SignId": 1110}
    (status,) = ask(client, "DescribeSmsSignList", International=0, SignIdSet=[1110, 4])[
        "DescribeSignListStatusSet"
    ]
    assert abs(status.pop("CreateTime") - time.time()) < 60
    assert status == {
        "SignId": 1110,
        "International": 0,
        "StatusCode": 1,
        "ReviewReply": "",
        "SignName": "艾克米",
        "QualificationId": 1000001,
        "QualificationName": "示例企业资质",
        "QualificationStatusCode": 1,
    }

    emulator.review("sign", 1110, -1, "图片不清晰")
    (status,) = ask(client, "DescribeSmsSignList", International=0)["DescribeSignListStatusSet"]
    assert (status["StatusCode"], status["ReviewReply"]) == (-1, "图片不清晰")

    changed = {**SIGN, "SignName": "艾克米商城", "ProofImage": JPEG}
    modified = ask(client, "ModifySmsSign", SignId=1110, **changed)["ModifySignStatus"]
    assert modified == {"SignId": 1110}
    (status,) = ask(client, "DescribeSmsSignList", International=0)["DescribeSignListStatusSet"]
    assert (status["SignName"], status["StatusCode"], status["ReviewReply"]) == (
        "艾克米商城",
        1,
        "",
    )

    deleted = ask(client, "DeleteSmsSign", SignId=1110)["DeleteSignStatus"]
    assert deleted["DeleteStatus"] == "return successfully!"
    assert abs(deleted["DeleteTime"] - time.time()) < 60
    assert (
        ask(client, "DescribeSmsSignList", International=0, Limit=100, Offset=0)[
            "DescribeSignListStatusSet"
        ]
        == []
    )
    assert refused(client, "DeleteSmsSign", SignId=1110) == "FailedOperation.SignIdNotExist"


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_template_lives_through_add_describe_modify_delete(serve: Serve, method: str) -> None:
    """All four actions on templates; only AddTemplateStatus has the id as a string."""
    url, emulator = serve()
    emulator.seed([SEEDED_SIGN])
    client = sdk(url, method=method)

    assert ask(client, "AddSmsTemplate", **TEMPLATE)["AddTemplateStatus"] == {"TemplateId": "1110"}
    (status,) = ask(client, "DescribeSmsTemplateList", International=0, TemplateIdSet=[1110])[
        "DescribeTemplateStatusSet"
    ]
    assert abs(status.pop("CreateTime") - time.time()) < 60
    assert status == {
        "TemplateId": 1110,
        "International": 0,
        "StatusCode": 1,
        "ReviewReply": "",
        "TemplateName": "登录验证码",
        "TemplateContent": "您的验证码是{1}，{2}分钟内有效。",
    }

    modified = ask(client, "ModifySmsTemplate", TemplateId=1110, **{**TEMPLATE, "Remark": "新"})
    assert modified["ModifyTemplateStatus"] == {"TemplateId": 1110}

    deleted = ask(client, "DeleteSmsTemplate", TemplateId=1110)["DeleteTemplateStatus"]
    assert deleted["DeleteStatus"] == "return successfully!"
    assert refused(client, "DeleteSmsTemplate", TemplateId=1110) == (
        "FailedOperation.TemplateIdNotExist"
    )


def test_the_ledger_holds_committed_writes_without_images(serve: Serve) -> None:
    """Refused and reading calls leave no trace; an image is a digest and a size."""
    url, emulator = serve()
    client = sdk(url)
    ask(client, "AddSmsSign", **SIGN)
    refused(client, "AddSmsSign", **SIGN)
    ask(client, "DescribeSmsSignList", International=0)
    ask(client, "DeleteSmsSign", SignId=1110)

    ledger = emulator.ledger()
    assert [(entry["seq"], entry["action"], entry["id"]) for entry in ledger] == [
        (1, "AddSmsSign", 1110),
        (2, "DeleteSmsSign", 1110),
    ]
    parameters = ledger[0]["parameters"]
    assert isinstance(parameters, dict)
    digest = hashlib.sha256(PNG_BYTES).hexdigest()
    assert parameters["ProofImage"] == {"sha256": digest, "size": len(PNG_BYTES)}
    assert PNG not in str(ledger)


def test_the_caller_is_identified_at_the_same_address(serve: Serve) -> None:
    """sts:GetCallerIdentity names the account of the emulator."""
    url, _ = serve(account_id="100000000077")
    answer = ask(sdk(url, service="sts"), "GetCallerIdentity")
    assert answer["AccountId"] == "100000000077"


def test_the_caller_may_be_refused_its_identity(serve: Serve) -> None:
    url, _ = serve(identity=False)
    assert refused(sdk(url, service="sts"), "GetCallerIdentity") == "UnauthorizedOperation"


CREDENTIALS = [
    ({"secret_id": "AKIDwrong"}, "AuthFailure.SecretIdNotFound"),
    ({"secret_key": "wrong"}, "AuthFailure.SignatureFailure"),
    ({"token": "unexpected"}, "AuthFailure.TokenFailure"),
    ({"sign_method": "HmacSHA256"}, "AuthFailure.InvalidAuthorization"),
    ({"region": "ap-beijing"}, None),
    ({"region": "ap-shanghai"}, "UnsupportedRegion"),
    ({"region": ""}, "MissingParameter"),
    ({"unsigned_payload": True}, None),
]


@pytest.mark.parametrize(("how", "code"), CREDENTIALS)
def test_credentials_and_region_are_checked(
    serve: Serve, how: dict[str, Any], code: str | None
) -> None:
    """Each way to be refused by the gateway, and two that pass."""
    url, _ = serve()
    client = sdk(url, **how)
    if code is None:
        ask(client, "DescribeSmsSignList", International=0)
    else:
        assert refused(client, "DescribeSmsSignList", International=0) == code


def test_temporary_credentials_need_their_token(serve: Serve) -> None:
    url, _ = serve(token="temporary")
    ask(sdk(url, token="temporary"), "DescribeSmsSignList", International=0)
    assert refused(sdk(url), "DescribeSmsSignList", International=0) == "AuthFailure.TokenFailure"


LONG = "一" * 501
SIGN_ERRORS = [
    ({"International": 2}, "InvalidParameterValue.InvalidInternational"),
    ({"SignName": "一" * 13}, "InvalidParameterValue.SignNameLengthTooLong"),
    ({"SignName": "一"}, "FailedOperation.OtherError"),
    ({"SignName": "艾 克米"}, "FailedOperation.OtherError"),
    ({"SignName": "【艾克米】"}, "FailedOperation.OtherError"),
    ({"SignName": "a" * 16, "International": 1}, "InvalidParameterValue.SignNameLengthTooLong"),
    ({"SignName": "a[b]", "International": 1}, "FailedOperation.OtherError"),
    ({"DocumentType": 7}, "InvalidParameterValue.InvalidDocumentType"),
    ({"SignType": 1, "DocumentType": 4}, "InvalidParameterValue.InvalidDocumentType"),
    ({"SignType": 2}, "InvalidParameterValue.InvalidDocumentType"),
    ({"SignType": 4, "DocumentType": 0}, "InvalidParameterValue.InvalidDocumentType"),
    ({"ProofImage": "no base64!"}, "InvalidParameterValue.ImageInvalid"),
    ({"ProofImage": "R0lGODlh"}, "InvalidParameterValue.ImageInvalid"),
    ({"ProofImage": "data:image/png;base64," + PNG}, "InvalidParameterValue.ImageInvalid"),
    ({"ProofImage": ""}, "InvalidParameterValue.ImageInvalid"),
    ({"SignPurpose": 1}, "MissingParameter"),
    ({"SignPurpose": 1, "CommissionImage": "eA=="}, "InvalidParameterValue.ImageInvalid"),
    ({"QualificationId": None}, "MissingParameter"),
    ({"QualificationId": 1000002}, "FailedOperation.QualificationIdNotApproved"),
    ({"QualificationId": 5}, "InvalidParameterValue.QualificationIdNotFound"),
    ({"ProofImage": None}, "MissingParameter"),
    ({"SignType": "0"}, "InvalidParameter"),
    ({"SignName": "待审签名"}, "InvalidParameterValue.SignExistAndUnapproved"),
]
PURPOSES = [
    ("AddSmsSign", "InvalidParameterValue.InvalidUsedMethod"),
    ("ModifySmsSign", "InvalidParameterValue.InvalidSignPurpose"),
]


@pytest.fixture(scope="module")
def shared() -> Any:
    """One served emulator for all refusals: a refused call changes nothing."""
    from smsops.emulator.app import serving
    from smsops.emulator.core import Emulator
    from smsops.emulator.settings import Settings

    emulator = Emulator(None, Settings(limits=False))
    emulator.seed(
        [
            {"kind": "sign", "id": 1110, "signName": "待改签名", "status": "pending"},
            {"kind": "sign", "id": 1111, "signName": "待审签名", "status": "pending"},
            {"kind": "sign", "id": 1112, "signName": "通过签名", "status": "approved"},
            {"kind": "template", "id": 1110, "templateName": "a", "content": "a"},
            {"kind": "template", "id": 1111, "templateName": "b", "content": "b", "status": 1},
            {"kind": "template", "id": 1112, "templateName": "c", "content": "c", "status": 2},
        ]
    )
    with serving(emulator) as url:
        yield sdk(url)
    assert emulator.ledger() == []


@pytest.mark.parametrize(("change", "code"), SIGN_ERRORS)
@pytest.mark.parametrize(
    ("action", "extra"), [("AddSmsSign", {}), ("ModifySmsSign", {"SignId": 1110})]
)
def test_a_sign_that_breaks_a_rule_is_refused(
    shared: Any, action: str, extra: dict[str, int], change: dict[str, Any], code: str
) -> None:
    """Every documented check of AddSmsSign and ModifySmsSign with its code."""
    parameters = {**SIGN, **extra, **change}
    given = {name: value for name, value in parameters.items() if value is not None}
    assert refused(shared, action, **given) == code


@pytest.mark.parametrize(("action", "code"), PURPOSES)
def test_a_wrong_purpose_has_another_code_for_each_action(
    shared: Any, action: str, code: str
) -> None:
    extra = {} if action == "AddSmsSign" else {"SignId": 1110}
    assert refused(shared, action, **{**SIGN, **extra, "SignPurpose": 2}) == code


MORE_ERRORS: list[tuple[str, dict[str, Any], str]] = [
    (
        "AddSmsSign",
        {**SIGN, "SignName": "通过签名"},
        "InvalidParameterValue.SignAlreadyPassedCheck",
    ),
    (
        "ModifySmsSign",
        {**SIGN, "SignId": 9},
        "FailedOperation.MissingSignatureToModify",
    ),
    (
        "ModifySmsSign",
        {**SIGN, "SignId": 1112},
        "InvalidParameterValue.SignAlreadyPassedCheck",
    ),
    (
        "ModifySmsSign",
        {**SIGN, "SignId": 1110, "International": 1},
        "InvalidParameterValue.InvalidInternational",
    ),
    ("DeleteSmsSign", {"SignId": 9}, "FailedOperation.SignIdNotExist"),
    ("DeleteSmsSign", {}, "MissingParameter"),
    ("DescribeSmsSignList", {}, "MissingParameter"),
    (
        "DescribeSmsSignList",
        {"International": 3},
        "InvalidParameterValue",
    ),
    (
        "DescribeSmsSignList",
        {"International": 0, "Limit": 101},
        "InvalidParameterValue.LimitVerifyFail",
    ),
    (
        "DescribeSmsSignList",
        {"International": 0, "SignIdSet": list(range(101))},
        "InvalidParameterValue.LimitVerifyFail",
    ),
    (
        "DescribeSmsTemplateList",
        {"International": 3},
        "InvalidParameterValue.InvalidInternational",
    ),
    (
        "DescribeSmsTemplateList",
        {"International": 0, "Limit": -1},
        "InvalidParameterValue.LimitVerifyFail",
    ),
    ("DescribeSmsTemplateList", {"International": 0, "Limit": 1, "Offset": -1}, "InvalidParameter"),
    (
        "DescribeSmsTemplateList",
        {"International": 0, "TemplateIdSet": ["1110"]},
        "InvalidParameter",
    ),
    ("DeleteSmsTemplate", {"TemplateId": 9}, "FailedOperation.TemplateIdNotExist"),
    ("DeleteSmsTemplate", {"TemplateId": "1110"}, "InvalidParameter"),
    (
        "ModifySmsTemplate",
        {**TEMPLATE, "TemplateId": 9},
        "FailedOperation.MissingTemplateToModify",
    ),
    (
        "ModifySmsTemplate",
        {**TEMPLATE, "TemplateId": 1110},
        "FailedOperation.TemplateAlreadyPassedCheck",
    ),
    (
        "ModifySmsTemplate",
        {**TEMPLATE, "TemplateId": 1112},
        "FailedOperation.TemplateAlreadyPassedCheck",
    ),
    (
        "ModifySmsTemplate",
        {**TEMPLATE, "TemplateId": 1111, "International": 1},
        "InvalidParameterValue.InvalidInternational",
    ),
]


@pytest.mark.parametrize(("action", "parameters", "code"), MORE_ERRORS)
def test_a_call_that_cannot_be_done_is_refused(
    shared: Any, action: str, parameters: dict[str, Any], code: str
) -> None:
    """Names, states, ids and limits, each with its code."""
    assert refused(shared, action, **parameters) == code


TEMPLATE_ERRORS = [
    ({"International": 3}, "InvalidParameterValue.InvalidInternational"),
    ({"SmsType": 0}, "InvalidParameterValue.InvalidSmsType"),
    ({"TemplateName": ""}, "InvalidParameter.InvalidParameters"),
    ({"Remark": ""}, "InvalidParameter.InvalidParameters"),
    ({"Remark": None}, "MissingParameter"),
    ({"TemplateContent": ""}, "InvalidParameterValue.InvalidTemplateFormat"),
    ({"TemplateContent": "验证码{2}"}, "InvalidParameterValue.InvalidTemplateFormat"),
    ({"TemplateContent": "验证码{1}和{3}"}, "InvalidParameterValue.InvalidTemplateFormat"),
    ({"TemplateContent": "验证码{1}{2}"}, "InvalidParameterValue.InvalidTemplateFormat"),
    ({"TemplateContent": "{1}"}, "InvalidParameterValue.InvalidTemplateFormat"),
    ({"TemplateContent": "验证码{code}"}, "InvalidParameterValue.InvalidTemplateFormat"),
    ({"TemplateContent": "【艾克米】验证码{1}"}, "InvalidParameterValue.InvalidTemplateFormat"),
    ({"TemplateContent": LONG}, "InvalidParameterValue.InvalidTemplateFormat"),
    (
        {"SmsType": 1, "TemplateContent": "全场五折"},
        "InvalidParameterValue.MarketingTemplateWithoutUnsubscribe",
    ),
    (
        {"SmsType": 1, "TemplateContent": "全场五折 拒收请回复R。"},
        "InvalidParameterValue.MarketingTemplateWithoutUnsubscribe",
    ),
]


@pytest.mark.parametrize(("change", "code"), TEMPLATE_ERRORS)
@pytest.mark.parametrize(
    ("action", "extra"), [("AddSmsTemplate", {}), ("ModifySmsTemplate", {"TemplateId": 1111})]
)
def test_a_template_that_breaks_a_rule_is_refused(
    shared: Any, action: str, extra: dict[str, int], change: dict[str, Any], code: str
) -> None:
    """Every documented check of AddSmsTemplate and ModifySmsTemplate with its code."""
    parameters = {**TEMPLATE, **extra, **change}
    given = {name: value for name, value in parameters.items() if value is not None}
    assert refused(shared, action, **given) == code


def test_what_the_rules_allow_is_accepted(serve: Serve) -> None:
    """Neighbours of the refusals: international names and types, several good templates."""
    url, emulator = serve()
    client = sdk(url)
    app = {"SignName": "Tencent Cloud", "International": 1, "SignType": 1, "DocumentType": 4}
    ask(client, "AddSmsSign", **{**SIGN, **app})
    letter = {"SignPurpose": 1, "CommissionImage": JPEG, "SignName": "a1"}
    ask(client, "AddSmsSign", **{**SIGN, **letter})
    for change in (
        {"SmsType": 1, "TemplateContent": "全场五折，拒收请回复R"},
        {"SmsType": 1, "International": 1, "TemplateContent": "Sale today"},
        {"TemplateContent": "{2}前的验证码{1}，再说一遍{1}"},
        {"TemplateContent": "一" * 500},
    ):
        ask(client, "AddSmsTemplate", **{**TEMPLATE, **change})
    # The qualification of an international sign has no effect and is not kept.
    assert "QualificationId" not in emulator.items("sign")[0].parameters


def test_no_template_before_the_first_sign(serve: Serve) -> None:
    url, _ = serve()
    client = sdk(url)
    assert refused(client, "AddSmsTemplate", **TEMPLATE) == "FailedOperation.MissingSignature"
    ask(client, "AddSmsSign", **SIGN)
    ask(client, "AddSmsTemplate", **TEMPLATE)


def test_a_rejected_name_may_be_applied_for_again(serve: Serve) -> None:
    """Pending and approved names are taken, also under auto review; other lists are free."""
    url, emulator = serve(review="auto:1h")
    client = sdk(url)
    ask(client, "AddSmsSign", **SIGN)
    assert refused(client, "AddSmsSign", **SIGN) == "InvalidParameterValue.SignExistAndUnapproved"
    emulator.review("sign", 1110, 2)
    assert refused(client, "AddSmsSign", **SIGN) == "InvalidParameterValue.SignAlreadyPassedCheck"
    ask(client, "AddSmsSign", **{**SIGN, "International": 1})
    emulator.review("sign", 1110, -1)
    assert ask(client, "AddSmsSign", **SIGN)["AddSignStatus"] == {"SignId": 1112}


def test_quotas_hold_when_they_are_set(serve: Serve) -> None:
    url, emulator = serve(max_signs=1, max_templates=0)
    emulator.seed([SEEDED_SIGN])
    client = sdk(url)
    assert refused(client, "AddSmsSign", **SIGN) == "FailedOperation.SignNumberLimit"
    assert refused(client, "AddSmsTemplate", **TEMPLATE) == "FailedOperation.TemplateNumberLimit"


def test_variables_may_be_refused_by_the_account(serve: Serve) -> None:
    """Domestic notification and marketing only; verification and international may have them."""
    url, emulator = serve(template_variables=False)
    emulator.seed([SEEDED_SIGN])
    client = sdk(url)
    notice = {**TEMPLATE, "SmsType": 2}
    assert refused(client, "AddSmsTemplate", **notice) == (
        "InvalidParameterValue.UnsupportedTemplateVariable"
    )
    ask(client, "AddSmsTemplate", **TEMPLATE)
    ask(client, "AddSmsTemplate", **{**notice, "International": 1})


def test_a_sub_account_reads_templates_by_id_only(serve: Serve) -> None:
    url, emulator = serve(subaccount=True)
    emulator.seed([{"kind": "template", "templateName": "a", "content": "a"}])
    client = sdk(url)
    code = refused(client, "DescribeSmsTemplateList", International=0, Limit=100)
    assert code == "FailedOperation.ProhibitSubAccountUse"
    found = ask(client, "DescribeSmsTemplateList", International=0, TemplateIdSet=[1110])
    assert len(found["DescribeTemplateStatusSet"]) == 1


def test_the_legacy_listing_of_signs_wants_ids(serve: Serve) -> None:
    """Before 2026-05 SignIdSet was required, Limit and Offset did not exist."""
    url, emulator = serve(listing="legacy")
    emulator.seed([SEEDED_SIGN])
    client = sdk(url)
    assert refused(client, "DescribeSmsSignList", International=0) == "MissingParameter"
    code = refused(client, "DescribeSmsSignList", International=0, SignIdSet=[])
    assert code == "MissingParameter"
    code = refused(client, "DescribeSmsSignList", International=0, Limit=100, Offset=0)
    assert code == "UnknownParameter"
    found = ask(client, "DescribeSmsSignList", International=0, SignIdSet=[1110])
    assert len(found["DescribeSignListStatusSet"]) == 1


def test_pages_defaults_and_both_lists(serve: Serve) -> None:
    """Signs come by tens, templates not at all without Limit; International 3 is in both lists."""
    url, emulator = serve()
    emulator.seed(
        [
            *({"kind": "sign", "signName": f"签名{number}"} for number in range(12)),
            *({"kind": "template", "templateName": "d", "content": "d"} for _ in range(3)),
            {"kind": "template", "templateName": "b", "content": "b", "international": 3},
            {"kind": "template", "templateName": "i", "content": "i", "international": True},
        ]
    )
    client = sdk(url)

    def templates(**parameters: Any) -> list[int]:
        answer = ask(client, "DescribeSmsTemplateList", **parameters)
        return [item["TemplateId"] for item in answer["DescribeTemplateStatusSet"]]

    signs = ask(client, "DescribeSmsSignList", International=0)["DescribeSignListStatusSet"]
    assert len(signs) == 10
    assert templates(International=0) == []
    assert templates(International=0, Limit=100) == [1110, 1111, 1112, 1113]
    assert templates(International=1, Limit=100) == [1113, 1114]
    assert templates(International=0, Limit=2, Offset=3) == [1113]
    assert templates(International=0, Limit=2, Offset=4) == []
    # By ids, whatever their International: the document's own example does so.
    assert templates(International=0, TemplateIdSet=[1114, 1110, 1114]) == [1114, 1110]


def test_an_unknown_template_id_is_left_out_or_fails_the_batch(serve: Serve) -> None:
    objects = [{"kind": "template", "templateName": "a", "content": "a"}]
    url, emulator = serve()
    emulator.seed(objects)
    found = ask(sdk(url), "DescribeSmsTemplateList", International=0, TemplateIdSet=[5, 1110])
    assert [item["TemplateId"] for item in found["DescribeTemplateStatusSet"]] == [1110]

    url, emulator = serve(unknown_ids="fail")
    emulator.seed(objects)
    code = refused(sdk(url), "DescribeSmsTemplateList", International=0, TemplateIdSet=[5, 1110])
    assert code == "FailedOperation.MissingTemplateToModify"


def test_qualification_members_can_be_left_out(serve: Serve) -> None:
    """As in official examples; an international sign has 0 and an empty name."""
    url, emulator = serve(qualifications=False)
    emulator.seed([SEEDED_SIGN])
    (status,) = ask(sdk(url), "DescribeSmsSignList", International=0)["DescribeSignListStatusSet"]
    assert not {name for name in status if name.startswith("Qualification") and status[name]}

    url, emulator = serve()
    emulator.seed([{**SEEDED_SIGN, "international": True, "qualificationId": 1000001}])
    (status,) = ask(sdk(url), "DescribeSmsSignList", International=1)["DescribeSignListStatusSet"]
    assert (status["QualificationId"], status["QualificationName"]) == (0, "")


def test_an_endpoint_may_be_a_url_as_tccli_needs_it(serve: Serve) -> None:
    """tccli speaks http only to an endpoint with a scheme, and then signs that as its Host."""
    url, _ = serve()
    ask(sdk(url, endpoint=url), "AddSmsSign", **SIGN)
    ask(sdk(url, endpoint=url, service="sts"), "GetCallerIdentity")


def test_limits_are_enforced_on_the_socket(serve: Serve) -> None:
    """A second AddSmsSign in the same second is refused with the documented code."""
    url, _ = serve(limits=True)
    client = sdk(url)
    ask(client, "AddSmsSign", **SIGN)
    assert refused(client, "AddSmsSign", **SIGN) == "RequestLimitExceeded"


def test_a_body_of_more_than_10_mb_is_refused(serve: Serve) -> None:
    url, _ = serve()
    huge = {**SIGN, "ProofImage": "A" * (10 * 1024 * 1024)}
    assert refused(sdk(url), "AddSmsSign", **huge) == "RequestSizeLimitExceeded"
    long = {**SIGN, "ProofImage": "A" * (32 * 1024)}
    assert refused(sdk(url, method="GET"), "AddSmsSign", **long) == "RequestSizeLimitExceeded"
