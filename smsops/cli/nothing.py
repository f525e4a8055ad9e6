"""What commands say of a state that records nothing although manifests declare something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsops.cli.context import Context
from smsops.text.messages import T

if TYPE_CHECKING:
    from smsops.model import Project, Snapshot


def nothing(context: Context, project: Project, snapshot: Snapshot) -> bool:
    """Whether that is so; then stderr says it. The manifests are read only for an empty state."""
    if snapshot.resources:
        return False
    from smsops.manifests.load import load_manifests
    from smsops.planning.unrecorded import about_nothing, nothing_recorded
    from smsops.workspace.vanished import vanished

    found = load_manifests(project)
    readable = not found.errors
    if not nothing_recorded(snapshot, found.desired, readable=readable):
        return False
    emulator = context.options.emulator
    backend = "local" if emulator else project.state.backend
    notes = list(about_nothing(snapshot, found.desired, readable=readable, backend=backend))
    if not snapshot.serial:
        gone = vanished(project, context.environment, emulator=emulator)
        notes += [gone] if gone else []
    for note in notes:
        context.log(T("Warning: {note}", note=note))
    return True
