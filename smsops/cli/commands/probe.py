"""``smsops probe``: send the declared test messages, and wait for what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smsops.cli.command import command
from smsops.cli.confirmation import confirmed
from smsops.cli.context import Context
from smsops.cli.ledger_options import ledger_option
from smsops.errors import Exit, Interrupted, SmsopsError, UsageError, most_serious
from smsops.render.probes import FORMATS
from smsops.text.messages import T

if TYPE_CHECKING:
    from smsops.delivery.probing import Probing
    from smsops.delivery.runs import Run


@command(
    "probe",
    help="Send each declared probe once, or those of NAME, and wait for the report. It costs "
    "money, so it shows what it would send and asks. Exit 0 all delivered, 7 an outcome is "
    "unknown, 8 not reported in time, 10 failed or refused.",
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--dry-run", is_flag=True, help="Show what would be sent, and send nothing.")
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
@click.option("--no-wait", is_flag=True, help="Do not wait for reports; the next run goes on.")
@click.option("--format", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option(
    "--json-into",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write the result as JSON.",
)
@ledger_option
def probe(
    context: Context,
    names: tuple[str, ...],
    dry_run: bool,
    auto_approve: bool,
    no_wait: bool,
    format: str,
    json_into: Path | None,
    url: str | None,
) -> Exit:
    from smsops.cli.files import write_private
    from smsops.delivery.probing import Watch
    from smsops.render.probes import formats, row
    from smsops.render.probes.text import progress
    from smsops.workspace.probes import open_probing

    if dry_run and (format != "text" or json_into):
        raise UsageError(
            T("--dry-run shows text: nothing has a verdict yet"),
            hint=T("Leave out --format and --json-into, or --dry-run."),
        )
    project = context.project()
    with _progress(context) as pausing:
        watch = Watch(
            moved=lambda run: context.log(progress(run, ci=context.ci)),
            pausing=lambda seconds, _: pausing(seconds),
            warn=context.log,
        )
        opened = open_probing(
            context.settings, project, names, ledger_url=url, watch=watch, rehearse=dry_run
        )
        with opened as prepared:
            if prepared is None:
                read = ", ".join(project.manifests)
                context.log(
                    T(
                        "No probe is declared in {directories}. "
                        "A manifest of `kind: Probe` does that.",
                        directories=read,
                    )
                )
                _tell_unread(context)
                if json_into is not None:
                    write_private(json_into, formats.json(()))
                if format != "text":
                    context.out(formats.render((), format, ci=context.ci))
                return Exit.OK
            probing = prepared.probing
            runs = probing.look_ahead(prepared.cases, wait=not no_wait)
            some = any(run.sends for run in runs)
            shown = _show(context, runs, format)
            if dry_run:
                return row.exit([run for run in runs if run.refusal is not None])
            if some and not auto_approve:
                _approve(context, shown=shown)
            _run(probing, runs, wait=not no_wait)
    if format == "text":
        context.show(lambda: formats.render(runs, format, ci=context.ci))
    else:
        context.out(formats.render(runs, format, ci=context.ci))
    code = row.exit(runs)
    if json_into is not None:
        try:
            write_private(json_into, formats.json(runs))
        except SmsopsError as error:
            # What was sent counts for more.
            context.log(T("Error: {message}", message=error.message_text))
            return most_serious((code, error.exit))
    return code


def _tell_unread(context: Context) -> None:
    """Say what is wrong with the project's file: a probe may be where nobody reads it."""
    from smsops.manifests.project import read_project

    for problem in read_project(context.options.directory).problems:
        context.log(T("Warning: {message}", message=problem.message))


def _run(probing: Probing, runs: Sequence[Run], *, wait: bool) -> None:
    """Send and follow. A signal ends it where it stands: the next run goes on."""
    from smsops.signals import Terminated

    try:
        probing.begin(runs)
        for run in runs:
            if run.behind and run.refusal is None:
                words = T("{probe}: waits for {other}, which has the same number")
                probing.watch.warn(words.filled(probe=run.case.name, other=run.behind))
        probing.follow(runs, wait=wait)
    except KeyboardInterrupt as error:
        left = ", ".join(run.case.name for run in runs if run.send is not None and not run.over)
        raise Interrupted(
            T("Interrupted; under way: {names}. The next run goes on with them.", names=left)
            if left
            else T("Interrupted."),
            exit=Exit.TERMINATED if isinstance(error, Terminated) else Exit.INTERRUPTED,
        ) from None


def _show(context: Context, runs: Sequence[Run], format: str) -> bool:
    """Show what would be sent; false when nobody can have seen it."""
    from smsops.render.probes.text import intended

    stream = context.stdout if format == "text" else context.stderr
    try:
        stream.write(context.fitted(lambda: intended(runs, ci=context.ci), stream))
        stream.flush()
    except OSError:
        return False
    return True


def _approve(context: Context, *, shown: bool) -> None:
    """Ask for ``yes``. Raises when nobody can answer, or when the answer is another one."""
    if not shown:
        raise SmsopsError(T("what would be sent could not be shown, so nobody can approve it"))
    if not context.interactive:
        raise UsageError(
            T("probe has something to send and nobody to ask: pass --auto-approve"),
            hint=T("--dry-run shows what it would send, and sends nothing."),
        )
    if not confirmed(context, T("\nSend this? Only '{yes}' is accepted: ")):
        raise SmsopsError(T("not sent; nothing was spent"))


@contextmanager
def _progress(context: Context) -> Iterator[Callable[[float], None]]:
    """A live line on a terminal while reports are awaited, silence elsewhere."""
    from smsops.cli.polling import pausing

    waiting = T("waiting for reports; next look, or next message, in {seconds} s")
    with pausing(context, waiting) as told:
        yield told


COMMAND = probe
