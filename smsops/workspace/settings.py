"""Settings of a run: global options, environment, clock, and where warnings go."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from smsops.clock import SYSTEM, Clock
from smsops.text.messages import Text

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    """The global options, as given."""

    directory: Path = Path()
    emulator: bool = False
    #: It may have been given a password, which belongs nowhere.
    endpoint: str | None = field(default=None, repr=False)
    allow_endpoint: tuple[str, ...] = ()
    ca_bundle: Path | None = None
    profile: str | None = None
    environment: str | None = None
    account_id: str | None = None
    color: str = "auto"
    no_input: bool = False
    verbose: int = 0


@dataclass(frozen=True, slots=True)
class Settings:
    """What opening a project depends on besides the project. ``ci``: output lands in the log of a
    CI runner; ``warn`` takes sentences for people that are no errors.
    """

    options: Options = Options()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    clock: Clock = SYSTEM
    ci: bool = False
    warn: Callable[[Text], None] = _log.warning
    #: The variables as they are outside of the environment that is chosen.
    outside: Mapping[str, str] = field(default_factory=dict, repr=False)
