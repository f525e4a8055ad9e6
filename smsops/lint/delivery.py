"""SMS4xx: applications and probes, which are only declared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from smsops.errors import Severity
from smsops.kinds.application import OF_PACKAGES
from smsops.kinds.probe import Channel, Digits, parameters
from smsops.kinds.template import parameters as variables
from smsops.lint.rule import Context, Rule, context_rule, declared, named, rule, survey_rule
from smsops.model import Address, Desired, Spec
from smsops.text.messages import T, Text, either

#: Fields of the Tencent channels, and whether a probe needs each.
_TENCENT: Mapping[str, bool] = {"application": True, "template": True, "sign": False}
#: A value of a verification text (API document, SendSms, TemplateParameterFormatError).
_VERIFICATION = re.compile(r"[0-9]{0,6}", re.ASCII)
_MOST_DIGITS = 6

number = Rule(
    "SMS401",
    Severity.ERROR,
    T("A phone number in a manifest"),
    T(
        "Manifests are read by many. The `to` of a probe says where the number is: `{env: NAME}` "
        "or `{file: PATH}`. A number is refused anywhere in the document, in names and comments, "
        "too, and in the name of its file, and shown masked. A mobile number is no `sdkAppId`, "
        "which has ten digits."
    ),
)


@survey_rule(
    "SMS402",
    Severity.ERROR,
    title=T("Two applications have one sdkAppId"),
    explanation=T("An application is declared once. Remove one of the manifests."),
    at="application.sdkAppId",
    optional=False,
)
def same(items: Iterable[Desired]) -> Iterator[tuple[Desired, Text]]:
    """Applications after the first with their sdkAppId."""
    first: dict[object, Desired] = {}
    for item in items:
        other = first.setdefault(item.spec["sdkAppId"], item)
        if other is not item:
            yield item, T("{other} has the same sdkAppId; keep one of them", other=named(other))


@context_rule(
    "SMS403",
    Severity.ERROR,
    title=T("An objective about packages on the international site"),
    explanation=T(
        "The international site has no packages: remove the objective, or set it to null in a "
        "patch of the environment."
    ),
    at="application.objectives",
)
def packages(item: Desired, context: Context) -> Text | None:
    spec: Mapping[str, Any] = item.spec
    found = [name for name in OF_PACKAGES if name in (spec["objectives"] or {})]
    if context.site != "intl" or not found:
        return None
    return T("{name} cannot be asked on site intl; remove it", name=found[0])


def _unknown(kind: str, item: Desired, context: Context) -> Text | None:
    name = item.spec[kind]
    if name is None or Address(kind, str(name)) in context.claimed:
        return None
    known = sorted(address.name for address in context.declared if address.kind == kind)
    if not known:
        return T("no {kind} {name} is declared; there is none", kind=kind, name=name)
    return T(
        "no {kind} {name} is declared; it is {known}", kind=kind, name=name, known=either(known)
    )


@context_rule(
    "SMS404",
    Severity.ERROR,
    title=T("A probe names an application that is not declared"),
    explanation=T("`application` is the name of an Application of this project."),
    at="probe.application",
)
def application(item: Desired, context: Context) -> Text | None:
    return _unknown("application", item, context)


@context_rule(
    "SMS405",
    Severity.ERROR,
    title=T("A probe names a sign that is not declared"),
    explanation=T("`sign` is the name of a Sign of this project, not the text that customers see."),
    at="probe.sign",
)
def sign(item: Desired, context: Context) -> Text | None:
    return _unknown("sign", item, context)


@context_rule(
    "SMS406",
    Severity.ERROR,
    title=T("A probe names a template that is not declared"),
    explanation=T("`template` is the name of a Template of this project, not its id."),
    at="probe.template",
)
def template(item: Desired, context: Context) -> Text | None:
    return _unknown("template", item, context)


@rule(
    "SMS407",
    Severity.ERROR,
    title=T("A field does not fit the channel of a probe"),
    explanation=T(
        "The channels tencent and tencent-2019 take application and template, and sign; yisha "
        "takes templateId instead of these."
    ),
    at="probe.channel",
)
def channel(spec: Spec) -> Text | None:
    tencent = Channel(str(spec["channel"])).tencent
    needed = [name for name, need in _TENCENT.items() if need] if tencent else ["templateId"]
    foreign = ["templateId"] if tencent else [*_TENCENT]
    for name in needed:
        if spec[name] is None:
            return T("channel {channel} needs {name}", channel=spec["channel"], name=name)
    for name in foreign:
        if spec[name] is not None:
            words = T("{name} is not of channel {channel}; remove it")
            return words.filled(channel=spec["channel"], name=name)
    return None


def _named(kind: str, item: Desired, context: Context) -> Spec | None:
    found = context.declared.get(Address(kind, str(item.spec[kind])))
    return None if found is None else found.spec


@context_rule(
    "SMS408",
    Severity.ERROR,
    title=T("The sign of a probe does not fit its template"),
    explanation=T(
        "A domestic message has a sign, and sign and template have the same international."
    ),
    at="probe.sign",
)
def fitting(item: Desired, context: Context) -> Text | None:
    text = _named("template", item, context)
    if text is None:
        return None
    if item.spec["sign"] is None:
        return None if text["international"] is True else T("a domestic template needs a sign")
    name = _named("sign", item, context)
    if name is None or name["international"] == text["international"]:
        return None
    return T("sign and template differ in international; choose two that agree")


@context_rule(
    "SMS409",
    Severity.ERROR,
    title=T("A probe has another number of values than its template has variables"),
    explanation=T(
        "`params` has one value for each variable, in their order. `plan` and `apply` go on; "
        "`probe` refuses (ParameterCount) when the template that stands approved has another "
        "number, too."
    ),
    at="probe.params",
    preflight=True,
)
def count(item: Desired, context: Context) -> Text | None:
    text = _named("template", item, context)
    given = len(parameters(item.spec))
    if text is None or given == variables(text):
        return None
    return T("{given} values for {wanted} variables", given=given, wanted=variables(text))


@context_rule(
    "SMS410",
    Severity.ERROR,
    title=T("A value of a verification text is not up to six digits"),
    explanation=T(
        "The service takes 0 to 6 digits for each variable of a verification template. `plan` and "
        "`apply` go on; `probe` refuses (ParameterFormat)."
    ),
    at="probe.params",
    preflight=True,
)
def verification(item: Desired, context: Context) -> Text | None:
    text = _named("template", item, context)
    if text is None or text["smsType"] != "verification":
        return None
    for place, each in enumerate(parameters(item.spec), start=1):
        fits = (
            each.count <= _MOST_DIGITS
            if isinstance(each, Digits)
            else _VERIFICATION.fullmatch(each) is not None
        )
        if not fits:
            return T("value {place} is not up to six digits", place=place)
    return None


@rule(
    "SMS411",
    Severity.ERROR,
    title=T("ReportConversion of another channel"),
    explanation=T("Only channel tencent has ReportConversion."),
    at="probe.reportConversion",
)
def conversion(spec: Spec) -> Text | None:
    if not spec["reportConversion"] or spec["channel"] == Channel.TENCENT:
        return None
    return T("reportConversion is of channel tencent only; remove it")


@rule(
    "SMS412",
    Severity.ERROR,
    title=T("A probe does not say where its number is"),
    explanation=T("`to` has one of env and file."),
    at="probe.to",
    optional=False,
)
def source(spec: Spec) -> Text | None:
    to: Any = spec["to"]
    return None if len(to) == 1 else T("to has one of env and file, not both")


@rule(
    "SMS413",
    Severity.ERROR,
    title=T("What a reply has to match is no regular expression"),
    explanation=T("`expect.reply.matches` is a regular expression of Python."),
    at="probe.expect",
    optional=False,
)
def pattern(spec: Spec) -> Text | None:
    expect: Any = spec["expect"] or {}
    try:
        re.compile(expect.get("reply", {}).get("matches", ""))
    except (re.error, RecursionError, OverflowError) as error:
        return T("expect.reply.matches is no regular expression: {error}", error=error)
    return None


RULES = declared(globals())
