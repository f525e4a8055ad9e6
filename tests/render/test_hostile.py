"""Whatever remote texts hold: in no format do they become structure, commands or control."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from functools import cache, partial
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from smsops.kinds.reviews import review_of
from smsops.model import Action, Address, ObjectId, Plan, Step
from smsops.render.drift import FORMATS as DRIFT_FORMATS
from smsops.render.drift import formats, markdown
from smsops.render.names import Names
from smsops.render.plan import FORMATS as PLAN_FORMATS
from smsops.render.plan import formats as plans
from smsops.render.plan import markdown as plan_markdown
from smsops.render.stats import FORMATS as STATS_FORMATS
from smsops.render.stats import formats as stats
from smsops.text.messages import T
from smsops.text.sanitise import terminal
from tests.support import reports
from tests.support.hostile_texts import CORPUS
from tests.support.runners import commands

PLAIN = "plain"
#: The corpus, and what is longer than anything that is shown in full.
TEXTS = [*CORPUS, "x" * 3000, "用户 " * 300, "`|<b>" * 100]
#: C0 but newline, DEL, C1, bidirectional controls, zero-width characters, separators.
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
#: Pieces that mean something to somebody, in any order.
_PIECES = [*CORPUS, "|", "\n", "\n\n", "`", "<", ">", "&", "*", "_", "]]>", "-->", '"', "'", "::"]
#: An empty text is not shown at all; that is a structure of its own.
any_text = st.one_of(
    st.text(max_size=40), st.lists(st.sampled_from(_PIECES), max_size=4).map("".join)
).filter(bool)
some = settings(deadline=None, max_examples=25)


def plan_as(format: str, text: str) -> str:
    return plans.render(reports.plan(text, reports.SHAPES), format, seconds=5, ci=True)


def drift_as(format: str, text: str, *, complete: bool = True) -> str:
    report = reports.drift(text, complete=complete)
    return formats.render(report, format, known=known(text), ci=True)


def known(text: str) -> Names:
    """Names of all objects of a drift report."""
    return {ObjectId("template", number): text for number in range(1100, 1120)}


def wait_as(text: str) -> str:
    """What a plan has in one block."""
    steps = [
        Step(
            Address("template", f"t{number}"),
            Action.WAIT,
            reason=T(f"because {text}"),
            remote_id=number,
            review=review_of(1),
            before=reports.spec(text),
            consequence=T(f"so {text}"),
        )
        for number in (1, 2)
    ]
    return plans.render(Plan("1", "ap-guangzhou", True, tuple(steps)), "text", seconds=1, ci=True)


def stats_as(format: str, text: str) -> str:
    found = reports.statistics(text)
    if format == "text":
        return stats.text(found, ci=True)
    return stats.render(found, format, found[0].window)


RENDERERS: Mapping[str, Callable[[str], str]] = {
    **{f"plan {format}": partial(plan_as, format) for format in PLAN_FORMATS},
    **{f"drift {format}": partial(drift_as, format) for format in DRIFT_FORMATS},
    **{f"stats {format}": partial(stats_as, format) for format in STATS_FORMATS},
    "drift junit, incomplete": partial(drift_as, "junit", complete=False),
    # Without a limit, so that no row is left out.
    "plan comment": lambda text: plan_markdown.markdown(
        reports.plan(text, reports.SHAPES), seconds=5, limit=10**9
    ),
    "drift comment": lambda text: markdown.markdown(
        reports.drift(text), known=known(text), limit=10**9
    ),
    "plan text, waiting": wait_as,
}
every_format = pytest.mark.parametrize("name", RENDERERS)
every_comment = pytest.mark.parametrize("name", ["plan comment", "drift comment", "stats markdown"])
every_page = pytest.mark.parametrize("name", ["plan html", "drift html", "stats html"])


def obeyed(out: str) -> object:
    """The first thing that a terminal or a runner would obey."""
    return _CONTROL.search(out) or commands(out) or None


@every_format
def test_nothing_controls_a_terminal_or_a_runner(name: str) -> None:
    """No escape sequence, no bidirectional override, no command of any runner, in any format."""
    for text in TEXTS:
        out = RENDERERS[name](text)
        assert (obeyed(out), text) == (None, text)
        out.encode()


@every_format
@some
@given(text=any_text)
def test_nothing_that_can_be_thought_of_does_either(name: str, text: str) -> None:
    """The same for texts that nobody collected."""
    assert obeyed(RENDERERS[name](text)) is None


def blocks(out: str) -> list[tuple[str, str, int]]:
    """What a host makes of a comment: the kinds of its blocks and inlines, without their text."""

    def flat(tokens: list[Token] | None) -> list[tuple[str, str, int]]:
        return [
            row
            for token in tokens or ()
            if token.content not in MARKS
            for row in [(token.type, token.tag, token.level), *flat(token.children)]
        ]

    # Texts and entities are how a value is written; both are content.
    return [row for row in flat(_PARSER.parse(out)) if row[0] not in ("text", "text_special")]


#: Which characters differ is marked in the line, as often as they do.
MARKS = ("<del>", "</del>", "<ins>", "</ins>")
_PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@cache
def expected_blocks(name: str) -> list[tuple[str, str, int]]:
    return blocks(RENDERERS[name](PLAIN))


@every_comment
def test_markdown_keeps_its_structure(name: str) -> None:
    """A parser sees the very blocks that a harmless text gives: no table, link, image or HTML."""
    assert "html_block" in {kind for kind, _, _ in expected_blocks(name)}
    for text in TEXTS:
        assert (blocks(RENDERERS[name](text)), text) == (expected_blocks(name), text)


@every_comment
@some
@given(text=any_text)
def test_markdown_keeps_its_structure_for_any_text(name: str, text: str) -> None:
    """The same for texts that nobody collected."""
    assert blocks(RENDERERS[name](text)) == expected_blocks(name)


class Page(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[object] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if (tag, attrs) != ("mark", []):
            self.elements.append((tag, attrs))

    def handle_endtag(self, tag: str) -> None:
        if tag != "mark":
            self.elements.append(tag)

    def handle_comment(self, data: str) -> None:
        self.elements.append("comment")

    def handle_data(self, data: str) -> None:
        self.text += data


@cache
def expected_elements(name: str) -> list[object]:
    return Page(RENDERERS[name](PLAIN)).elements


@every_page
def test_html_keeps_its_elements_and_shows_the_text(name: str) -> None:
    """Every element and attribute is ours; the text is there to be read, made visible."""
    for text in TEXTS:
        page = Page(RENDERERS[name](text))
        assert (page.elements, text) == (expected_elements(name), text)
        assert terminal(text) in page.text


@every_page
@some
@given(text=any_text)
def test_html_keeps_its_elements_for_any_text(name: str, text: str) -> None:
    """The same for texts that nobody collected."""
    assert Page(RENDERERS[name](text)).elements == expected_elements(name)


@every_page
def test_a_page_runs_and_loads_nothing(name: str) -> None:
    """No script, no attribute that runs one, nothing to fetch; a policy that says so."""
    out = RENDERERS[name]("<script>alert(1)</script>")
    assert not re.search(r"<(script|img|link|iframe|object|a|form)\b|\son\w+=|url\(|@import", out)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', out)
    assert policy is not None
    assert policy[1].startswith("default-src &#x27;none&#x27;; style-src &#x27;sha256-")


@pytest.mark.parametrize("name", ["drift junit", "drift junit, incomplete"])
def test_junit_keeps_its_elements(name: str) -> None:
    """It is well-formed XML with the cases that a harmless text gives."""

    def shape(text: str) -> list[tuple[str, list[str]]]:
        root = ET.fromstring(RENDERERS[name](text))
        return [(item.tag, sorted(item.keys())) for item in root.iter()]

    expected = shape(PLAIN)
    for text in TEXTS:
        assert (shape(text), text) == (expected, text)


def test_json_says_the_very_text() -> None:
    """A parser gets it back, whatever a log had to be spared."""
    for text in TEXTS:
        document = json.loads(RENDERERS["plan json"](text))
        assert document["unmanaged"][1]["name"] == text
        assert document["notes"][0] == text
        assert json.loads(RENDERERS["drift json"](text))["findings"][0]["recorded"] == text
