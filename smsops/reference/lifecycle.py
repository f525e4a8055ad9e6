"""Text of ``docs/lifecycle.md``, generated from the decision tables. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from smsops.kinds import RESOURCES
from smsops.model import Effect
from smsops.planning import decisions
from smsops.planning.decisions import (
    Decision,
    Delta,
    Guard,
    Hold,
    Link,
    Need,
    Presence,
    Question,
    Standing,
)
from smsops.reference import diagrams
from smsops.render.symbols import SYMBOLS
from smsops.text.capitals import in_capitals

_INTRO = """\
# The life of a sign or template

`make docs` writes this page from the tables in `smsops/planning/decisions.py`. They are the tables
that `plan` asks, so what stands here is what happens.

Every sign and every template goes through human review at Tencent Cloud, usually about two hours
in working time. The API refuses to modify an object once it is approved. That gives each object a
life of its own, and smsops a rule for every moment of it.

A field of a manifest belongs to one of three groups, and the weightiest one that changed decides:

{fields}

## One object and its reviewer

"""
_AFTER_REVIEW = """
Nothing is resubmitted just because it was rejected: edit the manifest, and the edit resubmits it.
A note on an approved object is *held*: it is not a difference, costs no review, and goes along
with the next replacement.

{review}

## Replacing an approved object

Review takes hours, so a replacement is a saga over several runs of `smsops apply`. Each run does
only what is due, and the current object keeps working all along:

1. **submit**: a successor is added next to the current object and goes to review (`± replace`).
2. **wait**: `smsops plan` says so and `smsops wait` polls; with `--timeout 0s` it is a deploy gate.
3. **promote**: the successor is active, so `smsops output` switches to its id (`↑ promote`).
4. **retire**: once `lifecycle.retireAfter` (24 hours) has passed, and only while the new object is
   active in that very run, the superseded one is deleted (`- retire`).

"""
_AFTER_SAGA = """
A promotion that would break callers, or that is meant to be done by hand, is *held* (`=`) until
`smsops apply --promote ADDR`. The same goes for a rollback, and for a rename that would give a
declared address an id with another number of parameters:

{holds}

While the current object is not active (rejected, or its carrier filing is incomplete), an active
successor is all that works, so it takes over first, whatever the manifest says by then:

{only_active}

`smsops apply --replace ADDR` asks for a successor although nothing differs, or only a note does.

Changed your mind? The manifest is the switch: with the old text again *before* the promotion the
successor is deleted (abandon), *after* it the superseded object comes straight back, without a new
review, as long as it has not been retired (rollback).

{successor}

While a successor cannot be seen, it is neither there nor gone:

{unseen}

Before a successor is added, smsops looks for an unrecorded object that is exactly that, so a lost
answer or a lost state never makes a second one:

{found}

A sign's name cannot be submitted twice while one is approved or in review. A new `signName` is
therefore a replacement like any other; a change of notes only is held.

## Which question comes first

1. Does the record belong to another address by now? See *Renames*.
2. The manifest is gone: see *Declared, recorded, seen*.
{questions}

## Declared, recorded, seen

*Declared*: a manifest exists. *Recorded*: the state knows an id. *Seen*: what the account shows.
Objects that are neither declared nor recorded are unmanaged: reported, never touched.

{presence}

What import, adopt, `state resolve` or `state mv` bound and no manifest ever declared is *bound, not
declared*. Only what was declared once is ever deleted because it is declared no longer:

{bound}

## Renames

A manifest that gets another name still describes the same object. Over all addresses, records and
manifests are matched before anything else is asked:

1. A record whose own manifest describes it stays.
2. A record and a manifest with the same texts (a sign: the same name), one to one, belong together:
   renames, chains of them, and two manifests that change places.
3. A record without a manifest and a manifest without a record that are alike, one to one (the same
   templateName or the same content, the same international, as many parameters), are a rename
   together with an edit.
4. Everything else stays.

{moves}

The new address then does what is due, with the record in place: `« adopt` when nothing else is, or
the first step of a replacement. `smsops apply --not-renamed ADDR` says that the removed ADDR is
meant to go, whatever is alike. A manifest that describes just the object which another declared
address still uses waits; once that object is superseded there, it is adopted instead of deleted:

{elsewhere}

## Deletions that wait

An active object is never deleted while somebody still needs it:

{kept}

## Superseded objects

{retiring}

## What holds a step back

A step that the tables ask for is shown as blocked (`!`) instead when one of these applies. Its
reason then says how to go on:

