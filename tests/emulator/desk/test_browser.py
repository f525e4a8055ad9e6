"""The desk as people use it, in Chromium: with a mouse, with a keyboard, without scripts."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.sms.v20210111 import models

from smsops.emulator.account import ACTIVE, APPROVED, REJECTED
from smsops.emulator.app import serving
from smsops.emulator.core import Emulator
from smsops.emulator.faults import Fault
from tests.emulator.desk.conftest import NUMBER, PAGES, Served
from tests.emulator.desk.test_safety import HOSTILE
from tests.support.audit import AUDIT
from tests.support.emulator_api import PNG, SIGN, TEMPLATE, ask, sdk

pytestmark = pytest.mark.systems

Open = Callable[..., Page]
PHONE = {"viewport": {"width": 400, "height": 800}}


def test_from_review_to_reply(start: Callable[..., Served], window: Open) -> None:
    """The whole way: submit, approve here, send with the SDK, see it arrive, answer, pull."""
    served = start(seeded=False)
    client = sdk(served.url)
    ask(client, "AddSmsSign", **SIGN)
    number = ask(client, "AddSmsTemplate", **TEMPLATE)["AddTemplateStatus"]["TemplateId"]
    page = window(served)
    expect(page.get_by_role("heading", name="No message yet")).to_be_visible()
    page.get_by_role("link", name="2 objects wait for review").click()
    page.get_by_role("button", name="Approve Sign 1110", exact=True).click()
    page.get_by_role("button", name=f"Approve Template {number}", exact=True).click()
    expect(page.get_by_text("Nothing waits for review.")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="The verdict is in force.")).to_be_focused()

    page.get_by_role("link", name="Messages").click()
    page.wait_for_url(f"{served.url}/")
    expect(page.locator("#live")).to_have_text("Live")
    begun = time.monotonic()
    status = served.send(NUMBER).SendStatusSet[0]
    assert status.Code == "Ok"
    expect(page.get_by_text("【艾克米】您的验证码是123456，5分钟内有效。").last).to_be_visible()
    assert time.monotonic() - begun < 2  # without reloading
    expect(page.locator("#news")).to_contain_text("New message")
    expect(page.locator(".talk .chip")).to_have_text("Delivered")  # by itself, after a second

    page.get_by_role("textbox", name=f"Reply as the phone {NUMBER}").fill("1 好的")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".talk .reply .bubble")).to_have_text("1 好的")
    request = models.PullSmsReplyStatusByPhoneNumberRequest()
    request.BeginTime = int(time.time()) - 60
    request.Offset, request.Limit = 0, 10
    request.PhoneNumber, request.SmsSdkAppId = NUMBER, "1400006666"
    (reply,) = client.PullSmsReplyStatusByPhoneNumber(request).PullSmsReplyStatusSet
    assert (reply.ReplyContent, reply.SignName) == ("1 好的", "艾克米")


def test_each_verdict_on_an_object(desk: Served, window: Open) -> None:
    names = ("later", "rejected", "again")
    desk.emulator.seed(
        [
            {"kind": "template", "TemplateName": name, "TemplateContent": "x", "status": "pending"}
            for name in names
        ]
    )
    page = window(desk, "/desk/review")
    page.get_by_role("button", name="Approve Template 1111, effective later").click()
    page.get_by_label("Reply of the reviewer Template 1112").fill("含营销内容")
    page.get_by_role("button", name="Reject Template 1112").click()
    page.get_by_role("button", name="Approve Template 1113", exact=True).click()
    page.get_by_role("button", name="Review Template 1113 again").click()
    expect(page.get_by_role("button", name="Approve Template 1113", exact=True)).to_be_visible()
    found = {item.name: (item.status, item.reply) for item in desk.emulator.items("template")}
    assert found["later"] == (APPROVED, "")
    assert found["rejected"] == (REJECTED, "含营销内容")
    assert found["登录验证码"][0] == ACTIVE
    expect(page.locator("#template-1112")).to_contain_text("含营销内容")


def test_each_verdict_on_a_message(desk: Served, window: Open) -> None:
    desk.send("+8613800000004")
    desk.send("+8613800000004")
    page = window(desk)
    first, second = (page.locator(f"#m-{number}") for number in (1, 2))
    expect(first.locator(".chip")).to_have_text("Pending")
    first.get_by_role("button", name="Deliver").click()
    expect(first.locator(".chip")).to_have_text("Delivered")
    expect(first).to_be_focused()
    second.get_by_label("Receipt code").fill("NOREG")
    second.get_by_role("button", name="Fail").click()
    expect(second).to_contain_text("NOREG")
    newest, oldest = desk.emulator.messages()
    assert (newest.verdict, newest.code) == ("failed", "NOREG")
    assert (oldest.verdict, oldest.code) == ("delivered", "DELIVRD")


@pytest.mark.parametrize("width", [1200, 400])
def test_a_confirmation_is_not_under_the_header(desk: Served, window: Open, width: int) -> None:
    desk.send(*(f"+861390000{number}" for number in range(1000, 1030)))
    desk.send(*["+8613800000004"] * 20)
    talk = "/desk/messages?number=%2B8613800000004"
    page = window(desk, talk, viewport={"width": width, "height": 800})
    page.get_by_role("textbox", name="Reply as the phone").fill("R")
    page.keyboard.press("Enter")
    note = page.locator("#done")
    expect(note).to_be_visible()
    header = page.locator("header.top").bounding_box()
    box = note.bounding_box()
    assert header is not None
    assert box is not None
    assert box["y"] >= header["y"] + header["height"]
    if width == 1200:  # all of it is on the screen
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_a_number_is_found_by_a_part_of_it(desk: Served, window: Open) -> None:
    desk.send(*(f"+8613900{number}" for number in range(101_000, 101_200)))
    desk.send(*(f"+8613700{number}" for number in range(101_000, 101_200)))
    page = window(desk)
    assert page.locator("#people li").count() == 200  # the one that is looked for is none of them
    page.get_by_role("searchbox", name="Find a number").fill("1390010 1042")
    page.keyboard.press("Enter")
    expect(page.locator("#who")).to_contain_text("+8613900101042")
    page.get_by_role("searchbox", name="Find a number").fill("555")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("No message to 555 is kept.")
    assert page.evaluate(AUDIT) == []


def test_everything_is_forgotten_after_a_confirmation(desk: Served, window: Open) -> None:
    desk.send(NUMBER)
    page = window(desk)
    forget = page.get_by_role("button", name="Forget them")
    expect(forget).to_be_hidden()
    page.locator("#clear summary").click()
    forget.click()
    expect(page.get_by_role("heading", name="No message yet")).to_be_visible()
    assert desk.emulator.messages() == []
    assert len(desk.emulator.items("template")) == 1
    assert "SendSms" not in desk.page("/desk/calls")


def test_a_refused_message_is_not_on_the_phone(desk: Served, window: Open) -> None:
    desk.send("+8613800000001")
    page = window(desk)
    expect(page.locator("#m-1 .never")).to_have_text("Refused: the phone never sees it.")
    assert page.locator(".bubble").count() == 0
    expect(page.locator("#people .last")).to_contain_text("FailedOperation.PhoneNumberInBlacklist")
    expect(page.locator("#m-1")).to_contain_text("The number is on the do-not-disturb list.")


def test_faults_are_ordered_and_taken_back(desk: Served, window: Open) -> None:
    page = window(desk, "/desk/faults")
    expect(page.locator("[name=code]")).to_be_hidden()  # closing without an answer has none
    page.get_by_label("What goes wrong").select_option("error")
    expect(page.locator("[name=seconds]")).to_be_hidden()
    page.get_by_label("Action").fill("SendSms")
    page.get_by_label("Which call").fill("1, 2")
    page.get_by_role("textbox", name="Error code").fill("InternalError.Timeout")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#faults")).to_contain_text("InternalError.Timeout")
    (fault,) = desk.emulator.faults.ordered
    assert (fault.kind, fault.action, fault.when, fault.code) == (
        "error",
        "SendSms",
        (1, 2),
        "InternalError.Timeout",
    )
    page.get_by_role("button", name="Take back fault 1").click()
    expect(page.get_by_text("No fault is ordered: everything works.")).to_be_visible()
    assert desk.emulator.faults.ordered == ()


def test_a_fault_has_what_its_kind_uses_and_nothing_else(desk: Served) -> None:
    left = {"code": "InternalError.Timeout", "status": "502", "seconds": ""}
    for kind in ("delay", "redirect", "drop", "error"):
        assert desk.post("/desk/fault", kind=kind, when="", **left).status_code == 303
    found = [
        (each.kind, each.seconds, each.status, each.code) for each in desk.emulator.faults.ordered
    ]
    assert found == [
        ("delay", 2.0, 0, "InternalError"),  # as the empty field says
        ("redirect", 0.0, 502, "InternalError"),
        ("drop", 0.0, 0, "InternalError"),
        ("error", 0.0, 0, "InternalError.Timeout"),
    ]
    answer = desk.post("/desk/fault", kind="delay", when="1", seconds="1.2.3")
    assert answer.status_code == 400
    assert "1.2.3&#x27; is not a number" in answer.text


def test_a_message_of_yisha_is_one_like_others(desk: Served, window: Open) -> None:
    form = {"mobile": NUMBER, "templateID": "0a1b", "templateParamSet": "[1234,5]"}
    sent = desk.client.post("/comms/sms/sendmsg", data=form).json()
    page = window(desk)
    page.locator("#m-1 summary").click()
    expect(page.locator("#m-1 dl")).to_contain_text(sent["externalId"])
    expect(page.locator("#m-1 dl")).to_contain_text("yisha")
    page.get_by_role("textbox", name="Reply as the phone").fill("1")
    page.keyboard.press("Enter")
    expect(page.locator(".talk .reply .bubble")).to_have_text("1")
    page.get_by_role("link", name="Calls").click()
    call = page.locator("#c-1")
    expect(call.locator(".chip")).to_have_text("OK")
    call.locator("summary").click()
    expect(call.locator("pre").first).to_contain_text('"templateID": "0a1b"')


def test_calls_arrive_while_one_reads_another(desk: Served, window: Open) -> None:
    ask(sdk(desk.url), "DescribeSmsSignList", International=0, Limit=10)
    desk.send(NUMBER, *(f"+8613900{number}" for number in range(101_000, 101_199)))
    page = window(desk, "/desk/calls")
    expect(page.locator("#c-2 summary")).to_contain_text(f"{NUMBER} and 199 more")
    page.locator("#c-1 summary").click()
    expect(page.locator("#c-1 pre").first).to_contain_text('"Limit": 10')
    ask(sdk(desk.url), "AddSmsSign", **{**SIGN, "SignName": "新签名", "ProofImage": PNG})
    expect(page.locator("#c-3 .what-for")).to_have_text("AddSmsSign 2021-01-11 新签名")
    expect(page.locator("#c-1 pre").first).to_be_visible()


def test_what_is_being_written_stays_while_messages_arrive(desk: Served, window: Open) -> None:
    desk.send(NUMBER)
    page = window(desk)
    reply = page.get_by_role("textbox", name="Reply as the phone")
    reply.press_sequentially("半")
    page.locator("#m-1 summary").click()
    reply.focus()
    desk.send("+8613900005555")
    expect(page.locator("#people")).to_contain_text("+8613900005555")
    desk.send(NUMBER)
    expect(page.locator("#m-3")).to_be_visible()
    expect(page.locator("#who")).to_contain_text(NUMBER)
    expect(reply).to_be_focused()
    page.keyboard.type("句")
    expect(reply).to_have_value("半句")
    expect(page.locator("#m-1 dl")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".talk .reply")).to_contain_text("半句")
    assert [len(message.replies) for message in desk.emulator.messages()] == [1, 0, 0]


def test_an_emulator_that_comes_back_is_followed_again(browser: Browser) -> None:
    """Also its forms work again, with another token. (The browser itself reports the failures.)"""
    with serving(Emulator()) as url:
        page = browser.new_page(locale="en-US")
        page.goto(f"{url}/desk/faults")
        expect(page.locator("#live")).to_have_text("Live")
    expect(page.locator("#live")).to_have_text("Connection lost; trying again")
    again = Emulator(faults=[Fault("SendSms", "drop")])
    with serving(again, port=int(url.rpartition(":")[2])):
        # The page asks again every three seconds.
        expect(page.locator("#live")).to_have_text("Live", timeout=30_000)
        expect(page.locator("#faults")).to_contain_text("SendSms")
        page.get_by_label("Action").fill("AddSmsSign")
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.locator("#faults")).to_contain_text("AddSmsSign")
        assert len(again.faults.ordered) == 2
        page.close()


def test_more_tabs_than_a_browser_has_connections(desk: Served, browser: Browser) -> None:
    """All of them follow; one of them has the stream, whose place another one takes."""
    context = browser.new_context(locale="en-US")
    tabs: list[Page] = []
    streams: list[Page] = []

    def note(request: Request) -> None:
        if request.url.endswith("/desk/events"):
            streams.append(request.frame.page)

    for _ in range(8):
        tabs.append(context.new_page())
        tabs[-1].on("request", note)
        tabs[-1].goto(desk.url, timeout=10_000)
    desk.send("+8613800000004")  # and no report
    for page in tabs:
        expect(page.locator("#live")).to_have_text("Live")
        expect(page.locator(".talk .bubble")).to_be_visible()
        expect(page.locator("#news")).to_have_text("New message")  # nothing of the call
    assert streams == [tabs[0]]
    tabs.pop(0).close()
    desk.send("+8613900005555")
    for page in tabs:
        expect(page.locator("#people")).to_contain_text("+8613900005555")
    assert len(streams) == 2
    context.close()


def test_a_browser_without_locks_follows_too(desk: Served, browser: Browser) -> None:
    context = browser.new_context(locale="en-US")
    context.add_init_script("Object.defineProperty(navigator, 'locks', { value: undefined })")
    page = context.new_page()
    page.goto(desk.url)
    expect(page.locator("#live")).to_have_text("Live")
    desk.send(NUMBER)
    expect(page.locator(".talk .bubble")).to_be_visible()
    context.close()


def test_a_page_that_is_not_there_follows_nothing(desk: Served, browser: Browser) -> None:
    page = browser.new_page(locale="en-US")
    asked: list[str] = []
    page.on("request", lambda each: asked.append(each.url.removeprefix(desk.url)))
    page.goto(f"{desk.url}/desk/nothing")
    expect(page.locator("#live")).to_have_text("Live")
    desk.client.post("/", json={})
    page.wait_for_timeout(600)
    page.close()
    assert asked == ["/desk/nothing", "/desk/events"]


def test_keyboard_only(start: Callable[..., Served], window: Open) -> None:
    """From the address bar to an approved template, and a reply, with Tab, Enter and letters."""
    served = start()
    served.emulator.seed(
        [{"kind": "template", "TemplateName": "t", "TemplateContent": "x", "status": "pending"}]
    )
    served.send(NUMBER)
    page = window(served)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    tab_to(page, "Review")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/review")
    tab_to(page, "Approve Template 1111")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing waits for review.")).to_be_visible()
    tab_to(page, "Messages")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{served.url}/")
    tab_to(page, f"Reply as the phone {NUMBER}")
    page.keyboard.type("R")
    page.keyboard.press("Enter")
    expect(page.locator(".talk .reply")).to_contain_text("R")
    expect(page.get_by_role("textbox", name="Reply as the phone")).to_be_focused()
    assert served.emulator.messages()[0].replies[0].text == "R"


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has the focus is called ``name``; every stop on the way is visible."""
    for _ in range(60):
        page.keyboard.press("Tab")
        found: dict[str, Any] = page.evaluate(FOCUSED)
        if found["name"] == "":  # the page itself, after its last stop
            continue
        assert found["shown"], found
        assert found["outlined"], found
        if found["name"].startswith(name):
            return
    raise AssertionError(f"no {name!r} within 60 stops")


