"""The man page, ``man/smsops.1``: written from the commands themselves.

One page for all of them, as people search it: ``man smsops``, then ``/probe``.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click

from release.changelog import Changelog
from smsops import __version__
from smsops.cli import PURPOSES, smsops
from smsops.cli.options import GLOBAL_NAMES
from smsops.errors import Exit

PAGE = Path("man") / "smsops.1"
#: Exit codes in the words of the README; a test compares them.
EXIT_STATUS: dict[Exit, str] = {
    Exit.OK: "Fine.",
    Exit.ERROR: "Error; drift and output: nothing is recorded although something is declared.",
    Exit.DIFFERENCES: "Differences: plan --detailed-exitcode, drift, output --check.",
    Exit.INVALID: "Invalid manifests, or blocked steps: a person has to decide.",
    Exit.CREDENTIALS: "Credentials missing or refused, or a state of another account or project.",
    Exit.LOCKED: "Another run holds the lock.",
    Exit.STALE: "The saved plan is stale.",
    Exit.UNKNOWN_OUTCOME: "The outcome of a write is unknown; the next apply finds out.",
    Exit.PENDING: "The review is still pending.",
    Exit.REJECTED: "The review was rejected.",
    Exit.NOT_DELIVERED: "Not delivered, or an objective missed.",
    Exit.USAGE: "Wrong usage.",
    Exit.INTERRUPTED: "Interrupted (SIGINT).",
    Exit.TERMINATED: "Terminated (SIGTERM).",
}
_FILES = {
    "smsops.yaml": "The project: where manifests are, where the state is kept, policies.",
    "signs/, templates/": "The manifests.",
    ".smsops/state.json": "The state of the backend local; back it up, and commit it nowhere.",
    "~/.tencentcloud/credentials": "Profiles, for --profile.",
}
_ENVIRONMENT = {
    "TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY, TENCENTCLOUD_TOKEN": "The credentials.",
    "TENCENTCLOUD_CREDENTIALS_FILE": "Another file with profiles.",
    "SMSOPS_ENVIRONMENT": "As -e.",
    "SMSOPS_ENDPOINT": "As --endpoint.",
    "SMSOPS_CA_BUNDLE": "As --ca-bundle.",
    "SMSOPS_LEDGER": "As --ledger.",
    "HTTPS_PROXY, NO_PROXY": "The proxy, and what is reached without it.",
    "NO_COLOR": "No colours.",
}


def page(changelog: Changelog) -> str:
    """The whole page as roff, for groff and mandoc."""
    return "\n".join(_lines(changelog)) + "\n"


def text(plain: str) -> str:
    r"""Plain text as roff: no character of it is a request or an escape.

    A hyphen stays the ASCII one (``\-``), so that options can be copied from the page.
    """
    escaped = plain.replace("\\", "\\e").replace("-", "\\-").replace("^", "\\(ha")
    escaped = escaped.replace("~", "\\(ti").replace("`", "\\(ga").replace('"', "\\(dq")
    escaped = escaped.replace("'", "\\(aq")
    escaped = re.sub(r"^\.", r"\\&.", escaped, flags=re.MULTILINE)
    return "".join(each if each.isascii() else f"\\[u{ord(each):04X}]" for each in escaped)


def _lines(changelog: Changelog) -> Iterator[str]:
    context = click.Context(smsops, info_name="smsops")
    yield '.\\" Written from the commands of smsops by `make man`.'
    # The date of the release: the page of one commit is the same on every day.
    date = changelog.date(__version__) or "unreleased"
    yield f'.TH SMSOPS 1 "{date}" "smsops {__version__}" "User Commands"'
    yield from (".SH NAME", f"smsops \\- {text(_summary())}")
    yield from (".SH SYNOPSIS", ".B smsops", text(" ".join(smsops.collect_usage_pieces(context))))
    yield from (
        ".SH DESCRIPTION",
        text("Manifests in git, a plan in the pull request, an apply on merge, a drift report."),
        text(
            "Signs and templates go through human review and cannot be modified once approved, "
            "so they are replaced without a gap, and nothing is submitted twice."
        ),
    )
    yield ".SH OPTIONS"
    yield from (".SS Of every command", *_options(context, of_all=True))
    yield ".SH COMMANDS"
    for purpose, names in PURPOSES.items():
        for name in names:
            yield f'.\\" {purpose}'
            command = smsops.get_command(context, name)
            assert command is not None
            yield from _command(command, click.Context(command, context, info_name=name))
    yield from (".SH EXIT STATUS", *_rows({str(int(code)): EXIT_STATUS[code] for code in Exit}))
    yield text(
        "With several, the most serious is given: `explain` says what a code means and what to do."
    )
    yield from (".SH ENVIRONMENT", *_rows(_ENVIRONMENT))
    yield from (".SH FILES", *_rows(_FILES))
    yield ".SH SEE ALSO"
    yield ".BR git (1)"


def _summary() -> str:
    return (smsops.help or "").rstrip(".")


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f'.SS "{text(context.command_path)}"'
    yield f".B {text(context.command_path)}"
    yield text(" ".join(command.collect_usage_pieces(context)))
    yield from _paragraphs(command.help or "")
    yield from _options(context, of_all=False)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _command(inner, click.Context(inner, context, info_name=name))


def _paragraphs(help: str) -> Iterator[str]:
    """The paragraphs of a help; those that click would not wrap keep their lines here too."""
    for paragraph in inspect.cleandoc(help).split("\n\n"):
        kept = paragraph.startswith("\b\n")
        yield ".PP"
        if kept:
            yield from (".nf", text(paragraph.removeprefix("\b\n")), ".fi")
        else:
            yield text(" ".join(paragraph.split()))


def _options(context: click.Context, *, of_all: bool) -> Iterator[str]:
    found: dict[str, str] = {}
    for parameter in context.command.get_params(context):
        if (parameter.name in GLOBAL_NAMES) != of_all or "--help" in parameter.opts:
            continue
        if isinstance(parameter, click.Option) and (row := parameter.get_help_record(context)):
            found[row[0]] = " ".join(row[1].split())
    yield from _rows(found)


def _rows(rows: dict[str, str]) -> Iterator[str]:
    for name, meaning in rows.items():
        yield from (".TP", f".B {text(name)}", text(meaning) or "\\&")
