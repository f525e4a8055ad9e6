"""What is wrong with a page to look at: contrast, names, order, width; asked in a browser."""

from __future__ import annotations

from pathlib import Path

AUDIT = (Path(__file__).parent / "audit.js").read_text("utf-8")
