"""What an apply did, as a step summary or a comment. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smsops.model import Observed
from smsops.model.outcome import Outcome, Result, Status
from smsops.render import comment
from smsops.render.comment import Section, noted, text
from smsops.render.outcome.text import DONE, not_asked, summary
from smsops.render.symbols import WORDS
from smsops.text.messages import T, Text

#: What a reader has to see first comes first, and is the last to be left out.
TITLES: Mapping[Status, Text] = {
    Status.UNKNOWN: T("with an unknown outcome"),
    Status.FAILED: T("failed"),
    Status.NOT_ATTEMPTED: T("not attempted"),
    Status.DONE: T("done"),
}
_HEAD = T("address"), T("action"), T("id"), T("what")


def markdown(outcome: Outcome, seen: Sequence[Observed], *, limit: int = comment.LIMIT) -> str:
    """The counts, what belongs to no single step, then the steps by how they ended."""
    sections = [
        _section(title, [_row(item) for item in found], expanded=status is not Status.DONE)
        for status, title in TITLES.items()
        if (found := [item for item in outcome.results if item.status is status])
    ]
    if outcome.blocked:
        blocked = [f"| {step.address} | | | {text(step.reason)} |\n" for step in outcome.blocked]
        sections.insert(0, _section(T("blocked"), blocked, expanded=True))
    errors = [f"{error.message} {error.hint}".strip() for error in outcome.errors]
    head = f"**{summary(outcome, seen)}**\n{noted([*errors, *not_asked(outcome)])}"
    return comment.fit(head, sections, limit=limit)


def _section(title: Text, rows: Sequence[str], *, expanded: bool) -> Section:
    head = str(T("{count} {what}", count=len(rows), what=title))
    return Section(title=head, opening=comment.table(*_HEAD), rows=rows, expanded=expanded)


def _row(result: Result) -> str:
    step, error = result.step, result.error
    what = str(DONE[step.action]) if result.status is Status.DONE else ""
    if error is not None:
        what = text(f"{error.message} {error.hint}".strip())
    id_ = result.remote_id if result.remote_id is not None else step.remote_id
    ids = " → ".join(str(each) for each in (step.replaces, id_) if each is not None)
    return f"| {step.address} | {WORDS[step.action]} | {ids} | {what} |\n"
