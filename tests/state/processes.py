"""Real processes around the local state, and the faults that hit them."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
#: What a save does to the disk: the function of ``os``, and the system calls behind it.
CALLS = {
    "write": "write",
    "fsync": "fsync",
    "link": "link,linkat",
    "rename": "rename,renameat,renameat2",
    "unlink": "unlink,unlinkat",
}
PYTHON = (sys.executable, "-B", "-m", "tests.state.writer")


@functools.cache
def strace() -> str | None:
    """strace, if it may inject faults here (some containers forbid it)."""
    found = shutil.which("strace")
    if found is None:
        return None
    probe = [found, "-e", "trace=fsync", "-e", "inject=fsync:signal=KILL:when=1", "true"]
    return found if subprocess.run(probe, capture_output=True).returncode == 0 else None


class Place(NamedTuple):
    """One moment of a save: the ``when``-th ``syscall`` of the function ``call``."""

    call: str
    syscall: str
    when: int


def write(path: Path, place: Place | None = None, action: str = "") -> tuple[int, str]:
    """Save once in a process of its own that meets ``action`` (KILL or an errno) at ``place``.

    Returns the exit code (negative: the signal) and stderr.
    """
    command = [*PYTHON, "write", str(path)]
    environment = dict(os.environ)
    tracer = strace()
    if place and tracer:
        what = f"signal={action}" if action == "KILL" else f"error={action}"
        rule = f"inject={place.syscall}:{what}:when={place.when}"
        trace = f"trace={place.syscall}"
        command = [tracer, "-f", "-qq", "-o", os.devnull, "-e", trace, "-e", rule, *command]
    elif place:
        environment["FAULT"] = f"{place.call}:{action}:{place.when}"
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stderr


def places(path: Path) -> list[Place]:
    """Every moment of one save at ``path``, found by tracing one."""
    tracer = strace()
    if tracer is None:
        return [Place(call, "", when) for call in CALLS for when in range(1, 6)]
    log = path.with_name("trace")
    command = [tracer, "-f", "-qq", "-o", str(log), "-e", f"trace={','.join(CALLS.values())}"]
    subprocess.run([*command, *PYTHON, "write", str(path)], cwd=ROOT, check=True, timeout=60)
    seen = Counter(re.findall(r"^\d+ +(\w+)\(", log.read_text(), re.MULTILINE))
    log.unlink()
    return [
        Place(call, syscall, when)
        for call, group in CALLS.items()
        for syscall in group.split(",")
        for when in range(1, seen[syscall] + 1)
    ]


@contextmanager
def child(mode: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """A writer that waits for a line on stdin; it has said its first words."""
    process = subprocess.Popen(
        [*PYTHON, mode, str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith(("held", "ready")), line
        try:
            yield process
        finally:
            process.kill()
