"""A file of outputs against what the outputs are now. Pure.

Whatever the file holds, it is compared and never trusted: what cannot be read has no names.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from smsops.model import Address
from smsops.strictjson import loads
from smsops.text.messages import Command, T, Text, shortened
from smsops.text.sanitise import terminal

#: A format of lines -> where an entry begins and what it is called.
_ENTRY: Mapping[str, re.Pattern[str]] = {
    "dotenv": re.compile(r"^([A-Z][A-Z0-9_]*)=", re.MULTILINE),
    "yaml": re.compile(r"^  ([a-z][a-z0-9-]*\.[a-z0-9-]+):", re.MULTILINE),
    "typescript": re.compile(r"^export const ([A-Z][A-Z0-9_]*) =", re.MULTILINE),
    "python": re.compile(r"^([A-Z][A-Z0-9_]*): Final =", re.MULTILINE),
    "java": re.compile(r"^    public static final \w+ ([A-Z][A-Z0-9_]*) =", re.MULTILINE),
    "configmap": re.compile(r"^  ([A-Z][A-Z0-9_]*):", re.MULTILINE),
}
#: What the first lines of typed files say.
_WRITTEN = re.compile(rb"Written by `smsops output --format ([a-z]{1,20})`")
_HEAD = 1000
_NAMED = 10


def stale(now: str, found: bytes, format: str) -> Iterator[Text]:
    """Why a file is stale, in words; nothing when it is not.

    ``now``: what belongs into it; ``found``: what it holds.
    """
    # A checkout may have other line ends than the commit.
    if found.replace(b"\r\n", b"\n") != now.encode():
        yield from _differences(now, found, format)


def waiting(held: Collection[Address]) -> Iterator[Text]:
    """What a file of outputs will not be right about for long: its callers have to be ready before
    the ids switch.
    """
    for address in sorted(held):
        yield T(
            "{address} has another id that is active and held: once callers are ready, "
            "{command} switches to it",
            address=address,
            command=Command.of("apply", "--promote", address),
        )


def _differences(now: str, found: bytes, format: str) -> Iterator[Text]:
    wanted, there = _entries(now, format), _entries(found.decode("utf-8", "replace"), format)
    changes = (
        (T("{names}: changed"), _changed(wanted, there)),
        (T("{names}: missing"), [name for name in wanted if name not in there]),
        (T("{names}: not an output any more"), [name for name in there if name not in wanted]),
    )
    if not any(names for _, names in changes) or not there:
        written = _WRITTEN.search(found[:_HEAD])
        if written is not None and written[1].decode() != format:
            yield T("it was written with --format {format}: name that", format=written[1].decode())
        else:
            yield T("it is not what --format {format} prints", format=format)
        return
    for what, names in changes:
        if names:
            yield what.filled(names=shortened(list(map(terminal, names)), _NAMED))


def _changed(wanted: Mapping[str, object], there: Mapping[str, object]) -> list[str]:
    return [name for name in wanted if name in there and wanted[name] != there[name]]


def _entries(text: str, format: str) -> Mapping[str, object]:
    """Name -> what stands under it; empty for what is no such file."""
    if format in _ENTRY:
        starts = list(_ENTRY[format].finditer(text))
        ends = [match.start() for match in starts[1:]] + [len(text)]
        if format != "yaml":  # an entry is a line
            ends = [text.find("\n", match.end()) for match in starts]
        return {match[1]: text[match.end() : end] for match, end in zip(starts, ends, strict=False)}
    try:
        body = text.encode()
        document = loads(body, most=len(body))
    except ValueError:
        return {}
    outputs = document.get("outputs") if isinstance(document, dict) else None
    return outputs if isinstance(outputs, dict) else {}
