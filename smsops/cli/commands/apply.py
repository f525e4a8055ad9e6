"""``smsops apply``: make the account match the manifests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smsops.cli.actions import Actions
from smsops.cli.command import command
from smsops.cli.confirmation import confirmed
from smsops.cli.context import Context
from smsops.cli.durations import Duration
from smsops.cli.plan_options import plan_options, planning_options
from smsops.errors import Exit, SmsopsError, UsageError, most_serious
from smsops.text.messages import C, T

if TYPE_CHECKING:
    from smsops.applying.run import Execution
    from smsops.model import Action, Address, Plan, PlanOptions, Project, Step
    from smsops.model.outcome import Outcome
    from smsops.planfile.saved import SavedPlan
    from smsops.workspace.workspace import Workspace


@command(
    "apply",
    help="Make the account match the manifests, or do exactly what PLANFILE holds.",
    reports=True,
)
@click.argument("planfile", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
@click.option(
    "--only",
    type=Actions(),
    multiple=True,
    metavar="ACTION,...",
    help="Only these actions, such as promote,retire; the rest is shown as not asked for. "
    "Repeatable.",
)
@click.option(
    "--wait",
    "wait",
    type=Duration(),
    metavar="DURATION",
    help="Then poll until every review is over, also of what was submitted earlier.",
)
@click.option("--format", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option(
    "--json-into",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write the result as JSON.",
)
@click.option(
    "--lock-timeout",
    type=Duration(),
    default="0s",
    show_default=True,
    metavar="DURATION",
    help="How long to wait for the lock.",
)
@planning_options
def apply_command(
    context: Context,
    planfile: Path | None,
    auto_approve: bool,
    only: tuple[tuple[Action, ...], ...],
    wait: float | None,
    format: str,
    json_into: Path | None,
    lock_timeout: float,
    **values: Any,
) -> Exit:
    from smsops.applying.run import Execution
    from smsops.cancellation import Stop
    from smsops.workspace.workspace import open_workspace

    project = context.project()
    saved = _load(planfile, project) if planfile is not None else None
    given = [name for name, value in values.items() if value not in ((), None, False)]
    if saved is not None and given:
        flags = ", ".join(f"--{name.rstrip('s') if name == 'targets' else name}" for name in given)
        raise UsageError(
            T(
                "a plan file has its own options; leave out {replace}",
                replace=flags.replace("_", "-"),
            )
        )
    options = saved.options if saved is not None else plan_options(project, values)
    with open_workspace(context.settings, project) as workspace:
        with workspace.backend.lock("apply", timeout=lock_timeout):
            execution = Execution.begin(workspace, Stop(), context.log)
            outcome = _apply(
                context,
                execution,
                options,
                saved,
                only=tuple(action for actions in only for action in actions),
                approved=auto_approve or saved is not None,
                format=format,
                json_into=json_into,
            )
        if wait is None or outcome.interrupted:
            _say_following(context, outcome)
            return outcome.exit
        waited = _wait(context, workspace, outcome, wait, only=options.targets)
        return most_serious((outcome.exit, waited))


def _say_following(context: Context, outcome: Outcome) -> None:
    from smsops.render.outcome.text import following

    if not outcome.interrupted and (due := following(outcome)):
        context.log(due)


def _wait(
    context: Context,
    workspace: Workspace,
    outcome: Outcome,
    timeout: float,
    *,
    only: Sequence[Address],
) -> Exit:
    """Poll what is in review, from this apply or an earlier one; promotes nothing, the next apply
    does.
    """
    from smsops.applying.wait import DECIDED, Awaited, Backoff
    from smsops.cli.polling import wait_for
    from smsops.model import ReviewState

    submitted = {item.step.address for item in outcome.results if item.submitted}
    awaited: list[Awaited] = []
    for address, record in sorted(workspace.snapshot().resources.items()):
        item = Awaited.of(address, record)
        if item is None or (only and address not in only):
            continue
        review = item.record.current.review if item.record.current else None
        if address in submitted or (review and review.state is ReviewState.IN_REVIEW):
            awaited.append(item)
    return wait_for(
        context, workspace, awaited, over=DECIDED, timeout=timeout, pace=Backoff()
    ).exit()


def _load(path: Path, project: Project) -> SavedPlan:
    from smsops.cli.files import read_named
    from smsops.planfile import saved as planfile

    body = read_named(path, planfile.MAX_SIZE, hint=planfile.HOW)
    saved = planfile.load(body, source=str(path))
    # What `show` refuses is not applied either: nobody can have read it as what it is.
    here = project.environment.name if project.environment else None
    planfile.within(planfile.plan_of(saved), here, source=saved.source)
    return saved


def _apply(
    context: Context,
    execution: Execution,
    options: PlanOptions,
    saved: SavedPlan | None,
    *,
    only: Sequence[Action],
    approved: bool,
    format: str,
    json_into: Path | None,
) -> Outcome:
    from smsops.applying.apply import Callbacks, apply
    from smsops.cli.files import write_private
    from smsops.cli.progress import progress
    from smsops.render.github import reports
    from smsops.render.outcome import text as rendered
    from smsops.render.symbols import WORDS
    from smsops.signals import on_signals

    def agree(plan: Plan) -> bool:
        shown = _show(context, execution.workspace, plan, format)
        if approved or not plan.applyable:
            return False
        _approve(context, plan, shown=shown)
        return True

    def left_out(step: Step) -> None:
        context.log(
            T(
                "Not in the plan, not run: {action} {address} ({reason})",
                action=WORDS[step.action],
                address=step.address,
                reason=step.reason,
            )
        )

    applied = apply(
        execution,
        options,
        Callbacks(
            agree=agree,
            left_out=left_out,
            progress=partial(progress, context),
            interruptible=partial(on_signals, execution.stop, context.log),
        ),
        saved=saved,
        only=only,
    )
    outcome = replace(applied.outcome, environment=applied.plan.environment)
    seen = applied.seen
    context.report(lambda: reports.outcome(outcome, seen))
    with _said(context):
        if json_into is not None:
            write_private(json_into, rendered.json(outcome, seen))
    with _said(context):
        if format == "json":
            context.out(rendered.json(outcome, seen))
        else:
            context.show(lambda: rendered.text(outcome, seen, ci=context.ci))
    return outcome


@contextmanager
def _said(context: Context) -> Iterator[None]:
    """What was done is done and recorded: failing to show it does not change how the run ends."""
    try:
        yield
    except BrokenPipeError:
        return  # the reader went away: its choice
    except Exception as error:  # noqa: BLE001 - whatever it is, the exit code is about the work
        reason = error.strerror if isinstance(error, OSError) else repr(error)
        context.log(T("The result could not be shown: {reason}", reason=reason))


def _show(context: Context, workspace: Workspace, plan: Plan, format: str) -> bool:
    """Show the plan; false when nobody can have seen it."""
    from smsops.render.plan.text import text

    stream = context.stderr if format == "json" else context.stdout

    def shown() -> str:
        return text(
            plan,
            seconds=workspace.seconds(plan),
            colour=context.colour(stream),
            ci=context.ci,
            every_field=context.verbose,
        )

    try:
        stream.write(context.fitted(shown, stream))
        stream.flush()
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            context.log(T("The plan could not be shown: {strerror}", strerror=error.strerror))
        return False
    return True


def _approve(context: Context, plan: Plan, *, shown: bool) -> None:
    """Ask for ``yes``. Raises when nobody can answer, or when the answer is another one."""
    if not shown:
        raise SmsopsError(T("the plan could not be shown, so nobody can approve it"))
    if not context.interactive:
        raise UsageError(
            T(
                "apply has something to do and nobody to ask: pass --auto-approve, "
                "or save a plan with {command} and apply that",
                command=C("plan -o FILE"),
            )
        )
    asked = (
        T("\nApply this in environment {name}? Only '{yes}' is accepted: ", name=plan.environment)
        if plan.environment
        else T("\nApply this? Only '{yes}' is accepted: ")
    )
    if not confirmed(context, asked):
        raise SmsopsError(T("not applied; nothing was written"))


COMMAND = apply_command
