"""Progress of an apply on stderr: a live bar on a terminal, plain lines everywhere else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from smsops.cli.context import Context
from smsops.model import Action, Step
from smsops.model.operations import OPERATIONS, Operation
from smsops.model.outcome import Progress, Result, Status
from smsops.render.outcome.text import PAST

_PRESENT = {
    Action.ADOPT: "adopting",
    Action.CREATE: "creating",
    Action.UPDATE: "updating",
    Action.REPLACE: "submitting a successor of",
    Action.PROMOTE: "promoting",
    Action.RETIRE: "retiring",
    Action.ABANDON: "abandoning the successor of",
    Action.DELETE: "deleting",
    Action.FORGET: "forgetting",
}


def started(step: Step) -> str:
    """Log line when the API call of a step starts: ``creating sign.acme ...``."""
    # An address may have several objects to delete.
    which = f" (id {step.remote_id})" if OPERATIONS[step.action] is Operation.DELETE else ""
    return f"{_PRESENT[step.action]} {step.address}{which} ..."


def ended(step: Step, result: Result) -> str:
    """Log line when a step ends, with the id that it got."""
    if result.status is Status.DONE:
        id_ = f" (id {result.remote_id})" if result.remote_id is not None else ""
        done = "successor submitted" if step.action is Action.REPLACE else PAST[step.action]
        return f"{step.address}: {done}{id_}"
    return f"{step.address}: {step.action} {result.status}"


@contextmanager
def progress(context: Context, total: int) -> Iterator[Progress]:
    """The callback for the applier; steps report from several threads."""
    lock = threading.Lock()
    if not total or not context.stderr.isatty():

        def line(step: Step, result: Result | None) -> None:
            with lock:
                context.log(started(step) if result is None else ended(step, result))

        yield line
        return

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Live

    console = Console(stderr=True, no_color=not context.colour(context.stderr), highlight=False)
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Live(*columns, console=console, transient=True) as live:
        task = live.add_task("", total=total)

        def update(step: Step, result: Result | None) -> None:
            # Addresses hold [a-z0-9.-] only, so nothing here is markup.
            if result is None:
                live.update(task, description=started(step))
                return
            live.update(task, advance=1, description="")
            live.console.print(ended(step, result), markup=False)

        yield update
