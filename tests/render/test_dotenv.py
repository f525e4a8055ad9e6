"""Outputs as variables: every reader of a form gets the value, or the form refuses it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smsops.render import outputs


def document(*names: str) -> dict[str, Any]:
    signs = {f"sign.s{number}": {"sign_id": 7, "sign_name": n} for number, n in enumerate(names)}
    return {"outputs": {**signs, "template.log-in": {"template_id": 1110}}}


def gitlab(text: str) -> dict[str, str]:
    """A dotenv report: the name ends at the last =, blanks go, everything else stays."""
    read = {}
    for line in text.splitlines():
        found = re.fullmatch(r"(.*)=(.*)", line)
        assert found is not None, "Invalid Format"
        read[found[1].strip()] = found[2].strip()
    return read


def docker(text: str) -> dict[str, str]:
    """--env-file: the name ends at the first =, and the rest of the line is the value."""
    lines = text.replace("\r\n", "\n").split("\n")
    return dict(line.split("=", 1) for line in lines if line.strip())


def podman(text: str) -> dict[str, str]:
    """--env-file of podman, which takes quotation marks away."""
    return {name: value.strip("\"'") for name, value in docker(text).items()}


READERS = (gitlab, docker, podman)


@pytest.mark.parametrize("read", READERS)
def test_a_name_with_a_space_is_read_as_it_is(read: Any) -> None:
    found = read(outputs.plain(document("Tencent Cloud", "艾克米")))
    assert found == {
        "SMSOPS_SIGN_S0_NAME": "Tencent Cloud",
        "SMSOPS_SIGN_S1_NAME": "艾克米",
        "SMSOPS_TEMPLATE_LOG_IN_ID": "1110",
    }


def test_the_quoted_form_is_what_these_readers_would_get_wrong() -> None:
    assert gitlab(outputs.dotenv(document("Tencent Cloud")))["SMSOPS_SIGN_S0_NAME"].startswith('"')
    assert outputs.quoted(document("艾克米", "Tencent Cloud")) == ["sign.s1"]
    assert outputs.quoted(document("艾克米")) == []


@given(st.text(min_size=1, max_size=12))
@example("a=b")
@example(" a")
@example("a\u3000")
@example('"a"')
@example("'a")
@example("a\nb")
@example("a\u2028b")
@example("a\x1eb")
@example("$HOME")
@example("##[group]x")
@example("\u202eabc")
def test_a_value_is_refused_or_read_as_it_is_by_everybody(name: str) -> None:
    if list(outputs.unplain(document(name))):
        return
    text = outputs.plain(document(name))
    assert all(read(text)["SMSOPS_SIGN_S0_NAME"] == name for read in READERS)
    assert re.fullmatch(r"(?:SMSOPS_[A-Z0-9_]+=.+\n){2}", text)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a\nb", "sign.s0: it has a line break"),
        ("a\rb", "sign.s0: it has a line break"),
        ("a ", "sign.s0: it has white space at an end"),
        ('"a"', "sign.s0: it has a quotation mark at an end"),
        ("a=b", "sign.s0: it has a ="),
        ("$a", "sign.s0: it has a $"),
        ("a\x1b[2J", "sign.s0: a terminal or a CI runner would take a part of it for a command"),
        ("##[error]a", "sign.s0: a terminal or a CI runner"),
    ],
)
def test_why_a_value_cannot_be_said_plainly(name: str, words: str) -> None:
    (said,) = outputs.unplain(document(name))
    assert str(said).startswith(words)


def test_what_is_usual_in_names_can_be_said_plainly() -> None:
    names = ("艾克米", "Tencent Cloud", "A-B_c.d", "O'Neill & Co", "50% #1", 'a "b" c')
    assert list(outputs.unplain(document(*names))) == []


def test_a_shell_reads_the_quoted_form(tmp_path: Path) -> None:
    names = [
        "艾克米",
        "Tencent Cloud",
        "O'Neill & Co",
        'a "b" c',
        "$HOME",
        "`id`",
        "a\\b",
        "a=b #c",
    ]
    file = tmp_path / "sms.env"
    file.write_text(outputs.dotenv(document(*names)), "utf-8")
    script = [f'. "{file}"', *(f'echo "$SMSOPS_SIGN_S{at}_NAME"' for at in range(len(names)))]
    script = [line.replace("echo", "printf '%s\\n'") for line in script]
    ran = subprocess.run(["sh", "-c", "\n".join(script)], capture_output=True, check=True)
    assert ran.stdout.decode().splitlines() == names
