"""Drift reports in every format, by name. Each renderer is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from smsops.drift import Drift, DriftClass, Finding
from smsops.model import Suppression
from smsops.planfile.document import encode
from smsops.render.drift.advice import explained, following
from smsops.render.names import Names
from smsops.text.messages import advice

FORMAT_VERSION = "1.0"


def render(
    drift: Drift,
    format: str,
    *,
    fail_on: Collection[DriftClass] = (),
    known: Names | None = None,
    colour: bool = False,
    ci: bool = False,
    every: bool = False,
) -> str:
    """``drift`` in a format. ``fail_on``: classes that fail the run besides drift; ``known``:
    names of objects, for people; ``every``: what text counts otherwise, one by one.
    """
    if format == "text":
        from smsops.render.drift.text import text

        return text(drift, known=known, colour=colour, ci=ci, every=every)
    if format == "markdown":
        from smsops.render.drift.markdown import markdown

        return markdown(drift, known=known)
    if format == "html":
        from smsops.render.drift.html import html

        return html(drift, known=known)
    if format == "junit":
        from smsops.render.drift.junit import junit

        return junit(drift, fail_on=fail_on)
    assert format == "json", format
    return json(drift)


def json(drift: Drift) -> str:
    """JSON document of a drift report."""
    return encode(document(drift))


def document(drift: Drift) -> dict[str, Any]:
    """The report as JSON values."""
    return {
        "format_version": FORMAT_VERSION,
        **({"environment": drift.environment} if drift.environment else {}),
        "account_id": drift.account_id,
        "region": drift.region,
        "complete": drift.complete,
        "checked": drift.checked,
        "summary": {each.value: drift.count(each) for each in DriftClass},
        "findings": [_finding(finding) for finding in drift.findings],
        "suppressed": [
            {**_finding(item.finding), "suppression": _suppression(item.suppression)}
            for item in drift.suppressed
        ],
        "expired_suppressions": [
            {"address": by.address, "class": by.drift, **_suppression(by)} for by in drift.expired
        ],
        "unread": [
            {"address": str(address), "remote_id": remote_id} for address, remote_id in drift.unread
        ],
        "notes": [note.plain for note in drift.notes],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "class": finding.drift.value,
        "type": finding.kind,
        "address": str(finding.address) if finding.address is not None else None,
        "remote_id": finding.remote_id,
        "field": finding.field,
        "recorded": finding.recorded,
        "observed": finding.observed,
        "detail": explained(finding).plain,
        "detail_code": finding.detail_code,
        "next": finding.next.value.replace(" ", "_"),
        "advice": [list(arguments) for arguments in advice(following(finding))],
    }


def _suppression(by: Suppression) -> dict[str, Any]:
    return {"owner": by.owner, "reason": by.reason, "expires": by.expires}
