"""Command decorator: global options before and after a command, errors with their context."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from functools import wraps
from typing import Any

import click

from smsops.cli.context import Context
from smsops.cli.options import GLOBAL_NAMES, global_options, merged
from smsops.errors import Exit, SmsopsError
from smsops.text.messages import T, Text
from smsops.workspace.settings import Options


class Failed(Exception):
    """A command ended with ``error``; ``context`` knows the options that it was given."""

    def __init__(self, context: Context, error: SmsopsError) -> None:
        super().__init__(error.message)
        self.context = context
        self.error = error


#: Longer than any first sentence of a help, so that none is cut.
_FIRST_SENTENCE = 200


def shown(help: str) -> str:
    """A help text in the language of the reader, paragraph by paragraph."""
    paragraphs = inspect.cleandoc(help).split("\n\n")
    return "\n\n".join(str(Text(paragraph)) for paragraph in paragraphs)


class _Translated(click.Command):
    """A command whose help is written in English and shown in the language of the reader."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the command does."""
        _write_text(formatter, self.help)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what comes last."""
        _write_text(formatter, self.epilog)

    def get_short_help_str(self, limit: int = 45) -> str:
        """The first sentence of the help, of at most ``limit`` characters."""
        written = super().get_short_help_str(_FIRST_SENTENCE)
        translated = str(Text(written))
        return super().get_short_help_str(limit) if translated == written else translated[:limit]


def _write_text(formatter: click.HelpFormatter, text: str | None) -> None:
    if text:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(shown(text))


class _Command(_Translated):
    """A command whose help lists its own options first."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write_options(self, ctx, formatter)


class Group(_Translated, click.Group):
    """A group whose help lists its commands first; without a command it is the help."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Arguments as click parses them; none prints the help and ends with exit code 0."""
        if not args and not ctx.resilient_parsing:
            click.echo(self.get_help(ctx))
            formatter = ctx.make_formatter()
            self.where_to_begin(formatter)
            if more := formatter.getvalue():
                click.echo(f"\n{more}", nl=False)
            ctx.exit(Exit.OK)
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, then the options: what a person came for stands first."""
        self.format_commands(ctx, formatter)
        _write_options(self, ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each command with the first sentence of its help."""
        rows = [
            (name, found.get_short_help_str(limit=_FIRST_SENTENCE))
            for name in self.list_commands(ctx)
            if (found := self.get_command(ctx, name)) is not None
        ]
        with formatter.section(str(T("Commands"))):
            formatter.write_dl(rows)

    def where_to_begin(self, formatter: click.HelpFormatter) -> None:
        """Write what the help has more when no command is given."""


def _write_options(
    command: click.Command, ctx: click.Context, formatter: click.HelpFormatter
) -> None:
    own: list[tuple[str, str]] = []
    everywhere: list[tuple[str, str]] = []
    for parameter in command.get_params(ctx):
        if not isinstance(parameter, click.Option):
            continue
        translated = copy(parameter)
        translated.help = shown(parameter.help) if parameter.help else None
        if record := translated.get_help_record(ctx):
            (everywhere if parameter.name in GLOBAL_NAMES else own).append(record)
    for title, rows in ((T("Options"), own), (T("Options of every command"), everywhere)):
        with formatter.section(str(title)):
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
            base: Context = click_context.obj or Context(Options(), os.environ)
            options = merged(base.options, values)
            own = {name: value for name, value in values.items() if name not in GLOBAL_NAMES}
            context = replace(base, options=options).within(options.environment)
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
