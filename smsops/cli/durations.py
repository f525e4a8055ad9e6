"""Durations on the command line: ``30s``, ``10m``, ``4h``, ``2d``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from smsops.text.messages import T

if TYPE_CHECKING:
    _Seconds = click.ParamType[float]
else:  # generic at run time only since click 8.4
    _Seconds = click.ParamType

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_SHAPE = re.compile(r"(\d{1,9})([smhd])")


class Duration(_Seconds):
    """An integer and a unit; the value is seconds."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Seconds of ``10m``; a number is a default, in seconds already."""
        if isinstance(value, (int, float)):
            return float(value)
        match = _SHAPE.fullmatch(str(value))
        if match is None:
            why = T("{value} is no duration; write 30s, 10m, 4h or 2d", value=repr(value))
            self.fail(str(why), param, ctx)
        return float(int(match[1]) * UNITS[match[2]])
