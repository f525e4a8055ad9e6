"""``python -m benchmarks [--rows NAME,...] [--again] [--quick] [--out DIR]``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks import environments, limited, local, machine, receiving, sending
from benchmarks.bench import Bench
from benchmarks.installed import install
from benchmarks.report import Report, again, from_json, to_json, to_markdown
from benchmarks.results import Row
from benchmarks.timing import own_peak

SOURCE = Path(__file__).resolve().parents[1]
ROWS: Mapping[str, Callable[[Bench], Row]] = {
    "start": local.start,
    "validate": local.validate,
    "plan": local.plan,
    "drift": local.drift,
    "export": local.export,
    "apply": local.apply,
    "environments": environments.plan_all,
    "paced-plan": limited.paced_plan,
    "refresh": limited.refresh,
    "paced-apply": limited.paced_apply,
    "jittery-apply": limited.jittery_apply,
    "send": sending.send,
    "receive": receiving.receive,
    "receive-postgres": receiving.receive_postgres,
    "ledger": receiving.ledger,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the rows and write what they found; 1 when a bar of a whole run does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", metavar="NAME,...", help=f"some of: {', '.join(ROWS)}")
    parser.add_argument(
        "--again", action="store_true", help="put the rows into the last whole run, in place"
    )
    parser.add_argument("--quick", action="store_true", help="one run each, small: does it work?")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="for results.json and results.md (build/benchmarks)"
    )
    given = parser.parse_args(arguments)
    names = given.rows.split(",") if given.rows else list(ROWS)
    for name in names:
        if name not in ROWS:
            parser.error(f"no row {name!r}: {', '.join(ROWS)}")
    out = given.out or SOURCE / "build" / "benchmarks"
    out.mkdir(parents=True, exist_ok=True)
    last = out / "results.json"
    before = from_json(last.read_text("utf-8")) if given.again else None
    report = measure(names, SOURCE / "build" / "benchmarks", quick=given.quick)
    if before is not None:
        report = again(before, report)
    last.write_text(to_json(report), "utf-8")
    text = to_markdown(report)
    (out / "results.md").write_text(text, "utf-8")
    if [row.name for row in report.rows] == list(ROWS) and not report.quick:
        (SOURCE / "docs" / "performance.md").write_text(text, "utf-8")
    print(text)
    return 0 if given.quick or all(bar.holds for bar in report.bars) else 1


def measure(names: Sequence[str], place: Path, *, quick: bool) -> Report:
    """Run rows by name on the wheel of this checkout, which is installed below ``place``."""
    print("building and installing the wheel", file=sys.stderr)
    installed = install(SOURCE, place)
    about = machine.describe(installed, SOURCE)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="smsops-benchmarks-") as work:
        bench = Bench(
            installed,
            SOURCE,
            Path(work),
            times=1 if quick else 5,
            sizes=(10, 100) if quick else (100, 1_000, 10_000),
            quick=quick,
        )
        for name in names:
            print(f"measuring {name}", file=sys.stderr)
            rows.append(ROWS[name](bench))
    about["least peak"] = f"{own_peak():.0f} MiB, the benchmark's own: Linux counts it in"
    return Report(about, bench.times, quick, rows)


if __name__ == "__main__":
    raise SystemExit(main())
