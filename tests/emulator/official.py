"""Official clients that are no libraries of Python: the Node.js SDK and tccli.

Both are installed once into the user's cache, from the lock files in ``node/`` and ``tccli/``.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

_HERE = Path(__file__).parent
_NODE = ("node/package.json", "node/package-lock.json")
_TCCLI = ("tccli/requirements.txt",)


def _installed(name: str, files: Sequence[str], command: Sequence[str]) -> Path:
    """A directory of the cache for exactly these files, in which ``command`` was run once."""
    content = b"\0".join((_HERE / file).read_bytes() for file in files)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    place = Path(base, "smsops-tests", f"{name}-{hashlib.sha256(content).hexdigest()[:16]}")
    place.mkdir(parents=True, exist_ok=True)
    with (place / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # other workers wait for the first
        if not (place / "complete").exists():
            for file in files:
                shutil.copy(_HERE / file, place)
            done = subprocess.run(
                command,
                cwd=place,
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            assert done.returncode == 0, done.stdout
            (place / "complete").touch()
    return place


def node_modules() -> Path:
    """Where the Node.js SDK is. Skips where there is no Node.js."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"the official Node.js SDK is not tested: there is no {program} here")
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    return _installed("node", _NODE, ("npm", "ci", *quiet)) / "node_modules"


def node(
    endpoint: str, asked: Sequence[tuple[str, dict[str, Any]]], **how: str
) -> list[dict[str, Any]]:
    """Call by call what the Node.js SDK returns (``response``) or throws (``error``).

    ``how``: version, method, secretId, secretKey.
    """
    document = {
        "endpoint": endpoint,
        "version": "2021-01-11",
        "method": "POST",
        "secretId": "AKIDEMULATOR",
        "secretKey": "emulator",
        "calls": asked,
        **how,
    }
    done = subprocess.run(
        ["node", str(_HERE / "node" / "calls.js")],
        input=json.dumps(document),
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=60,
        env={**os.environ, "NODE_PATH": str(node_modules())},
    )
    assert done.returncode == 0, done.stderr
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def tccli(url: str, action: str, *arguments: str, home: Path) -> tuple[int, dict[str, Any], str]:
    """`tccli sms ACTION ...`: its exit code, the JSON that it prints, and its other words."""
    modules = _installed(
        "tccli",
        _TCCLI,
        (
            *(sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"),
            # Compiling its API of four hundred services takes eight times as long as installing.
            *("--no-compile", "--target", "modules", "--require-hashes"),
            *("--requirement", "requirements.txt"),
        ),
    )
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tccli.main", "sms", action, "--endpoint", url),
            *("--region", "ap-guangzhou"),
            *("--secretId", "AKIDEMULATOR", "--secretKey", "emulator", *arguments),
        ],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=60,
        cwd=home,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "PYTHONPATH": str(modules / "modules"),
            "PYTHONUTF8": "1",
        },
    )
    told = done.stdout.strip()
    return done.returncode, json.loads(told) if told.startswith("{") else {}, told + done.stderr
