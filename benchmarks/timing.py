"""Processes, timed: wall, CPU and peak memory of a command, in turns with another one."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from resource import RUSAGE_SELF, getrusage


class Failed(Exception):
    """A measured command did not end as it should."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command line, where and with what it runs, and the exit codes that are fine."""

    arguments: Sequence[str]
    directory: Path = Path()
    environment: Mapping[str, str] = field(default_factory=dict)
    expected: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class Sample:
    """One run. Seconds, and MiB of resident memory at its peak: at least :func:`own_peak`."""

    wall: float
    cpu: float
    memory: float
    out: str


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """What a measured process sees: nothing of ours that changes how Python or smsops start."""
    kept = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ
    }
    return {**kept, "PYTHONUTF8": "1", **more}


def run(command: Command) -> Sample:
    """Run a command once. Raises :class:`Failed` with the end of its output."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        process = subprocess.Popen(
            command.arguments,
            cwd=command.directory,
            env=environment(command.environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        # Waited for already; without this Popen would wait for somebody else's process.
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode("utf-8", "replace")
        if process.returncode not in command.expected:
            err.seek(0)
            said = (text + err.read().decode("utf-8", "replace"))[-2000:]
            raise Failed(f"{command.arguments} exited {process.returncode}:\n{said}")
    return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text)


def own_peak() -> float:
    """MiB of this process at its peak. Linux counts them into the peak of every child."""
    return getrusage(RUSAGE_SELF).ru_maxrss / 1024


#: Makes the command of one run, from the number of the run; -1 is the warm-up.
Make = Callable[[int], Command]


def always(command: Command) -> Make:
    """The same command in every run."""
    return lambda _: command


def in_turns(makes: Sequence[Make], times: int, *, warm: bool = True) -> list[list[Sample]]:
    """Every command ``times`` times, round after round; one list of samples a command."""
    if warm:
        for make in makes:
            run(make(-1))
    samples: list[list[Sample]] = [[] for _ in makes]
    for number in range(times):
        for index, make in enumerate(makes):
            samples[index].append(run(make(number)))
    return samples


def median(values: Sequence[float]) -> float:
    """The middle value; of an even number the mean of the middle two."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2
