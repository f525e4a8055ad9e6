"""The four services: how each wants a message, signed, and how it refuses one. Pure.

Feishu takes time and signature in the body (seconds), DingTalk in the query (milliseconds); WeCom
and Slack have none: who knows the address may write. All but Slack refuse with status 200, too.
Texts are sent in forms that format nothing and mention nobody.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from smsops.chats.notice import Notice, fitted, shortened, size
from smsops.text.messages import NOTHING, T, Text


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a service did not take a message. ``wait``: seconds until it may be sent again;
    ``setting``: whether address or secret may be the cause.
    """

    why: Text
    wait: float | None = None
    setting: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """A chat service. ``most``: bytes of a text; ``shape`` makes the body of title, lines and link;
    ``sign`` adds to address and body, with a secret at a moment; ``code``: the key of an answer
    that is 0 when the message was taken.
    """

    name: str
    variable: str
    most: int
    shape: Callable[[str, list[str], str], dict[str, Any]]
    code: str = ""
    message: str = ""
    #: Takes the meaning from what would have one, before the text is measured.
    literal: Callable[[str], str] = str
    sign: Callable[[str, dict[str, Any], str, float], tuple[str, dict[str, Any]]] | None = None
    #: Codes that say too much was sent, and seconds until more is taken; ``None``: longer than
    #: anybody waits here.
    busy: tuple[tuple[int, float | None], ...] = ()

    @property
    def url(self) -> str:
        """The variable with the address of the robot."""
        return f"{self.variable}_URL"

    @property
    def secret(self) -> str:
        """The variable with the secret to sign with."""
        return f"{self.variable}_SECRET"

    def request(self, url: str, notice: Notice, secret: str, now: float) -> tuple[str, bytes]:
        """Address and body of a message."""
        title, lines = notice.written()
        title, lines = self.literal(title), [self.literal(line) for line in lines]
        title = shortened(title, 200)
        room = self.most - size(title) - (size(notice.link) if notice.link else 0)
        body = self.shape(title, fitted(lines, room), notice.link)
        if secret and self.sign is not None:
            url, body = self.sign(url, body, secret, now)
        return url, json.dumps(body, ensure_ascii=False).encode()

    def refusal(self, status: int, headers: Mapping[str, str], body: bytes) -> Refusal | None:
        """Why the answer is none of success; ``None`` when the message was taken."""
        if status == 429:
            after = headers.get("retry-after", "")
            wait = float(after) if after.isascii() and after.isdigit() else 1.0
            return Refusal(T("it was sent too much (status 429)"), wait)
        if not 200 <= status < 300:
            said = T("it answers with status {status}{more}", status=status, more=_of(body))
            return Refusal(said, setting=status < 500)
        if not self.code:
            taken = body.strip() == b"ok"
            return None if taken else Refusal(T("its answer is not ok{more}", more=_of(body)))
        try:
            answer = json.loads(body)
            code = answer[self.code]
        except (ValueError, RecursionError, KeyError, TypeError):
            return Refusal(T("its answer has no {code}", code=self.code))
        if type(code) is int and code == 0:
            return None
        said = T(
            "it refuses with {name} {code}: {message}",
            name=self.code,
            code=str(code)[:20],
            message=str(answer.get(self.message, ""))[:200],
        )
        busy = dict(self.busy)
        if type(code) is int and code in busy:
            return Refusal(said, busy[code])
        return Refusal(said, setting=True)


def _of(body: bytes) -> Text:
    said = body[:200].decode(errors="replace").strip()
    return T(": {said}", said=said) if said else NOTHING


def _hmac(key: str, message: str) -> str:
    digest = hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def feishu_signature(secret: str, seconds: int) -> str:
    """The time and the secret are the key; nothing is signed with it."""
    return _hmac(f"{seconds}\n{secret}", "")


def dingtalk_signature(secret: str, milliseconds: int) -> str:
    """The secret is the key; it signs the time and itself."""
    return _hmac(secret, f"{milliseconds}\n{secret}")


def _sign_feishu(
    url: str, body: dict[str, Any], secret: str, now: float
) -> tuple[str, dict[str, Any]]:
    seconds = int(now)
    signed = {"timestamp": str(seconds), "sign": feishu_signature(secret, seconds)}
    return url, {**signed, **body}


def _sign_dingtalk(
    url: str, body: dict[str, Any], secret: str, now: float
) -> tuple[str, dict[str, Any]]:
    moment = int(now * 1000)
    sign = quote(dingtalk_signature(secret, moment), safe="")
    return f"{url}{'&' if '?' in url else '?'}timestamp={moment}&sign={sign}", body


def _feishu(title: str, lines: list[str], link: str) -> dict[str, Any]:
    """A post of text elements: a plain text message would obey ``<at user_id="all">``."""
    content: list[list[dict[str, str]]] = [[{"tag": "text", "text": line}] for line in lines]
    if link:
        content.append([{"tag": "a", "text": link, "href": link}])
    return {
        "msg_type": "post",
        "content": {"post": {"zh_cn": {"title": title, "content": content}}},
    }


def _dingtalk(title: str, lines: list[str], link: str) -> dict[str, Any]:
    text = "\n".join([title, *lines, *([link] if link else [])])
    return {"msgtype": "text", "text": {"content": text}, "at": {"isAtAll": False}}


def _wecom(title: str, lines: list[str], link: str) -> dict[str, Any]:
    """A text: in Markdown a ``<@name>`` would call somebody, too."""
    text = "\n".join([title, *lines, *([link] if link else [])])
    return {"msgtype": "text", "text": {"content": text}}


def _slack(title: str, lines: list[str], link: str) -> dict[str, Any]:
    """Plain text: only ``&``, ``<`` and ``>`` mean anything, ``<!channel>`` above all."""
    text = "\n".join([title, *lines, *([link] if link else [])])
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(character, entity)
    return {"text": text, "mrkdwn": False, "parse": "none", "unfurl_links": False}


SERVICES = (
    Service(
        name="Feishu",
        variable="SMSOPS_NOTIFY_FEISHU",
        most=9_000,  # of 20 KB for the whole body, most of which a line of one word may be
        shape=_feishu,
        code="code",
        message="msg",
        sign=_sign_feishu,
        busy=((11232, 5.0), (9499, 1.0)),
    ),
    Service(
        name="DingTalk",
        variable="SMSOPS_NOTIFY_DINGTALK",
        most=16_000,
        shape=_dingtalk,
        code="errcode",
        message="errmsg",
        sign=_sign_dingtalk,
        busy=((130101, None), (660026, None)),
    ),
    Service(
        name="WeCom",
        variable="SMSOPS_NOTIFY_WECOM",
        most=2_048,
        shape=_wecom,
        code="errcode",
        message="errmsg",
        literal=lambda text: text.replace("<@", "<\u200b@"),
        busy=((45009, 60.0),),
    ),
    Service(name="Slack", variable="SMSOPS_NOTIFY_SLACK", most=3_900, shape=_slack),
)
