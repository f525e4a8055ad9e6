"""What ``--help`` shows, and in which order."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from smsops.cli import COMMANDS, PURPOSES, main, smsops
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


def test_commands_come_by_purpose_and_before_the_options() -> None:
    text = shown()
    titles = re.findall(r"^([A-Z][a-z ]+):$", text, re.MULTILINE)
    assert titles == [*PURPOSES, "Options", "Options of every command"]
    assert [*PURPOSES] == ["Write", "Look", "Delivery", "Tell", "Take over", "Try", "Other"]
    assert list(PURPOSES["Write"]) == ["init", "validate", "plan", "apply", "show"]


@pytest.mark.parametrize("name", ["state", "ledger", "receipts", "emulator"])
def test_the_commands_of_a_group_come_before_its_options(name: str) -> None:
    text = shown(name)
    commands, options = text.split("\nOptions:\n")
    assert "\nCommands:\n" in commands
    assert "..." not in commands.partition("\n")[2]
    assert "--help" in options
    assert "-C DIR" in options.partition("Options of every command:")[2]


@pytest.mark.parametrize("words", [(), ("state",), ("ledger",), ("emulator",)])
def test_without_a_command_there_is_help(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(list(words)) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert main([*words, "--help"]) == 0
    assert printed.out.startswith(capsys.readouterr().out)
    begins = "\n\nWhere to begin:\n  smsops init " in printed.out
    assert begins is (words == ())


def test_an_option_without_a_command_is_an_error(project: Project) -> None:
    """It was meant for something."""
    ran = project("--no-input")
    assert (ran.code, ran.out) == (64, "")
    assert "Missing command" in ran.err


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
