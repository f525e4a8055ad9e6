"""The rules: codes with what each means and, for SMS2xx and SMS3xx, how it is checked.

A decision about manifests is a row of a table. ``docs/rules.md`` is written from the tables
(:mod:`smsops.reference.rules`). Codes are stable; a rule that goes leaves its number unused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from smsops.errors import Severity
from smsops.lint import files, signs, templates
from smsops.lint.rule import Rule
from smsops.model import Desired, Spec

RULES: tuple[Rule, ...] = (*files.RULES, *signs.RULES, *templates.RULES)
BY_CODE: Mapping[str, Rule] = {rule.code: rule for rule in RULES}

#: Severity of SMS308 by spec.lint.templateVariables.
TEMPLATE_VARIABLES: Mapping[str, Severity | None] = {
    "allow": None,
    "warn": Severity.WARNING,
    "error": Severity.ERROR,
}


def severities(ignore: Iterable[str], template_variables: str) -> dict[str, Severity]:
    """The severity of every rule that is on."""
    chosen = {rule.code: rule.severity for rule in RULES}
    variables = TEMPLATE_VARIABLES[template_variables]
    if variables is None:
        del chosen["SMS308"]
    else:
        chosen["SMS308"] = variables
    for code in ignore:
        chosen.pop(code, None)
    return chosen


@dataclass(frozen=True, slots=True)
class LintFinding:
    """A rule that a resource breaks."""

    rule: Rule
    severity: Severity
    desired: Desired
    message: str


def run(desired: Iterable[Desired], on: Mapping[str, Severity]) -> list[LintFinding]:
    """Every finding of the rules in ``on`` (code -> severity)."""
    found: list[LintFinding] = []
    by_kind: dict[str, list[Desired]] = {}
    for item in desired:
        by_kind.setdefault(item.address.kind, []).append(item)
    longest = signs.longest(item.spec for item in by_kind.get("sign", ()))
    for kind, items in by_kind.items():
        rules = [rule for rule in RULES if rule.kind == kind and rule.code in on]
        checks = [(check, rule) for rule in rules if (check := rule.bound(longest)) is not None]
        for item in items:
            spec = item.spec
            for check, rule in checks:
                message = check(spec)
                if message is not None and not _said(rule.behind, on, spec, longest):
                    found.append(LintFinding(rule, on[rule.code], item, message))
        for rule in rules:
            if rule.survey is not None:
                found += [
                    LintFinding(rule, on[rule.code], item, message)
                    for item, message in rule.survey(items)
                ]
    return found


def _said(code: str, on: Mapping[str, Severity], spec: Spec, longest: Mapping[bool, int]) -> bool:
    """Whether the rule ``code`` is on and finds something, too."""
    check = BY_CODE[code].bound(longest) if code in on else None
    return check is not None and check(spec) is not None
