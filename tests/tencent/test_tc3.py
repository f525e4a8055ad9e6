"""Signatures: the worked example of the API document, and the official SDK as an oracle."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tencentcloud.common.abstract_client import AbstractClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.http.request import RequestInternal

from smsops.providers.tencent import tc3
from smsops.providers.tencent.credentials import Credentials
from tests.support.scripted_api import CREDENTIALS, TOKEN, ScriptedApi, client_of, ok

# The example of "签名方法 v3". Its SecretKey is masked, but every value derived from it is printed.
PAYLOAD = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
HEADERS = {
    "content-type": "application/json; charset=utf-8",
    "host": "cvm.tencentcloudapi.com",
    "x-tc-action": "DescribeInstances",
}
TIMESTAMP = 1_551_113_065
SECRET_DATE = bytes.fromhex("da98fb70dcf6b112dc21038d1eeeb3a95c74b4dcb12c1131f864f6066bd02be0")
SECRET_SIGNING = bytes.fromhex("b596b923aad85185e2d1f6659d2a062e0a86731226e021e61bfe06f7ed05f5af")
SIGNATURE = "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f"


def test_the_documents_canonical_request() -> None:
    assert tc3.canonical_request(PAYLOAD, HEADERS) == (
        "POST\n"
        "/\n"
        "\n"
        "content-type:application/json; charset=utf-8\n"
        "host:cvm.tencentcloudapi.com\n"
        "x-tc-action:describeinstances\n"
        "\n"
        "content-type;host;x-tc-action\n"
        "35e9c5b0e3ae67532d3c9f17ead6c90222632e5b1ff7f6e89887f1398934f064"
    )


def test_the_documents_string_to_sign() -> None:
    request = tc3.canonical_request(PAYLOAD, HEADERS)
    assert tc3.string_to_sign(request, service="cvm", timestamp=TIMESTAMP) == (
        "TC3-HMAC-SHA256\n"
        "1551113065\n"
        "2019-02-25/cvm/tc3_request\n"
        "7019a55be8395899b900fb5564e4200d984910f34794a27cb3fb7d10ff6a1e84"
    )


def test_the_documents_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the document's derived key on: the SecretKey itself is masked there."""
    derived = SECRET_DATE
    for part in (b"cvm", b"tc3_request"):
        derived = hmac.new(derived, part, hashlib.sha256).digest()
    assert derived == SECRET_SIGNING
    monkeypatch.setattr(tc3, "signing_key", lambda *_, **__: SECRET_SIGNING)
    made = tc3.authorization(
        Credentials("AKIDexample", "masked", None, "test"),
        PAYLOAD,
        HEADERS,
        service="cvm",
        timestamp=TIMESTAMP,
    )
    assert made == (
        "TC3-HMAC-SHA256 Credential=AKIDexample/2019-02-25/cvm/tc3_request, "
        f"SignedHeaders=content-type;host;x-tc-action, Signature={SIGNATURE}"
    )


def test_the_day_is_that_of_utc() -> None:
    """00:44 of the 26th in Beijing is still the 25th."""
    assert "/2019-02-25/" in tc3.authorization(
        CREDENTIALS, b"{}", HEADERS, service="sms", timestamp=TIMESTAMP
    )


class _Sdk(AbstractClient):  # type: ignore[misc]  # the SDK has no types
    _apiVersion = "2021-01-11"  # noqa: N815  # the SDK's name
    _endpoint = "sms.tencentcloudapi.com"
    _service = "sms"


def _sdk_request(credentials: Credentials, params: Any) -> RequestInternal:
    pair = (credentials.secret_id, credentials.secret_key, credentials.token)
    sdk = _Sdk(Credential(*pair), "ap-guangzhou")
    request = RequestInternal("sms.tencentcloudapi.com", "POST", "/", header={})
    sdk._build_req_with_tc3_signature("AddSmsTemplate", params, request)
    return request


_KEYS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=64)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(
    secret_id=_KEYS.filter(lambda text: "/" not in text),
    secret_key=_KEYS,
    token=st.none() | _KEYS,
    payload=st.dictionaries(st.text(), _JSON, max_size=6),
)
def test_the_official_sdk_signs_the_same(
    secret_id: str, secret_key: str, token: str | None, payload: dict[str, Any]
) -> None:
    credentials = Credentials(secret_id, secret_key, token, "test")
    theirs = _sdk_request(credentials, payload)
    signed = {"content-type": theirs.header["Content-Type"], "host": theirs.header["Host"]}
    body = theirs.data.encode()
    assert body == json.dumps(payload).encode()
    ours = tc3.authorization(
        credentials,
        body,
        signed,
        service="sms",
        timestamp=int(theirs.header["X-TC-Timestamp"]),
    )
    assert ours == theirs.header["Authorization"]
    assert theirs.header.get("X-TC-Token") == token


def _verified(request: httpx.Request, credentials: Credentials) -> bool:
    """Check a whole request as a server would, from its own headers."""
    names = request.headers["Authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    expected = tc3.authorization(
        credentials,
        request.content,
        {name: request.headers[name] for name in names},
        service="sms",
        timestamp=int(request.headers["X-TC-Timestamp"]),
    )
    return request.headers["Authorization"] == expected


def test_a_request_carries_what_the_api_asks_for() -> None:
    api = ScriptedApi(lambda *_: ok())
    with client_of(api) as client:
        client.call("DescribeSmsSignList", {"International": 0})
    request = api.requests[0]
    assert request.method == "POST"
    assert str(request.url) == "https://sms.tencentcloudapi.com/"
    assert request.headers["X-TC-Action"] == "DescribeSmsSignList"
    assert request.headers["X-TC-Version"] == "2021-01-11"
    assert request.headers["X-TC-Region"] == "ap-guangzhou"
    assert request.headers["Content-Type"] == "application/json"
    assert "X-TC-Token" not in request.headers
    assert "SignedHeaders=content-type;host;x-tc-action" in request.headers["Authorization"]
    assert _verified(request, CREDENTIALS)


def test_temporary_credentials_send_their_token() -> None:
    credentials = Credentials(CREDENTIALS.secret_id, CREDENTIALS.secret_key, TOKEN, "test")
    api = ScriptedApi(lambda *_: ok())
    with client_of(api, credentials=credentials) as client:
        client.call("DescribeSmsSignList", {})
    assert api.requests[0].headers["X-TC-Token"] == TOKEN
    assert _verified(api.requests[0], credentials)
