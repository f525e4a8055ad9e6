"""A run in JSON and in Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from benchmarks.results import Bar, Measure, Row


@dataclass(frozen=True, slots=True)
class Report:
    """One run: the machine, how often each command ran, and the rows."""

    machine: Mapping[str, str]
    times: int
    quick: bool
    rows: Sequence[Row]

    @property
    def bars(self) -> list[Bar]:
        return [bar for row in self.rows for bar in row.bars]


def to_json(report: Report) -> str:
    """Everything that was measured."""
    rows = [
        {
            "name": row.name,
            "title": row.title,
            "commit": row.commit,
            "measures": [
                {**asdict(each), "runs": list(each.runs), "seconds": each.seconds}
                for each in row.measures
            ],
            "bars": [{**asdict(bar), "holds": bar.holds} for bar in row.bars],
        }
        for row in report.rows
    ]
    document = {
        "format_version": "1.0",
        "machine": dict(report.machine),
        "times": report.times,
        "quick": report.quick,
        "rows": rows,
    }
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def from_json(text: str) -> Report:
    """The inverse of :func:`to_json`."""
    document = json.loads(text)
    rows = [
        Row(
            row["name"],
            row["title"],
            tuple(
                Measure(
                    each["name"],
                    tuple(each["runs"]),
                    each["size"],
                    each["cpu"],
                    each["memory"],
                    each["counts"],
                )
                for each in row["measures"]
            ),
            tuple(
                Bar(bar["what"], bar["value"], bar["limit"], bar["unit"], bar["at_least"])
                for bar in row["bars"]
            ),
            row.get("commit", ""),
        )
        for row in document["rows"]
    ]
    return Report(document["machine"], document["times"], document["quick"], rows)


def again(last: Report, fresh: Report) -> Report:
    """``last`` with the rows of ``fresh`` in place of its own."""
    commit = fresh.machine["commit"]
    newer = {row.name: replace(row, commit=commit) for row in fresh.rows}
    return replace(last, rows=[newer.get(row.name, row) for row in last.rows])


def to_markdown(report: Report) -> str:
    """The run for people: the bars, how cost grows, then every measure."""
    parts = [
        "# Performance",
        _about(report),
        _bars(report),
        _growth(report.rows),
        *(_row(row) for row in report.rows),
        _machine(report.machine),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _about(report: Report) -> str:
    quick = " A quick run: the figures say little, the bars are for whole ones." * report.quick
    return (
        "Written by `make bench`. Each command is a process of the installed wheel and ran "
        f"{report.times} times, in turns with what it is compared with; seconds are medians of "
        "wall time. Ratios count: both sides saw the same machine at the same time."
        f"{quick}"
    )


def _bars(report: Report) -> str:
    rows = [
        (
            bar.what,
            f"{'>=' if bar.at_least else '<='} {_number(bar.limit)} {bar.unit}",
            f"{_number(bar.value)} {bar.unit}",
            "yes" if bar.holds else "**no**",
        )
        for bar in report.bars
    ]
    return "## Bars\n\n" + table(("measure", "bar", "measured", "holds"), rows) if rows else ""


def _growth(rows: Iterable[Row]) -> str:
    """What a template costs at each size, and the shape of the curve."""
    series: dict[str, dict[int, Measure]] = {}
    for row in rows:
        for each in row.measures:
            if each.size:
                series.setdefault(each.name, {}).setdefault(each.size, each)
    grown = {name: found for name, found in series.items() if len(found) > 1}
    if not grown:
        return ""
    sizes = sorted({size for found in grown.values() for size in found})
    lines = [
        (
            name,
            *(f"{found[size].seconds:.2f}" if size in found else "" for size in sizes),
            *_curve(list(found.values())),
        )
        for name, found in grown.items()
    ]
    head = ("seconds", *(f"{size:,}" for size in sizes), "µs for one more", "growth")
    note = (
        "`growth` is the factor of time for the last factor of size: below it, cost grows "
        "slower than the project. The two largest sizes say what one more template costs."
    )
    return f"## How cost grows\n\n{table(head, lines)}\n\n{note}"


def _curve(found: Sequence[Measure]) -> tuple[str, str]:
    last, before = found[-1], found[-2]
    one_more = (last.seconds - before.seconds) / (last.size - before.size) * 1e6
    growth = f"{last.seconds / before.seconds:.1f} for {last.size / before.size:.0f}"
    return f"{one_more:.0f}", growth


def _row(row: Row) -> str:
    names = sorted({name for each in row.measures for name in each.counts})
    lines = [
        (
            each.name,
            f"{each.size:,}" if each.size else "",
            f"{each.seconds:.3f}",
            f"{min(each.runs):.3f} - {max(each.runs):.3f}",
            f"{each.cpu:.2f}" if each.cpu else "",
            f"{each.memory:.0f}" if each.memory else "",
            *(_number(each.counts[name]) if name in each.counts else "" for name in names),
        )
        for each in row.measures
    ]
    head = ("command", "templates", "seconds", "range", "CPU s", "peak MiB", *names)
    later = f"Measured again at commit {row.commit}.\n\n" if row.commit else ""
    return f"## {row.title[0].upper()}{row.title[1:]}\n\n{later}{table(head, lines)}"


def _machine(machine: Mapping[str, str]) -> str:
    lines = "\n".join(f"- {name}: {value}" for name, value in machine.items())
    return f"## Machine and versions\n\n{lines}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; columns of numbers are on the right."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(head)
    right = [all(_numeric(cell) for cell in cells) for cells in columns]
    lines = [head, ["--:" if number else "---" for number in right], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _numeric(cell: str) -> bool:
    return not cell or cell[0].isdigit()


def _number(value: float) -> str:
    if value == int(value):
        return f"{value:,.0f}"
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"
