"""What ``--help`` shows, and in which order."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from smsops.cli import COMMANDS, smsops
from smsops.cli.context import Context
from smsops.workspace.settings import Options
from tests.support.project import Project


def shown(*arguments: str) -> str:
    context = Context(Options(), {})
    result = CliRunner().invoke(smsops, [*arguments, "--help"], obj=context)
    assert result.exit_code == 0
    return result.output


def test_every_command_says_in_one_line_what_it_does() -> None:
    lines = shown().splitlines()
    for name, (_, what) in COMMANDS.items():
        assert any(line.split() == [name, *what.split()] for line in lines), name


@pytest.mark.parametrize("name", ["validate", "plan", "apply", "drift", "wait", "output", "import"])
def test_the_options_of_a_command_come_before_those_of_every_command(name: str) -> None:
    text = shown(name)
    own, everywhere = text.split("\nOptions of every command:\n")
    assert "\nOptions:\n" in own
    assert "--help" in own
    assert "-C DIR" in everywhere
    assert "--emulator" not in own


def test_arguments_are_no_options() -> None:
    text = shown("state", "mv")
    assert text.startswith("Usage: smsops state mv [OPTIONS] OLD NEW\n")
    assert "\n  OLD\n" not in text


def test_a_mistyped_command_gets_the_one_that_was_meant(project: Project) -> None:
    ran = project("plann")
    assert ran.code == 64
    assert "Error: No such command 'plann'. Did you mean 'plan'?\n" in ran.err
    strange = project("xyzzy")
    assert strange.code == 64
    assert "No such command 'xyzzy'.\n" in strange.err
