"""An emulator for the tests of an application (``pip install 'smsops[server]'``)::

    # conftest.py
    pytest_plugins = ["smsops.testing"]

    # test_login.py
    def test_a_code_is_sent(smsops_emulator):
        sign, template = smsops_emulator.seed([
            {"kind": "sign", "signName": "艾克米"},
            {"kind": "template", "templateName": "登录", "content": "您的验证码是{1}。"},
        ])
        ...  # the application, with smsops_emulator.environment
        assert smsops_emulator.messages()[0].to == "+8618501234444"

The emulator is a process of its own that lives as long as the test run (one a worker of
pytest-xdist), and is empty at the beginning of every test.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from smsops.testing.running import Message, RunningEmulator

__all__ = [
    "Message",
    "RunningEmulator",
    "smsops_emulator",
    "smsops_emulator_options",
    "smsops_emulator_process",
]


@pytest.fixture(scope="session")
def smsops_emulator_options() -> Sequence[str]:
    """Options of ``smsops emulator serve``; a fixture of the same name in a conftest replaces them.

    Tests are quicker than what the API allows a second, so limits are off.
    """
    return ("--no-limits",)


@pytest.fixture(scope="session")
def smsops_emulator_process(smsops_emulator_options: Sequence[str]) -> Iterator[RunningEmulator]:
    """The emulator of this test run, with whatever is in it."""
    with RunningEmulator.started(smsops_emulator_options) as emulator:
        yield emulator


@pytest.fixture
def smsops_emulator(smsops_emulator_process: RunningEmulator) -> RunningEmulator:
    """The emulator, empty."""
    smsops_emulator_process.reset(account=True)
    return smsops_emulator_process
