"""Drift: what the state recorded against what the API shows."""

from __future__ import annotations

from smsops.drift.detect import STANDING, detect
from smsops.drift.findings import (
    CLASSES,
    Drift,
    DriftClass,
    Finding,
    Meaning,
    NextAction,
    Suppressed,
)

__all__ = [
    "CLASSES",
    "STANDING",
    "Drift",
    "DriftClass",
    "Finding",
    "Meaning",
    "NextAction",
    "Suppressed",
    "detect",
]
