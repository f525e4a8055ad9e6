"""What every command shares: global options, streams, colour, and the project.

Global options are accepted before and after the command name; the later one wins.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smsops.cli.host import NOBODY, Host
from smsops.cli.streams import Streams
from smsops.clock import SYSTEM, Clock
from smsops.errors import Exit, SmsopsError, UsageError
from smsops.workspace.settings import Options, Settings

if TYPE_CHECKING:
    from smsops.model import Project
    from smsops.render.github.commands import Report
    from smsops.state.backend import Backend


@dataclass(frozen=True, slots=True)
class Context(Streams):
    """One invocation: its options, its environment, its streams and its CI host."""

    clock: Clock = SYSTEM
    host: Host = NOBODY
    #: What stays until the process ends: taking thousands of objects apart is felt.
    kept: list[object] = field(default_factory=list, compare=False)

    def report(self, about: Callable[[], Report]) -> None:
        """Tell the code host, if there is one, what the command found or did."""
        self.host.report(about)

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
        from smsops.manifests.load import load_project

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
    from smsops.cli.log import configure

    configure(context.options.verbose, context.stderr, ci=context.ci)
