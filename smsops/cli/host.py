"""Where a command runs besides a terminal: a code host that wants to know how it went."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from smsops.errors import SmsopsError

if TYPE_CHECKING:
    from smsops.cli.context import Context
    from smsops.render.github import Report


class Host:
    """Nobody in particular. :class:`smsops.cli.github.GitHub` is the other one."""

    def begin(self, context: Context, command: str, format: str) -> None:
        """A command that reports starts to run."""

    def report(self, about: Callable[[], Report]) -> None:
        """What the command found or did; made only where somebody listens."""

    def failed(self, error: SmsopsError) -> None:
        """The command ends in ``error``."""

    def end(self, code: int) -> None:
        """The run is over, also when no command ever began. Raises nothing."""


NOBODY = Host()


def host_of(environment: Mapping[str, str]) -> Host:
    """The host that ``environment`` speaks of."""
    if environment.get("GITHUB_ACTIONS") != "true":
        return NOBODY
    from smsops.cli.github import GitHub

    return GitHub()


def prefix(root: Path, environment: Mapping[str, str]) -> str:
    """``root`` as code hosts name it, from the top of the checkout: ``""`` or ``"dir/"``.

    Where the checkout is unknown it is taken to be the working directory.
    """
    tops = (environment.get("GITHUB_WORKSPACE"), environment.get("CI_PROJECT_DIR"), os.curdir)
    for top in filter(None, tops):
        try:
            relative = PurePath(os.path.realpath(root)).relative_to(os.path.realpath(top))
        except (ValueError, OSError):
            continue
        return "" if relative == PurePath() else f"{relative.as_posix()}/"
    return ""
