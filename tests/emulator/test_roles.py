"""Temporary credentials: how they are got, what they can do, and when they end."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.sts.v20180813 import errorcodes

from smsops.emulator.core import Emulator
from smsops.emulator.settings import Settings
from smsops.emulator.wire import Request
from tests.emulator.conftest import Serve
from tests.support.clock import FakeClock
from tests.support.emulator_api import Refusal, ask, call, response, sdk, signed

NOW = 1_790_000_000
ROLE: dict[str, Any] = {
    "RoleArn": "qcs::cam::uin/100000000001:roleName/deploy",
    "RoleSessionName": "ci-1",
}
STS: dict[str, Any] = {"version": "2018-08-13", "service": "sts"}
DOCUMENTED = {code for name, code in vars(errorcodes).items() if name.isupper()}


def jwt(**claims: Any) -> str:
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{part}.c2ln"


WEB: dict[str, Any] = {
    **ROLE,
    "ProviderId": "OIDC",
    "WebIdentityToken": jwt(sub="repo:shop", exp=4_000_000_000),
}


@pytest.fixture
def emulator(clock: FakeClock) -> Emulator:
    return Emulator(None, Settings(), clock=clock.clock)


def sts(emulator: Emulator, action: str, now: float = NOW, **given: Any) -> dict[str, Any]:
    """A call with the account's own credentials. Raises :class:`Refusal`."""
    answer = response(emulator.handle(signed(action, given, now=now, **STS)))
    if "Error" in answer:
        raise Refusal(answer["Error"]["Code"], answer["Error"]["Message"])
    return answer


def with_(credentials: dict[str, str], action: str, now: float = NOW, **how: Any) -> Request:
    """A call that is signed with temporary credentials."""
    key, token = credentials["TmpSecretKey"], credentials["Token"]
    request = signed(action, how.pop("given", {}), now=now, key=key, x_tc_token=token, **how)
    authorization = request.headers["authorization"].replace(
        "AKIDEMULATOR", credentials["TmpSecretId"]
    )
    return Request("POST", "/", {**request.headers, "authorization": authorization}, request.body)


def code(emulator: Emulator, request: Request) -> str:
    """The error code of a call, ``""`` when it worked."""
    error: dict[str, str] = response(emulator.handle(request)).get("Error", {"Code": ""})
    return error["Code"]


LIST: dict[str, Any] = {"given": {"International": 0}}


@pytest.mark.parametrize("seconds", [None, 1, 43_200])
def test_credentials_work_until_they_expire(
    emulator: Emulator, clock: FakeClock, seconds: int | None
) -> None:
    asked = {} if seconds is None else {"DurationSeconds": seconds}
    answer = sts(emulator, "AssumeRole", **ROLE, **asked)
    lasts = seconds or 7200
    assert answer["ExpiredTime"] == NOW + lasts
    assert answer["Expiration"].endswith("Z")
    credentials = answer["Credentials"]
    assert code(emulator, with_(credentials, "DescribeSmsSignList", **LIST)) == ""
    clock.advance(lasts - 0.5)
    now = NOW + lasts - 1
    assert code(emulator, with_(credentials, "DescribeSmsSignList", now, **LIST)) == ""
    clock.advance(0.5)
    late = with_(credentials, "DescribeSmsSignList", NOW + lasts, **LIST)
    assert code(emulator, late) == "AuthFailure.TokenFailure"


def test_they_say_whose_they_are(emulator: Emulator) -> None:
    credentials = sts(emulator, "AssumeRole", **ROLE)["Credentials"]
    identity = response(emulator.handle(with_(credentials, "GetCallerIdentity", **STS)))
    assert identity["Type"] == "CAMRole"
    assert (identity["AccountId"], identity["UserId"]) == ("100000000001", "deploy:ci-1")


def test_they_get_further_credentials(emulator: Emulator) -> None:
    first = sts(emulator, "AssumeRole", **ROLE)["Credentials"]
    answer = response(emulator.handle(with_(first, "AssumeRole", given=ROLE, **STS)))
    second = answer["Credentials"]
    assert second["TmpSecretId"] != first["TmpSecretId"]
    assert code(emulator, with_(second, "DescribeSmsSignList", **LIST)) == ""


