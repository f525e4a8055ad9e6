"""Doubles for the tests of the API client: a clock, a scripted API, and a server of raw bytes."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from smsops.net.transport import Timeouts
from smsops.providers.tencent.client import Client
from smsops.providers.tencent.credentials import Credentials, Provider
from smsops.providers.tencent.endpoints import Endpoints, resolve
from tests.support.clock import FakeClock

CREDENTIALS = Credentials("AKIDtest0000000000001234", "secretkey-of-the-tests", None, "test")
TOKEN = "token-of-the-tests-0123456789"

Handler = Callable[[str, dict[str, Any]], Mapping[str, object] | httpx.Response]


def ok(**result: object) -> dict[str, object]:
    """The ``Response`` of a success."""
    return {**result, "RequestId": "3f1c-request"}


def error(code: str, message: str = "said the vendor") -> dict[str, object]:
    """The ``Response`` of a refusal."""
    return {"Error": {"Code": code, "Message": message}, "RequestId": "3f1c-request"}


def http(response: object, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, json={"Response": response}, headers=headers)


class ScriptedApi(httpx.BaseTransport):
    """Answers every request with ``handler(action, payload)`` and remembers them."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self.requests: list[httpx.Request] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        action, payload = request.headers["X-TC-Action"], json.loads(request.read())
        with self._lock:
            self.requests.append(request)
            self.calls.append((action, payload))
        answer = self._handler(action, payload)
        return answer if isinstance(answer, httpx.Response) else http(answer)

    def count(self, action: str) -> int:
        return sum(called == action for called, _ in self.calls)


def client_of(
    transport: httpx.BaseTransport | None,
    *,
    clock: FakeClock | None = None,
    credentials: Provider = CREDENTIALS,
    endpoints: Endpoints | None = None,
    timeouts: Timeouts | None = None,
    environment: Mapping[str, str] | None = None,
    rate_limits: Mapping[str, float] | None = None,
) -> Client:
    """A client that never really sleeps."""
    return Client(
        credentials,
        endpoints or resolve(None, ()),
        "ap-guangzhou",
        clock=(clock or FakeClock()).clock,
        transport=transport,
        timeouts=timeouts,
        environment=environment,
        rate_limits=rate_limits,
        jitter=lambda: 1.0,
    )


def sign(number: int, name: str = "艾克米", **more: object) -> dict[str, object]:
    """One element of DescribeSignListStatusSet."""
    item: dict[str, object] = {
        "SignId": number,
        "International": 0,
        "StatusCode": 0,
        "ReviewReply": "",
        "SignName": name,
        "CreateTime": 1_617_379_200,
    }
    return {**item, **more}


def template(number: int, name: str = "验证码", **more: object) -> dict[str, object]:
    """One element of DescribeTemplateStatusSet."""
    item: dict[str, object] = {
        "TemplateId": number,
        "International": 0,
        "StatusCode": 0,
        "ReviewReply": "",
        "TemplateName": name,
        "CreateTime": 1_617_379_200,
        "TemplateContent": "您的验证码是{1}",
    }
    return {**item, **more}
