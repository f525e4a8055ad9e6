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
    r"(?<![\w.$-])(?P<key>[\w.-]*[A-Za-z_][\w.-]*)[\"']?\s*[:=]\s*[\"']?(?:\$\{[^}:\n]*:-?)?"
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
_FLOW = re.compile(r"(?:(?P<key>[\w.-]+)[\"']?\s*[:=]\s*)?(?P<open>[\[{])|(?P<close>[\]}])")
#: sms4j names the vendor of each block, or of each beginning of a key.
_SUPPLIER = re.compile(
    r"(?P<before>[\w.-]*\.)?\bsupplier[\"']?\s*[:=]\s*[\"']?(?P<vendor>\w+)", re.IGNORECASE
)
_OURS = "tencent"


def uses(text: str) -> Iterator[Use]:
    """Every literal that may be the id of a template."""
    lines = text.split("\n")
    places = _Places(lines)
    entry = ""
    for number, line in enumerate(lines, 1):
        if _COMMENT.match(line):
            continue
        around = places.at(number - 1)
        found: dict[int, tuple[str, Kept]] = {}
        entries = [(match.start(), match["key"]) for match in _ENTRY.finditer(line)]
        for match in _PAIR.finditer(line):
            key = match["key"]
            if key.lower() == _VALUE:
                entry = next((each for at, each in entries[::-1] if at < match.start()), entry)
                key = entry
            under = _kept(key, match["id"], _flow(line, match.start()) or around)
            if places.elsewhere(number - 1, key):
                under = Kept.NOWHERE
            found[match.start("id")] = match["id"], under
        entry = entries[-1][1] if entries else entry
        for match in _LONG.finditer(line):
            name = _flow(line, match.start()) or around
            near = of_templates(name) and not places.elsewhere(number - 1, name)
            found.setdefault(match.start("id"), (match["id"], _NEAR[near]))
        for at, (id_, under) in sorted(found.items()):
            if under is not Kept.NOWHERE or len(id_) >= LONG:
                yield Use(number, at + 1, id=id_, kept=under)


_NEAR = (Kept.NOWHERE, Kept.NEAR)


def _kept(key: str, id_: str, around: str) -> Kept:
    """How surely the value of ``key`` is the id of a template, in a block called ``around``."""
    if _EXACT.search(key):
        return Kept.NAMED
    last = key.rpartition(".")[2]
    if len(id_) < LONG or of_else(last):
        return Kept.NOWHERE
    if of_templates(last):
        return Kept.NAMED
    return _NEAR[of_templates(key) or of_templates(around)]


def _flow(line: str, at: int) -> str:
    """The key of the innermost bracket that is open on the line at ``at``."""
    open_: list[str] = []
    for match in _FLOW.finditer(line, 0, at):
        if match["open"]:
            open_.append(match["key"] or (open_[-1] if open_ else ""))
        elif open_:
            open_.pop()
    return open_[-1] if open_ else ""


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
