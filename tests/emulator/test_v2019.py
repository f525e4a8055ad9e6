"""API version 2019-07-11: its own names and types, and the behaviour of 2021-01-11."""

from __future__ import annotations

import ast
import inspect
import json
import time
import warnings
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from tencentcloud.common import credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20190711 import errorcodes, models, sms_client

from smsops.emulator import v2019
from smsops.emulator.actions import ACTIONS
from smsops.emulator.core import Emulator
from smsops.emulator.messages import sent
from smsops.emulator.settings import Settings
from tests.emulator.conftest import Serve
from tests.support.clock import FakeClock
from tests.support.emulator_api import PNG, SEEDED_SIGN, SIGN, Refusal, response, signed

pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)

_FILES = Path(__file__).with_name("documented")
PARAMETERS: dict[str, dict[str, list[Any]]] = json.loads(
    (_FILES / "2019-07-11-parameters.json").read_text("utf-8")
)
EXAMPLES: list[dict[str, Any]] = json.loads((_FILES / "2019-07-11.json").read_text("utf-8"))
APP = "1400006666"
V2019 = "2019-07-11"
OLD_SIGN = {
    **{name: value for name, value in SIGN.items() if name != "SignPurpose"},
    "UsedMethod": 0,
}


def call(emulator: Emulator, action: str, *, now: float, **parameters: Any) -> dict[str, Any]:
    """One call of 2019 in process, without a region. Raises :class:`Refusal`."""
    request = signed(action, parameters, now=now, version=V2019)
    assert isinstance(request.headers, dict)
    del request.headers["x-tc-region"]
    answer = response(emulator.handle(request))
    if "Error" in answer:
        raise Refusal(answer["Error"]["Code"], answer["Error"]["Message"])
    return answer


# ---- the tables --------------------------------------------------------------------------------


def test_it_has_sixteen_actions() -> None:
    assert sorted(PARAMETERS) == sorted(name for version, name in ACTIONS if version == V2019)
    assert len(PARAMETERS) == 16


@pytest.mark.parametrize("action", PARAMETERS)
def test_parameters_are_the_documented_ones(action: str) -> None:
    """Names, types, and which are required."""
    table = ACTIONS[V2019, action].parameters
    assert {row.name: [row.type.value, row.required] for row in table} == PARAMETERS[action]
    assert set(PARAMETERS[action]) == members(getattr(models, f"{action}Request"))


def members(model: Any) -> set[str]:
    """The members of a model of the official SDK."""
    return {name.removeprefix("_") for name in vars(model()) if name != "_headers"}


def test_every_code_that_is_translated_exists() -> None:
    known = {value for name, value in vars(errorcodes).items() if name.isupper()}
    assert set(v2019._CODES.values()) <= known
    assert not set(v2019._CODES) & known


def test_every_code_of_the_emulator_exists_in_2019_or_is_translated() -> None:
    """Of those that its actions can raise: whatever stands as a code in their modules."""
    known = {value for name, value in vars(errorcodes).items() if name.isupper()}
    families = ("FailedOperation.", "InvalidParameter", "LimitExceeded.", "UnsupportedOperation.")
    own = {
        "InvalidParameterValue",  # a public code
        "FailedOperation.ProhibitSubAccountUse",  # listing without ids, which 2019 cannot do
    }
    for name in ("signs", "templates", "calls", "checks", "sending", "pulls", "statistics"):
        module = Path(inspect.getfile(v2019)).with_name(f"{name}.py")
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and str(node.value).startswith(families):
                found = str(node.value).rstrip(".")
                assert v2019._code(found) in known | own, f"{name}: {found}"


# ---- every documented example ------------------------------------------------------------------


def put(emulator: Emulator, *changes: Mapping[str, object]) -> None:
    """Commit changes as they are in a data file."""
    with emulator.store.writing():
        emulator.store.commit(list(changes))


def sent_to(
    number: str, app: str, at: float, *serials: str, replies: Sequence[tuple[str, float]] = ()
) -> Mapping[str, object]:
    """The change of messages of the examples, reported a second one after the other."""
    shared = {
        "channel": "tencent",
        "version": V2019,
        "app": app,
        "sign": "腾讯云",
        "template": "1110",
        "text": "【腾讯云】4370",
        "params": ["4370"],
        "sent_at": at,
        "session_context": "",
        "extend": "11",
    }
    answers = [list(reply) for reply in replies]
    to = [
        [serial, number, "86", "CN", 1, "delivered", "DELIVRD", at + place, answers]
        for place, serial in enumerate(serials)
    ]
    return sent(1, shared, to)


