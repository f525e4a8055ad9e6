"""Problems as text, JSON, and the formats that code hosts show next to the lines."""

from __future__ import annotations

import hashlib
import json as jsonlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from smsops import __version__
from smsops.errors import Problem, Severity
from smsops.render.github.commands import MOST, Annotation, Level, command
from smsops.render.problems.frame import frame
from smsops.render.style import paint
from smsops.text import sanitise
from smsops.text.messages import NOTHING, N, T, Text, joined, listed

FORMAT_VERSION = "1.0"
_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "36"}
_LEVELS = {
    Severity.ERROR: Level.ERROR,
    Severity.WARNING: Level.WARNING,
    Severity.INFO: Level.NOTICE,
}


def ordered(problems: Iterable[Problem]) -> list[Problem]:
    """Errors first, then warnings, then infos; by position in each."""
    return sorted(problems, key=lambda problem: (_RANK[problem.severity], problem))


def summary(problems: Sequence[Problem], checked: Text = NOTHING) -> str:
    """The closing line: ``3 errors, 1 warning in 2 files``, or ``OK`` with what was checked."""
    counts = {level: sum(each.severity is level for each in problems) for level in _RANK}
    parts = [
        counting(level, counts[level])
        for level in (Severity.ERROR, Severity.WARNING)
        if counts[level]
    ]
    if parts:
        files = {each.file for each in problems if each.severity is not Severity.INFO}
        found = listed(", ", parts)
        return str(
            N(len(files), "{found} in {count} file", "{found} in {count} files", found=found)
        )
    return str(T("OK: {checked}", checked=checked) if checked else T("OK"))


def counting(level: Severity, count: int) -> Text:
    """``1 error``, ``2 warnings``."""
    return _COUNTED[level](count)


_COUNTED: Mapping[Severity, Callable[[int], Text]] = {
    Severity.ERROR: lambda count: N(count, "{count} error", "{count} errors"),
    Severity.WARNING: lambda count: N(count, "{count} warning", "{count} warnings"),
    Severity.INFO: lambda count: N(count, "{count} info", "{count} infos"),
}
#: Said of a problem that is no error.
_ASIDE: Mapping[Severity, Text] = {
    Severity.ERROR: NOTHING,
    Severity.WARNING: T("warning"),
    Severity.INFO: T("info"),
}


def line(problem: Problem, *, ci: bool = False, colour: bool = False, more: int = 0) -> str:
    """``file:line:col: CODE message``; a problem of a whole file points at its first character.

    ``more``: how many problems like this one are not listed.
    """
    place = f"{problem.file}:{max(problem.line, 1)}:{max(problem.column, 1)}"
    others = T("{count} more like it, -v lists them", count=more) if more else NOTHING
    aside = joined("; ", _ASIDE[problem.severity], others)
    message = f"{problem.message} ({aside})" if aside else str(problem.message)
    code = paint(problem.code, _COLOURS[problem.severity], colour=colour)
    return f"{sanitise.terminal(place, ci=ci)}: {code} {sanitise.terminal(message, ci=ci)}"


def concise(
    problems: Sequence[Problem], *, ci: bool = False, colour: bool = False, checked: Text = NOTHING
) -> str:
    """One line a problem and a closing count. ``checked``: what an ``OK`` stands for."""
    lines = [line(problem, ci=ci, colour=colour) for problem in ordered(problems)]
    return "\n".join([*lines, summary(problems, checked)]) + "\n"


#: (file, line) -> the text of that line.
Lines = Mapping[tuple[str, int], str]
#: More frames than this are not read.
FRAMES = 100


def text(
    problems: Sequence[Problem],
    *,
    ci: bool = False,
    colour: bool = False,
    checked: Text = NOTHING,
    every: bool = False,
    lines: Lines | None = None,
    columns: int | None = None,
) -> str:
    """Problems for people: repeated warnings once, unless ``every``, each with its line if it is in
    ``lines``. ``columns``: the width of the terminal.
    """
    shown = []
    for number, (problem, more) in enumerate(_once(ordered(problems), every=every)):
        shown.append(line(problem, ci=ci, colour=colour, more=more))
        source = (lines or {}).get((problem.file, problem.line))
        if source is not None and number < FRAMES:
            code = _COLOURS[problem.severity]
            place = problem.line, problem.column
            shown += [*frame(source, *place, columns=columns, code=code, colour=colour), ""]
    return "\n".join([*shown, summary(problems, checked)]) + "\n"


#: Warnings and infos that say the same at more places than this are one line.
REPEATED = 3


def _once(problems: Sequence[Problem], *, every: bool) -> Iterator[tuple[Problem, int]]:
    """Each problem with how many like it are left out after it."""
    alike = Counter(map(_saying, problems))
    shown = set()
    for problem in problems:
        saying = _saying(problem)
        many = alike[saying] > REPEATED and problem.severity is not Severity.ERROR and not every
        if not many or saying not in shown:
            yield problem, alike[saying] - 1 if many else 0
        shown.add(saying)


def _saying(problem: Problem) -> tuple[str, Severity, str]:
    return problem.code, problem.severity, problem.message.plain


