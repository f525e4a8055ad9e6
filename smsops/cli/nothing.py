"""What commands say of a state that records nothing although manifests declare something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsops.cli.context import Context
from smsops.text.messages import T

if TYPE_CHECKING:
    from smsops.model import Project, Snapshot


def nothing(context: Context, project: Project, snapshot: Snapshot, *, fails: bool = False) -> bool:
    """Whether that is so; then stderr says it, as an error where the command ``fails`` for it. The
    manifests are read only for an empty state.
    """
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
    first, *rest = notes
    context.log((T("Error: {note}") if fails else T("Warning: {note}")).filled(note=first))
    for note in rest:
        context.log((T("Note: {note}") if fails else T("Warning: {note}")).filled(note=note))
    return True
