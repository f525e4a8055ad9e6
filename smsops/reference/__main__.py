"""``python -m smsops.reference [DIRECTORY]``: writes the generated pages of ``docs/``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from smsops.reference import PAGES


def main(arguments: Sequence[str]) -> int:
    """Write every page that is not up to date, and name it; 64 when there is no such directory."""
    directory = Path(arguments[0] if arguments else "docs")
    if len(arguments) > 1 or not directory.is_dir():
        sys.stderr.write(
            f"usage: python -m smsops.reference [DIRECTORY]; no directory {directory}\n"
        )
        return 64
    for name, text in PAGES.items():
        page = directory / name
        new = text()
        if not page.is_file() or page.read_text("utf-8") != new:
            page.write_text(new, "utf-8")
            sys.stdout.write(f"{page}: written\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
