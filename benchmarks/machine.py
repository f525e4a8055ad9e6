"""What the figures of a run depend on: the machine and the versions."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from pathlib import Path

from benchmarks.installed import Installed

_PACKAGES = ("smsops", "click", "PyYAML", "httpx", "tencentcloud-sdk-python-sms")
_ASK = """
import json, sys
from importlib.metadata import version
import yaml
found = {name: version(name) for name in sys.argv[1:]}
print(json.dumps({"Python": sys.version.split()[0], **found, "libyaml": yaml.__with_libyaml__}))
"""


def describe(installed: Installed, source: Path) -> dict[str, str]:
    """Name -> value, for people."""
    asked = subprocess.run(
        [str(installed.python), "-I", "-c", _ASK, *_PACKAGES],
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, str] = {name: str(value) for name, value in json.loads(asked.stdout).items()}
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "commit": _commit(source),
        "machine": f"{os.cpu_count()} x {_processor()}, {_memory()} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "load before": f"{os.getloadavg()[0]:.1f}",
        **found,
    }


def _processor() -> str:
    for line in _lines("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text("utf-8").splitlines()
    except OSError:
        return []


def _commit(source: Path) -> str:
    asked = subprocess.run(
        ["git", "-C", str(source), "rev-parse", "--short", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip() or "unknown"