FOCUSED = """() => {
  const it = document.activeElement;
  if (it === document.body) return { name: "" };
  const box = it.getBoundingClientRect(), style = getComputedStyle(it);
  const label = it.labels && it.labels[0] ? it.labels[0].textContent : "";
  return {
    name: (it.getAttribute("aria-label") || label || it.textContent || "").trim(),
    shown: box.width > 0 && box.height > 0,
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
  };
}"""


def test_without_scripts(desk: Served, window: Open) -> None:
    desk.emulator.seed(
        [{"kind": "template", "TemplateName": "t", "TemplateContent": "x", "status": "pending"}]
    )
    desk.send("+8613800000004")
    page = window(desk, java_script_enabled=False)
    page.get_by_role("link", name="1 object waits for review").click()
    page.get_by_role("button", name="Approve Template 1111", exact=True).click()
    page.get_by_role("link", name="Messages").click()
    page.get_by_role("button", name="Deliver").click()
    page.get_by_role("textbox", name="Reply as the phone").fill("TD")
    page.get_by_role("button", name="Send").click()
    assert page.locator(".talk .reply .bubble").inner_text() == "TD"
    assert desk.emulator.items("template")[1].status == ACTIVE
    assert desk.emulator.messages()[0].verdict == "delivered"
    assert not page.locator("#live").is_visible()  # nothing claims to be live


