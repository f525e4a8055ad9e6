"""One sticky comment: found by a mark that nobody sees, updated, or hidden for a new one."""

from __future__ import annotations

from enum import StrEnum

from smsops.forges.calls import ForgeError
from smsops.forges.forge import Forge


class Done(StrEnum):
    """What became of the comment."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"


def mark(key: str) -> str:
    """The first line of a comment about ``key``, which is hexadecimal."""
    return f"<!-- smsops:{key} -->"


def stick(forge: Forge, key: str, body: str, *, new: bool, skip: bool) -> Done:
    """Bring the comment about ``key`` up to date. ``new``: hide those that are there and write
    another; ``skip``: there is nothing to say, so none is begun, but an old one is not left to
    contradict.
    """
    first = mark(key)
    found = [item for item in forge.mine() if item.body.startswith(first)]
    text = f"{first}\n{body}"
    if not found:
        if skip:
            return Done.SKIPPED
        forge.create(text)
        return Done.CREATED
    if new:
        if not skip:
            forge.create(text)
        for old in found:
            forge.hide(old, old.body.removeprefix(first).lstrip())
        return Done.SKIPPED if skip else Done.CREATED
    *older, last = found
    for old in older:
        forge.hide(old, old.body.removeprefix(first).lstrip())
    if last.body.replace("\r\n", "\n").strip() == text.strip():
        return Done.UNCHANGED
    try:
        forge.update(last, text)
    except ForgeError as error:
        if error.status != 404:
            raise
        forge.create(text)  # somebody deleted it just now
        return Done.CREATED
    return Done.UPDATED
