"""Rows about receiving: `smsops receive` against what its parts cost alone, and a large ledger."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.request import urlopen

from benchmarks.bench import Bench
from benchmarks.results import Bar, Measure, Row, measure
from benchmarks.timing import Command, Sample, median, run

if TYPE_CHECKING:
    from tests.support.postgres import PostgresServer

_PATH = "/tencent/1400006666"
#: Reports of one body, bodies, and connections, of many reports at once and of one at a time.
_BATCHES, _SINGLE = (100, 1_000, 8), (1, 8_000, 32)


@dataclass(frozen=True, slots=True)
class _Run:
    """Some bodies pushed: the sample, and what else became known."""

    sample: Sample
    p50: float
    p99: float
    group: float = 0.0


class _Place(Protocol):
    """Where ledgers are made."""

    #: The bare library that is compared.
    bare: str

    def fresh(self, work: Path) -> str:
        """The address of a new one, with files, if any, in ``work``."""


class _Sqlite:
    bare = "sqlite3"

    def __init__(self) -> None:
        self._number = 0

    def fresh(self, work: Path) -> str:
        self._number += 1
        return f"sqlite:{work / str(self._number)}.db"


class _Postgres:
    bare = "psycopg"

    def __init__(self, server: PostgresServer) -> None:
        self._server = server

    def fresh(self, work: Path) -> str:
        return self._server.fresh()


def receive(bench: Bench) -> Row:
    """Acknowledged reports on SQLite."""
    return _received(bench, "receive", "Receiving into SQLite", _Sqlite())


def receive_postgres(bench: Bench) -> Row:
    """Acknowledged reports on a PostgreSQL server that is started for it."""
    from tests.support.postgres import binaries, postgres_server

    if binaries() is None:
        return Row("receive-postgres", "Receiving into PostgreSQL: there is no server here", ())
    with postgres_server() as server:
        place = _Postgres(server)
        return _received(bench, "receive-postgres", "Receiving into PostgreSQL", place)


def _received(bench: Bench, name: str, title: str, where: _Place) -> Row:
    """Acknowledged reports against the bare library, and against the app without a ledger."""
    batches, single = (_fewer(bench, each) for each in (_BATCHES, _SINGLE))
    ours: list[_Run] = []
    bare: list[Sample] = []
    one: list[_Run] = []
    nothing: list[_Run] = []
    syncs: list[float] = []
    for number in range(-1, bench.times):
        place = bench.directory("receiving")
        place.mkdir()
        with _receiver(bench, where.fresh(place), place) as url:
            found = _pushed(bench, url, *batches)
        plain = _bare(bench, where.fresh(place), batches[0] * batches[1], round(found.group))
        with _receiver(bench, where.fresh(place), place) as url:
            alone = _pushed(bench, url, *single)
        with bench.listening(bench.installed.script("bare_receive.py")) as url:
            without = _pushed(bench, url, *single)
        if number >= 0:
            ours.append(found)
            bare.append(plain)
            one.append(alone)
            nothing.append(without)
            syncs.append(_sync(bench, place))
    reports, calls, connections = batches
    many = _measure(f"receive, batches of {reports}, {connections} connections", ours, batches)
    least = measure(
        f"bare {where.bare}, the same table and groups", bare, counts=_rate(bare, reports * calls)
    )
    few = _measure(f"receive, batches of 1, {single[2]} connections", one, single)
    none = _measure("the same without a ledger", nothing, single)
    bars = (
        _share(f"reports acknowledged, batches of 100 / bare {where.bare}", many, least, 0.4),
        _share("the same, batches of 1 / without a ledger", few, none, 0.7),
    )
    title = f"{title}; fdatasync {median(syncs) * 1000:.2f} ms"
    return Row(name, title, (many, least, few, none), bars)


def ledger(bench: Bench) -> Row:
    """Listing and counting a day of a ledger of a million reports."""
    count = 10_000 if bench.quick else 1_000_000
    place = bench.directory("ledger")
    place.mkdir()
    path = place / "ledger.db"
    fill = (*bench.installed.script("ledger_fill.py"), f"sqlite:{path}", str(count))
    run(Command(fill, bench.work))
    size = path.stat().st_size / count
    since = ("receipts", "--ledger", f"sqlite:{path}", "--since", "24h")
    kinds = {
        "receipts --since 24h": since,
        "receipts --since 24h --verdict failed": (*since, "--verdict", "failed"),
        "receipts --since 24h --format json": (*since, "--format", "json"),
        "stats --ledger": ("stats", "--ledger", f"sqlite:{path}"),
    }
    measures = []
    for name, arguments in kinds.items():
        command = bench.smsops(place, *arguments)
        run(command)
        measures.append(measure(name, [run(command) for _ in range(bench.times)]))
    bars = [Bar(f"{each.name}, 1 million reports", each.seconds, 1, "s") for each in measures]
    title = f"A ledger of {count:,} reports over 90 days, {size:.0f} bytes a report"
    return Row("ledger", title, tuple(measures), tuple(bars))


def _fewer(bench: Bench, shape: tuple[int, int, int]) -> tuple[int, int, int]:
    reports, calls, connections = shape
    return reports, calls // 10 if bench.quick else calls, connections


def _measure(name: str, runs: Sequence[_Run], shape: tuple[int, int, int]) -> Measure:
    samples = [each.sample for each in runs]
    counts = {
        **_rate(samples, shape[0] * shape[1]),
        "p50 ms": round(median([each.p50 for each in runs]) * 1000, 1),
        "p99 ms": round(median([each.p99 for each in runs]) * 1000, 1),
        "rows a commit": round(median([each.group for each in runs])),
    }
    return measure(name, samples, counts=counts)


def _rate(samples: Sequence[Sample], reports: int) -> dict[str, float]:
    return {"reports a second": round(reports / median([each.wall for each in samples]))}


def _share(what: str, subject: Measure, reference: Measure, limit: float) -> Bar:
    """The rate of ``subject`` in that of ``reference``; both had as much to do."""
    return Bar(what, reference.seconds / subject.seconds, limit, at_least=True)


def _pushed(bench: Bench, url: str, reports: int, calls: int, connections: int) -> _Run:
    script = bench.installed.script("receive_load.py")
    asked = (f"{url}{_PATH}", str(calls), str(reports), str(connections))
    sample = run(Command((*script, *asked), bench.work))
    found = json.loads(sample.out)
    groups = _groups(url)
    group = reports * calls / groups if groups else 0.0
    return _Run(replace(sample, wall=found["seconds"]), found["p50"], found["p99"], group)


def _groups(url: str) -> int:
    """Transactions so far, of a receiver that tells."""
    try:
        with urlopen(f"{url}/metrics") as reply:
            text = reply.read().decode()
    except OSError:
        return 0
    found = re.search(r"^smsops_receive_groups_total ([0-9]+)", text, re.MULTILINE)
    return int(found[1]) if found else 0


def _bare(bench: Bench, ledger: str, rows: int, group: int) -> Sample:
    run(Command((*bench.installed.script("ledger_fill.py"), ledger, "1"), bench.work))
    script = bench.installed.script("bare_ledger.py")
    sample = run(Command((*script, ledger, str(rows), str(group)), bench.work))
    return replace(sample, wall=float(sample.out))


def _sync(bench: Bench, place: Path) -> float:
    script = bench.installed.script("bare_ledger.py")
    return float(run(Command((*script, "--sync", str(place)), bench.work)).out)


@contextmanager
def _receiver(bench: Bench, ledger: str, place: Path) -> Iterator[str]:
    """A receiver without tokens; its URL."""
    command = (str(bench.installed.smsops), "receive", "--port", "0", "--no-token", "--metrics")
    given = (*command, "--ledger", ledger, "--spool", str(place))
    with bench.listening(given, SMSOPS_LEDGER_KEY="k" * 32) as url:
        yield url
