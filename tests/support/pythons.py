"""The Python versions that pyproject.toml claims."""

from __future__ import annotations

import re

from tests.support.pages import ROOT

PYTHONS = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text("utf-8"))
