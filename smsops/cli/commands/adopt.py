"""``smsops adopt``: from an existing account to a clean plan, in one command."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smsops.cli.command import command
from smsops.cli.context import Context
from smsops.cli.destinations import destinations, new_schemas_named, require_read
from smsops.cli.durations import Duration
from smsops.cli.execution import settled_execution
from smsops.errors import Exit
from smsops.text.messages import C, N, T, listed, listing

if TYPE_CHECKING:
    from smsops.adoption.selection import LeftOut
    from smsops.adoption.takeover import TakenOver


@command(
    "adopt",
    help="Take over what exists: write a manifest for every object that nobody manages, where the "
    "project reads it, and record its id. Nothing in the account changes. Rejected leftovers and "
    "duplicates are listed and left out. Run it again whenever something new has come up.",
)
@click.argument(
    "into", metavar="[DIR]", required=False, type=click.Path(path_type=Path, file_okay=False)
)
@click.option(
    "--only",
    multiple=True,
    metavar="KIND|ID|PATTERN",
    help="Only objects of this kind, with this id, or whose name fits ('验证码*'). Repeatable.",
)
@click.option(
    "--guess",
    is_flag=True,
    help="Write likely values of fields that the API does not return, marked as guessed.",
)
@click.option("--all", "leftovers", is_flag=True, help="Also rejected leftovers and duplicates.")
@click.option(
    "--lock-timeout",
    type=Duration(),
    default="0s",
    show_default=True,
    metavar="DURATION",
    help="How long to wait for the lock.",
)
def adopt_command(
    context: Context,
    into: Path | None,
    only: tuple[str, ...],
    guess: bool,
    leftovers: bool,
    lock_timeout: float,
) -> Exit:
    from smsops.adoption.selection import Wanted
    from smsops.adoption.takeover import take_over
    from smsops.adoption.writing import directories

    project = context.project()
    places = None if into is None else destinations(project, into)
    if places is not None:
        require_read(project, places)
    into_these = (directories(project) if places is None else places).values()
    with (
        new_schemas_named(context, project, into_these),
        settled_execution(context, project, "adopt", timeout=lock_timeout) as execution,
    ):
        wanted = Wanted(only, leftovers)
        done = take_over(execution, wanted, guess=guess, into=places)
    context.show(lambda: "\n".join(_report(context, done)))
    return _end(context, done)


def _report(context: Context, done: TakenOver) -> Iterator[str]:
    """What was recorded where, one line an object, and the count."""
    from collections import Counter

    from smsops.kinds import RESOURCES
    from smsops.render.style import value
    from smsops.text.sanitise import terminal

    ci = context.ci
    for address, seen in sorted(done.objects.items()):
        label = value(seen.spec.get(RESOURCES[seen.kind].label), ci=ci)
        path = done.written.get(address)
        duplicate = T("recorded only, a duplicate")
        where = terminal(str(path), ci=ci) if path is not None else duplicate
        line = T("« {address}  (id {id})  {label}  {where}", address=address, id=seen.remote_id)
        yield str(line.filled(label=label, where=where))
    for address, seen in sorted(done.adopted.items()):
        about = {"address": address, "id": seen.remote_id}
        yield str(T("« {address}  (id {id})  as its manifest says", **about))
    if not done.objects and not done.adopted:
        yield str(
            T("Nothing to adopt: every object that was asked for is managed, or left out below.")
            if done.left
            else T("Nothing to adopt: every object that was asked for is managed.")
        )
        return
    counts = Counter(address.kind for address in done.objects)
    counts.update(address.kind for address in done.adopted)
    kinds = [kind for kind in RESOURCES if counts[kind]]
    words = listed(
        " and ", (N(counts[kind], "{count} {kind}", "{count} {kind}s", kind=kind) for kind in kinds)
    )
    yield str(T("Adopted {words}; nothing was written to the account.", words=words))


def _end(context: Context, done: TakenOver) -> Exit:
    """What could not be known, what was left out, and what to do next."""
    for kind, fields in done.unknown.items():
        if fields:
            context.log(
                T(
                    "The API does not return {fields} of {kind}s: the manifests leave that out, "
                    "and a plan asks for it before it submits a new text.",
                    kind=kind,
                    fields=listing(fields),
                )
            )
    _left_out(context, done.left)
    for word in done.unmatched:
        context.log(T("Note: --only {word} means no unmanaged object.", word=word))
    for note in done.observation.notes:
        context.log(T("Note: {note}", note=note))
    if not done.observation.listed_all:
        context.log(T("Error: not everything could be listed, so there may be more to adopt."))
        return Exit.ERROR
    if done.objects or done.adopted:
        words = (
            T("Next: {command} shows what is left to do, if anything; then commit the files.")
            if done.written
            else T("Next: {command} shows what is left to do, if anything.")
        )
        context.log(words.filled(command=C("plan")))
    return Exit.OK


def _left_out(context: Context, left: tuple[LeftOut, ...]) -> None:
    from smsops.adoption.selection import ASKED_FOR
    from smsops.kinds import RESOURCES
    from smsops.render.style import value

    if not left:
        return
    context.log(T("Left out:"))
    for item in left:
        seen = item.seen
        context.log(
            T(
                "  {kind} {id} {label}: {why}",
                kind=seen.kind,
                id=seen.remote_id,
                label=value(seen.spec.get(RESOURCES[seen.kind].label), ci=context.ci),
                why=item.words,
            )
        )
    if any(item.why in ASKED_FOR for item in left):
        context.log(
            T(
                "{command} takes one of them, {all} all that can be taken.",
                command=C("adopt --only ID"),
                all=C("adopt --all"),
            )
        )


COMMAND = adopt_command
