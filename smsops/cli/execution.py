"""Executions of commands that record what exists: workspace, lock, and nothing left to recover."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from smsops.cli.context import Context

if TYPE_CHECKING:
    from smsops.applying.run import Execution
    from smsops.model import Project


@contextmanager
def settled_execution(
    context: Context, project: Project, operation: str, *, timeout: float
) -> Iterator[Execution]:
    """Hold the lock for ``operation``, once every interrupted Add is accounted for. ``timeout``:
    seconds to wait for the lock.

    Raises :class:`smsops.errors.OutcomeUnknown` for an Add that is not.
    """
    from smsops.applying.run import Execution
    from smsops.cancellation import Stop
    from smsops.workspace.workspace import open_workspace

    with (
        open_workspace(context.settings, project) as workspace,
        workspace.backend.lock(operation, timeout=timeout),
    ):
        execution = Execution.begin(workspace, Stop(), context.log)
        for item in execution.recover():
            if item.error is not None:
                raise item.error
        yield execution
