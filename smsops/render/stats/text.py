"""Statistics of applications for a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from smsops.delivery.objectives import Judged, Statistics
from smsops.render.objectives import WORDS, there, wanted
from smsops.render.stats.words import (
    day,
    failures,
    figures,
    number,
    span,
    title,
    verdict,
)
from smsops.render.style import paint
from smsops.text.messages import T
from smsops.text.sanitise import terminal
from smsops.text.width import padded, width

#: Sign and SGR colour of an objective that is met, missed, or without data.
SIGNS: Mapping[bool | None, tuple[str, str]] = {
    True: ("=", "32"),
    False: ("!", "1;31"),
    None: ("?", "36"),
}


def text(found: Sequence[Statistics], *, colour: bool = False, ci: bool = False) -> str:
    """A block for each application, then how the objectives stand."""
    blocks = ["\n".join(_block(each, colour=colour, ci=ci)) for each in found]
    return "\n\n".join([*blocks, verdict(found)]) + "\n"


def _block(each: Statistics, *, colour: bool, ci: bool) -> Iterator[str]:
    id = each.sums.sdk_app_id
    named = each.sums.name is not None and id is not None
    about = f"  {T('(id {id})', id=id)}" if named else ""
    yield terminal(f"{title(each)}{about}  {span(each.window)}", ci=ci)
    rows = [(str(what), number(count), share) for what, count, share in figures(each)]
    names = max(width(name) for name, *_ in rows)
    digits = max(len(count) for _, count, _ in rows)
    for name, count, share in rows:
        yield f"    {padded(name, names)}  {count:>{digits}}  {share}".rstrip()
    for what, failed in failures(each):
        yield f"      {T('{what}: {count}', what=terminal(what, ci=ci), count=number(failed))}"
    for package in each.packages:
        yield "    " + str(
            T(
                "package {id}: {left} of {amount} left, until {day}",
                id=package.id,
                left=number(package.left),
                amount=number(package.amount),
                day=day(package.expires_at),
            )
        )
    yield from (_objective(judged, colour=colour) for judged in each.objectives)


def _objective(judged: Judged, *, colour: bool) -> str:
    sign, code = SIGNS[judged.met]
    head = paint(f"{sign} {judged.objective.name}", code, colour=colour)
    said = T(
        "{met}: {there}, wanted {wanted}",
        met=WORDS[judged.met],
        there=there(judged),
        wanted=wanted(judged),
    )
    return f"    {head}  {said}"
