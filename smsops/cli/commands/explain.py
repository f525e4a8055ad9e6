"""``smsops explain``: what a code means and what to do."""

from __future__ import annotations

import click

from smsops.cli.command import command
from smsops.cli.context import Context
from smsops.errors import Exit
from smsops.text.messages import T


def _completed(_: click.Context, __: click.Parameter, typed: str) -> list[str]:
    """Codes, once there is a letter to choose by: there are hundreds."""
    from smsops.explain import Category, catalogue

    codes = [entry.code for entry in catalogue()] if typed else []
    return [word for word in dict.fromkeys((*Category, *codes)) if word.startswith(typed)]


@command("explain", context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, metavar="[CATEGORY] CODE", shell_complete=_completed)
@click.option("--list", "every", is_flag=True, help="List all codes, or those of CATEGORY.")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def explain(context: Context, words: tuple[str, ...], every: bool, format: str) -> Exit:
    """Say what a code means and what to do.

    CODE is an error code of the API, a review, qualification or receipt code, a rule of validate,
    the reason of a step in a plan (reason_code), the refusal of a probe, or an exit code. The end
    of an error code is enough, its beginning lists the family.

    \b
    smsops explain InvalidParameterValue.SignAlreadyPassedCheck
    smsops explain SignAlreadyPassedCheck
    smsops explain -1
    smsops explain exit 7
    smsops explain approved_differs
    smsops explain --list receipt

    CATEGORY is error, review, qualification, exit, rule, reason, preflight or receipt.
    """
    from smsops.explain import listing, look_up
    from smsops.render.explain import as_json, text

    for word in words:
        # Codes may be negative numbers, so click is told to pass on what it does not know.
        if word.startswith("-") and not word[1:].isdigit():
            raise click.NoSuchOption(word)
    if not every and not any(word.strip() for word in words):
        raise click.UsageError(
            str(T("Say which code: smsops explain CODE, or smsops explain --list."))
        )
    answer = listing(words) if every else look_up(words)
    context.out(as_json(answer) if format == "json" else text(answer, ci=context.ci))
    return Exit.OK


COMMAND = explain
