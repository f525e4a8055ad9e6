"""Whatever a file holds, reading it ends quickly and with nothing but diagnostics."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smsops.errors import InvalidManifests, Severity
from smsops.manifests import yaml_tree
from smsops.manifests.load import load_manifests, load_project, require_manifests
from tests.support.examples import examples
from tests.support.manifests import SIGN, TEMPLATE, load, write

MIB = 1 << 20
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"[" * 100_000, "SMS106"),
        (b"{" * MIB, "SMS106"),
        (b"- " * (MIB // 2), "SMS106"),
        (b"? " * (MIB // 2), "SMS106"),
        (b"[\n" * (MIB // 2), "SMS106"),
        (BOMB.encode(), "SMS107"),
        (b"a: " + b"x" * (20 * MIB), "SMS102"),
        (b"\0" * MIB, "SMS103"),
        ("\u202e".encode() * (MIB // 3), "SMS104"),
        (b"a:\n" * (MIB // 3), "SMS108"),
        (b"&a " * (MIB // 3), "SMS107"),
        (b'"' * MIB, "SMS105"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else value,
)
@pytest.mark.timeout(20)
def test_a_bomb_is_answered_not_built(content: bytes, code: str, tmp_path: Path) -> None:
    """Deep nesting, alias bombs, 20 MB and floods of faults: built out, each takes minutes."""
    project = load_project(write(tmp_path, {"templates/bomb.yaml": content}))
    problems = load_manifests(project).problems

    assert code in {problem.code for problem in problems}
    assert len(problems) <= 1002


@pytest.mark.parametrize("deep", [33, 999, 1000, 1001, 20_000])
@pytest.mark.parametrize("piece", ["[", "{", "[\n", "- ", "? ", "{a: ", "[{a: ", "a: ["])
def test_too_deep_is_one_fault_whoever_notices(piece: str, deep: int) -> None:
    """libyaml 0.2.6 has a limit of its own, and its scanner may meet that before we count to 32."""
    _, faults = yaml_tree.read((piece * deep).encode())

    assert [(each.code, each.message.plain) for each in faults] == [
        ("SMS106", "nested deeper than 32 levels")
    ]


@pytest.mark.parametrize(
    "content",
    [
        "--- {kind: Template}\n" * (MIB // 21),
        "kind: Template\n" + "".join(f"k{n}: x\n" for n in range(90_000)),
        TEMPLATE.replace("验证码是{1}", "a." * 400_000 + "{1}"),
        TEMPLATE.replace("验证码是{1}", "a" * 900_000 + ".{1}"),
        TEMPLATE.replace("验证码是{1}", "{1}" * 300_000),
        SIGN.replace("艾克米", "艾" * 300_000),
        TEMPLATE.replace("验证码是{1}", f"a{' ' * 900_000}#{{1}}"),
        TEMPLATE + "other:\n" + "- a #b\n" * 130_000,
    ],
    ids=[
        *("documents", "unknown fields", "dots", "letters", "variables", "sign name", "spaces"),
        "comments",
    ],
)
@pytest.mark.timeout(30)
def test_a_full_file_is_checked_in_linear_time(content: str, tmp_path: Path) -> None:
    """No rule and no message takes time that grows faster than the file: that would be hours."""
    project = load_project(write(tmp_path, {"templates/full.yaml": content}))
    assert load_manifests(project).problems


def test_a_file_with_too_many_problems_says_that_more_were_left_out(tmp_path: Path) -> None:
    """The cut is itself a problem: nothing is dropped silently."""
    found = load(tmp_path, {"templates/a.yaml": "--- {kind: Template}\n" * 2000})

    assert [each.message.plain for each in found.problems if each.code == "SMS119"] == [
        "more than 1000 problems; the rest of the file is left out"
    ]
    assert len(found.problems) == 1001


_PIECES = st.sampled_from(
    [
        *TEMPLATE.splitlines(keepends=True),
        *SIGN.splitlines(keepends=True),
        *("---\n", "spec:\n", "  ", "- ", "? ", ": ", "{", "}", "[", "]", ",", '"', "'", "|\n"),
        *(
            "&a ",
            "*a ",
            "!!int ",
            "<<: ",
            "%TAG ! x\n",
            "# ",
            " #x",
            "\t",
            "\r",
            "\n",
            "~",
            "...\n",
        ),
        *("\x00", "\x1b[2J", "\u202e", "\ufeff", "é", "e\u0301", "😀", "0123", "true", "{1}"),
    ]
)
_ANYTHING = st.one_of(
    st.binary(max_size=400),
    st.text(max_size=400).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.lists(_PIECES, max_size=40).map(lambda parts: "".join(parts).encode()),
)


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(content=_ANYTHING, project=st.one_of(st.none(), _ANYTHING))
def test_only_invalid_manifests_escapes(content: bytes, project: bytes | None) -> None:
    """Arbitrary bytes as a manifest and as the project file end in a result or in our error."""
    with tempfile.TemporaryDirectory() as place:
        root = write(Path(place), {"templates/a.yaml": content, "signs/b.yml": content})
        if project is not None:
            (root / "smsops.yaml").write_bytes(project)
        try:
            desired = require_manifests(load_project(root))
        except InvalidManifests as error:
            desired, errors = (), [each.severity for each in error.problems]
        else:
            errors = [Severity.ERROR]
        assert Severity.ERROR in errors
        assert all(item.origin is not None for item in desired)


@settings(max_examples=examples(150), deadline=None)
@given(content=_ANYTHING)
def test_positions_are_inside_the_file(content: bytes) -> None:
    """Every fault of the YAML layer points into the file or just behind it."""
    _, faults = yaml_tree.read(content)
    rows = content.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    for fault in faults:
        assert 1 <= fault.line <= len(rows) + 1
        assert fault.column >= 1