SEEDS = [
    {"kind": "sign", "signName": "腾讯云", "signType": "company", "id": 1110},
    {"kind": "sign", "signName": "Tencent", "signType": "company", "id": 1112},
    *(
        {"kind": "template", "TemplateName": "业务验证码", "TemplateContent": "{1}是验证码",
         "SmsType": 3, "id": number, "created": 1578899900, "reply": "通过"}
        for number in (1110, 1112)
    ),
]  # fmt: skip
REPLIES = (("xxxxxx", 1620734188.0), ("xxxxxx", 1620734189.0))
PACKAGE = {
    "id": 1000876572,
    "app": APP,
    "amount": 1000,
    "kind": 0,
    "created": 1556640000,
    "effective": 1556640000,
    "expires": 1559318399,
}


def parameters_of(example: dict[str, Any]) -> dict[str, Any]:
    """What an example asks, with the types of the table, and real images."""
    if "request" in example:
        images = dict.fromkeys(("ProofImage", "CommissionImage"), PNG)
        given = {**example["request"]}
        return {**given, **{name: image for name, image in images.items() if name in given}}
    types = PARAMETERS[example["action"]]
    return {
        name: int(value) if types[name][0] == "Integer" else value
        for name, value in parse_qsl(example["query"])
    }


def shape(value: Any) -> Any:
    """Names and types of a JSON value; of a list, those of its first item."""
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    if isinstance(value, list):
        return [shape(value[0])]
    return type(value).__name__


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example["action"]))
def test_every_documented_example_is_answered_field_by_field(
    serve: Serve, example: dict[str, Any], method: str
) -> None:
    """To the official SDK, over the socket: the members and their types."""
    # The examples of 2019 do not show the qualification of a sign yet.
    url, emulator = serve(qualifications=False)
    emulator.seed(SEEDS)
    given = parameters_of(example)
    action, number = example["action"], given.get("PhoneNumber", "+8618501234444")
    app, now = given.get("SmsSdkAppid", APP), int(time.time())
    replies = [(text, now - 50.0) for text, _ in REPLIES]
    put(emulator, sent_to(number, app, now - 60, "a", replies=replies), {"package": PACKAGE})
    if action.startswith("Modify"):
        emulator.review("sign" if "Sign" in action else "template", 1110, -1)
    # The example's times are long ago, its name is taken, its type exists abroad only.
    now_given = {
        **{name: now - 100 for name in given if name == "SendDateTime"},
        **{name: now for name in given if name == "EndDateTime"},
        **{name: "腾讯云甲" for name in given if name == "SignName"},
        **{name: 0 for name in given if name == "SignType"},
        **({"QualificationId": 1000001} if action == "ModifySmsSign" else {}),
    }

    answer = raw2019(sdk2019(url, method), action, {**given, **now_given})

    assert shape(answer) == shape(example["response"])
    assert_sdk_knows(answer, getattr(models, f"{action}Response"))