def test_hostile_texts_are_shown_as_text(desk: Served, window: Open) -> None:
    desk.emulator.seed(
        [
            {
                "kind": "template",
                "TemplateName": HOSTILE,
                "TemplateContent": HOSTILE,
                "status": "pending",
            }
        ]
    )
    desk.send(NUMBER, SessionContext=HOSTILE)
    page = window(desk, "/desk/review")
    shown = HOSTILE.replace("\u202e", "\\u{202e}")
    expect(page.locator("#template-1111 h3")).to_have_text(shown)
    page.goto(desk.url)
    desk.emulator.reply_from(desk.emulator.messages()[0].serial, HOSTILE)  # comes in by script
    expect(page.locator(".talk .reply .bubble")).to_have_text(shown)
    assert page.locator("main img, main script").count() == 0


def test_the_guide_leads_to_a_message(start: Callable[..., Served], window: Open) -> None:
    """A newcomer: the sample, then the snippet as it stands, in a process of its own."""
    served = start(seeded=False)
    page = window(served)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Add a sample sign and template").click()
    expect(page.get_by_text("Ready: sign 示例签名, template 1110.")).to_be_visible()
    page.get_by_role("button", name="Copy: Python").click()
    expect(page.get_by_role("button", name="Copy: Python")).to_have_text("Copied")
    code = page.evaluate("navigator.clipboard.readText()")
    assert f'endpoint="{served.url.removeprefix("http://")}"' in code
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True
    )
    assert json.loads(ran.stdout)["SendStatusSet"][0]["Code"] == "Ok", ran.stderr
    page.get_by_role("link", name="Messages").click()
    expect(page.locator(".talk .bubble")).to_contain_text(
        "【示例签名】您的验证码是123456，5分钟内有效"
    )


