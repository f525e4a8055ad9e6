"""Durations on the command line: ``30s``, ``10m``, ``4h``, ``2d``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import click

from smsops.text.messages import T

if TYPE_CHECKING:
    _Seconds = click.ParamType[float]
    _Moment = click.ParamType["When"]
else:  # generic at run time only since click 8.4
    _Seconds = _Moment = click.ParamType

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


_BEIJING = timezone(timedelta(hours=8))
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}([T ].+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class When:
    """A moment on the command line: seconds before now, or epoch seconds."""

    ago: float | None = None
    at: float | None = None


class Moment(_Moment):
    """A duration before now, or a day and an hour: of Beijing, unless a zone is given."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> When:
        """``24h``, ``2026-11-20``, ``2026-11-20T13``, ``2026-11-20T13:00Z``."""
        if isinstance(value, When):
            return value
        text = str(value)
        if _DAY.fullmatch(text):
            try:
                found = datetime.fromisoformat(text)
                zoned = found if found.tzinfo else found.replace(tzinfo=_BEIJING)
                return When(at=zoned.timestamp())
            except (ValueError, OverflowError):
                pass  # it is told below
        elif _SHAPE.fullmatch(text):
            return When(ago=Duration().convert(text, param, ctx))
        why = T("{value} is no moment; write 24h, 2026-11-20 or 2026-11-20T13", value=repr(text))
        raise click.BadParameter(str(why), ctx=ctx, param=param)
