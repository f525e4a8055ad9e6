"""``smsops validate``: check manifests offline, in every format a code host understands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import click

from smsops.cli.command import command
from smsops.cli.context import Context
from smsops.cli.host import prefix
from smsops.errors import Exit, Severity
from smsops.model import Desired
from smsops.render.problems import FORMATS
from smsops.text.messages import NOTHING, Command, N, T, Text, listed


@command(
    "validate",
    help="Check manifests offline, those of all environments at once; no credentials, no network.",
    reports=True,
)
@click.option("--format", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--strict", is_flag=True, help="Exit 3 on warnings too.")
def validate(context: Context, *, format: str, strict: bool) -> Exit:
    from smsops import lint
    from smsops.cli.problems import for_people
    from smsops.manifests.everywhere import load_everywhere
    from smsops.manifests.load import read_project
    from smsops.render.github import reports
    from smsops.render.problems import text as render
    from smsops.workspace.environments import chosen

    root = context.options.directory
    project = read_project(root)
    found, checked = list(project.problems), NOTHING
    if project.value is not None:
        name = context.options.environment
        here = chosen(project.value, name) if name else project.value
        manifests = load_everywhere(here)
        # The project file's own directories are looked at by both.
        said = {(each.file, each.code, each.message) for each in found}
        fresh = (
            each for each in manifests.problems if (each.file, each.code, each.message) not in said
        )
        found = sorted({*found, *fresh})
        checked = _checked(manifests.declared)
    context.report(lambda: reports.problems(found, checked=checked))
    rules = {rule.code: (rule.title.plain, rule.explanation.plain) for rule in lint.RULES}
    colour = context.colour(context.stdout)
    under = prefix(root, context.environment)
    renderers: Mapping[str, Callable[[], str]] = {
        "text": lambda: context.fitted(
            lambda: for_people(context, context.stdout, found, colour=colour, checked=checked),
            context.stdout,
        ),
        "concise": lambda: render.concise(found, ci=context.ci, colour=colour, checked=checked),
        "json": lambda: render.json(found),
        "github": lambda: render.github(found, prefix=under, checked=checked),
        "sarif": lambda: render.sarif(found, rules, prefix=under),
        "codequality": lambda: render.codequality(found, prefix=under),
        "junit": lambda: render.junit(found, strict=strict),
    }
    context.out(renderers[format]())
    if format in ("text", "concise"):
        _compare_schema(context)
    failing = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return Exit.INVALID if any(each.severity in failing for each in found) else Exit.OK


COMMAND = validate


def _compare_schema(context: Context) -> None:
    """Say that editors check by another schema than this smsops does: they would contradict it."""
    from smsops.manifests import schemas
    from smsops.manifests.modeline import SCHEMA

    path = context.options.directory / SCHEMA
    if schemas.differs(path):
        context.log(
            T(
                "Note: {path}, by which editors check the manifests, is of another version of "
                "smsops; {command} writes this one's.",
                path=path,
                command=Command.of("schema", schemas.ANY, into=path),
            )
        )


def _checked(declared: Mapping[str | None, Sequence[Desired]]) -> Text:
    """``1 sign, 5 templates``, in each environment where there are some."""
    counts = [
        T("{name}: {counted}", name=name, counted=_counted(found)) if name else _counted(found)
        for name, found in declared.items()
    ]
    return listed("; ", counts)


def _counted(desired: Sequence[Desired]) -> Text:
    """``1 sign, 5 templates``."""
    counts = Counter(item.address.kind for item in desired)
    if not counts:
        return T("no manifests")
    return listed(
        ", ",
        (
            N(count, "{count} {kind}", "{count} {kind}s", kind=kind)
            for kind, count in counts.items()
        ),
    )
