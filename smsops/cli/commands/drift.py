"""``smsops drift``: what changed outside smsops. Reads only, by the type of what it opens."""

from __future__ import annotations

from pathlib import Path

import click

from smsops.cli.command import command
from smsops.cli.context import Context
from smsops.cli.options import all_option
from smsops.errors import Exit
from smsops.render.drift import FORMATS
from smsops.text.messages import C, T


@command(
    "drift",
    help="Report what changed outside smsops: recorded against observed. Takes no lock and writes "
    "nothing but the files you name. Exit 2 on drift, 1 when nothing is recorded although "
    "manifests declare something.",
    reports=True,
)
@click.option("--format", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option(
    "--fail-on",
    multiple=True,
    type=click.Choice(("unmanaged", "objective", "delivery")),
    help="Exit 2 on these findings too; repeatable.",
)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write the report to FILE.",
)
@click.option(
    "--json-into",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write the report as JSON.",
)
@all_option
def drift_command(
    context: Context,
    format: str,
    fail_on: tuple[str, ...],
    out: Path | None,
    json_into: Path | None,
    everywhere: bool,
) -> Exit:
    if everywhere:
        from smsops.cli.everywhere import in_all

        return in_all(context, format, alone={"--out": out, "--json-into": json_into})
    from smsops.cli.files import write_private
    from smsops.drift import DriftClass, detect
    from smsops.render.drift.formats import json, render
    from smsops.render.github import reports
    from smsops.render.names import names
    from smsops.workspace.readonly import open_reading

    project = context.project()
    with open_reading(context.settings, project) as reading:
        look = reading.look()
        now = reading.clock.now()
    if not look.readable:
        context.log(
            T(
                "Warning: some manifests have errors ({command} names them); what "
                "they declare may be listed as unmanaged.",
                command=C("validate"),
            )
        )
    drift = detect(
        look.snapshot,
        look.observation,
        kinds=reading.kinds,
        region=project.region,
        now=now,
        desired=look.desired,
        readable=look.readable,
        suppressions=project.suppressions,
        backend="local" if context.options.emulator else project.state.backend,
        notes=(look.vanished,) if look.vanished else (),
        environment=project.environment.name if project.environment else None,
        promised=look.promised,
        probes=look.probes,
    )
    failing = tuple(DriftClass(name) for name in fail_on)
    known = names(look.snapshot.resources, look.observation)
    context.report(lambda: reports.drift(drift, look.declared, fail_on=failing, known=known))
    if json_into is not None:
        write_private(json_into, json(drift))
    if out is not None:
        body = render(
            drift, format, fail_on=failing, known=known, ci=context.ci, every=context.verbose
        )
        write_private(out, body)
    colour = context.colour(context.stdout)

    def shown() -> str:
        return render(
            drift,
            format,
            fail_on=failing,
            known=known,
            colour=colour,
            ci=context.ci,
            every=context.verbose,
        )

    context.show(shown) if format == "text" else context.out(shown())
    return drift.exit(failing)


COMMAND = drift_command
