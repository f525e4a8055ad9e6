"""``smsops validate``: check manifests offline, in every format a code host understands."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePath

import click

from smsops.cli.context import Context, command
from smsops.errors import Exit, Severity
from smsops.model import Desired

FORMATS = ("text", "json", "github", "sarif", "codequality", "junit")


@command("validate", help="Check manifests offline; no credentials, no network.")
@click.option("--format", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--strict", is_flag=True, help="Exit 3 on warnings too.")
def validate(context: Context, *, format: str, strict: bool) -> Exit:
    from smsops import lint, manifest
    from smsops.render import problems as render

    root = context.options.directory
    project, found = manifest.read_project(root)
    checked = ""
    if project is not None:
        manifests = manifest.load(project)
        found = sorted({*found, *manifests.problems})
        checked = _counted(manifests.desired)
    rules = {rule.code: (rule.title, rule.explanation) for rule in lint.RULES}
    colour = context.colour(context.stdout)
    prefix = _prefix(root)
    renderers: Mapping[str, Callable[[], str]] = {
        "text": lambda: render.text(found, ci=context.ci, colour=colour, checked=checked),
        "json": lambda: render.json(found),
        "github": lambda: render.github(found, prefix=prefix, checked=checked),
        "sarif": lambda: render.sarif(found, rules, prefix=prefix),
        "codequality": lambda: render.codequality(found, prefix=prefix),
        "junit": lambda: render.junit(found, strict=strict),
    }
    context.out(renderers[format]())
    failing = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return Exit.INVALID if any(each.severity in failing for each in found) else Exit.OK


COMMAND = validate


def _counted(desired: Sequence[Desired]) -> str:
    """``1 sign, 5 templates``."""
    from smsops.render.problems import plural

    counts = Counter(item.address.kind for item in desired)
    return ", ".join(plural(count, kind) for kind, count in counts.items()) or "no manifests"


def _prefix(root: Path) -> str:
    """The project's directory as code hosts name it: from where the command runs."""
    try:
        relative = PurePath(os.path.realpath(root)).relative_to(os.path.realpath(os.curdir))
    except (ValueError, OSError):
        return ""
    return "" if relative == PurePath() else f"{relative.as_posix()}/"
