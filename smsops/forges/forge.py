"""What a sticky comment, and an issue that is kept, need of a code host."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from smsops.text.messages import T


def folded(body: str) -> str:
    """``body`` below a line that opens it: an old comment where a host hides none."""
    return f"<details><summary>{T('An older plan')}</summary>\n\n{body}\n\n</details>"


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of ours on the request."""

    id: str
    body: str = field(repr=False)


class Forge(Protocol):
    """A pull or merge request. Calls raise :class:`smsops.forges.calls.ForgeError`."""

    def mine(self) -> Iterable[Comment]:
        """The comments that the owner of the token wrote, oldest first."""

    def create(self, body: str) -> None:
        """Write a comment."""

    def update(self, comment: Comment, body: str) -> None:
        """Replace the text of a comment."""

    def hide(self, comment: Comment, body: str) -> None:
        """Make an old comment small; ``body`` is its text without the mark that it is found by."""

    def label(self, wanted: str, others: Iterable[str]) -> None:
        """Put a label on the request and take ``others`` off."""


@dataclass(frozen=True, slots=True)
class Issue:
    """An open issue of ours. ``id`` is its number."""

    id: str
    body: str = field(repr=False)


class Tracker(Protocol):
    """The issues of a repository. Calls raise :class:`smsops.forges.calls.ForgeError`."""

    def mine(self, label: str) -> Iterable[Issue]:
        """The open issues with ``label`` that the owner of the token opened."""

    def open(self, title: str, body: str, label: str) -> None:
        """Open an issue."""

    def update(self, issue: Issue, body: str) -> None:
        """Replace the text of an issue."""

    def close(self, issue: Issue, words: str) -> None:
        """Say ``words`` below an issue, and close it."""
