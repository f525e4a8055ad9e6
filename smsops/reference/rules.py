"""Text of ``docs/rules.md``, generated from the lint rules. Pure."""

from __future__ import annotations

from smsops.lint import RULES
from smsops.lint.rule import Rule

_HEAD = """# Rules

What `smsops validate` checks. `make docs` writes this page from the rules in `smsops/lint/`. The
fields themselves are in [manifests.md](manifests.md).

Errors exit 3. Warnings exit 0, with `--strict` 3. Infos never fail a run. A rule that may be
ignored can be listed in `spec.lint.ignore` of smsops.yaml; the others protect `plan` and `apply`.

| code | severity | may be ignored | rule |
|---|---|---|---|
"""
_PARTS = (
    ("SMS1", "Files and project"),
    ("SMS2", "Signs"),
    ("SMS3", "Templates"),
    ("SMS4", "Applications and probes"),
)


def text() -> str:
    """The page."""
    rows = [
        f"| [{rule.code}](#{rule.code.lower()}) | {rule.severity.value} | {_ignored(rule)} "
        f"| {rule.title.plain} |\n"
        for rule in RULES
    ]
    parts = [
        f"\n## {title}\n" + "".join(_section(rule) for rule in RULES if rule.code.startswith(code))
        for code, title in _PARTS
    ]
    return _HEAD + "".join(rows) + "".join(parts)


def _ignored(rule: Rule) -> str:
    return "yes" if rule.optional else "no"


def _section(rule: Rule) -> str:
    where = f" · `{rule.kind}` `{rule.field}`" if rule.field else ""
    head = f"**{rule.title.plain}** ({rule.severity.value}){where}"
    return f"\n### {rule.code}\n\n{head}\n\n{rule.explanation.plain}\n"
