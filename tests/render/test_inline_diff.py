"""Inline diffs mark what differs, and nothing where two texts have little in common."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsops.render.inline_diff import compared, segments


def marked(before: str, after: str) -> tuple[str, str]:
    old, new = segments(before, after)
    return tuple(  # type: ignore[return-value]
        "".join(f"[{part}]" if differs else part for part, differs in side) for side in (old, new)
    )


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("验证码", "验证码", ("验证码", "验证码")),
        (
            "您的验证码是{1}，请勿泄露。",
            "您的验证码是{1}，请勿告诉他人。",
            ("您的验证码是{1}，请勿[泄露]。", "您的验证码是{1}，请勿[告诉他人]。"),
        ),
        ("code {1} of {2}", "code {1} for {3}", ("code {1} [of] [{2}]", "code {1} [for] [{3}]")),
        (
            "expires in 5 minutes",
            "expires in 15 minutes",
            ("expires in [5] minutes", "expires in [15] minutes"),
        ),
        ("{1}分钟内有效", "验证码{1}分钟内有效", ("{1}分钟内有效", "[验证码]{1}分钟内有效")),
        ("abc", "xyz", ("abc", "xyz")),
        ("", "x", ("", "x")),
    ],
)
def test_what_differs_is_marked(before: str, after: str, expected: tuple[str, str]) -> None:
    assert marked(before, after) == expected


@given(st.text(max_size=30), st.text(max_size=30))
def test_the_parts_are_the_texts_and_alternate(before: str, after: str) -> None:
    for text, parts in zip((before, after), segments(before, after), strict=True):
        assert "".join(part for part, _ in parts) == text
        marks = [differs for _, differs in parts]
        assert all(one is not other for one, other in pairwise(marks))


def test_a_long_difference_is_one_part() -> None:
    """Comparing every character with every other takes too long."""
    start, end = "开头" * 400, "结尾" * 400
    old, new = segments(f"{start}{'甲乙' * 300}{end}", f"{start}{'乙丙' * 300}{end}")
    assert [differs for _, differs in old] == [False, True, False]
    assert new[1] == ("乙丙" * 300, True)


def test_only_texts_have_parts() -> None:
    assert compared("true", "false") == ([("true", False)], [("false", False)])
    assert compared("-", '"a"') == ([("-", False)], [('"a"', False)])
    assert compared('"ab c"', '"ab d"')[0] == [('"ab ', False), ("c", True), ('"', False)]
    assert compared('"notification"', '"marketing"')[0] == [('"notification"', False)]
