"""The records of decisions: numbered, dated, with alternatives, and listed in their index."""

from __future__ import annotations

import re
from datetime import date

import pytest

from tests.support.pages import ROOT, Page

RECORDS = [Page(path) for path in sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))]
INDEX = Page(ROOT / "docs" / "decisions" / "README.md")
#: Below the title: the status, and the day of the decision.
_LINE = re.compile(r"(Accepted|Superseded by \[\d+\]\(\d{4}-[\w-]+\.md\)) · (\d{4}-\d\d-\d\d)")


def parts(record: Page) -> tuple[str, str, str, str]:
    """Number, title, status and day of a record."""
    head, _, line = record.text.partition("\n\n")
    title = re.fullmatch(r"# (\d+)\. (.+)", head)
    below = _LINE.match(line)
    assert title, record.name
    assert below, record.name
    return title[1], title[2], below[1], below[2]


def test_decisions_are_numbered_without_gaps_as_they_were_made() -> None:
    days = [date.fromisoformat(parts(page)[3]) for page in RECORDS]

    assert len(RECORDS) >= 30
    assert days == sorted(days)
    assert [page.path.name[:5] for page in RECORDS] == [
        f"{number:04d}-" for number in range(1, len(RECORDS) + 1)
    ]


@pytest.mark.parametrize("record", RECORDS, ids=lambda page: page.path.stem)
def test_a_record_says_when_why_and_what_else_could_have_been_done(record: Page) -> None:
    number, title, _, _ = parts(record)
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    headings = re.findall(r"^## (.+)$", record.text, re.MULTILINE)
    texts = re.split(r"^## .+$", record.text, flags=re.MULTILINE)[1:]

    assert record.path.stem == f"{int(number):04d}-{slug}"
    assert headings == ["Context", "Decision", "Alternatives", "Consequences"]
    assert all(text.strip() for text in texts)
    assert texts[2].strip().startswith("- ")


def test_the_index_lists_every_record_as_it_is() -> None:
    listed = [tuple(row) for row in INDEX.table("Decisions") if row]
    assert listed == [
        (f"[{number}]({page.path.name})", title, status.lower(), day)
        for page in RECORDS
        for number, title, status, day in [parts(page)]
    ]
