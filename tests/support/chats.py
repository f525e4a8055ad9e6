"""Robots of Feishu, DingTalk, WeCom and Slack, as strict and as polite as theirs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.clock import FakeClock
from tests.support.servers import http_server

SECRET = "SECnobody-knows-this"


@dataclass
class Chats:
    """What the robots took. ``busy``: refusals for too much that each still gives."""

    clock: FakeClock
    url: str = ""
    taken: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    busy: dict[str, int] = field(default_factory=dict)
    #: Whether every robot refuses like a gateway that repeats what it was sent.
    echoes: bool = False

    def environment(self, *names: str) -> dict[str, str]:
        paths = {
            "FEISHU": "/open-apis/bot/v2/hook/tok-feishu",
            "DINGTALK": "/robot/send?access_token=tok-dingtalk",
            "WECOM": "/cgi-bin/webhook/send?key=tok-wecom",
            "SLACK": "/services/T0/B0/tok-slack",
        }
        found = {f"SMSOPS_NOTIFY_{name}_URL": self.url + paths[name] for name in names or paths}
        return found | {
            f"SMSOPS_NOTIFY_{name}_SECRET": SECRET
            for name in ("FEISHU", "DINGTALK")
            if name in (names or paths)
        }

    def answer(self, target: str, raw: bytes) -> tuple[int, dict[str, str], str]:
        if self.echoes:
            signs = unquote(target)
            return 404, {}, f"no {target} {signs} for {raw.decode()} at {self.url} {SECRET}"
        parts, body = urlsplit(target), json.loads(raw)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        for name, judge in (
            ("feishu", self._feishu),
            ("dingtalk", self._dingtalk),
            ("wecom", self._wecom),
            ("slack", self._slack),
        ):
            if f"tok-{name}" in target:
                status, headers, said, good = judge(query, body, raw)
                if good:
                    self.taken.setdefault(name, []).append(body)
                return status, headers, said
        return 404, {}, "no such robot"

    def _busy(self, name: str) -> bool:
        left = self.busy.get(name, 0)
        self.busy[name] = max(0, left - 1)
        return left > 0

    def _feishu(self, _: dict[str, str], body: Any, raw: bytes) -> Any:
        def no(code: int, said: str) -> Any:
            return 200, {}, json.dumps({"code": code, "msg": said, "data": {}}), False

        if self._busy("feishu"):
            return no(11232, "frequency limited")
        moment = body.get("timestamp", "")
        key = f"{moment}\n{SECRET}".encode()
        sign = base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
        fresh = moment.isdigit() and abs(int(moment) - self.clock.moment) < 3600
        if not fresh or body.get("sign") != sign:
            return no(
                19021, "sign match fail or timestamp is not within one hour from current time"
            )
        if len(raw) > 20 * 1024:
            return no(9499, "Bad Request")
        return (
            200,
            {},
            '{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}',
            True,
        )

    def _dingtalk(self, query: dict[str, str], body: Any, raw: bytes) -> Any:
        def no(code: int, said: str) -> Any:
            return 200, {}, json.dumps({"errcode": code, "errmsg": said}), False

        if self._busy("dingtalk"):
            return no(130101, "send too fast, exceed 20 times per minute")
        moment = query.get("timestamp", "")
        text = f"{moment}\n{SECRET}".encode()
        sign = base64.b64encode(hmac.new(SECRET.encode(), text, hashlib.sha256).digest()).decode()
        fresh = moment.isdigit() and abs(int(moment) / 1000 - self.clock.moment) < 3600
        if not fresh or query.get("sign") != sign:
            return no(310000, "sign not match")
        if len(raw) > 20_000:
            return no(460101, "message too long, exceed 20000 bytes")
        return 200, {}, '{"errcode":0,"errmsg":"ok"}', True

    def _wecom(self, _: dict[str, str], body: Any, raw: bytes) -> Any:
        def no(code: int, said: str) -> Any:
            return 200, {}, json.dumps({"errcode": code, "errmsg": said}), False

        if self._busy("wecom"):
            return no(45009, "api freq out of limit")
        if len(body["text"]["content"].encode()) > 2048:
            return no(40058, "text.content exceed max length 2048. invalid Request Parameter")
        return 200, {}, '{"errcode":0,"errmsg":"ok"}', True

    def _slack(self, _: dict[str, str], body: Any, raw: bytes) -> Any:
        if self._busy("slack"):
            return 429, {"Retry-After": "7"}, "rate_limited", False
        if not body.get("text"):
            return 400, {}, "no_text", False
        return 200, {}, "ok", True


@contextmanager
def chats(clock: FakeClock) -> Iterator[Chats]:
    """All four robots on one port."""
    found = Chats(clock)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            status, headers, said = found.answer(self.path, raw)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            body = said.encode()
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http_server(Handler) as found.url:
        yield found
