"""Declared addresses that the state does not record, and a state that records nothing. Pure.

A report about nothing is no good news: an empty state beside declared manifests was lost, never
applied, or is another one than was meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from smsops.model import Address, Desired, Snapshot

#: Backend -> where the state may have gone.
LOST: Mapping[str, str] = {
    "local": "it is a file on one machine, which neither a checkout nor the next CI job has",
    "http": "look at the address in SMSOPS_HTTP_ADDRESS",
    "git": "look at the remote and the name in spec.state, and at refs/smsops/ of the remote",
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
) -> Iterator[str]:
    """What a reader has to know about a state that holds nothing; ``backend`` keeps it."""
    verb = "is" if len(desired) == 1 else "are"
    more = "" if readable else ", and manifests with errors may declare more"
    yield f"nothing is recorded although {len(desired)} {verb} declared{more}"
    if not state.intents:  # else an apply has begun it just now
        yield (
            f"if there was a state, put it back ({LOST[backend]}); if not, `smsops plan` shows "
            "what an apply adopts, creates or asks about"
        )


def about_some(addresses: Sequence[Address]) -> str:
    """What a reader has to know about declared addresses that are not recorded beside others."""
    shown = ", ".join(map(str, addresses[:_NAMED]))
    more = f" and {len(addresses) - _NAMED} more" if len(addresses) > _NAMED else ""
    verb = "is" if len(addresses) == 1 else "are"
    return (
        f"{len(addresses)} declared {verb} not recorded: apply was not run since or left it "
        f"blocked, or the state is an old one ({shown}{more})"
    )
