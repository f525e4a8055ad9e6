"""``python -m smsops.reference [DIRECTORY]``: writes the generated pages of ``docs/``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from smsops.reference import PAGES


def main(arguments: Sequence[str] | None = None) -> int:
    """Write every page that is not up to date, and name it."""
    parser = argparse.ArgumentParser(prog="python -m smsops.reference", description=__doc__)
    parser.add_argument("directory", nargs="?", type=Path, default=Path("docs"))
    directory: Path = parser.parse_args(arguments).directory
    if not directory.is_dir():
        parser.error(f"no directory {directory}")
    for name, text in PAGES.items():
        page = directory / name
        new = text()
        if not page.is_file() or page.read_text("utf-8") != new:
            page.write_text(new, "utf-8")
            sys.stdout.write(f"{page}: written\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
