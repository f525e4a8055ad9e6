"""Literal ids in files of configuration, by the names of their keys. Pure.

sms4j (``template-id``), Spring and others (``tencent.sms.templateId``, ``SMS_TEMPLATE_ID``), in
YAML, properties, JSON, TOML, INI and dotenv. A placeholder counts with its default:
``${SMS_TEMPLATE:1110}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from smsops.sources.kept import LONG, Kept, of_else, of_templates
from smsops.sources.uses import Use

#: Ends of the names of files, and names.
SUFFIXES = frozenset(
    {".yaml", ".yml", ".properties", ".json", ".toml", ".ini", ".conf", ".env", ".cfg"}
)
#: A key with its value: ``a.b: 1``, ``"a" = "1"``, ``a: ${B:1}``.
_PAIR = re.compile(
    r"(?<![\w.$-])(?P<key>[\w.-]+)[\"']?\s*[:=]\s*[\"']?(?:\$\{[^}:\n]*:-?)?"
    r"(?P<id>[0-9]{1,19})(?![\w.])"
)
#: Keys whose value is the id of a template, also a short one.
_EXACT = re.compile(r"template[._-]?(?:id|code)?s?$", re.IGNORECASE)
_LONG = re.compile(rf"(?<![\w.-])(?P<id>[0-9]{{{LONG},19}})(?![\w.])")
_COMMENT = re.compile(r"\s*(?:#|;|//|!)")
#: Environment variables of containers: a name, and beside it or on the next line its value.
_ENTRY = re.compile(r"\bname[\"']?\s*:\s*[\"']?(?P<key>[\w.-]+)", re.IGNORECASE)
_VALUE = "value"
#: What a block is called: ``a:`` with deeper lines below, ``[a.b]``, ``"a": {``.
_BLOCK = re.compile(r"(?:^\s*(?:-\s+)?|[{,]\s*)[\"']?(?P<key>[\w.-]+)[\"']?\s*:\s*(?:[\[{]?\s*)$")
_SECTION = re.compile(r"\s*\[+(?P<key>[^\]\n]+)\]+\s*$")
_FLOW = re.compile(
    r"(?:(?<![\w.-])(?P<key>[\w.-]+)[\"']?\s*[:=]\s*)?(?P<open>[\[{])|(?P<close>[\]}])"
)
#: sms4j names the vendor of each block, or of each beginning of a key.
_SUPPLIER = re.compile(
    r"(?<![\w.-])(?P<before>[\w.-]*\.)?supplier[\"']?\s*[:=]\s*[\"']?(?P<vendor>\w+)", re.IGNORECASE
)
_OURS = "tencent"


def uses(text: str) -> Iterator[Use]:
    """Every literal that may be the id of a template."""
    lines = text.split("\n")
    places = _Places(lines)
    entry = ""  # the variable whose value may follow
    for number, line in enumerate(lines, 1):
        if _COMMENT.match(line):
            continue
        entries = {match.start(): match["key"] for match in _ENTRY.finditer(line)}
        pairs = {match.start("id"): match for match in _PAIR.finditer(line)}
        alone = {match.start(): match for match in _LONG.finditer(line)}
        around = _Flow(line, places.at(number - 1))
        for at in sorted({*entries, *pairs, *alone}):
            if at in entries:
                entry = entries[at]
                continue
            match = pairs.get(at) or alone[at]
            key = match["key"] if at in pairs else ""
            key = entry if key.lower() == _VALUE else key
            block = around.at(match.start())
            under = _kept(key, match["id"], block)
            if places.elsewhere(number - 1, key):
                under = Kept.NOWHERE
            if under is not Kept.NOWHERE or len(match["id"]) >= LONG:
                yield Use(number, at + 1, id=match["id"], kept=under)


def _kept(key: str, id_: str, around: str) -> Kept:
    """How surely the value of ``key`` is the id of a template, in a block called ``around``."""
    if _EXACT.search(key):
        return Kept.NAMED
    last = key.rpartition(".")[2]
    if len(id_) < LONG or of_else(last):
        return Kept.NOWHERE
    if of_templates(last):
        return Kept.NAMED
    return Kept.NEAR if of_templates(key) or of_templates(around) else Kept.NOWHERE


class _Flow:
    """The keys of the brackets that are open on a line, asked for from left to right."""

    def __init__(self, line: str, around: str) -> None:
        self._around, self._open = around, list[str]()
        self._marks = _FLOW.finditer(line)
        self._next = next(self._marks, None)

    def at(self, place: int) -> str:
        """The key of the innermost bracket around ``place``, or of the block."""
        while self._next is not None and self._next.end() <= place:
            if self._next["open"]:
                self._open.append(self._next["key"] or (self._open[-1] if self._open else ""))
            elif self._open:
                self._open.pop()
            self._next = next(self._marks, None)
        return (self._open[-1] if self._open else "") or self._around


class _Places:
    """What each line of a file stands below, by its indentation or the heading of its section."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._names: list[str] = []
        self._blocks: list[int] = []
        self._vendors: dict[object, str] = {}
        above: list[tuple[int, int, str]] = []  # indentation, line, key
        for number, line in enumerate(lines):
            if not line.strip() or _COMMENT.match(line):
                self._names.append("")
                self._blocks.append(-1)
                continue
            depth = len(line) - len(line.lstrip(" \t"))
            depth += line[depth] == "-"  # an element may stand as far left as its list
            while above and above[-1][0] >= depth and above[-1][0] >= 0:
                above.pop()
            self._names.append(above[-1][2] if above else "")
            self._blocks.append(above[-1][1] if above else -1)
            for match in _SUPPLIER.finditer(line) if line.count("supplier") == 1 else ():
                block = match["before"] or (number if "{" in line else self._blocks[-1])
                self._vendors[block] = match["vendor"].lower()
            if depth == 0 and (section := _SECTION.match(line)):
                above = [(-1, number, section["key"].rpartition(".")[2])]
            elif block_ := _BLOCK.search(line):
                above.append((depth, number, block_["key"]))

    def at(self, line: int) -> str:
        """The key that a line stands below."""
        return self._names[line]

    def elsewhere(self, line: int, key: str) -> bool:
        """Whether what a line holds is of another vendor."""
        before = key[: key.rfind(".") + 1]
        for block in (before, line, self._blocks[line]):
            vendor = self._vendors.get(block) if block != "" else None
            if vendor is not None:
                return _OURS not in vendor
        return False
