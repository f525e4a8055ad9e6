"""Domain model: immutable value types, no I/O.

*Desired* comes from manifests, *recorded* from the state, *observed* from the API. Planning turns
the three into a *plan* of *steps*; running a plan gives an *outcome*.
"""

from __future__ import annotations

from smsops.model.plan import (
    ACTING,
    ADDRESSES,
    ALLOWED,
    SUBMITTING,
    Action,
    FieldChange,
    Older,
    Plan,
    PlanOptions,
    Step,
)
from smsops.model.project import (
    BACKENDS,
    DeleteLimit,
    Environment,
    Project,
    StateSettings,
    Suppression,
)
from smsops.model.resources import (
    Address,
    Desired,
    Effect,
    Lifecycle,
    Listing,
    ObjectId,
    Observation,
    Observed,
    Origin,
    Promotion,
    Qualification,
    RemoteId,
    Review,
    ReviewState,
    Spec,
    Value,
    name_of,
)
from smsops.model.state import (
    Commit,
    FinishedSend,
    Intent,
    ProbeRecord,
    Recorded,
    RecordedObject,
    Role,
    Snapshot,
)
from smsops.model.verdict import FINAL, Verdict

__all__ = [
    "ACTING",
    "ADDRESSES",
    "ALLOWED",
    "BACKENDS",
    "FINAL",
    "SUBMITTING",
    "Action",
    "Address",
    "Commit",
    "DeleteLimit",
    "Desired",
    "Effect",
    "Environment",
    "FieldChange",
    "FinishedSend",
    "Intent",
    "Lifecycle",
    "Listing",
    "ObjectId",
    "Observation",
    "Observed",
    "Older",
    "Origin",
    "Plan",
    "PlanOptions",
    "ProbeRecord",
    "Project",
    "Promotion",
    "Qualification",
    "Recorded",
    "RecordedObject",
    "RemoteId",
    "Review",
    "ReviewState",
    "Role",
    "Snapshot",
    "Spec",
    "StateSettings",
    "Step",
    "Suppression",
    "Value",
    "Verdict",
    "name_of",
]
