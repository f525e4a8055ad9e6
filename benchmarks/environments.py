"""The row about environments: four accounts read at the same time."""

from __future__ import annotations

import json
import shutil
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.limited import LATENCY
from benchmarks.projects import shape
from benchmarks.results import Row, measure, ratio
from benchmarks.timing import Command, always, in_turns, run

NAMES = ("east", "west", "north", "south")


def plan_all(bench: Bench) -> Row:
    """A plan of four environments that share their manifests, against that of the slowest alone."""
    count = 100 if bench.quick else 1_000
    whole = shape(count, paced=True)
    root = bench.project("environments", whole)
    _declare(root)
    for name in NAMES:
        _adopt(bench, root, name, [*whole.seeds()])
    with ExitStack() as stack:
        urls = {
            name: stack.enter_context(
                bench.served(
                    None,
                    *("--data", str(root / ".smsops" / name / "emulator.json")),
                    *("--account", _account(name), "--latency", LATENCY),
                )
            ).url
            for name in NAMES
        }
        variables = {f"{name.upper()}__SMSOPS_ENDPOINT": url for name, url in urls.items()}

        def plan(*arguments: str) -> Command:
            made = bench.smsops(root, "plan", *arguments, endpoint="http://127.0.0.1:9")
            return replace(made, environment={**made.environment, **variables})

        commands = [plan("--all"), *(plan("-e", name) for name in NAMES)]
        # Four at once feel whatever else the machine does, so they run more often.
        both, *each = in_turns([always(command) for command in commands], 3 * bench.times)
    alone = [
        measure(f"smsops plan -e {name}", samples, size=count)
        for name, samples in zip(NAMES, each, strict=True)
    ]
    together = measure("smsops plan --all", both, size=count)
    slowest = max(alone, key=lambda found: found.seconds)
    bars = (ratio("plan --all of four environments / the slowest alone", together, slowest, 1.2),)
    title = f"plan of four environments over sockets, replies after {LATENCY}, three times the runs"
    return Row("environments", title, (together, *alone), bars)


def _account(name: str) -> str:
    return f"10000000000{NAMES.index(name) + 1}"


def _declare(root: Path) -> None:
    rows = "".join(f'    {name}: {{account: "{_account(name)}"}}\n' for name in NAMES)
    with (root / "smsops.yaml").open("a", encoding="utf-8") as file:
        file.write(f"  environments:\n{rows}")


def _adopt(bench: Bench, root: Path, name: str, objects: list[object]) -> None:
    """An account that is just as declared, and a state that records it."""
    file = root / "seeds.json"
    file.write_text(json.dumps(objects, ensure_ascii=False), "utf-8")
    run(bench.smsops(root, "-e", name, "emulator", "seed", str(file)))
    run(bench.emulated(root, "-e", name, "apply", "--auto-approve"))
    kept = root / ".smsops" / name
    shutil.copyfile(kept / "emulator-state.json", kept / "state.json")
