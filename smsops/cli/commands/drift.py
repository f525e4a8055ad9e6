"""``smsops drift``: what changed outside smsops. Reads only, by the type of what it opens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from smsops.cli.command import command
from smsops.cli.context import Context
from smsops.cli.options import all_option
from smsops.errors import Exit
from smsops.render.drift import FORMATS
from smsops.text.messages import C, T

if TYPE_CHECKING:
    from smsops.drift import Drift
    from smsops.forges.forge import Tracker
    from smsops.render.names import Names


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
@click.option(
    "--issue",
    "issues",
    type=click.Choice(("github", "gitlab")),
    help="Keep one issue about it there: opened on drift, updated, closed when it is over. Tokens "
    "as for comment.",
)
@all_option
def drift_command(
    context: Context,
    format: str,
    fail_on: tuple[str, ...],
    out: Path | None,
    json_into: Path | None,
    issues: str | None,
    everywhere: bool,
) -> Exit:
    if everywhere:
        from smsops.cli.everywhere import in_all

        alone = {"--out": out, "--json-into": json_into, "--issue": issues}
        return in_all(context, format, alone=alone)
    from smsops.cli.files import write_private
    from smsops.drift import DriftClass, detect
    from smsops.render.drift.formats import json, render
    from smsops.render.github import reports
    from smsops.render.names import names
    from smsops.workspace.readonly import open_reading

    # What is missing is said before the account is read.
    tracker = _tracker(context, issues) if issues else None
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
    code = drift.exit(failing)
    if tracker is not None:
        _keep(context, tracker, drift, code, known)
    return code


def _tracker(context: Context, host: str) -> Tracker:
    if host == "github":
        from smsops.forges.github import GitHubIssues

        return GitHubIssues(context.environment, context.clock)
    from smsops.forges.gitlab import GitLabIssues

    return GitLabIssues(context.environment, context.clock)


def _keep(context: Context, tracker: Tracker, drift: Drift, code: Exit, known: Names) -> None:
    """Bring the issue up to date. A report that is not complete closes none, and one that failed
    leaves it alone.
    """
    from smsops.cli.pipeline import run_url, subject
    from smsops.forges import sticky
    from smsops.render.drift import issue

    link = run_url(context.environment)
    key, name = subject(context)
    if code is Exit.DIFFERENCES:
        body = issue.body(drift, known=known, link=link)
        done = sticky.keep(tracker, key, issue.LABEL, issue.title(name), body)
    elif code is Exit.OK and drift.complete:
        done = sticky.close(tracker, key, issue.LABEL, issue.over(link))
    else:
        done = sticky.Done.SKIPPED
    context.log(T("Issue {done}.", done=done.value))


COMMAND = drift_command
