"""Context of one invocation: options, environment, streams, CI host, and the project."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from smsops.cli.host import NOBODY, Host
from smsops.cli.streams import Streams
from smsops.clock import SYSTEM, Clock
from smsops.workspace.settings import Settings

if TYPE_CHECKING:
    from smsops.model import Project
    from smsops.render.github.commands import Report
    from smsops.state.backend import Backend


@dataclass(frozen=True, slots=True)
class Context(Streams):
    """One invocation: its options, its environment, its streams and its CI host."""

    clock: Clock = SYSTEM
    host: Host = NOBODY
    #: The command line, as it was given.
    arguments: tuple[str, ...] = ()
    #: Keeps objects alive until the process ends: deallocating those of a plan of 10,000 templates
    #: takes some 30 ms.
    kept: list[object] = field(default_factory=list, compare=False)

    def report(self, about: Callable[[], Report]) -> None:
        """Tell the code host, if there is one, what the command found or did."""
        self.host.report(about)

    #: This invocation before an environment was chosen.
    outer: Context | None = field(default=None, repr=False, compare=False)

    def within(self, name: str | None) -> Context:
        """This invocation in the environment ``name``, by default the one of the variable: with its
        variables, and what they set where no option was given.
        """
        from smsops.cli.options import completed

        outer = self.outer or self
        options, environment = completed(
            replace(outer.options, environment=name), outer.environment
        )
        return replace(outer, options=options, environment=environment, outer=outer)

    @property
    def interactive(self) -> bool:
        """Whether a question can be asked and answered."""
        if self.options.no_input:
            return False
        return sys.stdin is not None and sys.stdin.isatty()

    @property
    def settings(self) -> Settings:
        """What opening a project depends on."""
        outside = (self.outer or self).environment
        return Settings(self.options, self.environment, self.clock, self.ci, self.log, outside)

    def backend(self, project: Project) -> Backend:
        """Where the state of ``project`` is kept; its warnings go to stderr."""
        from smsops.workspace.session import open_backend

        return open_backend(self.settings, project)

    def project(self) -> Project:
        """The project of ``-C``, in the environment of ``-e``. Raises
        :class:`smsops.errors.InvalidManifests`, and :class:`smsops.errors.UsageError` for an
        environment that is not there, or not chosen.
        """
        from smsops.manifests.load import load_project
        from smsops.workspace.environments import chosen

        return chosen(load_project(self.options.directory), self.options.environment)
