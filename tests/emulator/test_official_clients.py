"""The official SDKs of Python and Node.js, and tccli, through every action that they have.

All are told endpoint, http and the emulator's credentials, and nothing else. They sign differently:
Node.js leaves the port out and takes the service from the first label of the endpoint, tccli signs
a URL. What both SDKs get is compared, call by call.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20190711 import models as models_2019
from tencentcloud.sms.v20190711 import sms_client as client_2019
from tencentcloud.sms.v20210111 import models as models_2021
from tencentcloud.sms.v20210111 import sms_client as client_2021

from smsops.emulator.actions import ACTIONS
from tests.emulator import official
from tests.emulator.conftest import Serve
from tests.support.emulator_api import SIGN, TEMPLATE

pytestmark = [
    pytest.mark.systems,
    pytest.mark.filterwarnings(
        "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
    ),
]

NEW, OLD = "2021-01-11", "2019-07-11"
MODULES = {NEW: (client_2021, models_2021), OLD: (client_2019, models_2019)}
APP, NUMBER, TALKER = "1400006666", "+8618501234444", "+8618501230008"
#: Hours of the past, with nothing in them.
HOURS = ("2026010100", "2026010123")
ACCOUNT = [
    {"kind": "sign", "signName": "艾克米"},
    {"kind": "template", "templateName": "已有", "content": "您的验证码是{1}。", "smsType": 3},
]
_ADDED = {**SIGN, "SignName": "艾克米商城"}

Call = tuple[str, dict[str, Any], str]


def scenario(version: str, now: int) -> Sequence[Call]:
    """Every action, in an order that makes sense, first as it works and then as it is refused."""
    new = version == NEW
    app = {"SmsSdkAppId" if new else "SmsSdkAppid": APP}
    begin, end = ("BeginTime", "EndTime") if new else ("SendDateTime", "EndDateTime")
    template = "TemplateId" if new else "TemplateID"
    sign = dict(_ADDED)
    if not new:
        sign["UsedMethod"] = sign.pop("SignPurpose")
    message = {
        **app,
        "PhoneNumberSet": [NUMBER, TALKER],
        "SignName" if new else "Sign": "艾克米",
        template: "1110",
        "TemplateParamSet": ["123456"],
        "SessionContext": "c",
    }
    by_number = {**app, begin: now - 60, "Offset": 0, "Limit": 10, "PhoneNumber": TALKER}
    hours: dict[str, Any] = {**app, "Limit": 0, "Offset": 0}
    hours |= (
        {"BeginTime": HOURS[0], "EndTime": HOURS[1]}
        if new
        else {"StartDateTime": int(HOURS[0]), "EndDataTime": int(HOURS[1])}
    )
    packages: dict[str, Any] = {**app, "Limit": 10, "Offset": 0}
    if new:
        packages |= {"BeginTime": HOURS[0], "EndTime": HOURS[1]}
    # fmt: off
    return [
        ("AddSmsSign", sign, ""),
        ("AddSmsSign", {**sign, "SignName": "一"}, "FailedOperation.OtherError"),
        ("ModifySmsSign", {**sign, "SignId": 1111, "Remark": "新"}, ""),
        ("ModifySmsSign", {**sign, "SignId": 9}, "FailedOperation.MissingSignatureToModify"),
        ("DescribeSmsSignList", {"International": 0, "SignIdSet": [1110, 1111]}, ""),
        ("DescribeSmsSignList", {"International": 7, "SignIdSet": [1110]},
         "InvalidParameterValue"),
        ("DeleteSmsSign", {"SignId": 1111}, ""),
        ("DeleteSmsSign", {"SignId": 1111}, "FailedOperation.SignIdNotExist"),
        ("AddSmsTemplate", TEMPLATE, ""),
        ("AddSmsTemplate", {**TEMPLATE, "International": 7},
         "InvalidParameterValue.InvalidInternational"),
        ("ModifySmsTemplate", {**TEMPLATE, "TemplateId": 1111, "Remark": "新"}, ""),
        ("ModifySmsTemplate", {**TEMPLATE, "TemplateId": 9},
         "FailedOperation.MissingTemplateToModify"),
        ("DescribeSmsTemplateList", {"International": 0, "TemplateIdSet": [1110, 1111]}, ""),
        ("DescribeSmsTemplateList", {"International": 7, "TemplateIdSet": [1110]},
         "InvalidParameterValue.InvalidInternational"),
        ("DeleteSmsTemplate", {"TemplateId": 1111}, ""),
        ("DeleteSmsTemplate", {"TemplateId": 1111}, "FailedOperation.TemplateIdNotExist"),
        ("SendSms", message, ""),
        ("SendSms", {**message, template: "9"}, ""),  # refused number by number
        ("SendSms", {**message, "PhoneNumberSet": ["+8618501234444", "+12025550123"]},
         "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber"),
        ("PullSmsSendStatusByPhoneNumber", by_number, ""),
        ("PullSmsSendStatusByPhoneNumber", {**by_number, "PhoneNumber": "nobody"},
         "InvalidParameterValue.IncorrectPhoneNumber"),
        ("PullSmsReplyStatusByPhoneNumber", {**by_number, end: now + 60}, ""),
        ("PullSmsReplyStatusByPhoneNumber", {**by_number, end: now - 90},
         "InvalidParameterValue.InvalidStartTime"),
        ("PullSmsSendStatus", {**app, "Limit": 10}, ""),
        ("PullSmsSendStatus", {**app, "Limit": 101}, "InvalidParameter"),
        ("PullSmsReplyStatus", {**app, "Limit": 10}, ""),
        ("PullSmsReplyStatus", {**app, "Limit": 101}, "InvalidParameter"),
        ("SendStatusStatistics", hours, ""),
        ("SendStatusStatistics", {**hours, "Limit": 1},
         "InvalidParameterValue.LimitVerifyFail" if new else "InvalidParameter"),
        ("CallbackStatusStatistics", hours, ""),
        ("CallbackStatusStatistics", {**hours, "Offset": 1},
         "InvalidParameterValue.OffsetVerifyFail" if new else "InvalidParameter"),
        ("SmsPackagesStatistics", packages, ""),
        ("SmsPackagesStatistics", {**packages, "Limit": 501},
         "InvalidParameterValue.LimitVerifyFail" if new else "InvalidParameter"),
        *(_of_2021(app) if new else ()),
    ]
    # fmt: on


def _of_2021(app: Mapping[str, str]) -> Sequence[Call]:
    """What 2019 does not have."""
    return [
        ("DescribePhoneNumberInfo", {"PhoneNumberSet": [NUMBER, "+12025550123"]}, ""),
        (
            "DescribePhoneNumberInfo",
            {"PhoneNumberSet": []},
            "InvalidParameterValue.IncorrectPhoneNumber",
        ),
        ("ReportConversion", {**app, "SerialNo": "a12gb4e2"}, ""),
        (
            "ReportConversion",
            {**app, "SerialNo": "a12gb4e2", "SmsSdkAppId": "shop"},
            "UnauthorizedOperation.SmsSdkAppIdVerifyFail",
        ),
    ]


def in_python(endpoint: str, asked: Sequence[Call], version: str) -> list[dict[str, Any]]:
    """What the SDK of Python returns or raises, as :func:`tests.emulator.official.node` has it."""
    client_module, models = MODULES[version]
    profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=endpoint))
    who = Credential("AKIDEMULATOR", "emulator")
    client = client_module.SmsClient(who, "ap-guangzhou", profile)
    answers: list[dict[str, Any]] = []
    for action, parameters, _ in asked:
        request = getattr(models, f"{action}Request")()
        request.from_json_string(json.dumps(parameters))
        try:
            response = getattr(client, action)(request)
        except TencentCloudSDKException as error:
            answers.append({"error": {"code": error.code, "message": error.message}})
        else:
            answers.append({"response": json.loads(response.to_json_string())})
    return answers


def in_node(endpoint: str, asked: Sequence[Call], version: str) -> list[dict[str, Any]]:
    plain = [(action, parameters) for action, parameters, _ in asked]
    return official.node(endpoint, plain, version=version)


CLIENTS = {"python": in_python, "node": in_node}


def code(answer: Mapping[str, Any]) -> str:
    """The error code that a client threw, ``""`` for a response."""
    return str(answer["error"]["code"]) if "error" in answer else ""


@pytest.mark.parametrize("version", [NEW, OLD])
@pytest.mark.parametrize("name", CLIENTS)
def test_every_action_works_and_is_refused_as_it_should(
    serve: Serve, name: str, version: str
) -> None:
    url, emulator = serve(report_delay=0.0)
    emulator.seed(ACCOUNT)
    asked = scenario(version, int(time.time()))
    answers = CLIENTS[name](url.removeprefix("http://"), asked, version)
    got = [(action, code(answer)) for (action, *_), answer in zip(asked, answers, strict=True)]
    assert got == [(action, expected) for action, _, expected in asked]

    first: dict[str, Any] = {}
    for (action, *_), answer in zip(asked, answers, strict=True):
        first.setdefault(action, answer.get("response"))
    statuses = first["SendSms"]["SendStatusSet"]
    assert [(one["PhoneNumber"], one["Code"], one["Fee"]) for one in statuses] == [
        (NUMBER, "Ok", 1),
        (TALKER, "Ok", 1),
    ]
    (report,) = first["PullSmsSendStatusByPhoneNumber"]["PullSmsSendStatusSet"]
    assert (report["ReportStatus"], report["SerialNo"]) == ("SUCCESS", statuses[1]["SerialNo"])
    (reply,) = first["PullSmsReplyStatusByPhoneNumber"]["PullSmsReplyStatusSet"]
    assert (reply["ReplyContent"], reply["PhoneNumber"]) == ("R", TALKER)
    assert len(first["PullSmsSendStatus"]["PullSmsSendStatusSet"]) == 2
    assert len(emulator.messages()) == 4


@pytest.mark.parametrize("version", [NEW, OLD])
def test_the_scenario_has_every_action_that_the_sdk_has(version: str) -> None:
    """Each of them once as it works and once as it is refused. Foreign messages are of a newer
    document than the emulator's.
    """
    client_module, _ = MODULES[version]
    has = {name for name in vars(client_module.SmsClient) if name[:1].isupper()}
    asked = [(action, bool(expected)) for action, _, expected in scenario(version, 0)]
    assert {action for action, _ in asked} == has - {"SendMultiGlobalSms"}
    assert {action for action, refused in asked if refused} == {action for action, _ in asked}
    known = {name for of, name in ACTIONS if of == version}
    assert known - {action for action, _ in asked} <= {"DescribeSendRecordList"}


def comparable(answer: Any) -> Any:
    """An answer without what differs from call to call, and without members that are null."""
    if isinstance(answer, dict):
        volatile = ("RequestId", "requestId", "SerialNo")
        return {
            name: None if name.endswith("Time") else comparable(value)
            for name, value in answer.items()
            if name not in volatile and value is not None
        }
    return [comparable(item) for item in answer] if isinstance(answer, list) else answer


@pytest.mark.parametrize("version", [NEW, OLD])
def test_both_sdks_get_the_same(serve: Serve, version: str) -> None:
    asked = scenario(version, int(time.time()))
    answers = []
    for client in CLIENTS.values():
        url, emulator = serve(report_delay=0.0)
        emulator.seed(ACCOUNT)
        answers.append(comparable(client(url.removeprefix("http://"), asked, version)))
    for call, python, node in zip(asked, *answers, strict=True):
        assert node == python, call[0]


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_node_signs_without_the_port_and_for_the_first_label(
    serve: Serve, host: str, method: str
) -> None:
    url, emulator = serve()
    emulator.seed(ACCOUNT)
    port = url.rpartition(":")[2]
    message = {
        "PhoneNumberSet": [NUMBER, TALKER],
        "SmsSdkAppId": APP,
        "SignName": "艾克米",
        "TemplateId": "1110",
        "TemplateParamSet": ["123456"],
    }
    (answer,) = official.node(f"{host}:{port}", [("SendSms", message)], method=method)
    assert [one["Code"] for one in answer["response"]["SendStatusSet"]] == ["Ok", "Ok"]
    assert emulator.messages()[0].text == "【艾克米】您的验证码是123456。"


def test_a_wrong_key_is_told_to_node(serve: Serve) -> None:
    url, _ = serve()
    asked = [("DescribeSmsSignList", {"International": 0})]
    (answer,) = official.node(url.removeprefix("http://"), asked, secretKey="another")
    assert answer["error"]["code"] == "AuthFailure.SignatureFailure"
    assert "What differs: key: " in answer["error"]["message"]


def test_tccli_sends_and_lists(serve: Serve, tmp_path: Path) -> None:
    """Also the record of what was sent, which the SDKs do not have yet."""
    url, emulator = serve(report_delay=0.0)
    emulator.seed(ACCOUNT)

    def tccli(action: str, **parameters: Any) -> dict[str, Any]:
        given = [
            word
            for name, value in parameters.items()
            for word in (f"--{name}", value if isinstance(value, str) else json.dumps(value))
        ]
        status, answer, told = official.tccli(url, action, *given, home=tmp_path)
        assert status == 0, told
        return answer or {"told": told}

    message = {"SmsSdkAppId": APP, "SignName": "艾克米", "TemplateParamSet": ["123456"]}
    sent = tccli("SendSms", **message, PhoneNumberSet=[NUMBER], TemplateId="1110")
    assert sent["SendStatusSet"][0]["Code"] == "Ok"
    listed = tccli("DescribeSmsTemplateList", International=0, Limit=10, Offset=0)
    assert [one["TemplateId"] for one in listed["DescribeTemplateStatusSet"]] == [1110]
    since = int(emulator.messages()[0].sent_at) - 60
    records = tccli("DescribeSendRecordList", PhoneNumber=NUMBER, SmsSdkAppId=APP, BeginTime=since)
    assert records["SendRecordSet"][0]["SerialNo"] == sent["SendStatusSet"][0]["SerialNo"]
    later = int(time.time()) + 3600
    asked = {"PhoneNumber": NUMBER, "SmsSdkAppId": APP, "BeginTime": since, "EndTime": later}
    refused = tccli("DescribeSendRecordList", **asked)
    assert "InvalidParameterValue.EndTimeVerifyFail" in refused["told"]
    refused = tccli("DeleteSmsTemplate", TemplateId=9)
    assert "FailedOperation.TemplateIdNotExist" in refused["told"]


def test_an_action_that_has_no_method_goes_by_its_name(serve: Serve) -> None:
    """DescribeSendRecordList is newer than the SDKs, which call anything by its name."""
    url, emulator = serve(report_delay=0.0)
    emulator.seed(ACCOUNT)
    endpoint = url.removeprefix("http://")
    profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=endpoint))
    who = Credential("AKIDEMULATOR", "emulator")
    client = CommonClient("sms", NEW, who, "ap-guangzhou", profile)
    message = {"SmsSdkAppId": APP, "SignName": "艾克米", "TemplateId": "1110"}
    numbers = {"PhoneNumberSet": [NUMBER], "TemplateParamSet": ["123456"]}
    sent = client.call_json("SendSms", {**message, **numbers})["Response"]["SendStatusSet"]
    since = int(time.time()) - 60
    asked = {"SmsSdkAppId": APP, "PhoneNumber": NUMBER, "BeginTime": since}
    found = client.call_json("DescribeSendRecordList", asked)["Response"]["SendRecordSet"]
    assert [one["SerialNo"] for one in found] == [sent[0]["SerialNo"]]
    with pytest.raises(TencentCloudSDKException) as refused:
        client.call_json("DescribeSendRecordList", {**asked, "Limit": 0})
    assert refused.value.code == "InvalidParameterValue.LimitVerifyFail"


def test_without_node_the_tests_of_its_sdk_say_so_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(pytest.skip.Exception, match="there is no node here"):
        official.node_modules()
