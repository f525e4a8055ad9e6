"""Names of state backends: every place where one has a meaning knows all of them."""

from __future__ import annotations

from pathlib import Path

import click

from smsops.cli.commands import init, state_transfer
from smsops.manifests import schemas, starter
from smsops.model import BACKENDS, Project, StateSettings
from smsops.planning.unrecorded import LOST
from smsops.workspace.session import open_backend
from smsops.workspace.settings import Settings
from tests.support import backends


def test_every_place_knows_every_backend() -> None:
    names = set(BACKENDS)
    assert set(starter.STATE) == names
    assert set(LOST) == names
    state = schemas.load("project")["properties"]["spec"]["properties"]["state"]
    assert set(state["properties"]["backend"]["enum"]) == names
    assert names <= set(backends.BACKENDS), "each takes part in the contract suite"


def test_the_commands_offer_every_backend() -> None:
    for command, name in ((init.COMMAND, "backend"), (state_transfer.migrate, "to")):
        (option,) = [each for each in command.params if each.name == name]
        assert isinstance(option.type, click.Choice)
        assert tuple(option.type.choices) == BACKENDS


def test_every_backend_can_be_opened(tmp_path: Path) -> None:
    address = {"SMSOPS_HTTP_ADDRESS": "https://git.example.com/state/x"}
    for name in BACKENDS:
        project = Project(tmp_path, "x", "ap-guangzhou", (), state=StateSettings(backend=name))
        assert open_backend(Settings(environment=address), project).description
