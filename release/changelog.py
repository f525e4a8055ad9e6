"""CHANGELOG.md as data: which versions it has, of which day, and what they say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

UNRELEASED = "Unreleased"
_HEADING = re.compile(r"^## \[([^\]]+)\](?: - (\d{4}-\d\d-\d\d))?$", re.MULTILINE)


@dataclass(frozen=True)
class Changelog:
    """A file in the format of Keep a Changelog."""

    text: str

    @classmethod
    def of(cls, root: Path) -> Changelog:
        """The one of a checkout."""
        return cls((root / "CHANGELOG.md").read_text("utf-8"))

    def versions(self) -> list[str]:
        """What has a section, the newest first."""
        return [found[1] for found in _HEADING.finditer(self.text) if found[1] != UNRELEASED]

    def date(self, version: str) -> str | None:
        """The day of a release, as its heading says it."""
        days = {found[1]: found[2] for found in _HEADING.finditer(self.text)}
        return days.get(version)

    def section(self, version: str) -> str:
        """What a section says, without its heading: the notes of a release."""
        for found in _HEADING.finditer(self.text):
            if found[1] == version:
                following = _HEADING.search(self.text, found.end())
                return self.text[found.end() : following.start() if following else None].strip()
        return ""
