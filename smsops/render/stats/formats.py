"""Statistics of applications in the format that was asked for: text, JSON, Markdown, HTML. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from smsops.clock import to_text
from smsops.delivery.objectives import Judged, Statistics
from smsops.delivery.statistics import Window
from smsops.kinds.application import OF_PACKAGES
from smsops.planfile.document import encode
from smsops.render.stats.text import text

__all__ = ["FORMAT_VERSION", "document", "render", "text"]

FORMAT_VERSION = "1.0"


def render(found: Sequence[Statistics], format: str, window: Window) -> str:
    """``found`` in a format for programs and pages. ``window``: what was asked for."""
    if format == "markdown":
        from smsops.render.stats.markdown import markdown

        return markdown(found, window)
    if format == "html":
        from smsops.render.stats.html import html

        return html(found, window)
    assert format == "json", format
    return encode(document(found))


def document(found: Sequence[Statistics]) -> dict[str, Any]:
    """The statistics as JSON values."""
    return {"format_version": FORMAT_VERSION, "applications": list(map(_application, found))}


def _application(each: Statistics) -> dict[str, Any]:
    submitted, reported = each.sums.submitted, each.sums.reported
    return {
        "application": each.sums.name,
        "sdk_app_id": each.sums.sdk_app_id,
        "begin": to_text(each.window.begin_at),
        "end": to_text(each.window.end_at),
        "requested": submitted.requested,
        "accepted": reported.accepted,
        "fee": submitted.fee,
        "reported": reported.reported,
        "delivered": reported.delivered,
        "failed": dict(reported.failed),
        "packages": [
            {
                "id": package.id,
                "amount": package.amount,
                "used": package.used,
                "left": package.left,
                "expires_at": to_text(package.expires_at),
            }
            for package in each.packages
        ],
        "objectives": list(map(_objective, each.objectives)),
    }


def _objective(judged: Judged) -> dict[str, Any]:
    name = judged.objective.name
    whole = name in OF_PACKAGES
    got = judged.got
    return {
        "objective": name.value,
        "want": int(judged.objective.min) if whole else judged.objective.min,
        "got": int(got) if whole and got is not None else got,
        "met": judged.met,
    }
