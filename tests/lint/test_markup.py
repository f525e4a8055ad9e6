"""Escapes and HTML in a text."""

from __future__ import annotations

import pytest

from tests.lint.test_texts import real
from tests.support.linting import TEMPLATE, desired, messages


def said(content: str) -> list[str]:
    """What the rule says among all others."""
    found = messages(desired("template", "a", {**TEMPLATE, "content": content}))
    return [each for each in found if each.startswith("SMS327")]


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (r"您的验证码是{1}。\n请勿泄露。", r"\n"),
        (r"您的验证码是{1}。\r\n请勿泄露。", r"\r, \n"),
        ("您的验证码是{1}。<br>请勿泄露。", "<br>"),
        ("您的验证码是{1}。<br />请勿泄露。", "<br />"),
        ("<p>您的验证码是{1}。</p>", "<p>, </p>"),
        ('<a href="https://acme.example">点此</a>查看', '<a href="https://acme.example">, </a>'),
        ("您的验证码是&nbsp;{1}。", "&nbsp;"),
        ("Tom &amp; Jerry", "&amp;"),
        (r"\u60a8的验证码是{1}。", r"\u60a8"),
    ],
)
def test_what_a_phone_shows_as_it_is_written(content: str, shown: str) -> None:
    assert said(content) == [
        f"SMS327 escapes and HTML are sent as they are: {shown}; write the character itself"
    ]


@pytest.mark.parametrize("content", [content for content, _, _ in real()])
def test_a_text_that_people_write_raises_no_alarm(content: str) -> None:
    assert said(content) == []


@pytest.mark.parametrize(
    "content", ["A&B; 1<2, 3>2", r"C:\new", "a\nb", "R&D 部门", "<艾克米>您好"]
)
def test_what_only_looks_like_it(content: str) -> None:
    assert said(content) == []
