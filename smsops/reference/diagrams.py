"""State diagrams of ``docs/lifecycle.md``: the decision tables as arrows. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from smsops.model import ACTING, Action
from smsops.planning import decisions
from smsops.planning.decisions import Decision, Delta, Standing

#: What the reviewer and the carriers do; no table of ours decides that.
_VERDICTS: Sequence[tuple[Standing, Standing, str]] = (
    (Standing.IN_REVIEW, Standing.ACTIVE, "approved"),
    (Standing.IN_REVIEW, Standing.APPROVED, "approved, effective later"),
    (Standing.IN_REVIEW, Standing.REJECTED, "rejected"),
    (Standing.APPROVED, Standing.ACTIVE, "takes effect"),
    (Standing.ACTIVE, Standing.REJECTED_ONCE_ACTIVE, "withdrawn, or carrier filing incomplete"),
)
_REPLACING = "replacing"
_PROMOTED = "promoted"


def diagram(edges: Iterator[str]) -> str:
    """A mermaid block of a state diagram."""
    return "```mermaid\nstateDiagram-v2\n" + "".join(f"    {edge}\n" for edge in edges) + "```\n"


def of_object() -> Iterator[str]:
    """The review table as arrows, with the reviewer's own."""
    yield from _names(standing for standing, _ in decisions.REVIEW)
    yield f'state "replaced, see below" as {_REPLACING}'
    for (declared, recorded, presence), decision in decisions.PRESENCE.items():
        if decision is not None and decision.action is Action.CREATE and not recorded and declared:
            yield f"[*] --> {_id(Standing.IN_REVIEW)} : {decision.action} ({presence})"
    targets = {Action.UPDATE: _id(Standing.IN_REVIEW), Action.REPLACE: _REPLACING}
    yield from _arrows(decisions.REVIEW, targets)
    yield from _verdicts()


def of_saga() -> Iterator[str]:
    """The successor table as arrows, from its submission to the end of the superseded object."""
    yield from _names(standing for standing, _ in decisions.SUCCESSOR)
    yield f'state "promoted, the old object retires" as {_PROMOTED}'
    submitted = _id(Standing.IN_REVIEW)
    yield f"[*] --> {submitted} : {Action.REPLACE} (submit)"
    targets = {Action.UPDATE: submitted, Action.REPLACE: submitted, Action.PROMOTE: _PROMOTED}
    yield from _arrows(decisions.SUCCESSOR, targets)
    yield from _verdicts()
    yield f"{submitted} --> [*] : {decisions.ABANDON.action} (the manifest is the old one again)"
    (over,) = {
        decision.action
        for decision in decisions.RETIRING.values()
        if decision.action is Action.RETIRE
    }
    yield f"{_PROMOTED} --> [*] : {over} (retireAfter is over)"
    yield f"{_PROMOTED} --> {_PROMOTED} : rollback ({decisions.ROLLBACK.action} the old object)"


def _names(standings: Iterator[Standing]) -> Iterator[str]:
    for standing in dict.fromkeys(standings):
        if standing is not Standing.UNKNOWN:  # no arrow leaves it: everything is blocked
            yield f'state "{standing}" as {_id(standing)}'


def _arrows(
    table: Mapping[tuple[Standing, Delta], Decision], targets: Mapping[Action, str]
) -> Iterator[str]:
    """One arrow for each standing and action, with the changes that ask for it."""
    grouped: dict[tuple[Standing, Action], list[Delta]] = {}
    for (standing, delta), decision in table.items():
        if decision.action in ACTING:
            grouped.setdefault((standing, decision.action), []).append(delta)
    for (standing, action), deltas in grouped.items():
        yield f"{_id(standing)} --> {targets[action]} : {action} ({changes(deltas)})"


def _verdicts() -> Iterator[str]:
    for before, after, words in _VERDICTS:
        yield f"{_id(before)} --> {_id(after)} : {words}"


def _id(standing: Standing) -> str:
    return standing.name.lower()


def changes(deltas: Sequence[Delta]) -> str:
    """Which changes a decision is about, in words."""
    return "anything" if len(deltas) == len(Delta) else ", ".join(deltas)
