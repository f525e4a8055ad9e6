"""SMS3xx: templates. Facts: template review standard and billing rules of the API."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from smsops.errors import Severity
from smsops.lint.rule import Rule, named
from smsops.lint.segments import billed
from smsops.model import Desired, Spec

LONGEST_MESSAGE = 500
UNSUBSCRIBE = "拒收请回复R"

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


def length(spec: Spec, longest: Mapping[bool, int]) -> str | None:
    sign = longest[_abroad(spec)]
    size = len(_content(spec)) + sign + 2
    if size <= LONGEST_MESSAGE:
        return None
    return (
        f"the message has {size} characters with 【】 and a sign of {sign}; "
        f"at most {LONGEST_MESSAGE} are allowed"
    )


def margins(spec: Spec) -> str | None:
    text = _content(spec)
    if text == text.strip():
        return None
    end = "end" if text == text.lstrip() else "start"
    return f"content has white space at its {end}; remove it (a block scalar needs |-)"


def numbering(spec: Spec) -> str | None:
    text = _content(spec)
    if "{" not in text:
        return None
    used = {found.lstrip("0") or "0" for found in _VARIABLE.findall(text)}
    count = len(used)
    if all(str(number) in used for number in range(1, count + 1)):
        return None
    seen = ", ".join(f"{{{number}}}" for number in sorted(used, key=lambda each: (len(each), each)))
    wanted = "{1}" if count == 1 else f"{{1}} to {{{count}}}"
    return f"variables are numbered from 1 without gaps: {wanted}, not {seen[:60]}"


def adjacent(spec: Spec) -> str | None:
    text = _content(spec)
    found = _ADJACENT.search(text) if "}{" in text else None
    return f"put text between the variables {found.group()}" if found else None


def variables_only(spec: Spec) -> str | None:
    text = _content(spec)
    if "{" not in text or not _VARIABLE.search(text):
        return None
    if any(each.isalnum() for each in _VARIABLE.sub("", text)):
        return None
    return "content consists of variables only; say what the message is about"


def brackets(spec: Spec) -> str | None:
    text = _content(spec)
    if "【" in text or "】" in text:
        return "content contains 【 or 】; the sign is added when a message is sent"
    return None


def unsubscribe(spec: Spec) -> str | None:
    if spec["smsType"] != "marketing" or _abroad(spec) or _content(spec).endswith(UNSUBSCRIBE):
        return None
    return f"a domestic marketing text ends with exactly {UNSUBSCRIBE}"


def account_dependent(spec: Spec) -> str | None:
    text = _content(spec)
    if spec["smsType"] in (None, "verification") or _abroad(spec) or "{" not in text:
        return None
    if not _VARIABLE.search(text):
        return None
    return (
        f"not every account may use variables in a domestic {spec['smsType']} text; "
        "set spec.lint.templateVariables in smsops.yaml to allow if yours may"
    )


def variable_link(spec: Spec) -> str | None:
    text = _content(spec)
    if "{" not in text or ("." not in text and "://" not in text):
        return None
    if len(text) > LONGEST_MESSAGE:
        return None  # SMS301 says so; searching a text of any length would take too long
    for link in _LINK.finditer(text):
        if _VARIABLE.search(link.group()):
            return f"a variable is inside the link {link.group()[:80]}; links are constant"
    return None


def names_code(spec: Spec) -> str | None:
    if spec["smsType"] != "verification":
        return None
    word = "code" if _abroad(spec) else "验证码"
    if word in _content(spec).lower():
        return None
    scope = "an international" if _abroad(spec) else "a domestic"
    return f"{scope} verification text should contain {word}; a reviewer may reject it"


def segments(spec: Spec, longest: Mapping[bool, int]) -> str | None:
    abroad = _abroad(spec)
    return billed(_content(spec), international=abroad, sign=longest[abroad])


def braces(spec: Spec) -> str | None:
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
        return f"'{shown}' is written with full-width {wide}; type {narrow}"
    return f"'{shown}' is not a variable; variables are {{1}}, {{2}} and so on"


def quoted(spec: Spec) -> str | None:
    text = _content(spec)
    closing = _QUOTES.get(text[:1])
    if closing is None or not text.endswith(closing):
        return None
    opening, inner = text[0], text[1:-1]
    if opening in inner or closing in inner:
        return None
    return (
        f"the quotes {opening} {closing} are part of the text and would be sent; "
        'use straight quotes (") to quote in YAML'
    )


def dollar(spec: Spec) -> str | None:
    text = _content(spec)
    found = _DOLLAR.search(text) if "$" in text and not _abroad(spec) else None
    if found is None:
        return None
    variable = found[1][:20]
    return f"'${variable}': the $ is sent as it is; a variable is {variable}"


def same(items: Iterable[Desired]) -> Iterator[tuple[Desired, str]]:
    """Templates after the first with their templateName, content and international."""
    first: dict[tuple[object, ...], Desired] = {}
    for item in items:
        spec = item.spec
        key = spec["templateName"], spec["content"], spec["international"]
        other = first.setdefault(key, item)
        if other is not item:
            message = "has the same templateName, content and international; keep one of them"
            yield item, f"{named(other)} {message}"


def same_name(items: Iterable[Desired]) -> Iterator[tuple[Desired, str]]:
    """Templates after the first with their templateName and international, but another content."""
    first: dict[tuple[object, ...], Desired] = {}
    for item in items:
        spec = item.spec
        other = first.setdefault((spec["templateName"], spec["international"]), item)
        if other is not item and other.spec["content"] != spec["content"]:
            yield item, f"{named(other)} has the same templateName; give each its own"


RULES = (
    Rule(
        "SMS301",
        Severity.ERROR,
        "The message is too long",
        "A whole message has at most 500 characters: the text as written, the brackets 【】 and "
        "the sign. The longest declared sign of the same international counts.",
        kind="template",
        field="content",
        measure=length,
        optional=True,
    ),
    Rule(
        "SMS302",
        Severity.ERROR,
        "White space at an end of the text",
        "The service may cut it off, and nobody sees it. A block scalar (`|`) ends with a newline; "
        "use `|-`.",
        kind="template",
        field="content",
        check=margins,
        optional=True,
    ),
    Rule(
        "SMS303",
        Severity.ERROR,
        "Variables are not numbered from 1 without gaps",
        "A text with n variables has {1} to {n} (API error InvalidTemplateFormat). The same "
        "variable may appear more than once.",
        kind="template",
        field="content",
        check=numbering,
        optional=True,
        behind="SMS314",
    ),
    Rule(
        "SMS304",
        Severity.ERROR,
        "Two variables stand next to each other",
        "Put text between them, so that a reviewer can tell what each holds.",
        kind="template",
        field="content",
        check=adjacent,
        optional=True,
    ),
    Rule(
        "SMS305",
        Severity.ERROR,
        "The text consists of variables only",
        "A reviewer rejects a text that does not say what the message is about.",
        kind="template",
        field="content",
        check=variables_only,
        optional=True,
    ),
    Rule(
        "SMS306",
        Severity.ERROR,
        "The text contains 【 or 】",
        "These brackets mark the sign, which is added when a message is sent.",
        kind="template",
        field="content",
        check=brackets,
        optional=True,
    ),
    Rule(
        "SMS307",
        Severity.ERROR,
        "A marketing text does not say how to unsubscribe",
        "A domestic marketing text ends with exactly 拒收请回复R (API error "
        "MarketingTemplateWithoutUnsubscribe).",
        kind="template",
        field="content",
        check=unsubscribe,
        optional=True,
    ),
    Rule(
        "SMS308",
        Severity.WARNING,
        "Variables in a domestic notification or marketing text",
        "Newer accounts may not use them (API error UnsupportedTemplateVariable); the console "
        "shows it on the page that creates a template. Set spec.lint.templateVariables in "
        "smsops.yaml to allow, warn (the default) or error.",
        kind="template",
        field="content",
        check=account_dependent,
        optional=True,
    ),
    Rule(
        "SMS309",
        Severity.ERROR,
        "A variable inside a link",
        "Links are constant: no variable in the host, the path or the query, and text or a space "
        "between a link and a variable that follows it.",
        kind="template",
        field="content",
        check=variable_link,
        optional=True,
    ),
    Rule(
        "SMS310",
        Severity.WARNING,
        "A verification text does not name the code",
        "Reviewers expect 验证码 in a domestic verification text, `code` in an international one.",
        kind="template",
        field="content",
        check=names_code,
        optional=True,
    ),
    Rule(
        "SMS311",
        Severity.WARNING,
        "Two templates have one name",
        "The account accepts that, but a lost template can then not be told from its twin, and "
        "smsops stops and asks. Give each template its own name.",
        kind="template",
        field="templateName",
        survey=same_name,
        optional=True,
    ),
    Rule(
        "SMS312",
        Severity.INFO,
        "The message takes several segments",
        "Segments are billed one by one. Domestic: 70 characters, or 67 each when there are "
        "several. International: 160 and 153 in the GSM-7 alphabet, else 70 and 67. The longest "
        "declared sign counts; variables count as written.",
        kind="template",
        field="content",
        measure=segments,
        optional=True,
    ),
    Rule(
        "SMS313",
        Severity.ERROR,
        "Two templates are the same",
        "Their templateName, content and international are equal, and smsops finds lost templates "
        "by these three. Remove one of the manifests.",
        kind="template",
        field="templateName",
        survey=same,
    ),
    Rule(
        "SMS314",
        Severity.ERROR,
        "Braces that are not a variable",
        "Braces are for variables: {1}, {2} and so on, with half-width braces and digits (API "
        "error InvalidTemplateFormat).",
        kind="template",
        field="content",
        check=braces,
        optional=True,
    ),
    Rule(
        "SMS315",
        Severity.WARNING,
        "Quotation marks around the whole text",
        "Curly quotes, 「 」 and 『 』 are letters in YAML: customers would see them around the "
        "text. Only the straight quotes `\"` and `'` quote a value.",
        kind="template",
        field="content",
        check=quoted,
        optional=True,
    ),
    Rule(
        "SMS316",
        Severity.WARNING,
        "A $ in front of a variable",
        "`${1}` is a variable in other languages. Here {1} is one, and the `$` is sent with its "
        "value. Domestic texts only: abroad `${1}` is a price.",
        kind="template",
        field="content",
        check=dollar,
        optional=True,
    ),
)
