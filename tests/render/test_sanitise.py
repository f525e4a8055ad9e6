"""Nothing that is not ours formats, links, hides or commands, in any sink."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from smsops.text import sanitise
from tests.support import runners
from tests.support.examples import examples
from tests.support.hostile_texts import CORPUS

_ANY = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            [
                *(
                    "::",
                    ":",
                    "#",
                    "##",
                    "##[",
                    "[",
                    "]",
                    "error",
                    "set-env name=A",
                    " ",
                    "\n",
                    "\r",
                ),
                *("\t", "\u3000", "\u00ad", "\x85", "section_start:1:a", "##vso[", "|", "`", "\\"),
                *(
                    "<",
                    ">",
                    "&",
                    "*",
                    "_",
                    "~",
                    "!",
                    "(",
                    ")",
                    "@a",
                    "#1",
                    "GH-1",
                    "$",
                    "https://a",
                ),
                *("www.a.b", "\x1b[0m", "\x9b", "\u202e", "1.", "-", "+", "=", "/", "a", "用户"),
            ]
        ),
        max_size=12,
    ).map("".join),
)
Check = Callable[[str], None]
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    "\ud800-\udfff]"
)


@pytest.mark.parametrize("text", CORPUS)
def test_the_oracle_knows_what_harm_is(text: str) -> None:
    """The corpus is not all harmless to begin with: the oracle finds its commands."""
    harmful = ("##[", "##vso[", "##teamcity[", "section_start", "section_end")
    starts = [line.lstrip() for line in runners.lines(text)]
    expected = any(mark in text.lower() for mark in harmful) or any(
        line.startswith("::") and "::" in line[2:] for line in starts
    )

    assert not expected or runners.commands(text)


def _check_terminal(text: str) -> None:
    for multiline in (False, True):
        seen = sanitise.terminal(text, multiline=multiline)
        assert not _HIDDEN.search(seen)
        assert multiline or not re.search("[\n\t]", seen)
        assert sanitise.terminal(seen, multiline=multiline) == seen
        if not _HIDDEN.search(text) and text.isprintable():
            assert seen == text
        logged = sanitise.terminal(text, ci=True, multiline=multiline)
        assert runners.commands(logged) == []
        assert sanitise.terminal(logged, ci=True, multiline=multiline) == logged


def _check_runner(text: str) -> None:
    """On a finished text, whose values have been through another sink."""
    visible = sanitise.terminal(text, multiline=True)
    quiet = sanitise.runner(visible)

    assert runners.commands(quiet) == []
    assert quiet.count("\n") == visible.count("\n")


_COMMONMARK = MarkdownIt("commonmark").enable(["table", "strikethrough"])
#: Where a host acts on words of the finished text: mentions, references, links, emoji.
_ACTED_ON = re.compile(
    r"@\w|[#!~%^&$]\w|\bGH-\w|(?:https?|ftp|mailto|javascript|data):|www\.|:[\w+-]+:",
    re.IGNORECASE,
)


def _rendered(source: str) -> list[str]:
    """The text of each inline part; fails when one holds anything but text."""
    found: list[str] = []
    for token in _COMMONMARK.parse(source):
        assert token.type not in ("html_block", "code_block", "fence", "hr", "blockquote_open")
        if token.type == "inline":
            kinds = {child.type for child in token.children or []}
            assert kinds <= {"text", "text_special"}, kinds
            found.append("".join(child.content for child in token.children or []))
    return found


def _check_markdown(text: str) -> None:
    written = sanitise.markdown(text)
    expected = sanitise.terminal(text)
    cell = f"| a | {written} | b |\n|---|---|---|\n| c | {written} | d |\n"

    assert not re.search(r"[\n`*_\[\]<>|~$\\]", written)
    assert runners.commands(written) == []
    assert not written.startswith("/")
    for source, parts in ((written, 1), (f"- {written}", 1), (f"## {written}", 1), (cell, 6)):
        seen = _rendered(source)
        if not expected.strip():
            continue
        assert len(seen) == parts
        shown = seen[1 if parts == 6 else 0]
        assert shown.replace("\u200b", "").strip() == expected.strip()
        assert not _ACTED_ON.search(shown)


def _check_title(text: str) -> None:
    written = sanitise.title(text)
    assert not re.search(r"[\n`]", written)
    assert not _ACTED_ON.search(written)
    expected = sanitise.terminal(text).replace("`", "'")
    assert written.replace("\u200b", "") == expected


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[tuple[str, object]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.seen.append(("", data))

    def handle_comment(self, data: str) -> None:
        self.seen.append(("comment", data))

    def handle_decl(self, decl: str) -> None:
        self.seen.append(("declaration", decl))


def _check_html(text: str) -> None:
    written = sanitise.html(text)
    expected = sanitise.terminal(text)
    page = _Page()
    page.feed(f'<p title="{written}">{written}')
    page.close()

    assert page.seen[0] == ("p", [("title", expected)])
    assert "".join(str(value) for _, value in page.seen[1:]) == expected
    assert {tag for tag, _ in page.seen[1:]} <= {""}
    assert runners.commands(written) == []


def _check_json(text: str) -> None:
    value = {"key": [text, {text: 1}]}
    for indent in (None, 2):
        written = sanitise.json(json.dumps(value, ensure_ascii=False, indent=indent))
        assert json.loads(written) == value
        assert not _HIDDEN.search(written)
        assert runners.commands(written) == []


CHECKS = [_check_terminal, _check_runner, _check_markdown, _check_title, _check_html, _check_json]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("_check_"))
@pytest.mark.parametrize("text", CORPUS)
def test_known_attacks_are_harmless_in_every_sink(check: Check, text: str) -> None:
    """Hidden characters are visible, commands are broken, markup is text, JSON is the same."""
    check(text)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("_check_"))
def test_any_text_is_harmless_in_every_sink(check: Check) -> None:
    """The same for whatever hypothesis makes of the dangerous pieces."""

    @settings(max_examples=examples(200), deadline=None)
    @given(text=_ANY)
    def every(text: str) -> None:
        check(text)

    every()


@pytest.mark.parametrize(
    "text",
    [
        "您的验证码是{1}，2分钟内有效。",
        "艾克米",
        "a: b",
        "x::y",
        "100%",
        "café",
        "https://a.cn/x?y=1",
        "",
    ],
)
def test_ordinary_texts_stay_as_they_are(text: str) -> None:
    """In a terminal and in a log."""
    assert sanitise.terminal(text) == text
    assert sanitise.terminal(text, ci=True) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("\u202e", "\\u{202e}"),
        ("\ud800", "\\u{d800}"),
        ("\U000e0041", "\\u{e0041}"),
    ],
)
def test_what_is_hidden_becomes_visible(text: str, expected: str) -> None:
    """As escapes that a person knows."""
    assert sanitise.terminal(text) == expected


def test_a_long_hostile_text_takes_linear_time() -> None:
    """White space before a colon, and marks that never become a command."""
    for text in ("\n" * 200_000 + "x::", " " * 200_000 + "x::", "#" * 200_000, ":" * 200_000):
        for check in (sanitise.runner, sanitise.markdown, sanitise.html, sanitise.terminal):
            started = time.process_time()
            check(text)
            assert time.process_time() - started < 1
