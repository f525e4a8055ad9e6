"""Project settings of ``smsops.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Suppression:
    """A drift finding that somebody owns and accepts until a day (``YYYY-MM-DD``)."""

    address: str
    drift: str
    owner: str
    reason: str
    expires: str


#: The state backends, by the name that ``spec.state.backend`` takes.
BACKENDS = ("local", "http", "git")


@dataclass(frozen=True, slots=True)
class StateSettings:
    """``spec.state`` of the project file. ``name``: of a git state; the project's by default."""

    backend: str = "local"
    remote: str = "origin"
    name: str | None = None


@dataclass(frozen=True, slots=True)
class DeleteLimit:
    """``policy.maxDeletes``: how many objects one plan may delete.

    ``count`` is a number, ``share`` a percentage of all recorded objects, which counts from
    ``share_from`` objects up and allows at least one. Where both are set, the smaller one holds.
    """

    count: int | None = 5
    share: int | None = 30
    share_from: int = 10

    def of(self, recorded: int) -> int:
        """The limit for a state that records so many objects."""
        limits = [] if self.count is None else [self.count]
        if self.share is not None and recorded >= self.share_from:
            limits.append(max(recorded * self.share // 100, min(self.share, 1)))
        return min(limits, default=recorded)


@dataclass(frozen=True, slots=True)
class Environment:
    """One account of several that share the manifests: an entry of ``spec.environments``.

    ``account`` can only refuse another one. ``only``: what a manifest has to declare to be there.
    """

    name: str
    region: str
    state: StateSettings
    account: str | None = None
    site: str = "cn"
    profile: str | None = None
    only: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Project:
    """``smsops.yaml``: where the manifests and the state are, and what policy holds."""

    root: Path
    name: str
    region: str
    manifests: tuple[str, ...]
    state: StateSettings = StateSettings()
    max_deletes: DeleteLimit = DeleteLimit()
    lint_ignore: tuple[str, ...] = ()
    template_variables: str = "warn"
    incomplete: str = "warn"
    rate_limits: Mapping[str, float] = field(default_factory=dict)
    suppressions: tuple[Suppression, ...] = ()
    site: str = "cn"
    #: In the order in which they are declared; none in a project of one account.
    environments: tuple[Environment, ...] = ()
    #: The one that this run is about.
    environment: Environment | None = None
    #: The project as it is in no environment, where this run is in one.
    outside: Project | None = field(default=None, compare=False, repr=False)
    #: Directories that would be read if they were there; none where the file names its own.
    absent: tuple[str, ...] = field(default=(), compare=False)

    def within(self, environment: Environment | None) -> Project:
        """The project as it is in one of its environments."""
        if environment is None:
            return self
        return replace(
            self,
            region=environment.region,
            site=environment.site,
            state=environment.state,
            environment=environment,
            outside=self.outside or self,
        )
