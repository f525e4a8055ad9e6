"""Interface of CI integrations: a host that wants to know how a command went."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from smsops.cli.streams import Streams
from smsops.errors import SmsopsError

if TYPE_CHECKING:
    from smsops.render.github.commands import Report


class Host:
    """No CI host. :class:`smsops.cli.github.GitHub` is the other one."""

    def begin(self, streams: Streams, command: str, format: str) -> None:
        """A command that reports starts to run."""

    def report(self, about: Callable[[], Report]) -> None:
        """What the command found or did; made only where somebody listens."""

    def failed(self, error: SmsopsError) -> None:
        """The command ends in ``error``."""

    def end(self, code: int) -> None:
        """The run is over, also when no command ever began. Raises nothing."""


NOBODY = Host()


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