def assert_sdk_knows(answer: dict[str, Any], model: Any) -> None:
    """Every member is one of the official model, which would warn of a stranger."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model()._deserialize(answer)


def test_the_documented_replies_come_back_as_they_are(clock: FakeClock) -> None:
    """Asked and answered in the words of the document, value by value."""
    (example,) = [one for one in EXAMPLES if one["action"] == "PullSmsReplyStatusByPhoneNumber"]
    given = parameters_of(example)
    assert given["PhoneNumber"] == "+8615291996666"
    clock.moment = 1620734200.0
    emulator = Emulator(None, clock=clock.clock)
    put(emulator, sent_to("+8615291996666", "1400006874", 1620734000.0, "a", replies=REPLIES))
    answer = call(emulator, example["action"], now=clock.moment, **given)
    assert answer == {**example["response"], "RequestId": answer["RequestId"]}


def test_a_report_has_both_numbers_under_the_names_of_2019(clock: FakeClock) -> None:
    """PhoneNumber is without country code there, PurePhoneNumber with it; times in both forms."""
    (example,) = [one for one in EXAMPLES if one["action"] == "PullSmsSendStatus"]
    wanted = example["response"]["PullSmsSendStatusSet"][0]
    clock.moment = wanted["UserReceiveUnixTime"] + 10.0
    emulator = Emulator(None, clock=clock.clock)
    serial, number = wanted["SerialNo"], wanted["PurePhoneNumber"]
    put(emulator, sent_to(number, APP, wanted["UserReceiveUnixTime"], serial))
    pull = {"Limit": 2, "SmsSdkAppid": APP}
    first, second = (
        call(emulator, "PullSmsSendStatus", now=clock.moment, **pull)["PullSmsSendStatusSet"]
        for _ in range(2)
    )
    assert (first, second) == ([wanted], [])


def test_packages_have_their_times_as_text_and_as_numbers(clock: FakeClock) -> None:
    """The document's example has two of its numbers swapped; the texts are right."""
    emulator = Emulator(None, clock=clock.clock)
    put(emulator, {"package": PACKAGE})
    given = {"SmsSdkAppid": APP, "Limit": 2, "Offset": 0}
    answer = call(emulator, "SmsPackagesStatistics", now=clock.moment, **given)
    assert answer["SmsPackagesStatisticsSet"] == [
        {
            "PackageCreateTime": "2019-05-01 00:00:00",
            "PackageCreateUnixTime": 1556640000,
            "PackageEffectiveTime": "2019-05-01 00:00:00",
            "PackageEffectiveUnixTime": 1556640000,
            "PackageExpiredTime": "2019-05-31 23:59:59",
            "PackageExpiredUnixTime": 1559318399,
            "AmountOfPackage": 1000,
            "TypeOfPackage": 0,
            "PackageId": 1000876572,
            "CurrentUsage": 0,
        }
    ]


# ---- what differs from 2021 --------------------------------------------------------------------


