"""Who owns the repository: a placeholder in the addresses that users take, until there is one.

Schemas name themselves, examples use the action and the component, and editors fetch from the same
place. None of them may be published with the placeholder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

PLACEHOLDER = "OWNER"
_ADDRESS = re.compile(rf"\b{PLACEHOLDER}/smsops\b".encode())
#: What nobody takes an address from.
_OWN = ("tests/", "release/", "docs/decisions/")


def unnamed(root: Path, names: Iterable[str]) -> list[str]:
    """The files of ``names`` in which an address has the placeholder."""
    return [
        name
        for name in names
        if not name.startswith(_OWN)
        and (root / name).is_file()
        and _ADDRESS.search((root / name).read_bytes())
    ]


def fault(names: list[str]) -> str:
    """What is wrong with these files, and what to do."""
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    left = " ".join(f"':!{each}'" for each in _OWN)
    return (
        f"{PLACEHOLDER}/smsops stands in {names[0]}{more}; put in who owns the repository: "
        f"git grep -l '{PLACEHOLDER}/smsops' -- {left} "
        f"| xargs sed -i 's#{PLACEHOLDER}/smsops#NAME/smsops#'"
    )
