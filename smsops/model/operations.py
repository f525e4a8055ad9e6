"""Operations: which write of the API each action of a plan is. A table, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from smsops.model.plan import Action, Step


class Write(StrEnum):
    """Which API action of its kind a step sends."""

    ADD = "add"
    MODIFY = "modify"
    DELETE = "delete"


#: The call behind each acting step; ``None``: the state only.
WRITES: Mapping[Action, Write | None] = {
    Action.ADOPT: None,
    Action.PROMOTE: None,
    Action.FORGET: None,
    Action.CREATE: Write.ADD,
    Action.REPLACE: Write.ADD,
    Action.UPDATE: Write.MODIFY,
    Action.RETIRE: Write.DELETE,
    Action.ABANDON: Write.DELETE,
    Action.DELETE: Write.DELETE,
}


def write_of(step: Step) -> Write:
    """What a step sends that does not act on the state only."""
    write = WRITES[step.action]
    assert write is not None, step
    return write
