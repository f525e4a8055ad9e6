"""``smsops check-app``: literal template ids and parameter counts in an application's sources."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smsops.cli.command import command
from smsops.cli.context import Context
from smsops.errors import Exit, Severity, SmsopsError, UsageError
from smsops.render.sources import FORMATS
from smsops.text.messages import Command, T, joined

if TYPE_CHECKING:
    from smsops.sources.judge import Index

#: Bytes of a file of outputs.
_LARGEST = 16 * 1024 * 1024


@command(
    "check-app",
    help="Find template ids and sends in an application's sources, and compare them with what the "
    "state records: no credentials, no call. Exit 2 when something differs.",
)
@click.argument("sources", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--outputs",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Compare with a file of output --format json --all instead of the state.",
)
@click.option(
    "--exclude",
    multiple=True,
    metavar="PATTERN",
    help="Leave out files and directories, such as test or *.min.js.",
)
@click.option(
    "--strict", is_flag=True, help="Exit 2 also for literals and for what cannot be judged."
)
@click.option("--format", type=click.Choice(FORMATS), default="text", show_default=True)
def check_app(
    context: Context,
    *,
    sources: Path,
    outputs: Path | None,
    exclude: tuple[str, ...],
    strict: bool,
    format: str,
) -> Exit:
    from smsops.cli.host import prefix
    from smsops.render import sources as render
    from smsops.sources.files import check
    from smsops.sources.judge import RULES

    index = _of_file(context, outputs) if outputs else _of_state(context)
    found = check(sources, index, exclude=exclude, outputs=outputs)
    verdicts = [*found.read.values(), *found.glanced.values()]
    report = render.Report(
        problems=[each for one in verdicts for each in one.problems],
        files=len(found.read),
        sends=sum(each.sends for each in verdicts),
        literals=sum(each.literals for each in verdicts),
        ignored=sum(each.ignored for each in verdicts),
        unread=[(each.file, each.why) for each in found.unread],
        skipped=found.skipped,
        excluded=found.excluded,
        others=found.others,
    )
    if format == "text":
        context.out(render.text(report, ci=context.ci))
    elif format == "json":
        context.out(render.json(report))
    else:
        rules = {
            code: (rule.title.plain, joined(" ", rule.meaning, rule.action).plain)
            for code, rule in RULES.items()
        }
        context.out(render.sarif(report, rules, prefix=prefix(sources, context.environment)))
    if not found.read:
        context.log(T("Nothing was read in {directory}: nothing is known.", directory=sources))
        return Exit.ERROR
    if found.unread:
        context.log(
            T(
                "Some files could not be read: what they hold is not known. --exclude leaves "
                "them out."
            )
        )
        return Exit.ERROR
    counted = set(Severity) if strict else {Severity.ERROR}
    differs = any(each.severity in counted for each in report.problems)
    return Exit.DIFFERENCES if differs else Exit.OK


def _of_state(context: Context) -> Index:
    from smsops.manifests.project import NAME, enclosing
    from smsops.render import outputs
    from smsops.sources.judge import Index
    from smsops.workspace.recorded import RecordedWorkspace

    directory = context.settings.options.directory
    if directory.is_dir() and not (directory / NAME).exists() and enclosing(directory) is None:
        raise UsageError(
            T("no {name} in {directory}", name=NAME, directory=directory.absolute()),
            hint=T(
                "Name the project's directory with -C DIR, or give --outputs FILE: "
                "what {command} printed there.",
                command=Command.of("output", "--from-state", "--format", "json", "--all"),
            ),
        )
    workspace = RecordedWorkspace.opened(context.settings, context.project())
    snapshot = workspace.snapshot()
    if not snapshot.resources:
        raise SmsopsError(
            T("nothing is recorded: there is nothing to compare the sources with"),
            hint=T(
                "Check -C, --emulator and spec.state, or name a file of outputs with --outputs."
            ),
        )
    seen, now = workspace.observe_recorded(snapshot), context.clock.now()
    live = outputs.document(snapshot, seen, now=now)["outputs"]
    everything = outputs.document(snapshot, seen, now=now, everything=True)["outputs"]
    return Index.of(everything, live=live.keys())


def _of_file(context: Context, path: Path) -> Index:
    from smsops.cli.files import read_named
    from smsops.cli.formats import refuse_newer
    from smsops.sources.judge import Index
    from smsops.strictjson import loads

    again = Command.of("output", "--format", "json", "--all", into=path)
    hint = T("Write it with {command}.", command=again)
    body = read_named(path, _LARGEST, hint=hint)
    try:
        document: Any = loads(body, most=_LARGEST)
    except ValueError:
        document = None
    refuse_newer(path, document)
    found = document.get("outputs") if isinstance(document, dict) else None
    if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
        raise SmsopsError(T("{path} is no file of outputs", path=path), hint=hint)
    if not found:
        raise SmsopsError(T("{path} has no outputs", path=path), hint=hint)
    if not any("retiring" in each for each in found.values()):
        context.log(
            T(
                "Warning: {path} was written without --all: an id that was superseded is any "
                "number here. {hint}",
                path=path,
                hint=hint,
            )
        )
    return Index.of(found)


COMMAND = check_app
