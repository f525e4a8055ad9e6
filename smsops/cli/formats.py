"""Formats of the JSON documents that commands take: a newer one is refused, not half read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from smsops.errors import SmsopsError
from smsops.text.messages import T

#: The major number that is read; what a minor one adds can be left out.
MAJOR = 1
_UPGRADE = T("Use the smsops that wrote it, or a newer one.")


def refuse_newer(path: Path, document: object) -> None:
    """Raises :class:`SmsopsError` for a document, also one of several environments, whose
    ``format_version`` has another major number.
    """
    if not isinstance(document, Mapping):
        return
    environments: Any = document.get("environments")
    inner = environments.values() if isinstance(environments, Mapping) else ()
    for each in (document, *inner):
        version = each.get("format_version") if isinstance(each, Mapping) else None
        if isinstance(version, str) and version.partition(".")[0] != str(MAJOR):
            raise SmsopsError(
                T(
                    "{path} has format_version {version}; this smsops reads {major}.x",
                    path=path,
                    version=version,
                    major=MAJOR,
                ),
                hint=_UPGRADE,
            )
