"""Rows about smsops itself: starting, and what it costs without network and limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.projects import Shape, shape
from benchmarks.results import Bar, Measure, Row, measure, ratio
from benchmarks.timing import Command, Make, always, in_turns


def start(bench: Bench) -> Row:
    """How long a person waits for nothing."""
    quickstart = bench.source / "examples" / "quickstart"
    commands = {
        'python -c "pass"': bench.python("-c", "pass"),
        'python -c "import click"': bench.python("-c", "import click"),
        'python -c "import click, yaml"': bench.python("-c", "import click, yaml"),
        "smsops --version": bench.smsops(quickstart, "--version"),
        "smsops --help": bench.smsops(quickstart, "--help"),
        "smsops completion bash": bench.smsops(quickstart, "completion", "bash"),
        "smsops validate (quickstart)": bench.smsops(quickstart, "validate"),
    }
    samples = in_turns([always(command) for command in commands.values()], bench.times * 3)
    found = {name: measure(name, each) for name, each in zip(commands, samples, strict=True)}
    click, yaml = found['python -c "import click"'], found['python -c "import click, yaml"']
    bars = (
        ratio("smsops --version / import click", found["smsops --version"], click, 1.5),
        ratio(
            "smsops validate of the quickstart / import click, yaml",
            found["smsops validate (quickstart)"],
            yaml,
            3,
        ),
    )
    return Row("start", "Starting", tuple(found.values()), bars)


def validate(bench: Bench) -> Row:
    """Reading and checking manifests, against PyYAML's C loader on the same files."""
    found, yaml = _sized(
        bench, "smsops validate", lambda each: always(bench.smsops(bench.managed(each), "validate"))
    )
    bars = (
        ratio(f"validate {_largest(bench)} / yaml.load(CSafeLoader)", found[-1], yaml[-1], 2),
        *_growth(bench, "validate", found),
    )
    return Row("validate", "validate", (*yaml, *found), bars)


def plan(bench: Bench) -> Row:
    """A plan of an account that is as declared, and at the largest size one with changes."""
    options = ("plan", "--max-deletes", str(bench.sizes[-1]))
    (*found, busy), yaml = _sized(
        bench,
        "smsops plan",
        lambda each: always(bench.emulated(bench.managed(each), "plan")),
        always(bench.emulated(_changed(bench), *options)),
    )
    busy = replace(busy, name="smsops plan, 2 % changed, 1 % new, 1 % gone", size=bench.sizes[-1])
    bars = (
        ratio(f"plan {_largest(bench)} / yaml.load(CSafeLoader)", found[-1], yaml[-1], 3),
        Bar(f"plan {_largest(bench)}, peak memory", found[-1].memory, 200, "MiB"),
        *_growth(bench, "plan", found),
    )
    return Row("plan", "plan, emulator in process, limits off", (*yaml, *found, busy), bars)


def drift(bench: Bench) -> Row:
    """A drift report of an account that is as recorded."""
    found, yaml = _sized(
        bench, "smsops drift", lambda each: always(bench.emulated(bench.managed(each), "drift"))
    )
    return Row("drift", "drift, emulator in process, limits off", (*yaml, *found))


def apply(bench: Bench) -> Row:
    """What an apply costs beyond waiting for its turn: recording what exists, and creating.

    The state is saved as a whole, so creating grows faster than the project. Ten thousand are left
    out: at two a second they take 83 minutes anyway.
    """

    def adopting(each: Shape) -> Make:
        kept = bench.copy(bench.managed(each), f"adopt-{len(each.templates)}")

        def one(_: int) -> Command:
            (kept / ".smsops" / "emulator-state.json").unlink(missing_ok=True)
            return bench.emulated(kept, "apply", "--auto-approve")

        return one

    def creating(each: Shape) -> Make:
        def one(number: int) -> Command:
            root = bench.project(f"create-{len(each.templates)}-{number}", each)
            return bench.emulated(root, "apply", "--auto-approve", memory=True)

        return one

    found, yaml = _sized(bench, "smsops apply (adopts)", adopting)
    sizes = bench.sizes[:-1]
    samples = in_turns([creating(shape(size)) for size in sizes], bench.times)
    created = [
        measure("smsops apply (creates)", got, size=size)
        for size, got in zip(sizes, samples, strict=True)
    ]
    return Row("apply", "apply, emulator in process, limits off", (*yaml, *found, *created))


def export(bench: Bench) -> Row:
    """Writing manifests for an account that nobody manages."""

    def make(each: Shape) -> Make:
        count = len(each.templates)
        root = bench.project(f"export-{count}", Shape((), each.signs[:1]))
        bench.seed(root, each.seeds())
        return lambda number: bench.emulated(root, "export", str(root / f"exported-{number}"))

    found, yaml = _sized(bench, "smsops export", make)
    return Row("export", "export, emulator in process, limits off", (*yaml, *found))


def _sized(
    bench: Bench, name: str, make: Callable[[Shape], Make], *more: Make
) -> tuple[list[Measure], list[Measure]]:
    """A command at every size, and ``more`` of them, in turns with PyYAML on the same manifests."""
    shapes = [shape(size) for size in bench.sizes]
    makes = [make(each) for each in shapes]
    yamls = [always(bench.yaml(bench.managed(each))) for each in shapes]
    samples = in_turns([*makes, *more, *yamls], bench.times)
    sizes = (*bench.sizes, *(0 for _ in more))
    ours, theirs = samples[: len(sizes)], samples[len(sizes) :]
    return (
        [measure(name, got, size=size) for size, got in zip(sizes, ours, strict=True)],
        [
            measure("yaml.load(CSafeLoader)", got, size=size)
            for size, got in zip(bench.sizes, theirs, strict=True)
        ],
    )


def _growth(bench: Bench, name: str, found: list[Measure]) -> tuple[Bar, ...]:
    """How much longer ten times as many templates take."""
    if len(found) < 2:
        return ()
    larger, smaller = bench.sizes[-1], bench.sizes[-2]
    return (
        ratio(f"{name} {larger:,} / {smaller:,}", found[-1], found[-2], 1.1 * larger / smaller),
    )


def _largest(bench: Bench) -> str:
    return f"{bench.sizes[-1]:,}"


def _changed(bench: Bench) -> Path:
    """The largest project after a busy week: edits, additions and removals."""
    before = shape(bench.sizes[-1])
    root = bench.copy(bench.managed(before), "changed")
    count = len(before.templates)
    kept = [item for number, item in enumerate(before.templates) if number % 100]
    edited = [item.edited() if number % 50 == 1 else item for number, item in enumerate(kept)]
    added = shape(count + count // 100).templates[count:]
    Shape((*edited, *added), before.signs).write(root)
    return root
