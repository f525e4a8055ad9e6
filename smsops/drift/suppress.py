"""Suppressions of drift: findings that somebody owns and accepts until a day. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from smsops.clock import to_text
from smsops.drift.findings import DriftClass, Finding, Suppressed
from smsops.model import RemoteId, Suppression


def suppress(
    found: Sequence[Finding], suppressions: Sequence[Suppression], now: float
) -> tuple[tuple[Finding, ...], tuple[Suppressed, ...], tuple[Suppression, ...]]:
    """Findings apart from suppressed ones, sorted; and the suppressions that are over.

    A suppression holds through its last day, by the calendar of UTC.
    """
    today = (to_text(now) or "")[:10]
    expired = [item for item in suppressions if item.expires < today]
    active = {(item.address, item.drift): item for item in suppressions if item.expires >= today}
    findings: list[Finding] = []
    suppressed: list[Suppressed] = []
    for finding in sorted(found, key=_order):
        by = active.get((finding.suppressible_as, finding.drift.value))
        if by is None:
            findings.append(finding)
        else:
            suppressed.append(Suppressed(finding, by))
    ordered = sorted(expired, key=lambda item: (item.address, item.drift, item.expires))
    return tuple(findings), tuple(suppressed), tuple(ordered)


_PLACE = {drift: place for place, drift in enumerate(DriftClass)}


def _order(finding: Finding) -> tuple[int, str, RemoteId, str]:
    return (
        _PLACE[finding.drift],
        str(finding.address or finding.kind),
        finding.remote_id,
        finding.field or "",
    )