def test_they_are_of_one_account(clock: FakeClock) -> None:
    """Another emulator has the same SecretKey, and they are not its own."""
    mine = Emulator(None, Settings(account_id="200000000002"), clock=clock.clock)
    role = {**ROLE, "RoleArn": "qcs::cam::uin/200000000002:roleName/deploy"}
    first = sts(mine, "AssumeRole", **role)["Credentials"]
    chained = response(mine.handle(with_(first, "AssumeRole", given=role, **STS)))["Credentials"]
    other = Emulator(None, Settings(), clock=clock.clock)
    for credentials in (first, chained):
        identity = response(mine.handle(with_(credentials, "GetCallerIdentity", **STS)))
        assert identity["AccountId"] == "200000000002"
        for action, how in (
            ("DescribeSmsSignList", LIST),
            ("GetCallerIdentity", STS),
            ("AssumeRole", {"given": ROLE, **STS}),
        ):
            refused = code(other, with_(credentials, action, **how))
            assert refused == "AuthFailure.SecretIdNotFound"


def test_a_chain_ends_when_its_last_credentials_do(emulator: Emulator, clock: FakeClock) -> None:
    """The first ones may be over by then; they cannot begin another chain."""
    first = sts(emulator, "AssumeRole", **ROLE, DurationSeconds=60)["Credentials"]
    longer = {**ROLE, "DurationSeconds": 120}
    answer = response(emulator.handle(with_(first, "AssumeRole", given=longer, **STS)))
    assert answer["ExpiredTime"] == NOW + 120
    clock.advance(60)
    now = NOW + 60
    late = with_(first, "AssumeRole", now, given=longer, **STS)
    assert code(emulator, late) == "AuthFailure.TokenFailure"
    assert code(emulator, with_(answer["Credentials"], "DescribeSmsSignList", now, **LIST)) == ""
    clock.advance(60)
    late = with_(answer["Credentials"], "DescribeSmsSignList", NOW + 120, **LIST)
    assert code(emulator, late) == "AuthFailure.TokenFailure"


def test_they_outlive_a_restart_and_end_at_another_account(clock: FakeClock) -> None:
    """Nothing is stored: every emulator with the same SecretKey takes them."""
    first = Emulator(None, Settings(), clock=clock.clock)
    credentials = sts(first, "AssumeRole", **ROLE)["Credentials"]
    again = Emulator(None, Settings(), clock=clock.clock)
    assert code(again, with_(credentials, "DescribeSmsSignList", **LIST)) == ""
    other = Emulator(None, Settings(secret_key="other"), clock=clock.clock)
    refused = code(other, with_(credentials, "DescribeSmsSignList", **LIST))
    assert refused == "AuthFailure.SecretIdNotFound"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"Token": ""}, "AuthFailure.SecretIdNotFound"),
        ({"Token": "x"}, "AuthFailure.SecretIdNotFound"),
        ({"Token": "x.y"}, "AuthFailure.SecretIdNotFound"),
        ({"TmpSecretKey": "x"}, "AuthFailure.SignatureFailure"),
        ({"TmpSecretId": "AKIDother"}, "AuthFailure.TokenFailure"),
    ],
)
def test_parts_of_different_credentials_do_not_mix(
    emulator: Emulator, change: dict[str, str], expected: str
) -> None:
    credentials = sts(emulator, "AssumeRole", **ROLE)["Credentials"] | change
    assert code(emulator, with_(credentials, "DescribeSmsSignList", **LIST)) == expected


def test_a_token_cannot_be_prolonged(emulator: Emulator) -> None:
    credentials = sts(emulator, "AssumeRole", **ROLE)["Credentials"]
    body, _, mac = credentials["Token"].partition(".")
    fields = json.loads(base64.urlsafe_b64decode(body))
    fields[-1] += 3600
    forged = base64.urlsafe_b64encode(json.dumps(fields).encode()).decode()
    credentials["Token"] = f"{forged}.{mac}"
    refused = code(emulator, with_(credentials, "DescribeSmsSignList", **LIST))
    assert refused == "AuthFailure.SecretIdNotFound"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"DurationSeconds": 0}, "InvalidParameter.OverTimeError"),
        ({"DurationSeconds": 43_201}, "InvalidParameter.OverTimeError"),
        ({"RoleSessionName": "x"}, "InvalidParameter.ParamError"),
        ({"RoleSessionName": "x" * 129}, "InvalidParameter.ParamError"),
        ({"RoleSessionName": "a b"}, "InvalidParameter.ParamError"),
        ({"RoleArn": "deploy"}, "InvalidParameter.ParamError"),
        (
            {"RoleArn": "qcs::cam::uin/200000000002:roleName/deploy"},
            "ResourceNotFound.RoleNotFound",
        ),
        ({"ExternalId": "?"}, "InvalidParameter.ParamError"),
    ],
)
def test_roles_are_checked(emulator: Emulator, given: dict[str, Any], expected: str) -> None:
    with pytest.raises(Refusal) as refused:
        sts(emulator, "AssumeRole", **{**ROLE, **given})
    assert refused.value.code == expected
    assert expected in DOCUMENTED


