"""Drift: what the state recorded against what the API shows."""

from __future__ import annotations

from smsops.drift.detect import RANK, detect
from smsops.drift.findings import (
    CLASSES,
    ClassTraits,
    Drift,
    DriftClass,
    Finding,
    NextAction,
    Suppressed,
)

__all__ = [
    "CLASSES",
    "RANK",
    "ClassTraits",
    "Drift",
    "DriftClass",
    "Finding",
    "NextAction",
    "Suppressed",
    "detect",
]
