"""The rules: codes with what each means and, for SMS2xx and SMS3xx, how it is checked.

A rule is declared by a decorator above its check. ``docs/rules.md`` is written from the rules
(``make docs``). Codes are stable; a rule that goes leaves its number unused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from smsops.errors import Severity
from smsops.kinds import KINDS, RESOURCES, on_site
from smsops.lint import delivery, files, markup, signs, templates, texts
from smsops.lint.rule import Context, Folds, Rule, no_folds
from smsops.model import Address, Desired
from smsops.text.messages import NOTHING, C, T, Text, listing

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            *files.RULES,
            *signs.RULES,
            *templates.RULES,
            *texts.RULES,
            *markup.RULES,
            *delivery.RULES,
        ),
        key=lambda rule: rule.code,
    )
)
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


#: Warnings about what the account may do, and about lists of names.
_ABOUT_ACCOUNTS = frozenset({"SMS308", "SMS311"})


@dataclass(frozen=True, slots=True)
class LintFinding:
    """A rule that a resource breaks."""

    rule: Rule
    severity: Severity
    desired: Desired
    message: Text

    @property
    def judged(self) -> bool:
        """Whether it is an error only of what would be submitted: reviewers refuse it then."""
        if self.rule.submitted is not None:
            return True
        return (
            self.rule.kind in RESOURCES and self.rule.optional and self.severity is Severity.ERROR
        )

    @property
    def cautious(self) -> bool:
        """Whether it is a warning about the text itself, that a reviewer may share."""
        warns = self.severity is Severity.WARNING and not self.excepted
        return warns and self.rule.kind != "" and self.rule.code not in _ABOUT_ACCOUNTS

    @property
    def excepted(self) -> bool:
        """Whether the manifest itself makes an exception."""
        return self.rule.code in self.desired.exceptions


def run(
    desired: Iterable[Desired],
    on: Mapping[str, Severity],
    folds: Folds = no_folds,
    *,
    claimed: Collection[Address] = (),
    site: str = "cn",
) -> list[LintFinding]:
    """Every finding of the rules in ``on`` (code -> severity). ``claimed``: addresses of documents
    that have errors are among them.
    """
    found: list[LintFinding] = []
    by_kind: dict[str, list[Desired]] = {}
    for item in desired:
        by_kind.setdefault(item.address.kind, []).append(item)
    by_address = {item.address: item for items in by_kind.values() for item in items}
    context = replace(
        _context(by_kind.get("sign", ()), folds),
        declared=by_address,
        claimed={*claimed, *by_address},
        site=site,
    )
    resources = on_site(site)
    for kind, items in by_kind.items():
        if (severity := on.get("SMS130")) is not None:
            found += [
                LintFinding(BY_CODE["SMS130"], severity, item, incomplete(kind, missing))
                for item in items
                if (missing := (resources.get(kind) or KINDS[kind]).missing(item.spec))
            ]
        found += [
            LintFinding(BY_CODE["SMS132"], Severity.ERROR, item, request)
            for item in items
            if (request := _request(item))
        ]
        rules = [rule for rule in RULES if rule.kind == kind and rule.code in on]
        for rule in rules:
            if rule.survey is not None:
                found += [
                    LintFinding(rule, on[rule.code], item, message)
                    for item, message in rule.survey(items)
                ]
                continue
            first = BY_CODE[rule.behind] if rule.behind in on else None
            check = rule.check  # called as it is: nothing runs more often than this
            for item in items:
                message = check(item.spec) if check else rule.finds(item, context)
                if message is not None and (first is None or first.finds(item, context) is None):
                    found.append(LintFinding(rule, on[rule.code], item, message))
    return found


def exception_fault(code: str, kind: str = "") -> Text:
    """Why ``lint.ignore`` may not name ``code``, in a manifest of ``kind`` or in smsops.yaml."""
    rule = BY_CODE.get(code)
    names = C("explain --list rule")
    if rule is None:
        return T("{code} is not a rule; {command} names all of them", code=code, command=names)
    if not rule.optional:
        return T("{code} cannot be ignored; {command} names all of them", code=code, command=names)
    if kind and rule.kind not in ("", kind):
        return T(
            "{code} cannot be ignored here: it is about a {kind}; {command} names all of them",
            code=code,
            kind=rule.kind,
            command=names,
        )
    return NOTHING


def incomplete(kind: str, missing: Sequence[str]) -> Text:
    """What SMS130 says of a manifest without the fields ``missing``."""
    words = (
        "{fields} is not declared; it is needed when the {kind} is submitted, and a plan that "
        "would submit it is blocked until then"
        if len(missing) == 1
        else "{fields} are not declared; they are needed when the {kind} is submitted, and a plan "
        "that would submit it is blocked until then"
    )
    return T(words, fields=listing(missing), kind=kind)


def _context(declared: Iterable[Desired], folds: Folds) -> Context:
    names = signs.names(item.spec for item in declared)
    return Context(
        {abroad: frozenset(map(str.casefold, each)) for abroad, each in names.items()},
        {abroad: max(map(len, each), default=0) for abroad, each in names.items()},
        folds,
    )


def _request(item: Desired) -> Text:
    """What SMS132 says of a manifest in which the words of an export stand as a value."""
    for name, value in item.spec.items():
        if isinstance(value, str) and value.startswith("FILL IN "):
            return T("{field} is still the request of an export; write its value", field=name)
    return NOTHING