def json(problems: Sequence[Problem]) -> str:
    """``{format_version, problems[{file, line, column, code, severity, message}]}``."""
    return _json(
        {
            "format_version": FORMAT_VERSION,
            "problems": [
                {
                    "file": problem.file,
                    "line": problem.line,
                    "column": problem.column,
                    "code": problem.code,
                    "severity": problem.severity.value,
                    "message": problem.message.plain,
                }
                for problem in ordered(problems)
            ],
        }
    )


def github(problems: Sequence[Problem], *, prefix: str = "", checked: Text = NOTHING) -> str:
    """Workflow commands that annotate the lines, then what is over GitHub's limit, then the count.

    ``prefix``: the project's directory, because annotations name files from the repository's root.
    """
    shown: dict[Severity, int] = dict.fromkeys(_LEVELS, 0)
    annotations, rest = [], []
    for problem in ordered(problems):
        if shown[problem.severity] == MOST:
            rest.append(line(problem, ci=True))
            continue
        shown[problem.severity] += 1
        annotations.append(command(annotation(problem), prefix=prefix))
    return "\n".join([*annotations, *rest, summary(problems, checked)]) + "\n"


def annotation(problem: Problem) -> Annotation:
    """A problem at its line, as GitHub shows it."""
    return Annotation(
        _LEVELS[problem.severity],
        problem.code,
        str(problem.message),
        problem.file,
        problem.line,
        problem.column,
    )


#: code -> title and explanation
Rules = Mapping[str, tuple[str, str]]


def sarif(problems: Sequence[Problem], rules: Rules, *, prefix: str = "") -> str:
    """SARIF 2.1.0 for code scanning."""
    levels = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
    codes = sorted({problem.code for problem in problems})
    results = []
    for problem, fingerprint in _fingerprinted(ordered(problems)):
        location: dict[str, Any] = {"artifactLocation": {"uri": _uri(prefix + problem.file)}}
        if problem.line:
            location["region"] = {"startLine": problem.line, "startColumn": problem.column}
        results.append(
            {
                "ruleId": problem.code,
                "ruleIndex": codes.index(problem.code),
                "level": levels[problem.severity],
                "message": {"text": problem.message.plain},
                "locations": [{"physicalLocation": location}],
                "partialFingerprints": {"smsops/v1": fingerprint},
            }
        )
    described = [
        {
            "id": code,
            "shortDescription": {"text": rules[code][0]},
            "fullDescription": {"text": rules[code][1]},
            "help": {"text": rules[code][1]},
        }
        for code in codes
    ]
    driver = {"name": "smsops", "version": __version__, "rules": described}
    return _json(
        {
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [
                {
                    "tool": {"driver": driver},
                    "columnKind": "unicodeCodePoints",
                    "results": results,
                }
            ],
        }
    )


def codequality(problems: Sequence[Problem], *, prefix: str = "") -> str:
    """GitLab's Code Quality report."""
    levels = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}
    return _json(
        [
            {
                "description": f"{problem.code} {problem.message.plain}",
                "check_name": problem.code,
                "fingerprint": fingerprint,
                "severity": levels[problem.severity],
                "location": {
                    "path": prefix + problem.file,
                    "lines": {"begin": max(problem.line, 1)},
                },
            }
            for problem, fingerprint in _fingerprinted(ordered(problems))
        ]
    )


def junit(problems: Sequence[Problem], *, strict: bool = False) -> str:
    """JUnit XML: a failing case for each problem that fails the run, a passing one for the rest."""
    # Loads urllib.request and ssl, which no other format needs.
    from xml.sax.saxutils import escape, quoteattr

    failing = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    cases = []
    for problem in ordered(problems):
        place = f"{problem.file}:{max(problem.line, 1)}:{max(problem.column, 1)}"
        message = _xml(str(problem.message))
        inner = (
            f"<failure message={quoteattr(message)} type={quoteattr(problem.code)}>"
            f"{escape(_xml(line(problem)))}</failure>"
            if problem.severity in failing
            else f"<system-out>{escape(_xml(line(problem)))}</system-out>"
        )
        cases.append(
            f"    <testcase classname={quoteattr(_xml(problem.file))} "
            f"name={quoteattr(_xml(f'{problem.code} {place}'))}>{inner}</testcase>"
        )
    failures = sum(problem.severity in failing for problem in problems)
    if not cases:
        cases.append('    <testcase classname="smsops" name="validate"/>')
    head = f'name="smsops validate" tests="{len(cases)}" failures="{failures}" errors="0"'
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            "<testsuites>",
            f"  <testsuite {head}>",
            *cases,
            "  </testsuite>",
            "</testsuites>",
            "",
        ]
    )


def _xml(value: str) -> str:
    """XML 1.0 has no way to write most control characters; they are spelt out."""
    return sanitise.terminal(value, ci=True)


def _json(value: object) -> str:
    return sanitise.json(jsonlib.dumps(value, ensure_ascii=False, indent=2)) + "\n"


def _uri(path: str) -> str:
    return quote(path.encode("utf-8", "surrogateescape"))


def _fingerprinted(problems: Iterable[Problem]) -> Iterable[tuple[Problem, str]]:
    """Each problem with a digest that survives edits elsewhere in its file and is unique."""
    seen: dict[tuple[str, str, str], int] = {}
    for problem in problems:
        key = problem.file, problem.code, problem.message.plain
        seen[key] = seen.get(key, 0) + 1
        content = "\0".join((*key, str(seen[key])))
        yield problem, hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
