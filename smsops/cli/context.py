"""What every command shares: global options, streams, colour, and the project.

Global options are accepted before and after the command name; the later one wins.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from smsops.cli.host import NOBODY, Host
from smsops.clock import SYSTEM, Clock
from smsops.errors import Exit, SmsopsError, UsageError
from smsops.workspace.settings import Options, Settings

if TYPE_CHECKING:
    from smsops.model import Project
    from smsops.render.github import Report
    from smsops.state.backend import Backend


#: A value in quotes, which is nobody's advice; or a command that a message recommends, unless it
#: needs neither project nor account.
_RECOMMENDED = re.compile(
    r'"(?:[^"\\\n]|\\.)*"|'
    r"`(smsops (?!explain|schema|completion|-)[^`>]*?)(\s*(?:>[^`]*)?)`"
)


@dataclass(frozen=True, slots=True)
class Context:
    """One invocation: its options, its environment, its streams and its code host."""

    options: Options
    environment: Mapping[str, str] = field(repr=False)
    clock: Clock = SYSTEM
    host: Host = NOBODY
    #: What stays until the process ends: taking thousands of objects apart is felt.
    kept: list[object] = field(default_factory=list, compare=False)

    @property
    def stdout(self) -> TextIO:
        return sys.stdout

    @property
    def stderr(self) -> TextIO:
        return sys.stderr

    @property
    def ci(self) -> bool:
        """Whether output lands in a log that a CI runner parses for commands."""
        return bool(self.environment.get("CI") or self.environment.get("GITHUB_ACTIONS"))

    def out(self, text: str) -> None:
        """Write the result. ``text`` comes from a renderer, which has sanitised its values."""
        self.stdout.write(text if text.endswith("\n") or not text else text + "\n")
        self.stdout.flush()

    def log(self, text: str) -> None:
        """Write a line for people to stderr; sanitised here. Nobody listening is no failure."""
        from smsops.text import sanitise

        shown = sanitise.terminal(self.spelled(text), ci=self.ci, multiline=True)
        with suppress(OSError, ValueError):
            self.stderr.write(shown.rstrip("\n") + "\n")
            self.stderr.flush()

    def spelled(self, text: str) -> str:
        """``text`` whose commands (in backticks) can be typed as they stand: with the options that
        say which project and which account this run is about.
        """
        options = self.options
        flags = [f"-C {shlex.quote(str(options.directory))}"] if options.directory != Path() else []
        flags += ["--emulator"] if options.emulator else []
        flags += [f"--endpoint {options.endpoint}"] if options.endpoint else []
        flags += [f"--allow-endpoint {shlex.quote(name)}" for name in options.allow_endpoint]
        flags += [f"--profile {shlex.quote(options.profile)}"] if options.profile else []
        flags += [f"--account-id {options.account_id}"] if options.account_id else []
        if not flags:
            return text

        def typed(found: re.Match[str]) -> str:
            if not found[1]:
                return found[0]
            # A new project needs to know where, and nothing else.
            fitting = [flag for flag in flags if flag.startswith("-C") or found[1] != "smsops init"]
            return f"`{' '.join([found[1], *fitting])}{found[2]}`"

        return _RECOMMENDED.sub(typed, text)

    def report(self, about: Callable[[], Report]) -> None:
        """Tell the code host, if there is one, what the command found or did."""
        self.host.report(about)

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

    @property
    def interactive(self) -> bool:
        """Whether a question can be asked and answered."""
        if self.options.no_input:
            return False
        return sys.stdin is not None and sys.stdin.isatty()

    @property
    def settings(self) -> Settings:
        """What opening a project depends on."""
        return Settings(self.options, self.environment, self.clock, self.ci, self.log)

    def backend(self, project: Project) -> Backend:
        """Where the state of ``project`` is kept; its warnings go to stderr."""
        from smsops.workspace.session import open_backend

        return open_backend(self.settings, project)

    def project(self) -> Project:
        """The project of ``-C``. Raises :class:`smsops.errors.InvalidManifests`."""
        from smsops.manifest import load_project

        return load_project(self.options.directory)


GLOBAL_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "-C", "directory", type=click.Path(path_type=Path), metavar="DIR", help="Project directory."
    ),
    click.option(
        "--emulator",
        is_flag=True,
        default=None,
        help="Use the built-in emulator: no account, no network.",
    ),
    click.option(
        "--endpoint", metavar="URL", help="API endpoint; needs --allow-endpoint unless loopback."
    ),
    click.option(
        "--allow-endpoint",
        multiple=True,
        metavar="HOST",
        help="Host that signed requests may go to.",
    ),
    click.option("--profile", metavar="NAME", help="Credentials profile."),
    click.option(
        "--account-id", metavar="ID", help="Account, when sts:GetCallerIdentity is not permitted."
    ),
    click.option(
        "--color", type=click.Choice(["auto", "always", "never"]), help="Colour the output."
    ),
    click.option("--no-input", is_flag=True, default=None, help="Never ask."),
    click.option(
        "-v", "--verbose", count=True, help="-v: API calls; -vv: with RequestIds and timings."
    ),
)
_GLOBAL_NAMES = tuple(Options.__dataclass_fields__)


def global_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the global options to a command or group."""
    for option in reversed(GLOBAL_OPTIONS):
        function = option(function)
    return function