@pytest.mark.parametrize(
    ("locale", "width", "scheme"),
    [
        ("en-US", 1200, "light"),
        ("en-US", 400, "dark"),
        ("zh-CN", 1200, "dark"),
        ("zh-CN", 400, "light"),
    ],
)
def test_everything_can_be_read_and_is_labelled(
    desk: Served, window: Open, scheme: str, width: int, locale: str
) -> None:
    """Contrast as computed (WCAG AA), names of controls, ids, headings, widths."""
    desk.emulator.seed(
        [
            {"kind": "template", "TemplateName": "t", "TemplateContent": "x{1}", "status": status}
            for status in ("pending", "rejected", "effective-later")
        ]
    )
    desk.post("/desk/fault", kind="error", when="99", action="DescribePhoneNumberInfo" * 2)
    desk.send(NUMBER, "+8613800000002", "+8613800000004", "+8613800000001")
    for message in desk.emulator.messages():
        if message.serial:
            desk.emulator.reply_from(message.serial, "R")
    desk.client.post("/", json={})
    with pytest.raises(TencentCloudSDKException, match="ContainDomesticAnd"):
        desk.send(NUMBER, "+85261234567")
    page = window(
        desk, color_scheme=scheme, locale=locale, viewport={"width": width, "height": 800}
    )
    paths = (
        *PAGES,
        "/desk/messages?number=%2B8613800000004",
        "/desk/messages?number=%2B8613800000001",
    )
    complaints = {}
    for path in paths:
        page.goto(desk.url + path)
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        found = page.evaluate(AUDIT)
        if found:
            complaints[path] = found
    assert complaints == {}


def test_the_audit_notices(desk: Served, window: Open) -> None:
    page = window(desk, "/desk/faults")
    assert page.evaluate(AUDIT) == []
    page.evaluate(
        """() => {
          const main = document.getElementById("main");
          main.append(document.createElement("input"));
          main.append(document.querySelector("h1").cloneNode(true));
          main.style.color = getComputedStyle(document.body).backgroundColor;
          main.lastChild.id = "news";
          main.lastChild.style.width = "3000px";
          main.insertAdjacentHTML("beforeend", "<p class=meta><b>a</b><b id=over>b</b></p>");
          document.getElementById("over").style.marginLeft = "-20px";
        }"""
    )
    found = " ".join(page.evaluate(AUDIT))
    for each in ("contrast", "no name", "headings", "wider", "id twice", "covered"):
        assert each in found