{guards}
"""


def text() -> str:
    """The page."""
    intro = _INTRO.format(fields=_table(("group", "seen by", *_labels()), _fields()))
    after_review = _AFTER_REVIEW.format(review=_decisions("the object is", decisions.REVIEW))
    after_saga = _AFTER_SAGA.format(
        successor=_decisions("the successor is", decisions.SUCCESSOR),
        holds=_table(("when", "the row says"), _holds()),
        only_active=_table(("it differs from the manifest in", "action"), _only_active()),
        bound=_table(("seen", "action"), _bound()),
        moves=_table(("a record and a manifest of two addresses", "what happens"), _moves()),
        elsewhere=_table(("such an object", "action"), _elsewhere()),
        kept=_table(("while", "action"), _kept()),
        unseen=_table(("the successor is", "action"), _unseen()),
        found=_table(("such an object", "action"), _found()),
        questions="\n".join(_questions()),
        presence=_table(("declared", "recorded", "seen", "action"), _presence()),
        retiring=_table(
            ("the superseded object", "the current one is active", "`retireAfter` over", "action"),
            _retiring(),
        ),
        guards=_table(("when", "the reason says"), _guards()),
    )
    reviews, saga = diagrams.of_object(), diagrams.of_saga()
    return intro + diagrams.diagram(reviews) + after_review + diagrams.diagram(saga) + after_saga


#: What each question is, and where its answer stands.
_QUESTIONS: Mapping[Question, Decision | str] = {
    Question.ROLLBACK: decisions.ROLLBACK,
    Question.SUCCESSOR_UNCERTAIN: "Unseen successor: see *Replacing an approved object*",
    Question.ONLY_ACTIVE: "The successor is active and the current object is not: promote it",
    Question.ABANDON: decisions.ABANDON,
    Question.CURRENT_GONE: decisions.CURRENT_GONE,
    Question.SUCCESSOR: "There is a successor: see *Replacing an approved object*",
    Question.REVIEW: "The object is there: see *One object and its reviewer*",
    Question.PRESENCE: "Otherwise: see *Declared, recorded, seen*",
}
#: When each guard, hold, need and link applies, in words.
_GUARDS: Mapping[Guard, str] = {
    Guard.PROTECTED: "protected",
    Guard.TOO_MANY_DELETES: "more deletes than allowed",
    Guard.ALL_GONE: "everything recorded is gone",
    Guard.UNLISTED: "cannot be listed",
    Guard.UNSTABLE: "the listing was never stable",
    Guard.SERVED: "one object serves both partitions",
    Guard.NAME_HELD: "another address holds the name",
    Guard.NO_PREREQUISITE: "nothing exists of a kind that has to be there first",
    Guard.RENAME_SPLIT: "only half of a rename is targeted",
    Guard.RENAME_UNCLEAR: "several may be renamed",
    Guard.RENAME_OTHER_TYPE: "renamed, with another type",
    Guard.KIND_EMPTY: "no manifest of the kind is left",
    Guard.DIRECTORY_EMPTY: "no manifest of the directory is left",
    Guard.NOT_READ: "the file that declared it is there, and is not read",
    Guard.OLDER_COMMIT: "a newer commit was applied",
    Guard.COMMIT_UNKNOWN: "git cannot tell which commit this is",
    Guard.LAST_PREREQUISITE: "the last active one of a kind that another needs",
    Guard.SAME_NAME: "a replacement would need the same name",
    Guard.INCOMPLETE: "the manifest omits fields that a submission needs",
}
_HOLDS: Mapping[Hold, str] = {
    Hold.PARAMETERS: "the number of parameters changes",
    Hold.MANUAL: "lifecycle.promote is manual",
}
_NEEDS: Mapping[Need, str] = {
    Need.REPLACEMENT: "a manifest that is alike has no active object",
    Need.STAND_IN: "a declared object that may stand in is not active yet",
}
_LINKS: Mapping[Link, str] = {
    Link.EXACT: "equal, one to one",
    Link.NEAR: "alike, one to one",
    Link.OTHER_TYPE: "alike, one to one, of another type",
    Link.UNCLEAR: "alike, not one to one",
}


# -- tables --------------------------------------------------------------------------------------


def _labels() -> tuple[str, ...]:
    return tuple(kind.manifest for kind in RESOURCES.values())


def _fields() -> Iterator[tuple[str, ...]]:
    seen_by = {
        Effect.NOTE: "the reviewer only",
        Effect.CONTENT: "your customers",
        Effect.IDENTITY: "everybody; it can never change",
    }
    for effect, words in seen_by.items():
        fields = (
            " ".join(f"`{item.name}`" for item in kind.fields if item.effect is effect)
            for kind in RESOURCES.values()
        )
        yield effect, words, *fields


def _decisions(corner: str, table: Mapping[tuple[Standing, Delta], Decision]) -> str:
    """The table at a glance, then each of its rules once with why, and what follows from it."""
    standings = dict.fromkeys(standing for standing, _ in table)
    glance = _table(
        (corner, *(f"{delta} changed" for delta in Delta)),
        [
            (f"**{standing}**", *(_action(table[standing, delta]) for delta in Delta))
            for standing in standings
        ],
    )
    where: dict[Decision, dict[Standing, list[Delta]]] = {}
    for (standing, delta), decision in table.items():
        where.setdefault(decision, {}).setdefault(standing, []).append(delta)
    reasons = [
        (
            _action(decision),
            in_capitals(decision.reason),
            in_capitals(decision.consequence),
            "; ".join(
                f"{standing}: {diagrams.changes(deltas)}" for standing, deltas in cells.items()
            ),
        )
        for decision, cells in where.items()
    ]
    return f"{glance}\n\n{_table(('action', 'why', 'then', 'where'), reasons)}"


def _action(decision: Decision) -> str:
    """An action with its symbol in a plan."""
    symbol = SYMBOLS[decision.action].strip()
    return f"`{symbol} {decision.action}`" if symbol else f"`{decision.action}`"


def _answer(decision: Decision) -> str:
    return f"{_action(decision)} {in_capitals(decision.reason)}" + (
        f". Then: {in_capitals(decision.consequence)}" if decision.consequence else ""
    )


def _presence() -> Iterator[tuple[str, ...]]:
    for (declared, recorded, presence), decision in decisions.PRESENCE.items():
        answer = _answer(decision) if decision is not None else "its review decides, see above"
        yield _yes(declared), _yes(recorded), presence, answer


def _unseen() -> Iterator[tuple[str, ...]]:
    for presence, decision in decisions.SUCCESSOR_UNCERTAIN.items():
        yield presence, _answer(decision)


def _found() -> Iterator[tuple[str, ...]]:
    words = {Presence.ABSENT: "none", Presence.EXACT: "one", Presence.AMBIGUOUS: "several"}
    for presence, decision in decisions.SUCCESSOR_FOUND.items():
        yield (
            words[presence],
            _answer(decision) if decision is not None else "the successor is added",
        )
    yield "one, and another successor is recorded", _answer(decisions.SUCCESSOR_IN_THE_WAY)


def _questions() -> Iterator[str]:
    for number, question in enumerate(Question, 3):
        answer = _QUESTIONS[question]
        yield f"{number}. {_answer(answer) if isinstance(answer, Decision) else answer}."


def _holds() -> Iterator[tuple[str, ...]]:
    for hold, words in decisions.HOLDS.items():
        yield _HOLDS[hold], in_capitals(words)


def _only_active() -> Iterator[tuple[str, ...]]:
    for delta, decision in decisions.ONLY_ACTIVE.items():
        yield delta, _answer(decision)


def _bound() -> Iterator[tuple[str, ...]]:
    for presence, decision in decisions.BOUND.items():
        yield presence, _answer(decision)


def _moves() -> Iterator[tuple[str, ...]]:
    for link, guard in decisions.MOVES.items():
        yield (
            _LINKS[link],
            "the record moves" if guard is None else f"both are blocked: {_GUARDS[guard]}",
        )


def _elsewhere() -> Iterator[tuple[str, ...]]:
    yield "is in use there", _answer(decisions.USED_ELSEWHERE)
    yield "is superseded there", _answer(decisions.TAKEN_NEW)


def _kept() -> Iterator[tuple[str, ...]]:
    for need, decision in decisions.KEPT.items():
        yield _NEEDS[need], _answer(decision)


def _retiring() -> Iterator[tuple[str, ...]]:
    words = {Presence.THERE: "is there", Presence.ABSENT: "is gone"}
    for presence in dict.fromkeys(presence for presence, _, _ in decisions.RETIRING):
        rows = {
            key[1:]: decision for key, decision in decisions.RETIRING.items() if key[0] is presence
        }
        seen = words.get(presence, presence)
        if len(set(rows.values())) == 1:
            yield seen, "either", "either", _answer(next(iter(rows.values())))
            continue
        for (active, over), decision in rows.items():
            yield seen, _yes(active), _yes(over), _answer(decision)


def _guards() -> Iterator[tuple[str, ...]]:
    for guard, words in decisions.GUARDS.items():
        yield _GUARDS[guard], in_capitals(words)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _table(head: Sequence[str], rows: Iterator[tuple[str, ...]] | Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
