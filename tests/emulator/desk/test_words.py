"""Two languages: every text in both, nothing else on a page, and which one a browser gets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from smsops.emulator.desk import desk as desk_module
from smsops.emulator.desk import words
from smsops.emulator.desk.words import SAME, WORDS, Tongue, language
from tests.emulator.desk.conftest import Served

HAN = re.compile("[\u4e00-\u9fff]")
SOURCE = Path(words.__file__).parent
#: Beginnings of keys that are put together from a value, with what may follow.
MADE = re.compile(
    r"(?:kind|fault|outcome|done|news|delivery|state|place|pushed|sign_type|document_type|purpose"
    r"|sms_type|why|at)_"
)


@pytest.mark.parametrize("key", WORDS)
def test_every_text_is_there_in_both_languages(key: str) -> None:
    en, zh = WORDS[key]
    assert en.strip()
    assert not HAN.search(en)
    assert HAN.search(zh) or key in SAME
    assert fields(en) == fields(zh)


def fields(template: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def test_texts_and_uses_are_the_same_set() -> None:
    sources = [*SOURCE.glob("pages/*.html"), *SOURCE.glob("*.py")]
    text = "".join(path.read_text("utf-8") for path in sources if path.name != "words.py")
    named = set(re.findall(r"""\bt\(\s*["']([a-z_]+)["']""", text))
    mentioned = set(re.findall(r"""["']([A-Za-z_]+)["']""", text))
    assert {key for key in named if not MADE.fullmatch(key)} <= WORDS.keys()
    unused = {key for key in WORDS if key not in mentioned and not MADE.match(key)}
    assert unused == set()


def test_every_key_that_is_put_together_exists() -> None:
    from smsops.emulator.account import KINDS
    from smsops.emulator.callbacks import Kind
    from smsops.emulator.desk.live import TOPICS
    from smsops.emulator.desk.views import _COUNTED
    from smsops.emulator.faults import KINDS as FAULTS
    from smsops.emulator.receipts import FAILURES
    from smsops.emulator.sending import _MESSAGES
    from smsops.emulator.wire import Delivery

    made = {f"kind_{kind}" for kind in KINDS} | {f"fault_{kind}" for kind in FAULTS}
    made |= {f"outcome_{digits}" for digits in desk_module._OUTCOMES} | {"outcome_else"}
    made |= {f"done_{word}" for word in desk_module._DONE} | {f"news_{word}" for word in TOPICS}
    made |= {f"delivery_{each}" for each in Delivery if each is not Delivery.WHOLE}
    made |= {f"pushed_{kind}" for kind in Kind} | {f"pushed_{each}" for each in _COUNTED}
    counts = {"sign_type": 7, "document_type": 9, "purpose": 2, "sms_type": 4}
    made |= {f"{name}_{code}" for name, many in counts.items() for code in range(many)}
    made |= {f"at_{place}" for places in FAULTS.values() for place in places}
    made |= {f"why_{code}" for code in (*FAILURES, *_MESSAGES)}
    made |= {"place_domestic", "place_international", "place_both"}
    made |= {"state_active", "state_later", "state_rejected", "state_pending", "state_other"}
    assert made == {key for key in WORDS if MADE.match(key)}


@pytest.mark.parametrize(
    ("accepted", "tag"),
    [
        (None, "en"),
        ("", "en"),
        ("zh", "zh-CN"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("zh-Hant-TW", "zh-CN"),
        ("en-US,en;q=0.9,zh;q=0.8", "en"),
        ("fr, zh;q=0.3", "zh-CN"),
        ("fr", "en"),
        ("zh;q=0, en;q=0.1", "en"),
        ("en;q=0.5, zh;q=0.5", "en"),
        (";;;q=zh,,\x00" + "a" * 100_000, "en"),
    ],
)
def test_the_browser_chooses_the_language(accepted: str | None, tag: str) -> None:
    assert language(accepted) == tag


def test_a_page_is_in_the_language_that_was_asked_for(desk: Served) -> None:
    answer = desk.client.get(
        "/desk/review", headers={"accept": "text/html", "accept-language": "zh"}
    )
    assert answer.headers["content-language"] == "zh-CN"
    assert "accept-language" in answer.headers["vary"]
    assert '<html lang="zh-CN">' in answer.text
    assert "没有等待审核的内容" in answer.text
    assert '<html lang="en">' in desk.page("/desk/review")


class Seen(HTMLParser):
    """What a person sees or hears of a page, apart from code."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._within: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = dict(attrs)
        spoken = ("aria-label", "placeholder", "title", "alt")
        self.texts += [given[name] for name in spoken if given.get(name)]
        if tag not in ("meta", "link", "input", "path"):
            code = (
                tag in ("style", "script", "pre", "code")
                or "code" in (given.get("class") or "").split()
            )
            self._within.append("code" if code else tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("meta", "link", "input", "path"):
            self._within.pop()

    def handle_data(self, data: str) -> None:
        if data.strip() and "code" not in self._within:
            self.texts.append(data.strip())


class Marked(Tongue):
    """Shows which texts come from the table."""

    def __call__(self, key: str, **values: object) -> str:
        return f"⟦{super().__call__(key, **values)}⟧"


#: Words that are the same in every language: names of things outside, and what tests put there.
NAMES = re.compile(
    r"smsops [\d.]+|SecretId|SecretKey|Python|Node\.js|Java|Go|PHP|tccli|smsops|SendSms"
    r"|[A-Z]\w+SmsSign|SignType|SmsType|before-\w+|after-\w+|PRIVATE[\w-]*|tencent|\d{4}-\d\d-\d\d|127\.0\.0\.1:\d+"
    r"|AuthFailure[\w.]*|MissingParameter|HTTP \d+|MK:\d+|InternalError(: A fault was ordered)?"
)


def unmarked(html: str) -> Iterator[str]:
    seen = Seen()
    seen.feed(html)
    for text in seen.texts:
        rest = text
        while "⟦" in rest:  # one inside of another
            rest = re.sub("⟦[^⟦⟧]*⟧", "", rest)
        rest = NAMES.sub("", rest)
        if re.search(r"[^\W\d_]", rest):
            yield text


@pytest.mark.parametrize(
    "path", ["/", "/desk/review", "/desk/calls", "/desk/faults", "/desk/connect"]
)
@pytest.mark.parametrize("full", [False, True])
def test_nothing_is_said_that_is_not_in_the_table(
    path: str, full: bool, start: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    served = start(seeded=False)
    if full:
        fill(served)
    monkeypatch.setattr(desk_module, "_tongue", lambda request: Marked("en"))
    assert list(unmarked(served.page(path))) == []


def fill(served: Served) -> None:
    """Something of everything, in words that tests recognise."""
    from smsops.emulator.faults import Fault

    statuses = ("approved", "pending", "rejected", "effective-later", 9)
    served.emulator.seed(
        [
            {"kind": kind, name: f"PRIVATE{status}", "status": status, "reply": "PRIVATE", **more}
            for status in statuses
            for kind, name, more in (
                ("sign", "SignName", {"SignType": 0}),
                ("template", "TemplateName", {"TemplateContent": "PRIVATE{1}", "SmsType": 3}),
            )
        ]
    )
    served.client.post("/", json={})
    numbers = ("+8613800001234", "+8613800000002", "+8613800000001", "+8613800000004")
    served.send(*numbers, SignName="PRIVATEapproved", TemplateParamSet=["1"])
    for message in served.emulator.messages():
        if message.serial:
            served.emulator.reply_from(message.serial, "PRIVATE")
    served.emulator.faults.order(
        [Fault("*", "delay", seconds=0.0), Fault("SendSms", "error", when=(7, 9))]
    )


def test_a_text_outside_the_table_is_noticed() -> None:
    assert list(unmarked("<p>⟦Said⟧ <b>forgotten</b></p>")) == ["forgotten"]
    assert list(unmarked('<input placeholder="forgotten">')) == ["forgotten"]
