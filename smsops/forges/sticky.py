"""One sticky comment, one kept issue: found by a mark that nobody sees, and brought up to date."""

from __future__ import annotations

from enum import StrEnum

from smsops.forges.calls import ForgeError
from smsops.forges.forge import Forge, Tracker


class Done(StrEnum):
    """What became of the comment or the issue."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    CLOSED = "closed"


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
    if _same(last.body, text):
        return Done.UNCHANGED
    try:
        forge.update(last, text)
    except ForgeError as error:
        if error.status != 404:
            raise
        forge.create(text)  # somebody deleted it just now
        return Done.CREATED
    return Done.UPDATED


def keep(tracker: Tracker, key: str, label: str, title: str, body: str) -> Done:
    """Open the issue about ``key``, or bring it up to date."""
    first = mark(key)
    text = f"{first}\n{body}"
    found = [item for item in tracker.mine(label) if item.body.startswith(first)]
    if not found:
        tracker.open(title, text, label)
        return Done.CREATED
    if _same(found[0].body, text):
        return Done.UNCHANGED
    tracker.update(found[0], text)
    return Done.UPDATED


def close(tracker: Tracker, key: str, label: str, words: str) -> Done:
    """Close the issue about ``key``, where one is open."""
    found = [item for item in tracker.mine(label) if item.body.startswith(mark(key))]
    for item in found:
        tracker.close(item, words)
    return Done.CLOSED if found else Done.SKIPPED


def _same(one: str, other: str) -> bool:
    return one.replace("\r\n", "\n").strip() == other.strip()
