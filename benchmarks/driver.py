"""``smsops`` with an in-process emulator that the command line has no switches for.

    python -I driver.py '{"limits": false}' --emulator plan

The first argument is JSON: settings of the emulator (:class:`smsops.emulator.settings.Settings`),
and ``"memory": true`` for an account that is empty at the start and gone at the end. Everything
else is a command line of smsops. Run with the interpreter that smsops is installed for.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from smsops.cli import run
from smsops.emulator import transport


def emulated(settings: dict[str, Any]) -> type[transport.EmulatorTransport]:
    """The emulator behind ``--emulator``, with other settings."""
    memory = settings.pop("memory", False)

    class Emulated(transport.EmulatorTransport):
        def __init__(self, path: Path | None = None, **given: Any) -> None:
            super().__init__(None if memory else path, **given, **settings)

    return Emulated


if __name__ == "__main__":
    transport.EmulatorTransport = emulated(json.loads(sys.argv.pop(1)))  # type: ignore[misc]
    run()
