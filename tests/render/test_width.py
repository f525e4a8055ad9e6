"""Long lines are broken to the width of a terminal, and what is broken keeps its indent."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsops.text.width import padded, width, wrapped


def test_wide_characters_take_two_columns() -> None:
    assert width("abc") == 3
    assert width("验证码") == 6
    assert padded("验证", 6) + "|" == "验证  |"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("short", "short"),
        (
            "    why: an approved object cannot be modified by anybody",
            "    why: an approved object cannot be\n         modified by anybody",
        ),
        (
            "    content  您的验证码是{1}，{2}分钟内有效，请勿泄露。",
            "    content  您的验证码是{1}，{2}分钟内\n             有效，请勿泄露。",
        ),
        (
            "! sign.acme: the same name exists already, see the console",
            "! sign.acme: the same name exists\n    already, see the console",
        ),
        (f"    {'x' * 50}", f"    {'x' * 50}"),
    ],
)
def test_a_line_is_broken_between_words_and_wide_characters(line: str, expected: str) -> None:
    assert wrapped(line, 40) == expected


def test_a_command_stays_in_one_piece() -> None:
    """A terminal itself breaks one that is too long, and a copy of that still is one line."""
    line = "! sign.acme: held; `smsops apply --promote sign.acme -C shop`, once callers are ready"
    assert wrapped(line, 60) == (
        "! sign.acme: held;\n"
        "    `smsops apply --promote sign.acme -C shop`, once callers\n"
        "    are ready"
    )


def test_a_short_name_stays_in_one_piece() -> None:
    """A longer one takes what is left of its line."""
    assert wrapped('    template.login-code  id 1110  "登录验证码"', 40) == (
        '    template.login-code  id 1110\n    "登录验证码"'
    )
    assert '"订单\n' in wrapped('    template.login-code  id 1110  "订单确认通知短信模板"', 40)


@pytest.mark.parametrize("columns", [None, 0, 39])
def test_without_a_known_width_nothing_is_broken(columns: int | None) -> None:
    assert wrapped("word " * 50, columns) == "word " * 50


def test_colours_take_no_room_and_are_never_cut() -> None:
    line = f"    note  {'ab ' * 8}\x1b[31;4m{'cd ' * 8}\x1b[0mend"
    shown = wrapped(line, 40)
    assert re.sub(r"\n +", " ", shown) == line
    assert all(width(re.sub("\x1b\\[[0-9;]*m", "", part)) <= 40 for part in shown.split("\n"))


@given(st.text(alphabet="ab 验，{}1", max_size=200), st.integers(40, 100))
def test_nothing_is_lost_and_every_line_fits(text: str, columns: int) -> None:
    shown = wrapped(text, columns)
    assert re.sub(r"\s", "", shown) == re.sub(r"\s", "", text)
    longest = max((width(word) for word in re.findall(r"[^ 验，]+", text)), default=0)
    assert all(width(line.rstrip()) <= max(columns, longest + 4) for line in shown.split("\n"))
