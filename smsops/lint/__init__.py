"""The rules: codes with what each means and, for SMS2xx and SMS3xx, how it is checked.

A rule is declared by a decorator above its check. ``docs/rules.md`` is written from the rules
(``make docs``). Codes are stable; a rule that goes leaves its number unused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from smsops.errors import Severity
from smsops.lint import files, signs, templates, texts
from smsops.lint.rule import Context, Folds, Rule, no_folds
from smsops.model import Desired
from smsops.text.messages import Text

RULES: tuple[Rule, ...] = (
    *files.RULES,
    *signs.RULES,
    *templates.RULES,
    *texts.RULES,
)
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
    message: Text


def run(
    desired: Iterable[Desired], on: Mapping[str, Severity], folds: Folds = no_folds
) -> list[LintFinding]:
    """Every finding of the rules in ``on`` (code -> severity)."""
    found: list[LintFinding] = []
    by_kind: dict[str, list[Desired]] = {}
    for item in desired:
        by_kind.setdefault(item.address.kind, []).append(item)
    context = _context(by_kind.get("sign", ()), folds)
    for kind, items in by_kind.items():
        rules = [rule for rule in RULES if rule.kind == kind and rule.code in on]
        for rule in rules:
            if rule.survey is not None:
                found += [
                    LintFinding(rule, on[rule.code], item, message)
                    for item, message in rule.survey(items)
                ]
                continue
            first = BY_CODE[rule.behind] if rule.behind in on else None
            for item in items:
                message = rule.finds(item, context)
                if message is not None and (first is None or first.finds(item, context) is None):
                    found.append(LintFinding(rule, on[rule.code], item, message))
    return found


def _context(declared: Iterable[Desired], folds: Folds) -> Context:
    names = signs.names(item.spec for item in declared)
    return Context(
        {abroad: frozenset(map(str.casefold, each)) for abroad, each in names.items()},
        {abroad: max(map(len, each), default=0) for abroad, each in names.items()},
        folds,
    )
