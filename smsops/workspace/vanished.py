"""A state that is gone from its git remote and that this clone still remembers.

Every run that read or wrote the state left its commit in ``refs/smsops/seen/``; a mirror push or
a moved repository takes only the remote's refs away.
"""

from __future__ import annotations

from collections.abc import Mapping

from smsops.clock import to_text
from smsops.errors import StateError
from smsops.model import Project
from smsops.state.backends.gitwire import Git
from smsops.text.messages import T, Text


def vanished(project: Project, environment: Mapping[str, str], *, emulator: bool) -> Text | None:
    """What to say of a state that is not there, when this clone saw it once; else ``None``."""
    if emulator or project.state.backend != "git":
        return None
    remote, name = project.state.remote, project.state.name or project.name
    state, seen = f"refs/smsops/state/{name}", f"refs/smsops/seen/{remote}/{name}"
    try:
        # One ref of that very name and nothing else: no short names, no revision syntax.
        done = Git(project.root, environment).run(
            "for-each-ref", "--count=1", "--format=%(committerdate:unix)", seen
        )
    except StateError:
        return None
    moment = done.out.decode("ascii", "replace").strip()
    if done.code or not moment.isdigit():
        return None
    return T(
        "{state} was on git remote {remote} and has vanished; this clone has it as saved at "
        "{moment}: `git push {remote} {seen}:{state}` puts that back",
        state=state,
        remote=remote,
        seen=seen,
        moment=to_text(int(moment)),
    )
