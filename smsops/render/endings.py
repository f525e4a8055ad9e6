"""What an exit code of a failed run means and who has to act, for a chat. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from smsops.errors import Exit
from smsops.text.messages import C, Command, T, Text

_LOG = T("the log of the run says why")

#: What an exit code means, and what happens next.
ENDINGS: Mapping[Exit, tuple[Text, Text]] = {
    Exit.ERROR: (T("an error"), _LOG),
    Exit.INVALID: (
        T("problems in the manifests, or steps that need a decision"),
        T("the log of the run names file and line"),
    ),
    Exit.CREDENTIALS: (
        T("no credentials, refused ones, or another account"),
        T("{command} shows what a job has", command=C("whoami")),
    ),
    Exit.LOCKED: (
        T("another run holds the lock"),
        T(
            "run it again; if that run is dead: {command}",
            command=Command.of("state", "unlock", "ID"),
        ),
    ),
    Exit.STALE: (
        T("the saved plan no longer holds; nothing was written"),
        T("make a new plan, and have that approved"),
    ),
    Exit.UNKNOWN_OUTCOME: (
        T("a write or a message had no answer"),
        T("run it again: it finds out first what became of it"),
    ),
    Exit.PENDING: (T("still in review, or not reported yet"), T("the next run goes on with it")),
    Exit.REJECTED: (T("rejected"), T("change the manifest or ask the reviewers")),
    Exit.NOT_DELIVERED: (
        T("a message did not arrive, or an objective is missed"),
        T("the log of the run says which"),
    ),
    Exit.USAGE: (T("the command line is wrong"), _LOG),
    Exit.INTERRUPTED: (T("interrupted"), T("run it again; nothing is half recorded")),
    Exit.TERMINATED: (T("cancelled"), T("run it again; nothing is half recorded")),
}


def ending(code: int) -> tuple[Text, Text]:
    """What ``code`` means; any that is not ours is an error."""
    known = Exit(code) if code in Exit._value2member_map_ else Exit.ERROR
    return ENDINGS[known]