@pytest.mark.parametrize(
    "arn",
    [
        "qcs::cam::uin/100000000001:role/4611686018427397919",
        "qcs::cam::uin/100000000001:role/tencentcloudServiceRole/4611686018427397920",
        "qcs::cam::uin/100000000001:roleName/OneLogin-Role",
    ],
)
def test_roles_have_several_names(emulator: Emulator, arn: str) -> None:
    assert sts(emulator, "AssumeRole", **{**ROLE, "RoleArn": arn})["Credentials"]["Token"]


# ---- with the token of an identity provider ----------------------------------------------------


def unsigned(emulator: Emulator, now: float = NOW, **given: Any) -> dict[str, Any]:
    """AssumeRoleWithWebIdentity as SDKs send it: Authorization is SKIP."""
    request = signed(
        "AssumeRoleWithWebIdentity", {**WEB, **given}, now=now, authorization="SKIP", **STS
    )
    return response(emulator.handle(request))


def test_a_web_identity_needs_no_signature(emulator: Emulator) -> None:
    credentials = unsigned(emulator)["Credentials"]
    assert code(emulator, with_(credentials, "DescribeSmsSignList", **LIST)) == ""


@pytest.mark.parametrize(
    "token",
    [
        *("", "x", "a.b", "a.!.c", "a.W10.c", jwt(exp=NOW), jwt(exp=NOW - 1), jwt(sub="x")),
        *(jwt(exp=odd) for odd in (str(NOW + 9), float("nan"), 10**30, 1e300, True, None)),
        *(jwt(exp=NOW + 9, nbf=odd) for odd in (NOW + 1, "0", float("nan"), True, -1)),
    ],
)
def test_tokens_are_checked(emulator: Emulator, token: str) -> None:
    error = unsigned(emulator, WebIdentityToken=token)["Error"]
    assert error["Code"] == "InvalidParameter.WebIdentityTokenError"
    assert error["Code"] in DOCUMENTED


def test_a_token_that_has_not_expired_is_taken(emulator: Emulator) -> None:
    assert "Credentials" in unsigned(emulator, WebIdentityToken=jwt(exp=NOW + 1))
    assert "Credentials" in unsigned(emulator, WebIdentityToken=jwt(exp=NOW + 0.5, nbf=NOW))


def test_nothing_else_goes_without_a_signature(emulator: Emulator) -> None:
    sms: dict[str, Any] = {}
    for action, how in (("AssumeRole", STS), ("SendSms", sms), ("GetCallerIdentity", STS)):
        request = signed(action, ROLE, now=NOW, authorization="SKIP", **how)
        assert code(emulator, request) == "AuthFailure.InvalidAuthorization"


def test_the_official_sdk_signs_in_and_calls_for_a_role(serve: Serve) -> None:
    url, emulator = serve()
    emulator.seed([{"kind": "sign", "signName": "艾克米"}])
    client = sdk(url, service="sts")
    assumed = ask(client, "AssumeRole", **ROLE, DurationSeconds=600)
    web = client.call_json("AssumeRoleWithWebIdentity", WEB, options={"SkipSign": True})
    for credentials in (assumed["Credentials"], web["Response"]["Credentials"]):
        id_, key, token = (credentials[name] for name in ("TmpSecretId", "TmpSecretKey", "Token"))
        for_role = sdk(url, secret_id=id_, secret_key=key, token=token)
        listed = ask(for_role, "DescribeSmsSignList", International=0)
        assert len(listed["DescribeSignListStatusSet"]) == 1
        caller = sdk(url, secret_id=id_, secret_key=key, token=token, service="sts")
        assert ask(caller, "GetCallerIdentity")["Type"] == "CAMRole"
    with pytest.raises(Refusal) as refused:
        ask(client, "AssumeRole", **ROLE, DurationSeconds=0)
    assert refused.value.code in DOCUMENTED
    expired = {**WEB, "WebIdentityToken": jwt(exp=1)}
    with pytest.raises(TencentCloudSDKException, match=r"InvalidParameter\.WebIdentityTokenError"):
        client.call_json("AssumeRoleWithWebIdentity", expired, options={"SkipSign": True})


def test_the_limits_are_those_of_the_document(emulator: Emulator) -> None:
    """20 calls a second with a token; refused ones say so."""
    answers = [unsigned(emulator) for _ in range(21)]
    assert [("Error" in answer) for answer in answers] == [False] * 20 + [True]
    assert answers[-1]["Error"]["Code"] == "RequestLimitExceeded"
    assert call(emulator, "DescribeSmsSignList", now=NOW, International=0)
