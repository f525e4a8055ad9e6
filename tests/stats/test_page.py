"""The page of statistics as people see it, in Chromium: light, dark, on a phone."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, sync_playwright

from smsops.render.stats.formats import render
from tests.support.audit import AUDIT
from tests.support.reports import statistics

pytestmark = pytest.mark.systems

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
#: Widths of the bars that are shown, and whether each piece differs from what is behind it.
BARS = """() => [...document.querySelectorAll("svg.bar")].map((svg) => [
  Math.round(svg.getBoundingClientRect().width), svg.getBoundingClientRect().height >= 6,
  [...svg.querySelectorAll("rect")].every((rect) =>
    getComputedStyle(rect).fill !== getComputedStyle(svg.closest(".card")).backgroundColor
    && rect.getBoundingClientRect().width > 0),
])"""


def test_the_page_is_good_to_look_at(tmp_path: Path) -> None:
    """Contrast, order, no sideways scrolling; every bar and every piece of one can be seen."""
    if CHROMIUM is None:
        pytest.skip("no chromium is installed")
    found = statistics("很长的名字" * 8)
    path = tmp_path / "stats.html"
    path.write_text(render(found, "html", found[0].window), "utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        for scheme in ("light", "dark"):
            for width in (1000, 360):
                page = browser.new_page(
                    viewport={"width": width, "height": 800},
                    color_scheme="dark" if scheme == "dark" else "light",
                )
                said: list[str] = []
                page.on("console", partial(_noted, said))
                page.goto(path.as_uri())
                assert page.evaluate(AUDIT) == [], (scheme, width)
                assert said == [], "the policy of the page stops nothing of it"
                bars = page.evaluate(BARS)
                assert len(bars) == 6
                assert all(wide > 100 and high and seen for wide, high, seen in bars), bars
        browser.close()


def _noted(said: list[str], message: ConsoleMessage) -> None:
    said.append(message.text)
