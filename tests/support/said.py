"""What somebody hears of messages: a list of them as a person reads them."""

from __future__ import annotations

from collections.abc import Callable

from smsops.text.messages import Text


def into(said: list[str]) -> Callable[[Text], None]:
    """A listener that appends to ``said``."""
    return lambda text: said.append(str(text))
