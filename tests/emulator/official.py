"""Official clients that are no libraries of Python: the Node.js SDK and tccli.

Both are installed once into the user's cache, from the lock files in ``node/`` and ``tccli/``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.installed import installed

_HERE = Path(__file__).parent
_NODE = ("node/package.json", "node/package-lock.json")
_TCCLI = ("tccli/requirements.txt",)


def node_modules() -> Path:
    """Where the Node.js SDK is. Skips where there is no Node.js."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"the official Node.js SDK is not tested: there is no {program} here")
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    return installed(_HERE, "node", _NODE, ("npm", "ci", *quiet)) / "node_modules"


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
    modules = installed(
        _HERE,
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