def refused(emulator: Emulator, action: str, now: float, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(Refusal) as caught:
        call(emulator, action, now=now, **parameters)
    return caught.value.code, str(caught.value)


def test_names_of_2021_are_unknown_in_2019(clock: FakeClock) -> None:
    emulator = Emulator(None, clock=clock.clock)
    code, text = refused(emulator, "SendSms", clock.moment, TemplateId="1")
    assert code == "UnknownParameter"
    assert "TemplateId" in text


def test_2021_still_needs_a_region_and_2019_takes_any(clock: FakeClock) -> None:
    emulator = Emulator(None, clock=clock.clock)
    request = signed("DeleteSmsSign", {"SignId": 1}, now=clock.moment)
    assert isinstance(request.headers, dict)
    del request.headers["x-tc-region"]
    assert response(emulator.handle(request))["Error"]["Code"] == "MissingParameter"
    strange = signed(
        "DeleteSmsSign", {"SignId": 1}, now=clock.moment, version=V2019, x_tc_region="moon"
    )
    answer = response(emulator.handle(strange))
    assert answer["Error"]["Code"] == "FailedOperation.SignIdNotExist"


@pytest.mark.parametrize("action", ["SendMultiGlobalSms", "ReportConversion", "GetCallerIdentity"])
def test_newer_actions_do_not_exist(clock: FakeClock, action: str) -> None:
    emulator = Emulator(None, clock=clock.clock)
    assert refused(emulator, action, clock.moment)[0] == "InvalidAction"


def test_a_sign_is_applied_for_with_its_use_and_answered_with_its_application(
    clock: FakeClock,
) -> None:
    """UsedMethod is kept as SignPurpose; SignApplyId is a number once and a text once."""
    emulator = Emulator(None, Settings(limits=False), clock=clock.clock)
    bad = {**OLD_SIGN, "UsedMethod": 7}
    code, text = refused(emulator, "AddSmsSign", clock.moment, **bad)
    assert code == "InvalidParameterValue.InvalidUsedMethod"
    assert "UsedMethod" in text
    assert "SignPurpose" not in text
    added = call(emulator, "AddSmsSign", now=clock.moment, **OLD_SIGN)
    assert added["AddSignStatus"] == {"SignId": 1110, "SignApplyId": 1110}
    assert emulator.items("sign")[0].parameters["SignPurpose"] == 0
    code, _ = refused(emulator, "ModifySmsSign", clock.moment, SignId=1110, **bad)
    assert code == "InvalidParameterValue.InvalidUsedMethod"
    modified = call(emulator, "ModifySmsSign", now=clock.moment, SignId=1110, **OLD_SIGN)
    assert modified["ModifySignStatus"] == {"SignId": 1110, "SignApplyId": "1110"}


def test_statistics_are_asked_with_integers(clock: FakeClock) -> None:
    emulator = Emulator(None, clock=clock.clock)
    put(emulator, sent_to("+8618501234444", APP, clock.moment - 60, "a", "b"))
    hour = int(datetime.fromtimestamp(clock.moment - 60, v2019._BEIJING).strftime("%Y%m%d%H"))
    given = {"StartDateTime": hour, "EndDataTime": hour + 1, "SmsSdkAppid": APP}
    given |= {"Limit": 0, "Offset": 0}
    answer = call(emulator, "SendStatusStatistics", now=clock.moment, **given)
    assert answer["SendStatusStatistics"]["RequestSuccessCount"] == 2
    code, _ = refused(
        emulator, "SendStatusStatistics", clock.moment, **{**given, "EndDataTime": str(hour)}
    )
    assert code == "InvalidParameter"
    _, text = refused(
        emulator, "SendStatusStatistics", clock.moment, **{**given, "EndDataTime": hour - 1}
    )
    assert "EndDataTime is not earlier than StartDateTime" in text


def test_describe_needs_ids_and_has_no_pages(clock: FakeClock) -> None:
    emulator = Emulator(None, clock=clock.clock)
    for kind in ("Sign", "Template"):
        action = f"DescribeSms{kind}List"
        assert refused(emulator, action, clock.moment, International=0)[0] == "MissingParameter"
        paged = {"International": 0, f"{kind}IdSet": [1], "Limit": 1}
        assert refused(emulator, action, clock.moment, **paged)[0] == "UnknownParameter"


# ---- the official SDK --------------------------------------------------------------------------


def test_the_official_sdk_sends_and_pulls(serve: Serve) -> None:
    """By signed GET and by POST, without a region; the message carries the version."""
    url, emulator = serve(report_delay=0.0)
    emulator.seed([SEEDED_SIGN, *SEEDS])
    for method in ("GET", "POST"):
        number = "+8613711110100" if method == "GET" else "+8613711110101"
        client = sdk2019(url, method)
        given = {"PhoneNumberSet": [number], "SmsSdkAppid": APP, "TemplateID": "1110"}
        given |= {"Sign": "腾讯云", "TemplateParamSet": ["4370"], "SessionContext": "x"}
        (status,) = ask2019(client, "SendSms", **given)["SendStatusSet"]
        assert (status["Code"], status["PhoneNumber"], status["SessionContext"]) == (
            "Ok",
            number,
            "x",
        )
        sent_at = int(emulator.messages()[0].sent_at)
        pull = {"SendDateTime": sent_at - 5, "Offset": 0, "Limit": 10, "PhoneNumber": number}
        (report,) = ask2019(client, "PullSmsSendStatusByPhoneNumber", **pull, SmsSdkAppid=APP)[
            "PullSmsSendStatusSet"
        ]
        assert (report["SerialNo"], report["PurePhoneNumber"]) == (status["SerialNo"], number)
        (newest, *_) = emulator.messages()
        assert (newest.version, newest.text) == (V2019, "【腾讯云】4370是验证码")


def test_the_official_sdk_gets_the_codes_of_2019(serve: Serve) -> None:
    url, _ = serve()
    with pytest.raises(TencentCloudSDKException) as caught:
        ask2019(
            sdk2019(url, "POST"),
            "SendSms",
            PhoneNumberSet=[],
            SmsSdkAppid=APP,
            TemplateID="1",
        )
    assert caught.value.code == errorcodes.MISSINGPARAMETER_EMPTYPHONENUMBERSET


def sdk2019(url: str, method: str) -> Any:
    """An official client of 2019 that knows no region."""
    http = HttpProfile(
        endpoint=url.removeprefix("http://"), protocol="http", reqMethod=method, reqTimeout=10
    )
    who = credential.Credential("AKIDEMULATOR", "emulator")
    return sms_client.SmsClient(who, "", ClientProfile(httpProfile=http))


def raw2019(client: Any, action: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """One call through the official model of the request; the answer as it comes."""
    request = getattr(models, f"{action}Request")()
    request.from_json_string(json.dumps(parameters))
    answer: dict[str, Any] = json.loads(client.call(action, request._serialize()))["Response"]
    return answer


def ask2019(client: Any, action: str, **parameters: Any) -> dict[str, Any]:
    request = getattr(models, f"{action}Request")()
    request.from_json_string(json.dumps(parameters))
    answer: dict[str, Any] = json.loads(getattr(client, action)(request).to_json_string())
    return answer
