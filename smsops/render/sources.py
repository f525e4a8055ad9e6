"""What was found in the sources of an application, as text, JSON and SARIF. Pure."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from smsops.errors import Problem, Severity
from smsops.render.problems import text as problems_text
from smsops.render.problems.text import Rules
from smsops.text import sanitise
from smsops.text.messages import N, T, Text, listed, shortened

FORMAT_VERSION = "1.0"
FORMATS = ("text", "json", "sarif")
_NAMED = 10
#: A run that found no difference proves nothing about these.
_NO_PROOF = T("This is no all clear: what was not judged or not read may differ.")
_NO_SEND = T("This is no all clear: no send was judged.")


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a reader has to know. ``unread``: files that should have been read, and why;
    ``others``: by ending, files that nobody reads; ``ignored``: places with a comment.
    """

    problems: Sequence[Problem]
    files: int
    sends: int
    literals: int
    ignored: int
    unread: Sequence[tuple[str, Text]]
    skipped: Sequence[str]
    excluded: Sequence[str]
    others: Mapping[str, int]


def text(report: Report, *, ci: bool = False) -> str:
    """Problems, line by line, then what was read and what was not."""
    lines = [problems_text.line(each, ci=ci) for each in problems_text.ordered(report.problems)]
    lines += [sanitise.terminal(each, ci=ci) for each in _closing(report)]
    return "\n".join(lines) + "\n"


def _closing(report: Report) -> list[Text]:
    counts = dict.fromkeys(Severity, 0)
    for problem in report.problems:
        counts[problem.severity] += 1
    lines = [
        listed(
            ", ",
            (
                N(report.files, "{count} file read", "{count} files read"),
                N(report.sends, "{count} send judged", "{count} sends judged"),
                N(report.literals, "{count} literal id", "{count} literal ids"),
                N(counts[Severity.ERROR], "{count} differs", "{count} differ"),
                T("{count} not judged", count=counts[Severity.WARNING]),
                *([T("{count} ignored", count=report.ignored)] if report.ignored else []),
            ),
        )
    ]
    for name, why in report.unread:
        lines.append(T("Not read: {name}: {why}", name=name, why=why))
    if report.others:
        shown = [f"{count} {ending}" for ending, count in sorted(report.others.items())]
        lines.append(T("Not read, of other kinds: {names}", names=shortened(shown, _NAMED)))
    if report.skipped:
        names = shortened(report.skipped, _NAMED)
        lines.append(T("Not read, fetched or built: {names}", names=names))
    if report.excluded:
        names = shortened(report.excluded, _NAMED)
        lines.append(T("Not read, by --exclude: {names}", names=names))
    if report.unread or counts[Severity.WARNING] or not report.sends:
        lines.append(_NO_PROOF if report.sends else _NO_SEND)
    return lines


def json(report: Report) -> str:
    """``{format_version, problems[], files, sends, literals, ignored, not_read{}}``."""
    document = jsonlib.loads(problems_text.json(report.problems))
    document |= {
        "format_version": FORMAT_VERSION,
        "files": report.files,
        "sends": report.sends,
        "literals": report.literals,
        "ignored": report.ignored,
        "not_read": {
            "files": [{"file": name, "why": why.plain} for name, why in report.unread],
            "skipped": list(report.skipped),
            "excluded": list(report.excluded),
            "others": dict(report.others),
        },
    }
    encoded = jsonlib.dumps(document, ensure_ascii=False, indent=2, sort_keys=True)
    return sanitise.json(encoded) + "\n"


def sarif(report: Report, rules: Rules, *, prefix: str = "") -> str:
    """SARIF 2.1.0 for code scanning; files that were not read are notifications."""
    document: dict[str, Any] = jsonlib.loads(
        problems_text.sarif(report.problems, rules, prefix=prefix)
    )
    document["runs"][0]["invocations"] = [
        {
            "executionSuccessful": not report.unread,
            "toolExecutionNotifications": [
                {"level": "error", "message": {"text": f"{prefix}{name}: {why.plain}"}}
                for name, why in report.unread
            ],
        }
    ]
    return sanitise.json(jsonlib.dumps(document, ensure_ascii=False, indent=2)) + "\n"
