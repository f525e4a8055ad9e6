"""The desk of an emulator that is served, over HTTP and in a real browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from smsops.emulator.app import serving
from smsops.emulator.core import Emulator
from smsops.emulator.settings import Settings
from tests.support.emulator_api import sdk

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
SIGN = {"kind": "sign", "SignName": "艾克米", "SignType": 0}
TEMPLATE = {
    "kind": "template",
    "TemplateName": "登录验证码",
    "TemplateContent": "您的验证码是{1}，{2}分钟内有效。",
    "SmsType": 3,
}
NUMBER = "+8613800001234"
HTML = {"accept": "text/html"}
PAGES = ("/", "/desk/messages", "/desk/review", "/desk/calls", "/desk/faults", "/desk/connect")


@dataclass
class Served:
    """An emulator behind a socket, with what its visitors need."""

    emulator: Emulator
    url: str
    client: httpx.Client

    def page(self, path: str = "/", **headers: str) -> str:
        """A page of the desk."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.client.get(path, headers={**HTML, **named})
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(self, path: str, headers: Any = None, **form: str) -> httpx.Response:
        """A form of the desk, with its token."""
        found = re.search(r'name="token" value="([^"]+)"', self.page("/desk/faults"))
        assert found is not None
        return self.client.post(path, data={"token": found[1], **form}, headers=headers)

    def send(self, *numbers: str, **parameters: Any) -> Any:
        """SendSms through the official SDK."""
        from tencentcloud.sms.v20210111 import models

        request = models.SendSmsRequest()
        given = {
            "SmsSdkAppId": "1400006666",
            "SignName": "艾克米",
            "TemplateId": "1110",
            "TemplateParamSet": ["123456", "5"],
            "PhoneNumberSet": list(numbers or (NUMBER,)),
            **parameters,
        }
        for name, value in given.items():
            setattr(request, name, value)
        return sdk(self.url).SendSms(request)


@contextmanager
def starting() -> Iterator[Callable[..., Served]]:
    """Serves an emulator with a sign and a template that are approved, unless asked not to."""
    closing: list[Callable[[], object]] = []

    def start(*, seeded: bool = True, data: Path | None = None, **settings: Any) -> Served:
        emulator = Emulator(data, Settings(**{"limits": False, **settings}))
        if seeded:
            emulator.seed([SIGN, TEMPLATE])
        context = serving(emulator)
        url = context.__enter__()
        client = httpx.Client(base_url=url, trust_env=False, verify=False, timeout=10)
        closing.extend((lambda: context.__exit__(None, None, None), client.close))
        return Served(emulator, url, client)

    yield start
    while closing:
        closing.pop()()


@pytest.fixture
def start() -> Iterator[Callable[..., Served]]:
    with starting() as start:
        yield start


@pytest.fixture(scope="module")
def standing() -> Iterator[Served]:
    """A desk for visitors that change nothing."""
    with starting() as start:
        yield start()


@pytest.fixture
def desk(start: Callable[..., Served]) -> Served:
    return start()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not for the whole session: while it is there, an event loop runs in the thread of tests."""
    if CHROMIUM is None:
        pytest.skip("no chromium is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-proxy-server", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@dataclass
class Window:
    """A page in the browser, and what it complained of and asked for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def window(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page of the desk; afterwards nothing was complained of, and nobody else asked."""
    opened: list[tuple[Window, str]] = []

    def open_(served: Served, path: str = "/", **settings: Any) -> Page:
        context = browser.new_context(**{"locale": "en-US", **settings})
        context.set_default_timeout(10_000)
        window = Window(context.new_page())
        opened.append((window, served.url))
        window.page.on("console", lambda each: window.complaints.append(each.text))
        window.page.on("pageerror", lambda each: window.complaints.append(str(each)))
        window.page.on("dialog", lambda each: window.complaints.append(each.message))
        window.page.on("request", lambda each: window.asked.append(each.url))
        window.page.goto(served.url + path)
        return window.page

    yield open_
    for window, url in opened:
        window.page.context.close()
        assert window.complaints == []
        assert [each for each in window.asked if not each.startswith((url, "data:"))] == []
