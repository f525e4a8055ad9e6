"""Standard streams of one invocation: results, log lines, colour, and advice that can be typed."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TextIO

from smsops.text.messages import Text, completing
from smsops.workspace.settings import Options

#: Commands that need neither project nor account.
_ABOUT_NOTHING = ("explain", "schema", "completion")


def redirect(out: IO[bytes], err: IO[bytes]) -> None:
    """Let this process write to ``out`` and ``err`` from now on."""
    sys.stdout, sys.stderr = (
        os.fdopen(os.dup(stream.fileno()), "w", encoding="utf-8", errors="backslashreplace")
        for stream in (out, err)
    )


def flush() -> None:
    """Write what waits to be written."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()


@dataclass(frozen=True, slots=True)
class Streams:
    """Where an invocation writes. Options and environment decide on colour and on CI."""

    options: Options
    environment: Mapping[str, str] = field(repr=False)

    @property
    def stdout(self) -> TextIO:
        """Standard output as it is now: for results. Tests put another one in its place."""
        return sys.stdout

    @property
    def stderr(self) -> TextIO:
        """Standard error as it is now: for log lines, prompts and progress."""
        return sys.stderr

    @property
    def ci(self) -> bool:
        """Whether output lands in a log that a CI runner parses for commands."""
        return bool(self.environment.get("CI") or self.environment.get("GITHUB_ACTIONS"))

    def out(self, text: str) -> None:
        """Write the result. ``text`` comes from a renderer, which has sanitised its values."""
        self.stdout.write(text if text.endswith("\n") or not text else text + "\n")
        self.stdout.flush()

    def show(self, render: Callable[[], str]) -> None:
        """Write what ``render`` makes for people, with commands that can be typed, in the
        terminal's width.
        """
        self.out(self.fitted(render, self.stdout))

    def fitted(self, render: Callable[[], str], stream: TextIO) -> str:
        """What ``render`` makes, as ``stream`` shows it best: commands have the options that say
        which project and which account this run is about, and long lines are broken between words.
        """
        with completing(self._options_of):
            text = render()
        columns = self.columns(stream)
        if columns is None:
            return text
        from smsops.text.width import wrapped

        return wrapped(text, columns)

    def columns(self, stream: TextIO) -> int | None:
        """The width of the terminal that ``stream`` is, as far as it is known.

        A log of CI has none: a runner obeys what stands at the start of a line, and what is broken
        there was sanitised before.
        """
        if self.ci or not stream.isatty():
            return None
        given = self.environment.get("COLUMNS", "")
        if given.isascii() and given.isdigit():
            return int(given[:9])
        with suppress(OSError, ValueError):
            return os.get_terminal_size(stream.fileno()).columns or None
        return None

    @property
    def verbose(self) -> bool:
        """Whether everything is shown that is otherwise counted or cut."""
        return self.options.verbose > 0

    def log(self, text: str | Text) -> None:
        """Write a line for people to stderr; sanitised here. Nobody listening is no failure."""
        from smsops.text import sanitise

        with suppress(OSError, ValueError):
            text = self.fitted(lambda: str(text), self.stderr)
        shown = sanitise.terminal(text, ci=self.ci, multiline=True)
        with suppress(OSError, ValueError):
            self.stderr.write(shown.rstrip("\n") + "\n")
            self.stderr.flush()

    def _options_of(self, arguments: tuple[str, ...]) -> Iterable[str]:
        """The options that a recommended command is typed with, for a shell."""
        first, options = next(iter(arguments), ""), self.options
        if first in _ABOUT_NOTHING or first.startswith("-"):
            return []
        flags = [f"-C {shlex.quote(str(options.directory))}"] if options.directory != Path() else []
        # A new project and a new emulator need to know where, and nothing else.
        if first != "init" and arguments[:2] != ("emulator", "serve"):
            flags += [f"-e {shlex.quote(options.environment)}"] if options.environment else []
            flags += ["--emulator"] if options.emulator else []
            flags += [f"--endpoint {options.endpoint}"] if options.endpoint else []
            flags += [f"--allow-endpoint {shlex.quote(name)}" for name in options.allow_endpoint]
            flags += (
                [f"--ca-bundle {shlex.quote(str(options.ca_bundle))}"] if options.ca_bundle else []
            )
            flags += [f"--profile {shlex.quote(options.profile)}"] if options.profile else []
            flags += [f"--account-id {options.account_id}"] if options.account_id else []
        if not flags:
            return flags
        from smsops.text import sanitise

        # Not every renderer expects somebody's text in a sentence of ours.
        return [sanitise.terminal(flag, ci=self.ci) for flag in flags]

    def colour(self, stream: TextIO) -> bool:
        """Whether to colour ``stream``: --color, then NO_COLOR, FORCE_COLOR, then the terminal."""
        environment = self.environment
        if self.options.color != "auto":
            return self.options.color == "always"
        if environment.get("NO_COLOR"):
            return False
        if (
            environment.get("FORCE_COLOR", "0") != "0"
            or environment.get("CLICOLOR_FORCE", "0") != "0"
        ):
            return True
        if environment.get("TERM") == "dumb" or environment.get("CLICOLOR") == "0":
            return False
        return stream.isatty()
