"""The quickstart works wherever it is copied to."""

from __future__ import annotations

import shutil
from pathlib import Path

from smsops.manifests import schemas
from tests.docs import transcript
from tests.support.pages import ROOT, Page

QUICKSTART = ROOT / "examples" / "quickstart"


def test_a_copy_does_what_its_page_says(tmp_path: Path) -> None:
    """And every path in it stays in it."""
    copy = tmp_path / "elsewhere" / "my shop"
    shutil.copytree(QUICKSTART, copy, ignore=shutil.ignore_patterns(".smsops"))
    told = transcript.exchanges(Page(QUICKSTART / "README.md").blocks("console"))
    happened = transcript.run(told, copy)
    assert len(told) == len(happened) == 3
    for item, (printed, code) in zip(told, happened, strict=True):
        assert code == 0, (item.command, printed)
        assert transcript.fits(item.output, printed), f"$ {item.command}\n{printed}"
    named = 0
    for path in copy.rglob("*"):
        assert not path.is_symlink()
        if path.suffix == ".yaml":
            for line in path.read_text("utf-8").splitlines():
                if "$schema=" in line:
                    named += 1
                    schema = path.parent / line.partition("$schema=")[2]
                    assert schema.resolve() == copy / ".smsops.schema.json"
    assert named == 7
    assert (copy / ".smsops.schema.json").read_text("utf-8") == schemas.text("manifest")
