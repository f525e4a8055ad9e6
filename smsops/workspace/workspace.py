"""Workspace to write: a project opened with its state backend and the writing half of the API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from smsops.model import Project
from smsops.providers.protocol import Writer
from smsops.state.backend import Backend
from smsops.workspace.readonly import ReadOnlyWorkspace
from smsops.workspace.session import connected
from smsops.workspace.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace(ReadOnlyWorkspace):
    """An open project, to plan and to write."""

    backend: Backend
    client: Writer


@contextmanager
def open_workspace(settings: Settings, project: Project) -> Iterator[Workspace]:
    """Connect to the account of ``project``, with its state's backend at hand.

    Whoever writes knows first whose account it is.
    """
    with connected(settings, project) as to:
        to.account()
        yield Workspace.opened(settings, project, to, backend=to.backend, client=to.client)
