"""The options that plan and apply share, and what they mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from smsops.cli.addresses import address, known
from smsops.guards import PlanOptions
from smsops.model import Project

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
        help="Plan with no manifests although the state holds resources.",
    ),
    click.option(
        "--allow-recreate", is_flag=True, help="Create again although everything recorded is gone."
    ),
    click.option(
        "--allow-unlisted",
        is_flag=True,
        help="Create what cannot be listed into a state that has none.",
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
    return PlanOptions(
        targets=tuple(address(text) for text in values["targets"]),
        max_deletes=project.max_deletes if given is None else given,
        allow_recreate=values["allow_recreate"],
        allow_unlisted=values["allow_unlisted"],
    )
