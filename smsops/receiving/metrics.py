"""Metrics in Prometheus' text format: counters without numbers, ids or tokens."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping

from smsops.delivery.model import Report, Row
from smsops.text.messages import T, Text

#: Upper bounds in seconds of the histogram of acknowledgements.
_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_PREFIX = "smsops_receive_"
_Labels = tuple[tuple[str, str], ...]
#: Name -> type and help.
_KNOWN: Mapping[str, tuple[str, Text]] = {
    "requests_total": ("counter", T("Requests by endpoint and status.")),
    "reports_total": ("counter", T("Status reports by vendor, application and verdict.")),
    "replies_total": ("counter", T("Replies by vendor.")),
    "quarantined_total": ("counter", T("Items that could not be read.")),
    "spooled_total": ("counter", T("Rows that went to the spool.")),
    "replayed_total": ("counter", T("Rows of the spool that were written to the ledger.")),
    "groups_total": ("counter", T("Transactions of the ledger.")),
    "ledger_up": ("gauge", T("Whether the ledger takes rows.")),
    "forwarded_total": ("counter", T("Bodies that were passed on, by target.")),
    "forward_failures_total": ("counter", T("Attempts to pass on that failed, by target.")),
    "forward_waiting": ("gauge", T("Bodies that wait to be passed on, by target.")),
    "acknowledge_seconds": ("histogram", T("Seconds from a whole body to its answer.")),
}


class Metrics:
    """Counters of one receiver. ``names``: SmsSdkAppId -> the name of its application."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, _Labels]] = Counter()
        self._buckets = [0] * (len(_BOUNDS) + 1)
        self._seconds = 0.0

    def count(self, name: str, by: float = 1, **labels: str) -> None:
        """Count something."""
        with self._lock:
            self._counts[name, tuple(sorted(labels.items()))] += by  # type: ignore[assignment]

    def rows(self, rows: Iterable[Row]) -> None:
        """Count what became durable."""
        found = Counter(
            (row.id.vendor, row.id.application, row.verdict)
            if isinstance(row, Report)
            else (getattr(row, "vendor", ""), None, "")
            for row in rows
        )
        for (vendor, application, verdict), by in found.items():
            if application is None:
                self.count("replies_total", by, vendor=str(vendor))
            else:
                name = self._names.get(application, "")
                labels = {"vendor": str(vendor), "application": name, "verdict": str(verdict)}
                self.count("reports_total", by, **labels)

    def answered(self, endpoint: str, status: int, seconds: float) -> None:
        """Count an answer."""
        self.count("requests_total", endpoint=endpoint, status=str(status))
        if status == 200:
            with self._lock:
                place = sum(seconds > bound for bound in _BOUNDS)
                self._buckets[place] += 1
                self._seconds += seconds

    def text(self, gauges: Iterable[tuple[str, Mapping[str, str], float]]) -> str:
        """Everything, with ``gauges`` (name, labels, value) as of now."""
        with self._lock:
            found = dict(self._counts)
            buckets, seconds = list(self._buckets), self._seconds
        for name, labels, value in gauges:
            found[name, tuple(sorted(labels.items()))] = value  # type: ignore[assignment]
        lines: list[str] = []
        for name, (kind, help) in _KNOWN.items():
            lines += [f"# HELP {_PREFIX}{name} {help.plain}", f"# TYPE {_PREFIX}{name} {kind}"]
            if kind == "histogram":
                lines += _histogram(f"{_PREFIX}{name}", buckets, seconds)
            lines += [
                f"{_PREFIX}{name}{_written(labels)} {value:g}"
                for (each, labels), value in sorted(found.items())
                if each == name
            ]
        return "\n".join(lines) + "\n"


def _written(labels: _Labels) -> str:
    if not labels:
        return ""
    inside = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{inside}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _histogram(name: str, buckets: list[int], seconds: float) -> list[str]:
    lines, total = [], 0
    for bound, count in zip([*map(str, _BOUNDS), "+Inf"], buckets, strict=True):
        total += count
        lines.append(f'{name}_bucket{{le="{bound}"}} {total}')
    return [*lines, f"{name}_sum {seconds:g}", f"{name}_count {total}"]
