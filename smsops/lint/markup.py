"""SMS327: what a program would have read, and a phone shows: escapes and HTML."""

from __future__ import annotations

import re

from smsops.errors import Severity
from smsops.lint.rule import declared, rule
from smsops.lint.texts import content
from smsops.model import Spec
from smsops.text.characters import some
from smsops.text.messages import T, Text

_ESCAPE = r"(?-i:\\(?:[nrt](?![A-Za-z])|u[0-9A-Fa-f]{4}))"
_TAG = r"</?(?:br|p|b|i|u|a|div|span|font|strong|em|h[1-6]|li|ul)(?:\s[^<>]{0,80})?/?>"
_ENTITY = r"&(?:nbsp|amp|lt|gt|quot|apos|ldquo|rdquo|middot|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});"
_MARKUP = re.compile(f"{_ESCAPE}|{_TAG}|{_ENTITY}", re.IGNORECASE)


@rule(
    "SMS327",
    Severity.WARNING,
    title=T("An escape or HTML in the text"),
    explanation=T(
        "A message is plain text: customers would see `<br>`, `&nbsp;` or `\\n` as it is written. "
        "YAML reads `\\n` as a line break in double quotes only; a block scalar (`|-`) keeps the "
        "lines of the file."
    ),
    at="template.content",
)
def markup(spec: Spec) -> Text | None:
    found = [T("{markup}", markup=each.group()) for each in _MARKUP.finditer(content(spec))]
    if not found:
        return None
    return T(
        "escapes and HTML are sent as they are: {found}; write the character itself",
        found=some(found),
    )


RULES = declared(globals())