def merged(base: Options, given: Mapping[str, Any]) -> Options:
    """``base`` with the options that were really given.

    Raises :class:`smsops.errors.UsageError` for an endpoint given together with --emulator.
    """
    chosen = {name: given[name] for name in _GLOBAL_NAMES if given.get(name)}
    options = replace(base, **chosen)
    if options.emulator and given.get("endpoint"):
        raise UsageError(
            "--emulator and --endpoint do not go together: the one is an account in this "
            "project's files, the other a server"
        )
    return options


def from_environment(environment: Mapping[str, str]) -> Options:
    """The options that an environment variable may set."""
    endpoint = environment.get("SMSOPS_ENDPOINT") or None
    return Options(endpoint=endpoint)


class Failed(Exception):
    """A command ended with ``error``; ``context`` knows the options that it was given."""

    def __init__(self, context: Context, error: SmsopsError) -> None:
        super().__init__(error.message)
        self.context = context
        self.error = error


class _Command(click.Command):
    """A command whose help lists its own options first."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        own: list[tuple[str, str]] = []
        everywhere: list[tuple[str, str]] = []
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record and isinstance(parameter, click.Option):
                (everywhere if parameter.name in _GLOBAL_NAMES else own).append(record)
        for title, rows in (("Options", own), ("Options of every command", everywhere)):
            with formatter.section(title):
                formatter.write_dl(rows)


def command(
    *args: Any, reports: bool = False, **kwargs: Any
) -> Callable[[Callable[..., Exit]], click.Command]:
    """``click.command`` for smsops: global options work here too, and a Context comes first.

    ``reports``: the command has a ``--format`` and tells the code host of its result.
    """

    def decorate(function: Callable[..., Exit]) -> click.Command:
        @wraps(function)
        @click.pass_context
        def callback(click_context: click.Context, /, **values: Any) -> Exit:
            base: Context = click_context.obj or Context(from_environment(os.environ), os.environ)
            options = merged(base.options, values)
            own = {name: value for name, value in values.items() if name not in _GLOBAL_NAMES}
            context = replace(base, options=options)
            configure_logging(context)
            if reports:
                context.host.begin(context, str(click_context.info_name), own["format"])
            try:
                return function(context, **own)
            except SmsopsError as error:
                raise Failed(context, error) from error

        made: click.Command = click.command(*args, cls=_Command, **kwargs)(global_options(callback))
        return made

    return decorate


def configure_logging(context: Context) -> None:
    """Send the ``smsops`` loggers to stderr as asked by -v and -vv."""
    if not context.options.verbose:
        return
    from smsops.log import configure

    configure(context.options.verbose, context.stderr, ci=context.ci)
