"""A run of probes in the format that was asked for: text, JSON, JUnit, Markdown. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from smsops.delivery.model import Verdict
from smsops.delivery.runs import Run
from smsops.planfile.document import encode
from smsops.render.probes import row as rows
from smsops.render.probes.text import progress_free, text
from smsops.text.messages import T
from smsops.text.sanitise import markdown as inline
from smsops.text.sanitise import terminal

FORMAT_VERSION = "1.0"


def render(runs: Sequence[Run], format: str, *, ci: bool = False) -> str:
    """``runs`` in one of :data:`smsops.render.probes.FORMATS`."""
    match format:
        case "json":
            return json(runs)
        case "junit":
            return junit(runs)
        case "markdown":
            return markdown(runs)
        case _:
            return text(runs, ci=ci)


def json(runs: Sequence[Run]) -> str:
    """JSON document of a run."""
    return encode(
        {
            "format_version": FORMAT_VERSION,
            "probes": [rows.row(run) for run in runs],
            "summary": rows.summary(runs),
        }
    )


def junit(runs: Sequence[Run]) -> str:
    """A case a probe: failures are those that did not arrive, errors those that nobody knows."""
    failed = sum(_kind(run) == "failure" for run in runs)
    errors = sum(_kind(run) == "error" for run in runs)
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            "<testsuites>",
            f'  <testsuite name="smsops probe" tests="{len(runs)}" failures="{failed}" '
            f'errors="{errors}" skipped="0">',
            *map(_case, runs),
            "  </testsuite>",
            "</testsuites>",
            "",
        ]
    )


def _kind(run: Run) -> str:
    if rows.fine(run):
        return ""
    return "error" if run.verdict in (Verdict.UNKNOWN, Verdict.PENDING) else "failure"


def _case(run: Run) -> str:
    values, kind = rows.row(run), _kind(run)
    name = quoteattr(terminal(run.case.name, ci=True))
    time = f' time="{values["seconds"]}"' if values["seconds"] is not None else ""
    said = str(progress_free(run, ci=True))
    inner = f"<system-out>{escape(said)}</system-out>"
    if kind:
        message = quoteattr(terminal(said, ci=True))
        why = escape(terminal(str(rows.why(run)), ci=True))
        inner = f'<{kind} message={message} type="{run.verdict}">{why}</{kind}>'
    return f'    <testcase classname="smsops.probe" name={name}{time}>{inner}</testcase>'


def markdown(runs: Sequence[Run]) -> str:
    """A table for a comment or a job's summary."""
    counts = rows.summary(runs)
    total = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    names = (T("Probe"), T("Channel"), T("To"), T("Verdict"), T("Code"), T("Causes"), T("Seconds"))
    lines = [
        f"**{T('Probes: {total}', total=total or '0')}**",
        "",
        f"| {' | '.join(map(str, names))} |",
        f"|{'---|' * len(names)}",
    ]
    for run in runs:
        values = rows.row(run)
        cells = (
            *(values["probe"], values["channel"], values["to"], values["verdict"]),
            *(values["code"], " ".join(values["causes"]), values["seconds"]),
        )
        lines.append(f"| {' | '.join(inline('-' if v is None else str(v)) for v in cells)} |")
    return "\n".join(lines) + "\n"
