"""Specs that no rule objects to, to change one thing at a time."""

from __future__ import annotations

from smsops import lint
from smsops.errors import Severity
from smsops.model import Address, Desired, Origin, Value
from tests.support.specs import SIGN_SPEC, TEMPLATE_SPEC

SIGN: dict[str, Value] = {**SIGN_SPEC}
ABROAD: dict[str, Value] = {**SIGN, "international": True, "qualificationId": None}
TEMPLATE: dict[str, Value] = {
    **TEMPLATE_SPEC,
    "templateName": "登录验证码",
    "content": "您的验证码是{1}，请勿泄露。",
    "remark": "登录",
}


def desired(kind: str, name: str, spec: dict[str, Value]) -> Desired:
    return Desired(Address(kind, name), spec, origin=Origin("a.yaml", 1))


def messages(*items: Desired) -> list[str]:
    """Code and message of every finding."""
    found = lint.run(items, lint.severities((), "allow"))
    return [f"{each.rule.code} {each.message}" for each in found]


def codes(
    *items: Desired, ignore: tuple[str, ...] = (), variables: str = "allow", site: str = "cn"
) -> list[tuple[str, Severity]]:
    """Code and severity of every finding."""
    found = lint.run(items, lint.severities(ignore, variables), site=site)
    return [(each.rule.code, each.severity) for each in found]


def sign(site: str = "cn", **changes: Value) -> list[str]:
    """Codes for a domestic sign with these changes."""
    return [code for code, _ in codes(desired("sign", "a", {**SIGN, **changes}), site=site)]


def abroad(site: str = "cn", **changes: Value) -> list[str]:
    """Codes for an international sign with these changes."""
    return [code for code, _ in codes(desired("sign", "a", {**ABROAD, **changes}), site=site)]


def template(content: str, **changes: Value) -> list[str]:
    """Codes for a template with this text and these changes."""
    spec = {**TEMPLATE, "content": content, **changes}
    return [code for code, _ in codes(desired("template", "a", spec))]
