"""Problems of manifests as people see them: with their lines on a terminal, else in one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from smsops.cli.context import Context
from smsops.errors import Problem
from smsops.text.messages import NOTHING, Text


def for_people(
    context: Context,
    stream: TextIO,
    problems: Sequence[Problem],
    *,
    colour: bool = False,
    checked: Text = NOTHING,
) -> str:
    """``problems`` for ``stream``. ``checked``: what an ``OK`` stands for."""
    from smsops.manifests.source import lines
    from smsops.render.problems.text import text

    framed = stream.isatty() and not context.ci
    return text(
        problems,
        ci=context.ci,
        colour=colour,
        checked=checked,
        every=context.verbose,
        lines=lines(context.options.directory, problems) if framed else None,
        columns=context.columns(stream),
    )
