"""Statistics of applications as one page, with bars. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from smsops.delivery.objectives import Judged, Statistics
from smsops.delivery.statistics import Package, Window
from smsops.kinds.application import OF_PACKAGES
from smsops.render.objectives import WORDS, there, wanted
from smsops.render.page import page
from smsops.render.stats.words import (
    day,
    failures,
    figures,
    number,
    part,
    span,
    title,
    verdict,
)
from smsops.text.messages import T, Text

#: A bar is so many units wide, whatever the page.
WIDTH = 1000
#: The style class of an objective that is met, missed, or without data.
COLOURS: Mapping[bool | None, str] = {True: "green", False: "red", None: "grey"}
_SYMBOLS: Mapping[bool | None, str] = {True: "=", False: "!", None: "?"}


def html(found: Sequence[Statistics], window: Window) -> str:
    """The verdict, the counts of objectives, then each application with its bars."""
    judged = [one for each in found for one in each.objectives]
    missed = any(one.missed for one in judged)
    met = bool(judged) and all(one.met for one in judged)
    return page(
        "stats",
        where=span(window),
        heading=str(T("Delivery")),
        verdict=verdict(found),
        mood="bad" if missed else "good" if met else "",
        counts=[
            {"symbol": _SYMBOLS[met], "colour": COLOURS[met], "number": count, "word": WORDS[met]}
            for met in (False, True, None)
            if (count := sum(one.met is met for one in judged))
        ],
        applications=[_application(each) for each in found],
        words={
            "package": T("package"),
            "left": T("left"),
            "until": T("until"),
            "objective": T("objective"),
            "wanted": T("wanted"),
            "got": T("got"),
            "verdict": T("verdict"),
        },
        width=WIDTH,
    )


def _application(each: Statistics) -> dict[str, Any]:
    sums = each.sums
    return {
        "title": title(each),
        "about": T("id {id}", id=sums.sdk_app_id) if sums.name and sums.sdk_app_id else "",
        "figures": [(what, number(count), share) for what, count, share in figures(each)],
        "bars": [bar for bar in (_outcome(each), _failed(each)) if bar is not None],
        "packages": [_package(package) for package in each.packages],
        "objectives": [_objective(judged) for judged in each.objectives],
    }


def _outcome(each: Statistics) -> dict[str, Any] | None:
    """What became of the accepted messages."""
    reported = each.sums.reported
    rows = (
        (T("delivered"), reported.delivered, "green"),
        (T("failed"), reported.failures, "red"),
        (T("not reported"), reported.unreported, "grey"),
    )
    return _bar(T("of {count} accepted", count=number(reported.accepted)), rows)


#: Failures are few classes; from the fourth on they look alike, and their numbers tell them apart.
_SHADES = ("red", "yellow", "blue", "grey")


def _failed(each: Statistics) -> dict[str, Any] | None:
    """The failures by class."""
    found = failures(each)
    shades = [_SHADES[min(place, len(_SHADES) - 1)] for place in range(len(found))]
    rows = [(name, count, shade) for (name, count), shade in zip(found, shades, strict=True)]
    return _bar(T("of {count} failed", count=number(each.sums.reported.failures)), rows)


def _bar(title: Text, rows: Sequence[tuple[str | Text, int, str]]) -> dict[str, Any] | None:
    """A bar with a piece for each row that is not empty; none of nothing."""
    shown = [row for row in rows if row[1]]
    total = sum(count for _, count, _ in shown)
    if not total:
        return None
    legend = [
        {"word": word, "count": number(count), "share": part(count, total), "colour": colour}
        for word, count, colour in shown
    ]
    said = ", ".join(f"{item['word']} {item['count']}" for item in legend)
    return {
        "title": title,
        "label": f"{said} {title}",
        "pieces": list(_pieces([(count, colour) for _, count, colour in shown], total)),
        "legend": legend,
    }


def _pieces(rows: Sequence[tuple[int, str]], total: int) -> Iterator[dict[str, Any]]:
    """Where each piece of a bar begins and ends; a small one can be seen, too."""
    done, place = 0, 0
    for number_of, (count, colour) in enumerate(rows, start=1):
        done += count
        end = WIDTH if number_of == len(rows) else round(WIDTH * done / total)
        end = max(end, place + _THINNEST)
        end = min(end, WIDTH - _THINNEST * (len(rows) - number_of))
        yield {"x": place, "width": end - place, "colour": colour}
        place = end


_THINNEST = 6


def _package(package: Package) -> dict[str, Any]:
    width = max(_THINNEST, round(WIDTH * package.left / package.amount)) if package.left else 0
    left = T("{left} of {amount}", left=number(package.left), amount=number(package.amount))
    return {
        "id": package.id,
        "left": left,
        "until": day(package.expires_at),
        "label": left,
        "pieces": [{"x": 0, "width": width, "colour": "green"}] if width else [],
    }


def _objective(judged: Judged) -> dict[str, Any]:
    name, got = judged.objective.name, judged.got
    bar = None
    if name not in OF_PACKAGES and got is not None:
        bar = {
            "got": round(WIDTH * min(got, 1)),
            "want": round(WIDTH * judged.objective.min),
            "colour": COLOURS[judged.met],
        }
    return {
        "name": name.value,
        "wanted": wanted(judged),
        "got": there(judged),
        "verdict": WORDS[judged.met],
        "symbol": _SYMBOLS[judged.met],
        "colour": COLOURS[judged.met],
        "bar": bar,
    }
