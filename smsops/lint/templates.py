"""SMS3xx: templates. Facts: template review standard and billing rules of the API."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from smsops.errors import Severity
from smsops.lint.rule import Context, context_rule, declared, named, rule, survey_rule
from smsops.lint.segments import billed
from smsops.model import Desired, Spec
from smsops.text.messages import T, Text

LONGEST_MESSAGE = 500
UNSUBSCRIBE = "拒收请回复R"

_BREAKS = re.compile("[\t\r\n]")
_VARIABLE = re.compile(r"\{([0-9]+)\}", re.ASCII)
_ADJACENT = re.compile(r"\{[0-9]+\}\{[0-9]+\}", re.ASCII)
_BRACES = re.compile(r"[{}｛｝]")
#: A variable whose number starts with 0.
_PADDED = re.compile(r"\{0[0-9]+\}", re.ASCII)
#: From an opening brace to its end, in a text without its variables; an open end is cut off.
_BRACED = re.compile(r"[{｛][^{}｛｝]{0,11}[}｝]?")
#: Full-width form of every printable ASCII character -> the character
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
#: Quotation marks that YAML takes for letters: opening -> closing
_QUOTES: Mapping[str, str] = {"“": "”", "‘": "’", "「": "」", "『": "』"}
#: A variable as shells and many languages write it; a price (US${1}) is left alone.
_DOLLAR = re.compile(r"(?<![A-Za-z])\$(\{[0-9]+\})")
#: A link with a scheme, a host that starts with www, a host with a path, or a host of a common
#: top level domain; each may hold variables and ends where no character of a link follows.
_LINK = re.compile(
    r"""(?:[a-z][a-z0-9+.-]{1,15}://
        |www\.
        |(?:[a-z0-9-]|\{[0-9]+\}){1,63}(?:\.(?:[a-z0-9-]|\{[0-9]+\}){1,63}){0,5}
           \.(?:[a-z]{2,12}/|(?:com|cn|net|org|top|cc|vip|xyz)\b)
    )[a-z0-9\-._~:/?\#@!$&'()*+,;=%{}\[\]]*""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)


def _content(spec: Spec) -> str:
    return str(spec["content"])


def _abroad(spec: Spec) -> bool:
    return spec["international"] is True


@context_rule(
    "SMS301",
    Severity.ERROR,
    title=T("The message is too long"),
    explanation=T(
        "A whole message has at most 500 characters: the text as written, the brackets 【】 and "
        "the sign. The longest declared sign of the same international counts."
    ),
    at="template.content",
)
def length(item: Desired, context: Context) -> Text | None:
    sign = context.longest[_abroad(item.spec)]
    size = len(_content(item.spec)) + sign + 2
    if size <= LONGEST_MESSAGE:
        return None
    return T(
        "the message has {size} characters with 【】 and a sign of {sign}; "
        "at most {most} are allowed",
        size=size,
        sign=sign,
        most=LONGEST_MESSAGE,
    )


@rule(
    "SMS325",
    Severity.ERROR,
    title=T("A tab or a line break in the name of a template"),
    explanation=T(
        "The name is one line without tabs; the console shows it as one, and so do lists and plans."
    ),
    at="template.templateName",
)
def name_on_one_line(spec: Spec) -> Text | None:
    if _BREAKS.search(str(spec["templateName"])) is None:
        return None
    return T("templateName has a tab or a line break; write it on one line")


@rule(
    "SMS326",
    Severity.ERROR,
    title=T("A tab in the text"),
    explanation=T("Phones show a tab as they like. Write a space, or a line of its own."),
    at="template.content",
)
def tabs(spec: Spec) -> Text | None:
    return T("content has a tab; write a space") if "\t" in _content(spec) else None


@rule(
    "SMS302",
    Severity.ERROR,
    title=T("White space at an end of the text"),
    explanation=T(
        "The service may cut it off, and nobody sees it. A block scalar (`|`) ends with a "
        "newline; use `|-`."
    ),
    at="template.content",
)
def margins(spec: Spec) -> Text | None:
    text = _content(spec)
    if text == text.strip():
        return None
    if text == text.lstrip():
        return T("content has white space at its end; remove it (a block scalar needs |-)")
    return T("content has white space at its start; remove it (a block scalar needs |-)")


@rule(
    "SMS303",
    Severity.ERROR,
    title=T("Variables are not numbered from 1 without gaps"),
    explanation=T(
        "A text with n variables has {1} to {n} (API error InvalidTemplateFormat). The same "
        "variable may appear more than once."
    ),
    at="template.content",
    behind="SMS314",
)
def numbering(spec: Spec) -> Text | None:
    text = _content(spec)
    if "{" not in text:
        return None
    used = {found.lstrip("0") or "0" for found in _VARIABLE.findall(text)}
    count = len(used)
    if all(str(number) in used for number in range(1, count + 1)):
        return None
    seen = ", ".join(f"{{{number}}}" for number in sorted(used, key=lambda each: (len(each), each)))
    if count == 1:
        return T(
            "variables are numbered from 1 without gaps: {wanted}, not {seen}",
            wanted="{1}",
            seen=seen[:60],
        )
    return T(
        "variables are numbered from 1 without gaps: {first} to {last}, not {seen}",
        first="{1}",
        last=f"{{{count}}}",
        seen=seen[:60],
    )


@rule(
    "SMS304",
    Severity.ERROR,
    title=T("Two variables stand next to each other"),
    explanation=T("Put text between them, so that a reviewer can tell what each holds."),
    at="template.content",
)
def adjacent(spec: Spec) -> Text | None:
    text = _content(spec)
    found = _ADJACENT.search(text) if "}{" in text else None
    if found is None:
        return None
    return T("put text between the variables {variables}", variables=found.group())


@rule(
    "SMS305",
    Severity.ERROR,
    title=T("The text consists of variables only"),
    explanation=T("A reviewer rejects a text that does not say what the message is about."),
    at="template.content",
)
def variables_only(spec: Spec) -> Text | None:
    text = _content(spec)
    if "{" not in text or not _VARIABLE.search(text):
        return None
    # Most texts begin with a word.
    if text[0].isalnum() or any(each.isalnum() for each in _VARIABLE.sub("", text)):
        return None
    return T("content consists of variables only; say what the message is about")


@rule(
    "SMS306",
    Severity.ERROR,
    title=T("The text contains 【 or 】"),
    explanation=T("These brackets mark the sign, which is added when a message is sent."),
    at="template.content",
)
def brackets(spec: Spec) -> Text | None:
    text = _content(spec)
    if "【" in text or "】" in text:
        return T("content contains 【 or 】; the sign is added when a message is sent")
    return None


@rule(
    "SMS307",
    Severity.ERROR,
    title=T("A marketing text does not say how to unsubscribe"),
    explanation=T(
        "A domestic marketing text ends with exactly 拒收请回复R (API error "
        "MarketingTemplateWithoutUnsubscribe)."
    ),
    at="template.content",
)
def unsubscribe(spec: Spec) -> Text | None:
    if spec["smsType"] != "marketing" or _abroad(spec) or _content(spec).endswith(UNSUBSCRIBE):
        return None
    return T("a domestic marketing text ends with exactly {ending}", ending=UNSUBSCRIBE)


@rule(
    "SMS308",
    Severity.WARNING,
    title=T("Variables in a domestic notification or marketing text"),
    explanation=T(
        "Newer accounts may not use them (API error UnsupportedTemplateVariable); the console "
        "shows it on the page that creates a template. Set spec.lint.templateVariables in "
        "smsops.yaml to allow, warn (the default) or error."
    ),
    at="template.content",
)
def account_dependent(spec: Spec) -> Text | None:
    text = _content(spec)
    if spec["smsType"] in (None, "verification") or _abroad(spec) or "{" not in text:
        return None
    if not _VARIABLE.search(text):
        return None
    return T(
        "not every account may use variables in a domestic {type} text; "
        "set spec.lint.templateVariables in smsops.yaml to allow if yours may",
        type=spec["smsType"],
    )


@rule(
    "SMS309",
    Severity.ERROR,
    title=T("A variable inside a link"),
    explanation=T(
        "Links are constant: no variable in the host, the path or the query, and text or a space "
        "between a link and a variable that follows it."
    ),
    at="template.content",
)
def variable_link(spec: Spec) -> Text | None:
    text = _content(spec)
    if "{" not in text or ("." not in text and "://" not in text):
        return None
    if len(text) > LONGEST_MESSAGE:
        return None  # SMS301 says so; searching a text of any length would take too long
    for link in _LINK.finditer(text):
        if _VARIABLE.search(link.group()):
            return T(
                "a variable is inside the link {link}; links are constant", link=link.group()[:80]
            )
    return None


@rule(
    "SMS310",
    Severity.WARNING,
    title=T("A verification text does not name the code"),
    explanation=T(
        "Reviewers expect 验证码 in a domestic verification text, `code` in an international one."
    ),
    at="template.content",
)
def names_code(spec: Spec) -> Text | None:
    if spec["smsType"] != "verification":
        return None
    word = "code" if _abroad(spec) else "验证码"
    if word in _content(spec).lower():
        return None
    return T(
        "an international verification text should contain {word}; a reviewer may reject it"
        if _abroad(spec)
        else "a domestic verification text should contain {word}; a reviewer may reject it",
        word=word,
    )


@context_rule(
    "SMS312",
    Severity.INFO,
    title=T("The message takes several segments"),
    explanation=T(
        "Segments are billed one by one. Domestic: 70 characters, or 67 each when there are "
        "several. International: 160 and 153 in the GSM-7 alphabet, else 70 and 67. The longest "
        "declared sign counts; variables count as written."
    ),
    at="template.content",
)
def segments(item: Desired, context: Context) -> Text | None:
    abroad = _abroad(item.spec)
    return billed(_content(item.spec), international=abroad, sign=context.longest[abroad])


@rule(
    "SMS314",
    Severity.ERROR,
    title=T("Braces that are not a variable"),
    explanation=T(
        "Braces are for variables: {1}, {2} and so on, with half-width braces and digits (API "
        "error InvalidTemplateFormat)."
    ),
    at="template.content",
)
def braces(spec: Spec) -> Text | None:
    text = _content(spec)
    if not _BRACES.search(text):
        return None
    masked = _VARIABLE.sub(lambda found: " " * len(found.group()), text)
    rest = _BRACES.search(masked) or _PADDED.search(text)
    if rest is None:
        return None
    whole = _BRACED.match(masked, rest.start())
    shown = text[rest.start() : whole.end()] if whole else rest.group()[:20]
    narrow = shown.translate(_HALF_WIDTH)
    if narrow != shown and _VARIABLE.fullmatch(narrow) and not _PADDED.match(narrow):
        wide = " ".join(dict.fromkeys(each for each in shown if ord(each) in _HALF_WIDTH))
        return T(
            "'{shown}' is written with full-width {wide}; type {narrow}",
            shown=shown,
            wide=wide,
            narrow=narrow,
        )
    return T("'{shown}' is not a variable; variables are {{1}}, {{2}} and so on", shown=shown)


@rule(
    "SMS315",
    Severity.WARNING,
    title=T("Quotation marks around the whole text"),
    explanation=T(
        "Curly quotes, 「 」 and 『 』 are letters in YAML: customers would see them around the "
        "text. Only the straight quotes `\"` and `'` quote a value."
    ),
    at="template.content",
)
def quoted(spec: Spec) -> Text | None:
    text = _content(spec)
    closing = _QUOTES.get(text[:1])
    if closing is None or not text.endswith(closing):
        return None
    opening, inner = text[0], text[1:-1]
    if opening in inner or closing in inner:
        return None
    return T(
        "the quotes {opening} {closing} are part of the text and would be sent; "
        'use straight quotes (") to quote in YAML',
        opening=opening,
        closing=closing,
    )


@rule(
    "SMS316",
    Severity.WARNING,
    title=T("A $ in front of a variable"),
    explanation=T(
        "`${1}` is a variable in other languages. Here {1} is one, and the `$` is sent with its "
        "value. Domestic texts only: abroad `${1}` is a price."
    ),
    at="template.content",
)
def dollar(spec: Spec) -> Text | None:
    text = _content(spec)
    found = _DOLLAR.search(text) if "$" in text and not _abroad(spec) else None
    if found is None:
        return None
    variable = found[1][:20]
    return T("'${variable}': the $ is sent as it is; a variable is {variable}", variable=variable)


@survey_rule(
    "SMS313",
    Severity.ERROR,
    title=T("Two templates are the same"),
    explanation=T(
        "Their templateName, content and international are equal, and smsops finds lost "
        "templates by these three. Remove one of the manifests."
    ),
    at="template.templateName",
    optional=False,
)
def same(items: Iterable[Desired]) -> Iterator[tuple[Desired, Text]]:
    """Templates after the first with their templateName, content and international."""
    first: dict[tuple[object, ...], Desired] = {}
    for item in items:
        spec = item.spec
        key = spec["templateName"], spec["content"], spec["international"]
        other = first.setdefault(key, item)
        if other is not item:
            yield (
                item,
                T(
                    "{other} has the same templateName, content and international; "
                    "keep one of them",
                    other=named(other),
                ),
            )


@survey_rule(
    "SMS311",
    Severity.WARNING,
    title=T("Two templates have one name"),
    explanation=T(
        "The account accepts that, but a lost template can then not be told from its twin, and "
        "smsops stops and asks. Give each template its own name."
    ),
    at="template.templateName",
)
def same_name(items: Iterable[Desired]) -> Iterator[tuple[Desired, Text]]:
    """Templates after the first with their templateName and international, but another content."""
    first: dict[tuple[object, ...], Desired] = {}
    for item in items:
        spec = item.spec
        other = first.setdefault((spec["templateName"], spec["international"]), item)
        if other is not item and other.spec["content"] != spec["content"]:
            yield (
                item,
                T("{other} has the same templateName; give each its own", other=named(other)),
            )


RULES = declared(globals())
