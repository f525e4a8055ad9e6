"""A code frame points at the column of a problem, whatever stands before it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsops.errors import Problem, Severity
from smsops.render.problems import text as render
from smsops.render.problems.frame import frame
from smsops.text.messages import Text
from smsops.text.width import width


def pointed(line: str, column: int, columns: int = 60) -> tuple[str, str]:
    """The shown line, and what stands above the caret in it."""
    _, shown, caret = (part.partition("| ")[2] for part in frame(line, 7, column, columns=columns))
    before = len(caret) - 1
    for at in reversed(range(len(shown) + 1)):
        if width(shown[:at]) == before:
            return shown, shown[at : at + 1]
    raise AssertionError((shown, caret))


@pytest.mark.parametrize(
    ("line", "column", "above"),
    [
        ("  content: x", 3, "c"),
        ("\t\tcontent: x", 3, "c"),
        ("  名字: 登录x", 9, "x"),
        ("  e\u0301te: x", 5, "t"),
        ("  \x1b[2Jevil", 7, "e"),
        ("short", 99, ""),
        ("", 1, ""),
    ],
)
def test_the_caret_is_under_the_column(line: str, column: int, above: str) -> None:
    assert pointed(line, column)[1] == above


def test_a_frame_is_three_lines() -> None:
    assert frame("  remark: ' x'", 12, 11) == [
        "   |",
        "12 |   remark: ' x'",
        "   |           ^",
    ]


@pytest.mark.parametrize("text", ["x" * 10_000, "验" * 10_000, "\t" * 10_000, "\x1b" * 10_000])
@pytest.mark.parametrize("column", [1, 50, 4_000, 10_000])
def test_a_long_line_is_cut_around_the_column(text: str, column: int) -> None:
    line = f"{text[: column - 1]}!{text[column:]}"
    shown, above = pointed(line, column)
    assert above == "!"
    assert width(shown) <= 60
    assert shown.startswith("…") is (column > 40)


@given(st.text(max_size=80), st.integers(1, 90))
def test_no_line_controls_the_terminal_or_outgrows_it(line: str, column: int) -> None:
    for part in frame(line, 7, column, columns=50):
        assert width(part) <= 50
        assert not re.search("[\x00-\x1f\x7f-\x9f\u202e]", part)


E, W = Severity.ERROR, Severity.WARNING
WHERE = Problem("a.yaml", 2, 3, "SMS302", E, Text("white space"))


def test_text_has_frames_for_the_lines_that_are_known() -> None:
    other = Problem("a.yaml", 0, 0, "SMS116", E, Text("gone"))
    assert render.text([WHERE, other], lines={("a.yaml", 2): "  x: y"}) == (
        "a.yaml:1:1: SMS116 gone\n"
        "a.yaml:2:3: SMS302 white space\n"
        "  |\n"
        "2 |   x: y\n"
        "  |   ^\n"
        "\n"
        "2 errors in 1 file\n"
    )
    assert "\x1b[31m^\x1b[0m" in render.text([WHERE], lines={("a.yaml", 2): "  x"}, colour=True)
    assert "|" not in render.concise([WHERE])


def test_after_a_hundred_frames_there_are_lines_only() -> None:
    many = [Problem("a.yaml", n, 1, "SMS302", E, Text(f"m{n}")) for n in range(1, 151)]
    shown = render.text(many, lines={("a.yaml", n): "x" for n in range(1, 151)})
    assert shown.count("^") == render.FRAMES == 100
    assert shown.count("SMS302") == 150


def test_a_repeated_warning_is_one_line_with_a_count() -> None:
    many = [Problem(f"t{n}.yaml", 3, 5, "SMS308", W, Text("not every account")) for n in range(39)]
    once = render.text([*many, WHERE])
    assert once == (
        "a.yaml:2:3: SMS302 white space\n"
        "t0.yaml:3:5: SMS308 not every account (warning; 38 more like it, -v lists them)\n"
        "1 error, 39 warnings in 40 files\n"
    )
    assert render.text(many, every=True).count("SMS308") == 39
    assert render.concise(many).count("SMS308") == 39


def test_three_warnings_and_all_errors_are_listed() -> None:
    few = [Problem(f"t{n}.yaml", 3, 5, "SMS308", W, Text("not every account")) for n in range(3)]
    errors = [Problem(f"t{n}.yaml", 3, 5, "SMS302", E, Text("white space")) for n in range(9)]
    other = [Problem(f"t{n}.yaml", 3, 5, "SMS308", W, Text(f"another {n}")) for n in range(9)]
    assert render.text([*few, *errors, *other]).count(".yaml:") == 21
