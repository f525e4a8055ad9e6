"""Declared addresses that the state does not record, and a state that records nothing. Pure.

A report about nothing is no good news: an empty state beside declared manifests was lost, never
applied, or is another one than was meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from smsops.model import Address, Desired, Snapshot
from smsops.text.messages import NOTHING, C, N, T, Text, shortened

#: Backend -> where the state may have gone.
LOST: Mapping[str, Text] = {
    "local": T(
        "it is a file on one machine, which neither a checkout nor the next CI job has; that of "
        "the emulator is another one"
    ),
    "http": T("look at the address in SMSOPS_HTTP_ADDRESS"),
    "git": T("look at the remote and the name in spec.state, and at refs/smsops/ of the remote"),
}
_NAMED = 5


def unrecorded(state: Snapshot, desired: Sequence[Desired]) -> tuple[Address, ...]:
    """The declared addresses of which the state holds no object, sorted."""
    return tuple(sorted(item.address for item in desired if item.address not in state.resources))


def nothing_recorded(state: Snapshot, desired: Sequence[Desired], *, readable: bool) -> bool:
    """Whether the state holds nothing although manifests declare something. ``readable``: none of
    them has an error; one that has is a wish all the same.
    """
    return not state.resources and (bool(desired) or not readable)


def about_nothing(
    state: Snapshot, desired: Sequence[Desired], *, readable: bool, backend: str
) -> Iterator[Text]:
    """What a reader has to know about a state that holds nothing; ``backend`` keeps it."""
    yield N(
        len(desired),
        "nothing is recorded although {count} is declared{more}",
        "nothing is recorded although {count} are declared{more}",
        more=NOTHING if readable else T(", and manifests with errors may declare more"),
    )
    if not state.intents:  # else an apply has begun it just now
        yield T(
            "if there was a state, put it back ({lost}); if not, {command} shows "
            "what an apply adopts, creates or asks about",
            lost=LOST[backend],
            command=C("plan"),
        )


def about_some(addresses: Sequence[Address]) -> Text:
    """What a reader has to know about declared addresses that are not recorded beside others."""
    return N(
        len(addresses),
        "{count} declared is not recorded: apply was not run since or left it "
        "blocked, or the state is an old one ({shown})",
        "{count} declared are not recorded: apply was not run since or left it "
        "blocked, or the state is an old one ({shown})",
        shown=shortened(addresses, _NAMED),
    )
