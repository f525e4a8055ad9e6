"""The rules: codes with what each means and, for SMS2xx and SMS3xx, how it is checked.

A decision about manifests is a row of a table. ``docs/rules.md`` is written from the tables
(``make docs``). Codes are stable; a rule that goes leaves its number unused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from smsops.errors import Severity
from smsops.kinds import KINDS
from smsops.lint import files, signs, templates
from smsops.lint.rule import Rule
from smsops.model import Desired, Spec
from smsops.text.messages import listing

RULES: tuple[Rule, ...] = (*files.RULES, *signs.RULES, *templates.RULES)
BY_CODE: Mapping[str, Rule] = {rule.code: rule for rule in RULES}

#: Severities of a rule that a setting of the project decides on.
CHOICES: Mapping[str, Severity | None] = {
    "allow": None,
    "warn": Severity.WARNING,
    "error": Severity.ERROR,
}


def severities(
    ignore: Iterable[str], template_variables: str, incomplete: str = "warn"
) -> dict[str, Severity]:
    """The severity of every rule that is on: ``ignore`` and the other settings of the project's
    ``spec.lint``, whose words are those of :data:`CHOICES`.
    """
    chosen = {rule.code: rule.severity for rule in RULES}
    for code, choice in (("SMS308", template_variables), ("SMS130", incomplete)):
        severity = CHOICES[choice]
        if severity is None:
            del chosen[code]
        else:
            chosen[code] = severity
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

    @property
    def judged(self) -> bool:
        """Whether it is an error only because reviewers refuse it, so only of what is submitted."""
        return self.rule.kind != "" and self.rule.optional and self.severity is Severity.ERROR

    @property
    def excepted(self) -> bool:
        """Whether the manifest itself makes an exception."""
        return self.rule.code in self.desired.exceptions


def run(desired: Iterable[Desired], on: Mapping[str, Severity]) -> list[LintFinding]:
    """Every finding of the rules in ``on`` (code -> severity)."""
    found: list[LintFinding] = []
    by_kind: dict[str, list[Desired]] = {}
    for item in desired:
        by_kind.setdefault(item.address.kind, []).append(item)
    longest = signs.longest(item.spec for item in by_kind.get("sign", ()))
    for kind, items in by_kind.items():
        if (severity := on.get("SMS130")) is not None:
            found += [
                LintFinding(
                    BY_CODE["SMS130"], severity, item, incomplete(item.address.kind, missing)
                )
                for item in items
                if (missing := KINDS[kind].missing(item.spec))
            ]
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


def exception_fault(code: str, kind: str = "") -> str:
    """Why ``lint.ignore`` may not name ``code``, in a manifest of ``kind`` or in smsops.yaml."""
    rule = BY_CODE.get(code)
    where = "`smsops explain --list rule` names all of them"
    if rule is None:
        return f"{code} is not a rule; {where}"
    if not rule.optional or (kind and rule.kind not in ("", kind)):
        return f"{code} cannot be ignored{' here' if rule.optional else ''}; {where}"
    return ""


def incomplete(kind: str, missing: Sequence[str]) -> str:
    """What SMS130 says of a manifest without the fields ``missing``."""
    are, they = ("is", "it is") if len(missing) == 1 else ("are", "they are")
    return (
        f"{listing(missing)} {are} not declared; {they} needed when the {kind} is submitted, and a "
        "plan that would submit it is blocked until then"
    )


def _said(code: str, on: Mapping[str, Severity], spec: Spec, longest: Mapping[bool, int]) -> bool:
    """Whether the rule ``code`` is on and finds something, too."""
    check = BY_CODE[code].bound(longest) if code in on else None
    return check is not None and check(spec) is not None
