"""A drift report as JUnit XML, for the test tabs of code hosts. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from xml.sax.saxutils import escape, quoteattr

from smsops.drift import CLASSES, Drift, DriftClass, Finding
from smsops.render.drift.advice import following
from smsops.render.drift.tables import notes
from smsops.render.drift.text import name, values, verdict
from smsops.text.messages import T, Text
from smsops.text.sanitise import terminal

_RECORDED_AND_OBSERVED = T("recorded: {recorded}\nobserved: {observed}\n{detail}\nnext: {next}")
#: What a failure says of a class whose two values are something else, or in the detail already.
_WORDS: Mapping[DriftClass, Text] = {
    DriftClass.OBJECTIVE: T("wanted: {recorded}\ngot: {observed}\n{detail}\nnext: {next}"),
    DriftClass.DELIVERY: T("{detail}\nnext: {next}"),
}


def junit(drift: Drift, *, fail_on: Collection[DriftClass] = ()) -> str:
    """A case for the report itself and one for each finding.

    The first is an error when something recorded could not be read, or nothing is recorded, which
    fails the run, and skipped when the report is incomplete for another reason: what was not read
    did not pass.
    Findings that fail the run are failures; the others, and suppressed ones, are skipped.
    """
    cases = [_report(drift)]
    failures = 0
    skipped = int(not drift.complete and not drift.failed)
    for finding in drift.findings:
        fails = CLASSES[finding.drift].counts or finding.drift in fail_on
        failures += fails
        skipped += not fails
        cases.append(_case(finding, _failure(finding) if fails else _skipped(_said(finding))))
    for item in drift.suppressed:
        by = item.suppression
        because = T(
            "suppressed by {owner} until {expires}: {reason}",
            owner=by.owner,
            expires=by.expires,
            reason=by.reason,
        )
        skipped += 1
        cases.append(_case(item.finding, _skipped(str(because))))
    numbers = (
        f'tests="{len(cases)}" failures="{failures}" errors="{int(drift.failed)}" '
        f'skipped="{skipped}"'
    )
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            "<testsuites>",
            f'  <testsuite name="smsops drift" {numbers}>',
            *cases,
            "  </testsuite>",
            "</testsuites>",
            "",
        ]
    )


def _report(drift: Drift) -> str:
    text = "\n".join([verdict(drift), *notes(drift)])
    inner = f"<system-out>{_text(text)}</system-out>"
    message = _attribute(verdict(drift))
    if drift.failed:
        kind = "nothing-recorded" if drift.blank else "incomplete"
        inner = f'<error message={message} type="{kind}">{_text(text)}</error>'
    elif not drift.complete:
        inner = f"<skipped message={message}/>{inner}"
    label = _attribute(str(T("the whole account was read")))
    return f'    <testcase classname="smsops.drift" name={label}>{inner}</testcase>'


def _case(finding: Finding, inner: str) -> str:
    about = name(finding.kind, finding.remote_id, finding.address)
    field = f" {finding.field}" if finding.field else ""
    label = f"{about} {T('(id {id})', id=finding.remote_id)}{field}"
    group = f"smsops.drift.{finding.drift}"
    return f'    <testcase classname="{group}" name={_attribute(label)}>{inner}</testcase>'


def _failure(finding: Finding) -> str:
    recorded, observed = values(finding)
    words = _WORDS.get(finding.drift, _RECORDED_AND_OBSERVED).filled(
        recorded=recorded,
        observed=observed,
        detail=finding.detail,
        next=following(finding),
    )
    return (
        f'<failure message={_attribute(str(finding.detail))} type="{finding.drift}">'
        f"{_text(str(words))}</failure>"
    )


def _said(finding: Finding) -> str:
    return f"{finding.detail}; {CLASSES[finding.drift].meaning}"


def _skipped(words: str) -> str:
    return f"<skipped message={_attribute(words)}/>"


def _attribute(words: str) -> str:
    return quoteattr(terminal(words, ci=True))


def _text(words: str) -> str:
    """Each line apart: a runner reads commands at the start of a line."""
    return "\n".join(escape(terminal(line, ci=True)) for line in words.split("\n"))
