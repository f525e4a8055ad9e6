"""Logging to stderr for -v and -vv. Records hold no secrets; the sink sanitises them anyway."""

from __future__ import annotations

import logging
from typing import TextIO

from smsops.text import sanitise


class _Sanitised(logging.Formatter):
    def __init__(self, *, ci: bool) -> None:
        super().__init__("%(message)s")
        self._ci = ci

    def format(self, record: logging.LogRecord) -> str:
        return sanitise.terminal(record.getMessage(), ci=self._ci)


def configure(verbosity: int, stream: TextIO, *, ci: bool) -> None:
    """Log ``smsops`` at INFO (1) or DEBUG (2 and more) to ``stream``, and nothing of libraries."""
    logger = logging.getLogger("smsops")
    logger.handlers.clear()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Sanitised(ci=ci))
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG if verbosity > 1 else logging.INFO)
    logger.propagate = False
