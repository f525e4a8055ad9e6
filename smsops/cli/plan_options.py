"""The options that plan and apply share, and what they mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from smsops.cli.addresses import address, known
from smsops.model import ADDRESSES, ALLOWED, DeleteLimit, PlanOptions, Project

_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--target",
        "targets",
        multiple=True,
        metavar="ADDR",
        shell_complete=known,
        help="Only this address; repeatable.",
    ),
    click.option(
        "--max-deletes", type=click.IntRange(min=0), metavar="N", help="Override policy.maxDeletes."
    ),
    click.option(
        "--allow-empty",
        is_flag=True,
        help="Delete although no manifest is left, of a kind, or in a directory.",
    ),
    click.option(
        "--allow-recreate", is_flag=True, help="Create again although everything recorded is gone."
    ),
    click.option(
        "--allow-unlisted",
        is_flag=True,
        help="Create what cannot be listed into a state that has none.",
    ),
    click.option(
        "--allow-older-commit",
        is_flag=True,
        help="Delete although a newer commit was applied already.",
    ),
    click.option(
        "--replace",
        multiple=True,
        metavar="ADDR",
        shell_complete=known,
        help="Submit a successor although nothing differs; repeatable.",
    ),
    click.option(
        "--promote",
        multiple=True,
        metavar="ADDR",
        shell_complete=known,
        help="Promote although that is held; repeatable.",
    ),
    click.option(
        "--not-renamed",
        multiple=True,
        metavar="ADDR",
        shell_complete=known,
        help="ADDR is removed, whatever is alike; repeatable.",
    ),
)


def planning_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that decide what a plan may hold."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def plan_options(project: Project, values: dict[str, Any]) -> PlanOptions:
    """The planner's options from the command line and the project's policy."""
    given = values["max_deletes"]
    addresses: dict[str, Any] = {name: tuple(map(address, values[name])) for name in ADDRESSES}
    return PlanOptions(
        max_deletes=project.max_deletes if given is None else DeleteLimit(given, None),
        **{name: values[name] for name in ALLOWED},
        **addresses,
    )
