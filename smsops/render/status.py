"""What the state holds and how its reviews stand. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from smsops.clock import to_text
from smsops.kinds import RESOURCES
from smsops.model import (
    Address,
    Observation,
    RecordedObject,
    ReviewState,
    Snapshot,
)
from smsops.planfile.document import encode
from smsops.planning import review_hours
from smsops.planning.account_index import last_review, presence_of
from smsops.planning.decisions import Presence
from smsops.planning.holds import Held, held_successor
from smsops.planning.steps import hold_consequence
from smsops.render.names import Names, beside, names
from smsops.render.style import duration, review_words, value
from smsops.text.messages import C, T, Text, joined
from smsops.text.width import padded, width

FORMAT_VERSION = "1.0"


#: What is said of an object that may be there and was not seen.
_UNCERTAIN = {Presence.YOUNG: T("not listed yet"), Presence.UNREAD: T("could not be read")}


def document(snapshot: Snapshot, seen: Observation, *, now: float) -> dict[str, Any]:
    """The status as JSON values. ``review`` is ``null`` for an object that is gone, and as recorded
    last for one that is not listed yet.
    """
    rows = []
    for address in sorted(snapshot.resources, key=str):
        record = snapshot.resources[address]
        row = {"address": str(address), **_object(address, record.current, seen, now)}
        row["successor"] = (
            _object(address, record.successor, seen, now) if record.successor is not None else None
        )
        row["retiring"] = [_object(address, old, seen, now) for old in record.retiring]
        rows.append(row)
    return {"format_version": FORMAT_VERSION, "resources": rows}


def json(snapshot: Snapshot, seen: Observation, *, now: float) -> str:
    """JSON document of the status. ``now``: epoch seconds."""
    return encode(document(snapshot, seen, now=now))


def _object(
    address: Address, item: RecordedObject | None, seen: Observation, now: float
) -> dict[str, Any]:
    review = last_review(address.kind, item, seen, now) if item else None
    return {
        "remote_id": item.remote_id if item else None,
        "review": review.state.value if review else None,
        "reply": review.reply if review else None,
        "submitted_at": to_text(item.submitted_at) if item else None,
    }


#: What a line says of an object, in columns; one that no line fills is left out.
COLUMNS: Mapping[str, Text] = {
    "address": T("address"),
    "id": T("id"),
    "review": T("review"),
    "name": T("name"),
    "expected": T("expected"),
    "submitted": T("submitted"),
}
_ESTIMATE = T("expected: an estimate in Asia/Shanghai; a review usually takes 2 working hours.")
#: Older than this (seconds), a date says more than an age.
_A_DAY = 86_400


def text(
    snapshot: Snapshot,
    seen: Observation,
    *,
    now: float,
    ci: bool = False,
    columns: int | None = None,
) -> str:
    """One line per address, its successor and superseded objects below it. ``columns``: the width
    that a line has; what says least is left out where that is not enough.
    """
    if not snapshot.resources:
        nothing = T(
            "The state holds no resources. {command} shows what apply would do.", command=C("plan")
        )
        return f"{nothing}\n"
    view = _View(seen, names(snapshot.resources, seen), now, ci)
    rows = []
    for address in sorted(snapshot.resources, key=str):
        record = snapshot.resources[address]
        rows.append(view.row(str(address), address, record.current))
        if record.successor is not None:
            held = held_successor(RESOURCES[address.kind], record, seen)
            rows.append(
                view.row(f"  {T('successor')}", address, record.successor, succeeds=True, held=held)
            )
        for old in record.retiring:
            due = to_text((old.superseded_at or 0) + record.lifecycle.retire_after)
            row = view.row(f"  {T('retiring')}", address, old)
            kept = str(T("kept until {moment}", moment=due))
            rows.append(replace(row, notes=(*row.notes, kept)))
    lines = list(_table(rows, columns))
    if any(row.cells["expected"] for row in rows):
        lines.append(str(_ESTIMATE))
    for intent in snapshot.intents:
        lines.append(
            str(
                T(
                    "{address}: {action} has no answer yet: another run is at work, or one "
                    "was interrupted and the next apply resolves it",
                    address=intent.address,
                    action=intent.action,
                )
            )
        )
    return "\n".join(lines) + "\n"


def promotion(address: Address, held: Held | None) -> Text:
    """What becomes of a successor that is active."""
    if held is None:
        return T("the next {command} promotes it", command=C("apply"))
    return joined("; ", held.words, hold_consequence(address))


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the table: a cell for each of :data:`COLUMNS`, and what only this line says."""

    cells: Mapping[str, str]
    notes: tuple[str, ...] = ()


#: What a narrow terminal leaves out, first things first.
_DROPPED = ("name", "submitted")


def _table(rows: Sequence[_Row], most: int | None) -> Iterator[str]:
    columns = [name for name in COLUMNS if any(row.cells[name] for row in rows)]
    heads = {name: str(COLUMNS[name]) for name in columns}
    widths = {
        name: max(width(heads[name]), *(width(row.cells[name]) for row in rows)) for name in columns
    }
    for name in _DROPPED:
        if most is not None and sum(widths[each] + 2 for each in columns) - 2 > most:
            columns = [each for each in columns if each != name]
    for row in (_Row(heads), *rows):
        cells = "  ".join(padded(row.cells[name], widths[name]) for name in columns)
        yield "  ".join([cells, *row.notes]).rstrip()


@dataclass(frozen=True, slots=True)
class _View:
    """What was seen, by whom it is read, and when."""

    seen: Observation
    known: Names
    now: float
    ci: bool

    def row(
        self,
        head: str,
        address: Address,
        item: RecordedObject | None,
        *,
        succeeds: bool = False,
        held: Held | None = None,
    ) -> _Row:
        cells = dict.fromkeys(COLUMNS, "") | {"address": head}
        if item is None:
            return _Row(cells, (str(T("no current object")),))
        presence = presence_of(address.kind, item, self.seen, self.now)
        review = last_review(address.kind, item, self.seen, self.now)
        state = review.state if review is not None else None
        cells |= {
            "id": str(item.remote_id),
            "review": str(
                _UNCERTAIN.get(presence) or (review_words(review) if review else T("gone"))
            ),
            "name": beside(self.known, address.kind, item.remote_id, ci=self.ci),
            "submitted": _age(item.submitted_at, self.now),
        }
        notes = []
        if state is ReviewState.IN_REVIEW:
            cells["expected"] = _expected(item.submitted_at, self.now)
        if state is ReviewState.APPROVED:
            notes.append(str(T("not yet in effect")))
        if succeeds and presence is Presence.THERE and state is ReviewState.ACTIVE:
            notes.append(str(promotion(address, held)))
        if review is not None and review.reply:
            notes.append(str(T("reviewer: {reply}", reply=value(review.reply, ci=self.ci))))
        return _Row(cells, tuple(notes))


def _age(moment: int | None, now: float) -> str:
    """``2 h ago``, or a date in UTC."""
    if moment is None:
        return ""
    if now - moment >= _A_DAY:
        return (to_text(moment) or "")[:10]
    return str(T("{duration} ago", duration=duration(max(1.0, now - moment))))


def _expected(submitted_at: int | None, now: float) -> str:
    if submitted_at is None or not review_hours.words(submitted_at, now):
        return ""
    end = review_hours.expected(submitted_at)
    return f"{end:%Y-%m-%d %H:%M}" if end.timestamp() > now else str(T("overdue"))
