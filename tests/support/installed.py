"""Programs of others that tests run: installed once into the user's cache, from lock files."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path


def installed(here: Path, name: str, files: Sequence[str], command: Sequence[str]) -> Path:
    """A directory of the cache for exactly these files of ``here``, in which ``command`` was run
    once.
    """
    content = b"\0".join((here / file).read_bytes() for file in files)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    place = Path(base, "smsops-tests", f"{name}-{hashlib.sha256(content).hexdigest()[:16]}")
    place.mkdir(parents=True, exist_ok=True)
    with (place / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # other workers wait for the first
        if not (place / "complete").exists():
            for file in files:
                shutil.copy(here / file, place)
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
