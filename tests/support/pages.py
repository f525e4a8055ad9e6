"""The documentation as data: pages, code blocks, links and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True)
class Page:
    """One Markdown file."""

    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    def blocks(self, *languages: str) -> list[str]:
        """The contents of fenced blocks in any of ``languages``."""
        return [body for language, body in _FENCE.findall(self.text) if language in languages]

    @property
    def prose(self) -> str:
        return _FENCE.sub("", self.text)

    def code(self) -> list[str]:
        """Everything between backticks in prose, and every line of a shell block."""
        lines = [line for body in self.blocks("sh", "console", "bash") for line in body.split("\n")]
        return _CODE.findall(self.prose) + [line.removeprefix("$ ") for line in lines]

    def links(self) -> list[str]:
        return _LINK.findall(self.prose)

    def anchors(self) -> set[str]:
        """What a link may point to inside this page, as GitHub and GitLab name headings."""
        return {
            re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            for heading in _HEADING.findall(self.prose)
        }

    def table(self, heading: str) -> list[list[str]]:
        """The cells of the first table below a heading, without its two head lines."""
        _, _, below = self.text.partition(f"# {heading}\n")
        rows = []
        for line in below.lstrip().splitlines():
            if line.startswith("|"):
                rows.append([cell.strip() for cell in line.strip("|").split("|")])
            elif rows:
                break
        return rows[2:]


def pages() -> Iterator[Page]:
    """Every page that is written for people."""
    for path in sorted((*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))):
        yield Page(path)


README = Page(ROOT / "README.md")
