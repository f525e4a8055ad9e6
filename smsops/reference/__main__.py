"""``python -m smsops.reference [DIRECTORY] [--top DIRECTORY]``: writes the generated pages of
``docs/``, and the other generated files of the repository whose top is named.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from smsops.reference import PAGES
from smsops.reference.editors import FILES


def main(arguments: Sequence[str] | None = None) -> int:
    """Write every file that is not up to date, and name it."""
    parser = argparse.ArgumentParser(prog="python -m smsops.reference", description=__doc__)
    parser.add_argument("directory", nargs="?", type=Path, default=Path("docs"))
    parser.add_argument("--top", type=Path, help="also write what editors read")
    given = parser.parse_args(arguments)
    if not given.directory.is_dir():
        parser.error(f"no directory {given.directory}")
    _write(given.directory, PAGES)
    if given.top is not None:
        _write(given.top, FILES)
    return 0


def _write(directory: Path, files: Mapping[str, Callable[[], str]]) -> None:
    for name, text in files.items():
        path = directory / name
        new = text()
        if not path.is_file() or path.read_text("utf-8") != new:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(new, "utf-8")
            sys.stdout.write(f"{path}: written\n")


if __name__ == "__main__":
    sys.exit(main())
