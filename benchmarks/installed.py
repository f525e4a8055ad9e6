"""The wheel, installed into a virtual environment of the benchmark's own.

An editable install would be slower to import, and where PYTHONDONTWRITEBYTECODE is set a source
tree is compiled anew at every start. pip compiles what it installs.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

#: What the comparison with the official SDK needs.
SDK = "tencentcloud-sdk-python-sms>=3.0.1300"


@dataclass(frozen=True, slots=True)
class Installed:
    """Where the interpreter and the command are."""

    python: Path
    smsops: Path

    def script(self, name: str) -> tuple[str, ...]:
        """The command line of one of the scripts here: isolated, on the installed smsops."""
        return (str(self.python), "-I", str(Path(__file__).with_name(name)))


def install(source: Path, place: Path) -> Installed:
    """Build the wheel of ``source`` and install it into ``place/venv``, unless it is there."""
    wheels, directory = place / "wheels", place / "venv"
    shutil.rmtree(wheels, ignore_errors=True)
    _pip(sys.executable, "wheel", "--no-deps", "--wheel-dir", str(wheels), str(source))
    (wheel,) = wheels.glob("*.whl")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    stamp = directory / "wheel.sha256"
    python = directory / "bin" / "python"
    if not stamp.exists() or stamp.read_text("utf-8") != digest:
        if not python.exists():
            venv.create(directory, with_pip=True, symlinks=True)
        # Again for each wheel: it may need what an older one did not.
        _pip(str(python), "install", f"{wheel}[emulator,postgres]", SDK)
        _pip(str(python), "install", "--force-reinstall", "--no-deps", "--compile", str(wheel))
        stamp.write_text(digest, "utf-8")
    return Installed(python, directory / "bin" / "smsops")


def _pip(python: str, *arguments: str) -> None:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONPYCACHEPREFIX")
    }
    command = (python, "-m", "pip", "-qq", "--disable-pip-version-check", *arguments)
    subprocess.run(command, check=True, env=environment, stdin=subprocess.DEVNULL)
