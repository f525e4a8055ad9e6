"""Progress of an apply on stderr: a live bar on a terminal, plain lines everywhere else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from smsops.cli.context import Context
from smsops.model import Action, Step
from smsops.model.operations import OPERATIONS, Operation
from smsops.model.outcome import Progress, Result, Status
from smsops.render.outcome.text import DONE, ENDS
from smsops.render.symbols import WORDS
from smsops.text.messages import NOTHING, T, Text

_PRESENT = {
    Action.ADOPT: T("adopting {address}{which} ..."),
    Action.CREATE: T("creating {address}{which} ..."),
    Action.UPDATE: T("updating {address}{which} ..."),
    Action.REPLACE: T("submitting a successor of {address}{which} ..."),
    Action.PROMOTE: T("promoting {address}{which} ..."),
    Action.RETIRE: T("retiring {address}{which} ..."),
    Action.ABANDON: T("abandoning the successor of {address}{which} ..."),
    Action.DELETE: T("deleting {address}{which} ..."),
    Action.FORGET: T("forgetting {address}{which} ..."),
}


def started(step: Step) -> Text:
    """Log line when the API call of a step starts: ``creating sign.acme ...``."""
    # An address may have several objects to delete.
    deletes = OPERATIONS[step.action] is Operation.DELETE
    which = T(" (id {id})", id=step.remote_id) if deletes else NOTHING
    return _PRESENT[step.action].filled(address=step.address, which=which)


def ended(step: Step, result: Result) -> Text:
    """Log line when a step ends, with the id that it got."""
    if result.status is Status.DONE:
        id_ = T(" (id {id})", id=result.remote_id) if result.remote_id is not None else NOTHING
        if step.replaces is not None:
            id_ = T(" (id {old} -> {id})", old=step.replaces, id=result.remote_id)
        done = T("successor submitted") if step.action is Action.REPLACE else DONE[step.action]
        return T("{address}: {done}{id}", address=step.address, done=done, id=id_)
    return T(
        "{address}: {action} {end}",
        address=step.address,
        action=WORDS[step.action],
        end=ENDS[result.status],
    )


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
                live.update(task, description=str(started(step)))
                return
            live.update(task, advance=1, description="")
            live.console.print(str(ended(step, result)), markup=False)

        yield update
