"""The README's first hour happens exactly as it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs import transcript
from tests.support.pages import README

pytestmark = pytest.mark.systems


def test_the_first_hour_happens_as_told(tmp_path: Path) -> None:
    """It begins in the clone, where `pip install .` ended, and leaves nothing behind there."""
    told = transcript.exchanges(README.blocks("console"))
    clone = tmp_path / "smsops"
    clone.mkdir()
    happened = transcript.run(told, clone)

    assert len(told) == len(happened) > 15
    for item, (printed, code) in zip(told, happened, strict=True):
        assert code == 0, (item.command, printed)
        assert transcript.fits(item.output, printed), (
            f"$ {item.command}\n--- told\n" + "\n".join(item.output) + f"\n--- happened\n{printed}"
        )
    assert list(clone.iterdir()) == []
    assert sorted(path.name for path in (tmp_path / "acme-sms" / "templates").iterdir()) == [
        "login-code.yaml"
    ]


@pytest.mark.parametrize(
    ("told", "printed", "fits"),
    [
        (("a", "b"), "a\nb\n", True),
        (("a",), "a\nb\n", False),
        (("a", "..."), "a\nb\nc\n", True),
        (("...", "c"), "a\nb\n", False),
        (("submitted 2 s ago",), "submitted 31 s ago\n", True),
        (("id 1110",), "id 1111\n", False),
        ((), "", True),
        ((), "Warning: something\n", False),
    ],
)
def test_the_comparison_forgives_only_what_varies(
    told: tuple[str, ...], printed: str, fits: bool
) -> None:
    assert transcript.fits(told, printed) is fits
