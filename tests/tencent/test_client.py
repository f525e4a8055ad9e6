"""One call: retried, refused, given up, and what each kind asks of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from smsops.errors import CredentialsError, Exit
from smsops.kinds import RESOURCES
from smsops.model import Spec
from smsops.providers.errors import (
    ApiError,
    CallStopped,
    CredentialsRefused,
    Meaning,
    NotSent,
    Refused,
    Throttled,
    Unknown,
)
from smsops.providers.tencent.client import Client
from smsops.providers.tencent.credentials import Credentials
from smsops.providers.tencent.retries import RETRIES
from tests.support.clock import FakeClock
from tests.support.scripted_api import (
    TOKEN,
    Handler,
    ScriptedApi,
    client_of,
    error,
    http,
    ok,
    sign,
    template,
)

SIGN, TEMPLATE = RESOURCES["sign"], RESOURCES["template"]
SIGN_SPEC: Spec = {
    "signName": "艾克米",
    "international": False,
    "signType": "company",
    "documentType": "three-in-one",
    "purpose": "own-use",
    "qualificationId": 1000001,
    "proofImage": "sha256:00",
    "commissionImage": None,
    "remark": "官网登录",
}
TEMPLATE_SPEC: Spec = {
    "templateName": "登录验证码",
    "content": "您的验证码是{1}。",
    "smsType": "verification",
    "international": True,
    "remark": "用户登录",
}
IMAGES = {"proofImage": "aW1hZ2U="}

OPERATIONS: dict[str, Callable[[Client], object]] = {
    "AddSmsSign": lambda c: c.add(SIGN, SIGN_SPEC, IMAGES, address="sign.acme"),
    "AddSmsTemplate": lambda c: c.add(TEMPLATE, TEMPLATE_SPEC, {}, address="template.login"),
    "ModifySmsSign": lambda c: c.modify(SIGN, 7, SIGN_SPEC, IMAGES, address="sign.acme"),
    "ModifySmsTemplate": lambda c: c.modify(TEMPLATE, 7, TEMPLATE_SPEC, {}, address="template.x"),
    "DeleteSmsSign": lambda c: c.delete(SIGN, 7, address="sign.acme"),
    "DeleteSmsTemplate": lambda c: c.delete(TEMPLATE, 7, address="template.login"),
}
READS: dict[str, Callable[[Client], object]] = {
    "DescribeSmsSignList": lambda c: c.describe(SIGN, [7], False),
    "DescribeSmsTemplateList": lambda c: c.list(TEMPLATE, False),
    "GetCallerIdentity": lambda c: c.caller(),
}
each_write = pytest.mark.parametrize("write", OPERATIONS.values(), ids=OPERATIONS.keys())
each_read = pytest.mark.parametrize("read", READS.values(), ids=READS.keys())


def answers(*replies: Any) -> Handler:
    """One reply after the other, the last one for ever. Exceptions are raised."""
    left = list(replies)

    def handler(action: str, payload: dict[str, Any]) -> Any:
        reply = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(reply, Exception):
            raise reply
        return reply

    return handler


GOOD = {
    "AddSmsSign": ok(AddSignStatus={"SignId": 42, "SignApplyId": 42}),
    "AddSmsTemplate": ok(AddTemplateStatus={"TemplateId": "1110"}),
    "DescribeSmsSignList": ok(DescribeSignListStatusSet=[]),
    "DescribeSmsTemplateList": ok(DescribeTemplateStatusSet=[]),
    "GetCallerIdentity": ok(AccountId="100000000001", Arn="qcs::cam::uin/1", UserId="1", Type="x"),
}


def test_add_sends_every_field_and_returns_the_id() -> None:
    api = ScriptedApi(answers(GOOD["AddSmsSign"]))
    with client_of(api) as client:
        assert client.add(SIGN, SIGN_SPEC, IMAGES, address="sign.acme") == 42
    assert api.calls == [
        (
            "AddSmsSign",
            {
                "SignName": "艾克米",
                "SignType": 0,
                "DocumentType": 0,
                "International": 0,
                "SignPurpose": 0,
                "QualificationId": 1000001,
                "ProofImage": "aW1hZ2U=",
                "Remark": "官网登录",
            },
        )
    ]


def test_a_template_id_comes_as_text() -> None:
    with client_of(ScriptedApi(answers(GOOD["AddSmsTemplate"]))) as client:
        assert client.add(TEMPLATE, TEMPLATE_SPEC, {}, address="template.login") == 1110


NO_ID: dict[str, dict[str, object]] = {
    "nothing": ok(),
    "null": ok(AddTemplateStatus=None),
    "empty": ok(AddTemplateStatus={}),
    "null id": ok(AddTemplateStatus={"TemplateId": None}),
    "a list": ok(AddTemplateStatus=[{"TemplateId": 1}]),
    "zero": ok(AddTemplateStatus={"TemplateId": 0}),
    "negative": ok(AddTemplateStatus={"TemplateId": -7}),
    "true": ok(AddTemplateStatus={"TemplateId": True}),
    "a float": ok(AddTemplateStatus={"TemplateId": 7.0}),
    "beyond 63 bits": ok(AddTemplateStatus={"TemplateId": 2**63}),
    "as text beyond 63 bits": ok(AddTemplateStatus={"TemplateId": str(2**63)}),
    "leading zeros": ok(AddTemplateStatus={"TemplateId": "007"}),
    "spaces": ok(AddTemplateStatus={"TemplateId": " 7"}),
    "full width": ok(AddTemplateStatus={"TemplateId": "７"}),
    "a word": ok(AddTemplateStatus={"TemplateId": "None"}),
    "of the other kind": ok(AddSignStatus={"SignId": 7}),
}


@pytest.mark.parametrize("reply", NO_ID.values(), ids=NO_ID.keys())
def test_a_success_without_an_id_is_unknown(reply: dict[str, object]) -> None:
    api = ScriptedApi(answers(reply))
    with client_of(api) as client, pytest.raises(Unknown, match="without an id") as caught:
        client.add(TEMPLATE, TEMPLATE_SPEC, {}, address="template.login")
    assert caught.value.exit is Exit.UNKNOWN_OUTCOME
    assert caught.value.request_id == "3f1c-request"
    assert len(api.calls) == 1


def test_modify_is_a_full_replacement() -> None:
    api = ScriptedApi(answers(ok(ModifyTemplateStatus={"TemplateId": 7})))
    with client_of(api) as client:
        client.modify(TEMPLATE, 7, TEMPLATE_SPEC, {}, address="template.login")
    assert api.calls[0][1] == {
        "TemplateId": 7,
        "TemplateName": "登录验证码",
        "TemplateContent": "您的验证码是{1}。",
        "SmsType": 3,
        "International": 1,
        "Remark": "用户登录",
    }


def test_delete_sends_an_integer() -> None:
    """A text is answered with InternalError.JsonParseFail."""
    api = ScriptedApi(answers(ok(DeleteSignStatus={"DeleteStatus": "return successfully!"})))
    with client_of(api) as client:
        client.delete(SIGN, 7, address="sign.acme")
    assert api.calls == [("DeleteSmsSign", {"SignId": 7})]


@pytest.mark.parametrize(
    "code",
    ["SignIdNotExist", "MissingSignatureToModify", "TemplateIdNotExist", "MissingTemplateToModify"],
)
@pytest.mark.parametrize("kind", [SIGN, TEMPLATE], ids=["sign", "template"])
def test_deleting_what_is_gone_is_done(kind: Any, code: str) -> None:
    with client_of(ScriptedApi(answers(error(f"FailedOperation.{code}")))) as client:
        client.delete(kind, 7, address="x")


def test_a_refused_delete_is_refused() -> None:
    api = ScriptedApi(answers(error("FailedOperation.NotEnterpriseCertification")))
    with client_of(api) as client, pytest.raises(Refused) as caught:
        client.delete(SIGN, 7, address="sign.acme")
    assert caught.value.code == "FailedOperation.NotEnterpriseCertification"


def test_a_modify_too_late_says_so() -> None:
    api = ScriptedApi(answers(error("InvalidParameterValue.SignAlreadyPassedCheck")))
    with client_of(api) as client, pytest.raises(Refused) as caught:
        client.modify(SIGN, 7, SIGN_SPEC, IMAGES, address="sign.acme")
    assert caught.value.meaning is Meaning.ALREADY_PASSED


def test_the_caller() -> None:
    api = ScriptedApi(answers(GOOD["GetCallerIdentity"]))
    with client_of(api) as client:
        caller = client.caller()
    assert (caller.account_id, caller.arn, caller.user_id) == (
        "100000000001",
        "qcs::cam::uin/1",
        "1",
    )
    request = api.requests[0]
    assert str(request.url) == "https://sts.tencentcloudapi.com/"
    assert request.headers["X-TC-Version"] == "2018-08-13"
    assert "/sts/tc3_request" in request.headers["Authorization"]


@pytest.mark.parametrize("reply", [ok(), ok(AccountId=None), ok(AccountId=7), ok(AccountId="")])
def test_a_caller_without_an_account_is_no_answer(reply: dict[str, object]) -> None:
    with client_of(ScriptedApi(answers(reply))) as client, pytest.raises(Unknown):
        client.caller()


TRANSPORT_ERRORS = {
    "read timeout": httpx.ReadTimeout("slow"),
    "write timeout": httpx.WriteTimeout("slow"),
    "reset": httpx.ReadError("reset"),
    "broken pipe": httpx.WriteError("pipe"),
    "disconnected": httpx.RemoteProtocolError("Server disconnected"),
    "badly packed": httpx.DecodingError("zlib"),
    "defect of ours": httpx.LocalProtocolError("oops"),
}
UNKNOWN_REPLIES: dict[str, Any] = TRANSPORT_ERRORS | {
    "status 500": http({}, 500),
    "status 502 with a refusal": http(error("InvalidParameter"), 502),
    "a redirect": httpx.Response(307, headers={"Location": "http://127.0.0.1:1/"}),
    "HTML": httpx.Response(200, text="<html>"),
    "InternalError": error("InternalError"),
    "InternalError.Timeout": error("InternalError.Timeout"),
    "FailedOperation.OtherError": error("FailedOperation.OtherError"),
    "an undocumented failure": error("FailedOperation.Novel"),
    "an undocumented family": error("Novel"),
}


@each_write
@pytest.mark.parametrize("reply", UNKNOWN_REPLIES.values(), ids=UNKNOWN_REPLIES.keys())
def test_a_write_without_a_definite_answer_is_sent_once_and_unknown(
    write: Callable[[Client], object], reply: Any
) -> None:
    api = ScriptedApi(answers(reply))
    with client_of(api) as client, pytest.raises(Unknown) as caught:
        write(client)
    assert caught.value.exit is Exit.UNKNOWN_OUTCOME
    assert len(api.calls) == 1


@each_read
@pytest.mark.parametrize("reply", UNKNOWN_REPLIES.values(), ids=UNKNOWN_REPLIES.keys())
def test_a_read_is_repeated_and_succeeds(read: Callable[[Client], object], reply: Any) -> None:
    replies = iter([reply, reply])

    def handler(action: str, payload: dict[str, Any]) -> Any:
        found = next(replies, GOOD[action])
        if isinstance(found, Exception):
            raise found
        return found

    api, clock = ScriptedApi(handler), FakeClock()
    with client_of(api, clock=clock) as client:
        read(client)
    assert len(api.calls) == 3
    assert 0 < clock.elapsed < 2


@each_read
def test_a_read_is_given_up_as_a_plain_error(read: Callable[[Client], object]) -> None:
    api, clock = ScriptedApi(answers(error("InternalError"))), FakeClock()
    with client_of(api, clock=clock) as client, pytest.raises(Unknown) as caught:
        read(client)
    assert caught.value.exit is Exit.ERROR
    assert len(api.calls) == RETRIES[Unknown].calls
    assert clock.elapsed < 60


NOT_SENT_ERRORS = {
    "no such host": httpx.ConnectError("[Errno -2] Name or service not known"),
    "refused": httpx.ConnectError("[Errno 111] Connection refused"),
    "bad certificate": httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED]"),
    "connect timeout": httpx.ConnectTimeout("timed out"),
    "proxy": httpx.ProxyError("407 Proxy Authentication Required"),
    "no connection free": httpx.PoolTimeout(""),
}
each_not_sent = pytest.mark.parametrize(
    "failure", NOT_SENT_ERRORS.values(), ids=NOT_SENT_ERRORS.keys()
)


@each_write
@each_not_sent
def test_a_write_that_was_not_sent_says_so_and_is_not_repeated(
    write: Callable[[Client], object], failure: httpx.HTTPError
) -> None:
    api = ScriptedApi(answers(failure))
    with client_of(api) as client, pytest.raises(NotSent) as caught:
        write(client)
    assert caught.value.exit is Exit.ERROR
    assert len(api.calls) == 1


@each_not_sent
def test_an_unreachable_host_fails_within_seconds_by_name(failure: httpx.HTTPError) -> None:
    api, clock = ScriptedApi(answers(failure)), FakeClock()
    with client_of(api, clock=clock) as client, pytest.raises(NotSent) as caught:
        client.caller()
    assert "sts.tencentcloudapi.com cannot be reached" in caught.value.message
    assert 1 < len(api.calls) <= 4
    assert clock.elapsed < 5


def test_a_host_that_is_back_is_used() -> None:
    api = ScriptedApi(answers(httpx.ConnectError("refused"), GOOD["GetCallerIdentity"]))
    with client_of(api) as client:
        assert client.caller().account_id == "100000000001"


@each_write
def test_a_throttled_write_is_repeated(write: Callable[[Client], object]) -> None:
    throttled = 3

    def handler(action: str, payload: dict[str, Any]) -> Any:
        nonlocal throttled
        throttled -= 1
        return error("RequestLimitExceeded") if throttled >= 0 else GOOD.get(action, ok())

    api, clock = ScriptedApi(handler), FakeClock()
    with client_of(api, clock=clock) as client:
        write(client)
    assert len(api.calls) == 4
    assert clock.elapsed > 0


@pytest.mark.parametrize("call", [*OPERATIONS.values(), *READS.values()], ids=[*OPERATIONS, *READS])
def test_endless_throttling_ends(call: Callable[[Client], object]) -> None:
    api, clock = ScriptedApi(answers(error("RequestLimitExceeded.UinLimitExceeded"))), FakeClock()
    with client_of(api, clock=clock) as client, pytest.raises(Throttled) as caught:
        call(client)
    assert caught.value.exit is Exit.ERROR
    assert 5 < len(api.calls) <= 60
    assert clock.elapsed <= 61


@pytest.mark.parametrize("call", [*OPERATIONS.values(), *READS.values()], ids=[*OPERATIONS, *READS])
@pytest.mark.parametrize("code", ["AuthFailure.SecretIdNotFound", "UnauthorizedOperation"])
def test_refused_credentials_are_final(call: Callable[[Client], object], code: str) -> None:
    api = ScriptedApi(answers(error(code, "no such id")))
    with client_of(api) as client, pytest.raises(CredentialsRefused, match="no such id") as caught:
        call(client)
    assert caught.value.exit is Exit.CREDENTIALS
    assert isinstance(caught.value, CredentialsError)
    assert caught.value.hint == "The credentials are those of: test, SecretId ****1234"
    assert len(api.calls) == 1


def test_a_wrong_clock_is_named() -> None:
    clock = FakeClock(1_763_800_000.0)
    reply = http(error("AuthFailure.SignatureExpire"), Date="Sat, 22 Nov 2025 08:10:40 GMT")
    api = ScriptedApi(answers(reply))
    with client_of(api, clock=clock) as client, pytest.raises(CredentialsRefused) as caught:
        client.caller()
    assert "this machine's clock is 16 min ahead of the server's" in caught.value.message


def test_a_request_too_large_is_not_sent() -> None:
    """The gateway takes 10 MB and would reset the connection, which proves nothing."""
    api = ScriptedApi(answers(ok()))
    huge = {"proofImage": "A" * (10 * 1024 * 1024)}
    with client_of(api) as client, pytest.raises(NotSent, match="the API takes 10 MiB"):
        client.add(SIGN, SIGN_SPEC, huge, address="sign.acme")
    assert api.calls == []


def test_a_stopped_client_sends_nothing_more() -> None:
    api = ScriptedApi(answers(GOOD["AddSmsSign"]))
    with client_of(api) as client:
        client.add(SIGN, SIGN_SPEC, IMAGES, address="sign.acme")
        client.stop()
        with pytest.raises(CallStopped):
            client.add(SIGN, SIGN_SPEC, IMAGES, address="sign.acme")
    assert len(api.calls) == 1


def test_describe_asks_for_100_ids_at_a_time_and_nothing_else() -> None:
    def handler(action: str, payload: dict[str, Any]) -> Any:
        return ok(DescribeSignListStatusSet=[sign(number) for number in payload["SignIdSet"]])

    api = ScriptedApi(handler)
    with client_of(api) as client:
        found = client.describe(SIGN, range(1, 251), True)
    assert sorted(found) == list(range(1, 251))
    assert sorted(len(payload["SignIdSet"]) for _, payload in api.calls) == [50, 100, 100]
    assert all(payload.keys() == {"International", "SignIdSet"} for _, payload in api.calls)
    assert {payload["International"] for _, payload in api.calls} == {1}


def test_describe_of_nothing_asks_nothing() -> None:
    api = ScriptedApi(answers(ok()))
    with client_of(api) as client:
        assert client.describe(SIGN, [], False) == {}
    assert api.calls == []


def test_describe_does_not_trust_the_filter() -> None:
    reply = ok(DescribeSignListStatusSet=[sign(1), sign(2), sign(3)])
    with client_of(ScriptedApi(answers(reply))) as client:
        assert set(client.describe(SIGN, [1, 3, 9], False)) == {1, 3}


@pytest.mark.parametrize("missing", [[7], [1, 50, 100], list(range(1, 101))])
def test_bad_ids_in_a_batch_are_found_by_halving(missing: list[int]) -> None:
    def handler(action: str, payload: dict[str, Any]) -> Any:
        if set(payload["TemplateIdSet"]) & set(missing):
            return error("FailedOperation.MissingTemplateToModify")
        items = [template(number) for number in payload["TemplateIdSet"]]
        return ok(DescribeTemplateStatusSet=items)

    with client_of(ScriptedApi(handler)) as client:
        found = client.describe(TEMPLATE, range(1, 101), False)
    assert set(found) == set(range(1, 101)) - set(missing)


MISSHAPEN: dict[str, dict[str, object]] = {
    "no set": ok(),
    "null": ok(DescribeTemplateStatusSet=None),
    "a text": ok(DescribeTemplateStatusSet="none"),
    "an object": ok(DescribeTemplateStatusSet={}),
    "of the other kind": ok(DescribeSignListStatusSet=[]),
    "a number inside": ok(DescribeTemplateStatusSet=[7]),
    "no id": ok(DescribeTemplateStatusSet=[{"TemplateName": "x"}]),
    "no content": ok(DescribeTemplateStatusSet=[{**template(1), "TemplateContent": None}]),
    "an unknown international": ok(DescribeTemplateStatusSet=[template(1, International=7)]),
    "a status of text": ok(DescribeTemplateStatusSet=[template(1, StatusCode="fine")]),
}


@pytest.mark.parametrize("reply", MISSHAPEN.values(), ids=MISSHAPEN.keys())
def test_an_unreadable_list_is_an_error_and_not_an_empty_one(reply: dict[str, object]) -> None:
    with client_of(ScriptedApi(answers(reply))) as client:
        for read in (
            lambda: client.list(TEMPLATE, False),
            lambda: client.describe(TEMPLATE, [1], False),
        ):
            with pytest.raises(Unknown) as caught:
                read()
            assert caught.value.exit is Exit.ERROR


def test_a_log_of_everything_holds_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    """Neither key, token, signature, image nor text of a manifest, at any level, of any logger."""
    credentials = Credentials("AKIDtest0000000000001234", "secretkey-of-the-tests", TOKEN, "test")

    def handler(action: str, payload: dict[str, Any]) -> Any:
        if action == "ModifySmsSign":
            return {
                "Error": {"Code": "InvalidParameter", "Message": f"bad {TOKEN}"},
                "RequestId": f"id-{credentials.secret_key}",
            }
        return {**GOOD[action], "RequestId": f"id-{TOKEN}"}

    api = ScriptedApi(handler)
    caplog.set_level(logging.DEBUG)
    image = "aW1hZ2Utb2YtdGhlLXRlc3Rz"
    with client_of(api, credentials=credentials) as client:
        client.caller()
        client.list(TEMPLATE, False)
        client.add(SIGN, SIGN_SPEC, {"proofImage": image}, address="sign.acme")
        with pytest.raises(ApiError) as caught:
            client.modify(SIGN, 7, SIGN_SPEC, {"proofImage": image}, address="sign.acme")
    ours = [record for record in caplog.records if record.name == "smsops.providers.tencent"]
    assert [record.getMessage() for record in ours if record.levelno == logging.INFO] == [
        "GetCallerIdentity -",
        "DescribeSmsTemplateList -",
        "AddSmsSign sign.acme",
        "ModifySmsSign sign.acme",
    ]
    signature = api.requests[0].headers["Authorization"].split("Signature=")[1]
    logged = "\n".join(record.getMessage() for record in caplog.records) + str(caught.value)
    secrets = (credentials.secret_id, credentials.secret_key, TOKEN, signature, image, "艾克米")
    for secret in (*secrets, "Authorization", "TC3-HMAC"):
        assert secret not in logged


def test_debug_lines_have_request_id_time_and_outcome(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "smsops.providers.tencent")
    api = ScriptedApi(answers(error("FailedOperation.SignNumberLimit")))
    with client_of(api) as client, pytest.raises(Refused):
        client.add(SIGN, SIGN_SPEC, IMAGES, address="sign.acme")
    assert caplog.messages[-1] == (
        "AddSmsSign sign.acme: RequestId 3f1c-request, 0 ms, FailedOperation.SignNumberLimit"
    )
