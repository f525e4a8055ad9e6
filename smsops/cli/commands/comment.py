"""``smsops comment``: the plan as one sticky comment on a pull or merge request."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from smsops.cli.command import command
from smsops.cli.context import Context
from smsops.errors import Exit, SmsopsError, UsageError
from smsops.text.messages import T

if TYPE_CHECKING:
    from smsops.forges.forge import Forge
    from smsops.model import Plan, Project
    from smsops.render.request_comment import Verdict

#: Characters of a name in a label, which has 50 on GitHub.
_LONGEST = 31


@command(
    "comment",
    help="Write the plan as one comment on the pull or merge request that the pipeline runs for; "
    "- reads PLANFILE from standard input. Without PLANFILE the plan is made here, and a plan that "
    "cannot be made is a comment that says why. Tokens: GITHUB_TOKEN or GH_TOKEN; GITLAB_TOKEN.",
)
@click.argument("host", type=click.Choice(("github", "gitlab")))
@click.argument(
    "planfile", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), required=False
)
@click.option(
    "--update/--new",
    "update",
    default=True,
    help="Update the comment that is there (the default), or hide it and write a new one.",
)
@click.option("--skip-empty", is_flag=True, help="Begin no comment when there is nothing to do.")
def comment_command(
    context: Context, host: str, planfile: Path | None, update: bool, skip_empty: bool
) -> Exit:
    from smsops.cli.pipeline import run_url, subject
    from smsops.forges.sticky import stick
    from smsops.render import request_comment as rendered
    from smsops.workspace.session import seconds

    forge = _forge(context, host)
    link = run_url(context.environment)
    key, name = subject(context)
    plan: Plan | None = None
    end = Exit.OK
    project: Project | None = None
    try:
        if planfile is None:
            project = context.project()
            plan = _made(context, project)
        else:
            plan = _read(planfile, context.options.environment)
        body = rendered.made(plan, seconds=seconds(plan, {}), name=name, link=link)
    except SmsopsError as error:
        if isinstance(error, UsageError) and project is None:
            raise  # of which environment a comment would be is not known
        context.log(T("Error: {message}", message=error.message_text))
        body, end = rendered.failed(error, name=name, link=link), error.exit
    found = rendered.verdict(plan)
    empty = skip_empty and found is rendered.Verdict.NO_CHANGES
    done = stick(forge, key, body, new=not update, skip=empty)
    context.log(T("Comment {done}.", done=done.value))
    _label(context, forge, name, found)
    return end


def _forge(context: Context, host: str) -> Forge:
    if host == "github":
        from smsops.forges.github import GitHub

        return GitHub(context.environment, context.clock)
    from smsops.forges.gitlab import GitLab

    return GitLab(context.environment, context.clock)


def _label(context: Context, forge: Forge, name: str, found: Verdict) -> None:
    """Say the result as a label; without the permission for that the comment still stands."""
    # Of a long name the end stays: that is where environments differ.
    short = name if len(name) <= _LONGEST else f"…{name[1 - _LONGEST :]}"
    labels = {each: f"smsops {short}".strip() + f": {each}" for each in type(found)}
    try:
        forge.label(labels[found], [label for each, label in labels.items() if each is not found])
    except SmsopsError as error:
        context.log(T("Warning: no label was set: {why}", why=error.message_text))


def _read(path: Path, environment: str | None) -> Plan:
    from smsops.cli.pipeline import read_document
    from smsops.planfile.saved import HOW, MAX_SIZE, load, plan_of, within

    saved = load(read_document(path, MAX_SIZE, hint=HOW), source=str(path))
    return within(plan_of(saved), environment, source=saved.source)


def _made(context: Context, project: Project) -> Plan:
    from smsops.cli.plan_options import plan_options
    from smsops.model import ADDRESSES, ALLOWED
    from smsops.workspace.readonly import open_reading

    nothing = {"max_deletes": None} | dict.fromkeys(ADDRESSES, ())
    options = plan_options(project, nothing | dict.fromkeys(ALLOWED, False))
    with open_reading(context.settings, project) as workspace:
        reading = workspace.read(allow_empty=False)
        snapshot, desired, observation, incremental = reading
        context.kept.append(reading)
        return workspace.plan(desired, snapshot, observation, options, incremental=incremental)


COMMAND = comment_command
