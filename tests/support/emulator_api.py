"""What the emulator's tests call it with: the official SDK, and requests signed by hand."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from tencentcloud.common import credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.common.sign import Sign
from tencentcloud.sms.v20210111 import models, sms_client
from tencentcloud.sts.v20180813 import models as sts_models
from tencentcloud.sts.v20180813 import sts_client

from smsops.emulator.core import Emulator
from smsops.emulator.wire import Reply, Request

PNG_BYTES = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(25)
PNG = base64.b64encode(PNG_BYTES).decode()
JPEG = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(40)).decode()

SIGN: dict[str, Any] = {
    "SignName": "艾克米",
    "SignType": 0,
    "DocumentType": 0,
    "International": 0,
    "SignPurpose": 0,
    "ProofImage": PNG,
    "Remark": "官网登录",
    "QualificationId": 1000001,
}
TEMPLATE: dict[str, Any] = {
    "TemplateName": "登录验证码",
    "TemplateContent": "您的验证码是{1}，{2}分钟内有效。",
    "SmsType": 3,
    "International": 0,
    "Remark": "用户登录",
}
SEEDED_SIGN = {"kind": "sign", "signName": "已有签名", "signType": "company"}


class Refusal(Exception):
    """An error code that came back."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


# ---- the official SDK --------------------------------------------------------------------------


def sdk(  # noqa: PLR0913 - the settings of the SDK's own client
    url: str,
    *,
    method: str = "POST",
    secret_id: str = "AKIDEMULATOR",
    secret_key: str = "emulator",
    token: str | None = None,
    region: str = "ap-guangzhou",
    sign_method: str | None = None,
    unsigned_payload: bool = False,
    service: str = "sms",
    endpoint: str | None = None,
) -> Any:
    """An official client of ``url``."""
    http = HttpProfile(
        endpoint=endpoint or url.removeprefix("http://"),
        protocol="https" if endpoint else "http",
        reqMethod=method,
        reqTimeout=10,
    )
    profile = ClientProfile(signMethod=sign_method, httpProfile=http)
    profile.unsignedPayload = unsigned_payload
    who = credential.Credential(secret_id, secret_key, token)
    if service == "sts":
        return sts_client.StsClient(who, region, profile)
    return sms_client.SmsClient(who, region, profile)


def ask(client: Any, action: str, **parameters: Any) -> dict[str, Any]:
    """One call through the SDK's own model classes. Raises :class:`Refusal`."""
    module = sts_models if hasattr(sts_models, f"{action}Request") else models
    request = getattr(module, f"{action}Request")()
    request.from_json_string(json.dumps(parameters))
    try:
        response = getattr(client, action)(request)
    except TencentCloudSDKException as error:
        raise Refusal(error.code, str(error.message)) from error
    answer: dict[str, Any] = json.loads(response.to_json_string())
    return answer


# ---- by hand -----------------------------------------------------------------------------------


def signed(
    action: str,
    parameters: object,
    *,
    now: float,
    version: str = "2021-01-11",
    service: str = "sms",
    key: str = "emulator",
    date: str | None = None,
    names: tuple[str, ...] = ("content-type", "host"),
    **headers: str,
) -> Request:
    """A request signed with the SDK's primitive. ``headers`` replace or add to the usual ones.

    ``date`` and ``names`` sign, correctly, another day or other headers.
    """
    body = parameters if isinstance(parameters, bytes) else json.dumps(parameters).encode()
    moment = str(int(now))
    date = date or datetime.fromtimestamp(int(now), UTC).strftime("%Y-%m-%d")
    sent = {
        "host": "sms.tencentcloudapi.com",
        "content-type": "application/json",
        "x-tc-action": action,
        "x-tc-version": version,
        "x-tc-timestamp": moment,
        "x-tc-region": "ap-guangzhou",
    }
    sent.update({name.replace("_", "-"): value for name, value in headers.items()})
    listed = ";".join(names)
    lines = "".join(f"{name}:{sent[name].lower()}\n" for name in names)
    canonical = f"POST\n/\n\n{lines}\n{listed}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{date}/{service}/tc3_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"TC3-HMAC-SHA256\n{moment}\n{scope}\n{digest}"
    mac = Sign.sign_tc3(key, date, service, to_sign)
    sent.setdefault(
        "authorization",
        f"TC3-HMAC-SHA256 Credential=AKIDEMULATOR/{scope}, SignedHeaders={listed}, Signature={mac}",
    )
    return Request("POST", "/", sent, body)


def response(reply: Reply) -> dict[str, Any]:
    """The ``Response`` of a whole reply, which always has a RequestId."""
    assert reply.status == 200
    document: dict[str, Any] = json.loads(reply.body)["Response"]
    assert document["RequestId"]
    return document


def call(emulator: Emulator, action: str, *, now: float, **parameters: Any) -> dict[str, Any]:
    """One call in process. Raises :class:`Refusal`."""
    answer = response(emulator.handle(signed(action, parameters, now=now)))
    if "Error" in answer:
        raise Refusal(answer["Error"]["Code"], answer["Error"]["Message"])
    return answer
