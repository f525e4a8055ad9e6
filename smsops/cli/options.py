"""Global options: accepted before and after the command name; the later one wins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smsops.errors import SmsopsError, UsageError
from smsops.text.messages import T
from smsops.workspace.settings import Options
from smsops.workspace.variables import VARIABLE, variables

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def environments(
    context: click.Context, _: click.Parameter | None, incomplete: str
) -> list[CompletionItem]:
    """The declared environments that start as typed, in their order; for the shell."""
    from click.shell_completion import CompletionItem

    from smsops.manifests.project import read_project

    chain: list[click.Context | None] = [context]
    while chain[-1] is not None:
        chain.append(chain[-1].parent)
    typed = [each.params.get("directory") for each in chain if each is not None]
    directory = next(filter(None, typed), context.obj.options.directory)
    try:
        project = read_project(directory).value
    except (SmsopsError, OSError):
        return []
    declared = project.environments if project is not None else ()
    return [CompletionItem(each.name) for each in declared if each.name.startswith(incomplete)]


GLOBAL_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "-C", "directory", type=click.Path(path_type=Path), metavar="DIR", help="Project directory."
    ),
    click.option(
        "-e",
        "environment",
        metavar="NAME",
        shell_complete=environments,
        help="Environment, in a project that has several; also SMSOPS_ENVIRONMENT.",
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
    click.option(
        "--ca-bundle",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="CA certificates in PEM to trust; also SMSOPS_CA_BUNDLE.",
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
        "-v", "--verbose", count=True, help="-v: every detail, API calls; -vv: RequestIds, timings."
    ),
)


#: What ``--ca-bundle`` sets.
CA_BUNDLE = "SMSOPS_CA_BUNDLE"
GLOBAL_NAMES = tuple(Options.__dataclass_fields__)


def global_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the global options to a command or group."""
    for option in reversed(GLOBAL_OPTIONS):
        function = option(function)
    return function


#: ``--all`` of a command that can be run in every environment.
all_option = click.option("--all", "everywhere", is_flag=True, help="In every environment at once.")


def merged(base: Options, given: Mapping[str, Any]) -> Options:
    """``base`` with the options that were really given.

    Raises :class:`smsops.errors.UsageError` for an endpoint given together with --emulator.
    """
    chosen = {name: given[name] for name in GLOBAL_NAMES if given.get(name)}
    options = replace(base, **chosen)
    if options.emulator and given.get("endpoint"):
        raise UsageError(
            T(
                "--emulator and --endpoint do not go together: the one is an "
                "account in this project's files, the other a server"
            )
        )
    return options


def completed(
    options: Options, environment: Mapping[str, str]
) -> tuple[Options, Mapping[str, str]]:
    """``options`` with what variables set where no option was given, and the variables as they are
    in the environment that is chosen.
    """
    name = options.environment or environment.get(VARIABLE) or None
    within = variables(environment, name)
    endpoint = options.endpoint or within.get("SMSOPS_ENDPOINT") or None
    if options.emulator:
        endpoint = None  # a variable is for everything else; the option was refused
    if options.ca_bundle:
        within = {**within, CA_BUNDLE: str(options.ca_bundle)}
    return replace(options, environment=name, endpoint=endpoint), within
