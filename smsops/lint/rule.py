"""What a rule is, and the decorators that make one of a check."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Required, TypedDict, Unpack

from smsops.errors import Severity
from smsops.model import Address, Desired, Spec
from smsops.text.messages import T, Text

#: A check of one manifest: what is wrong, or None.
Check = Callable[[Spec], Text | None]
#: The same where it takes more than the spec.
ContextCheck = Callable[[Desired, "Context"], Text | None]
#: A check across all resources of a kind: each offender with what is wrong.
Survey = Callable[[Iterable[Desired]], Iterable[tuple[Desired, Text]]]
#: The line breaks of a value in its file that YAML made a space: what stands before and after each.
Folds = Callable[[Address, str], Iterable[tuple[str, str]]]


def no_folds(_address: Address, _field: str) -> tuple[tuple[str, str], ...]:
    """Values that are written on one line each."""
    return ()


@dataclass(frozen=True, slots=True)
class Context:
    """What a check may know besides one manifest: by ``international`` the names of the declared
    signs, without regard to case, and the length of the longest; and how values are written.
    """

    names: Mapping[bool, frozenset[str]]
    longest: Mapping[bool, int]
    folds: Folds = no_folds
    #: Every manifest without errors of its schema, and the addresses of those with some too.
    declared: Mapping[Address, Desired] = field(default_factory=dict)
    claimed: Collection[Address] = ()
    #: Which site of Tencent Cloud the account is on: cn or intl.
    site: str = "cn"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``field`` is where a problem points; ``optional`` rules may be ignored. ``behind``
    is the rule with a check that says enough where both are broken: this one is silent then.

    ``submitted`` is its severity for what a plan would submit, where `validate` says nothing of it.
    ``preflight``: an error that keeps no command from its work, because `probe` compares with what
    stands approved right before it sends.
    """

    code: str
    severity: Severity
    title: Text
    explanation: Text
    kind: str = ""
    field: str = ""
    check: Check | None = None
    context_check: ContextCheck | None = None
    survey: Survey | None = None
    optional: bool = False
    behind: str = ""
    submitted: Severity | None = None
    preflight: bool = False

    def finds(self, item: Desired, context: Context) -> Text | None:
        """What is wrong with one manifest, or None; surveys find nothing in one alone."""
        if self.check is not None:
            return self.check(item.spec)
        return None if self.context_check is None else self.context_check(item, context)


class About(TypedDict, total=False):
    """What a decorator is told. ``at``: kind and field, as in ``template.content``."""

    title: Required[Text]
    explanation: Required[Text]
    at: Required[str]
    optional: bool
    behind: str
    submitted: Severity
    preflight: bool


def rule(code: str, severity: Severity, **about: Unpack[About]) -> Callable[[Check], Rule]:
    """The decorator of a check of one spec."""
    return lambda check: replace(_rule(code, severity, about), check=check)


def context_rule(
    code: str, severity: Severity, **about: Unpack[About]
) -> Callable[[ContextCheck], Rule]:
    """The decorator of a check that takes a :class:`Context`."""
    return lambda check: replace(_rule(code, severity, about), context_check=check)


def survey_rule(code: str, severity: Severity, **about: Unpack[About]) -> Callable[[Survey], Rule]:
    """The decorator of a check across all resources of a kind."""
    return lambda survey: replace(_rule(code, severity, about), survey=survey)


def _rule(code: str, severity: Severity, about: About) -> Rule:
    kind, _, place = about["at"].partition(".")
    return Rule(
        code,
        severity,
        about["title"],
        about["explanation"],
        kind,
        place,
        optional=about.get("optional", True),
        behind=about.get("behind", ""),
        submitted=about.get("submitted"),
        preflight=about.get("preflight", False),
    )


def declared(module: Mapping[str, object]) -> tuple[Rule, ...]:
    """The rules among the names of a module, by code."""
    found = [each for each in module.values() if isinstance(each, Rule)]
    return tuple(sorted(found, key=lambda each: each.code))


def named(item: Desired) -> Text:
    """A resource in a message about another one: its address and where it is declared."""
    where = item.origin
    if where is None:
        return T("{address}", address=item.address)
    return T("{address} ({file}:{line})", address=item.address, file=where.file, line=where.line)
