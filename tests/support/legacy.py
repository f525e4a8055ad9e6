"""States as smsops 0.1 wrote them: format 1.0, without an owner and without marks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from smsops.model import Snapshot
from smsops.state.parse import ADDED
from smsops.state.snapshot import dump


def dumped(snapshot: Snapshot) -> bytes:
    """The bytes of ``snapshot`` in format 1.0, with a right checksum."""
    document = json.loads(dump(snapshot), object_hook=_older)
    return sealed({**document, "format_version": "1.0"})


def sealed(document: Mapping[str, Any]) -> bytes:
    """A document with a right checksum."""
    rest = {name: value for name, value in document.items() if name != "checksum"}
    canonical = json.dumps(rest, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    seal = f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"
    return json.dumps({**rest, "checksum": seal}, ensure_ascii=False, sort_keys=True).encode()


def _older(fields: dict[str, object]) -> dict[str, object]:
    if "submitted" in fields and "address" in fields:  # an intent: its list of ids is no new mark
        return fields
    return {name: value for name, value in fields.items() if name not in ADDED}
