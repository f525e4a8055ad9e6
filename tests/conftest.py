"""What every test shares.

Property tests try the same inputs in every run, so that a change is judged by what it changed and
not by its luck, and they have no deadline on a busy machine. `pytest --hypothesis-profile=explore`
tries others each time; `make test` tries the same and more, `--hypothesis-profile=thorough`.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.account import Account
from tests.support.clock import FakeClock
from tests.support.postgres import MISSING, binaries
from tests.support.project import Project, an_hour_ago

_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

settings.register_profile("steady", _PATIENT, derandomize=True, max_examples=40)
settings.register_profile("thorough", _PATIENT, derandomize=True)
settings.register_profile("explore", _PATIENT)
settings.load_profile("steady")

# Ten thousand tests are collected in half the time when nobody looks for garbage among them ...
gc.disable()

# A shell starts background jobs with SIGINT ignored, and every process that a test starts would
# inherit that: nothing could be interrupted.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """... nor need any later search go through them: they stay to the end."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """One worker more than there are cores: tests of real processes wait most of their time."""
    chosen = os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS")
    return None if chosen else (os.cpu_count() or 1) + 1


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """With several workers each begins with a part of its own: what a module shares is made once.
    Then they take from one another.
    """
    if config.getoption("numprocesses", None) and config.getoption("dist", "no") == "no":
        config.option.dist = "worksteal"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line about what could not be tested here."""
    if binaries() is None:
        terminalreporter.write_line(MISSING)


@pytest.fixture(autouse=True)
def quiet_again() -> Iterator[None]:
    """After ``-v`` in this process: nothing is logged to a stream that ended with its test."""
    yield
    logger = logging.getLogger("smsops")
    if logger.handlers:
        logger.handlers.clear()
        logger.setLevel(logging.NOTSET)
        logger.propagate = True


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a sign and one template, on the emulator."""
    return Project(tmp_path / "project").begin()


@pytest.fixture(scope="session")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The same, applied and approved, to be copied."""
    return an_hour_ago(tmp_path_factory.mktemp("approved") / "project").begin().approved()


@pytest.fixture
def applied_project(approved: Project, tmp_path: Path) -> Project:
    """A copy of that."""
    return approved.copy(tmp_path / "project")


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    """An account of the test's own, served over a socket."""
    with Account(tmp_path / "account.json") as account:
        yield account


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still."""
    return FakeClock()
