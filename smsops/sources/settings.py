"""Literal ids in files of configuration, by the names of their keys. Pure.

sms4j (``template-id``), Spring and others (``tencent.sms.templateId``, ``SMS_TEMPLATE_ID``), in
YAML, properties, JSON, TOML, INI and dotenv. A placeholder counts with its default:
``${SMS_TEMPLATE:1110}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from smsops.sources.uses import LONG, Use

#: Ends of the names of files, and names.
SUFFIXES = frozenset(
    {".yaml", ".yml", ".properties", ".json", ".toml", ".ini", ".conf", ".env", ".cfg"}
)
_KEY = re.compile(
    r"(?<![\w.-])[\w.-]*template[_-]?(?:id|code)?s?[\"']?\s*[:=]\s*[\"']?(?:\$\{[^}:\n]*:-?)?"
    r"(?P<id>[0-9]{1,19})(?![\w.])",
    re.IGNORECASE,
)
_LONG = re.compile(rf"(?<![\w.-])(?P<id>[0-9]{{{LONG},19}})(?![\w.])")
_COMMENT = re.compile(r"\s*(?:#|;|//|!)")


def uses(text: str) -> Iterator[Use]:
    """Every literal that may be the id of a template."""
    for number, line in enumerate(text.split("\n"), 1):
        if _COMMENT.match(line):
            continue
        named = {match.start("id"): match["id"] for match in _KEY.finditer(line)}
        for at, found in named.items():
            yield Use(number, at + 1, id=found)
        for match in _LONG.finditer(line):
            if match.start("id") not in named:
                yield Use(number, match.start("id") + 1, id=match["id"], named=False)
