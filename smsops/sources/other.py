"""Files of kinds that nobody reads here: whether one sends, and the recorded ids in it. Pure.

Kotlin, Vue, shell, XML and all else: no tokens, so no send is judged. That there may be one is
said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from smsops.sources import settings
from smsops.sources.judge import Index, speaks
from smsops.sources.uses import Use, Why

#: Ends of names of files that people read, or that programs write about others.
PROSE = frozenset({".md", ".mdx", ".rst", ".txt", ".adoc", ".log", ".map", ".svg", ".lock", ".csv"})
#: What only a send says; ``sendSms`` is the name of anybody's function.
_SEND = re.compile(r"\bSendSms(?:Request)?\b|(?i:template_?param_?set|send_?with_?param)")
_ID = re.compile(r"template[_-]?id", re.IGNORECASE)


def uses(text: str, index: Index) -> Iterator[Use]:
    """Where the file begins to send, if it does, and every recorded id."""
    sends = _SEND.search(text) or (_ID.search(text) if speaks(text) else None)
    if sends is not None:
        at = sends.start()
        yield Use(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at), why=Why.LANGUAGE)
    yield from (each for each in settings.uses(text) if each.id in index.by_id)
