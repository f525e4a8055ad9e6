"""What ``wait`` and ``apply --wait`` share: polling with a live line on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from smsops.cli.context import Context
from smsops.errors import LockedError
from smsops.model import Review, ReviewState

if TYPE_CHECKING:
    from collections.abc import Callable

    from smsops.model import Observation
    from smsops.waiting import Awaited, Pace, Waited
    from smsops.workspace import Workspace

#: How long the end of a wait waits for the lock, to save what was seen (seconds).
LOCK_TIMEOUT = 30.0


def wait_for(
    context: Context,
    workspace: Workspace,
    awaited: Sequence[Awaited],
    *,
    over: frozenset[ReviewState],
    timeout: float,
    pace: Pace,
) -> Waited:
    """Poll ``awaited`` until their reviews are ``over``, then save what was seen."""
    from smsops.stop import Stop, on_signals
    from smsops.tencent.observe import observe_recorded
    from smsops.waiting import poll

    def look(items: Sequence[Awaited]) -> Observation:
        recorded = {item.address: item.record for item in items}
        return observe_recorded(workspace.client, workspace.kinds, recorded)

    stop = Stop()
    stop.listeners.append(workspace.client.stop)
    with _pausing(context) as pausing, on_signals(stop, context.log):
        waited = poll(
            awaited,
            look=look,
            over=over,
            timeout=timeout,
            pace=pace,
            clock=workspace.clock,
            stop=stop,
            tell=lambda item, review: context.log(told(item, review, workspace.clock.now())),
            pausing=pausing,
        )
    if waited.observation is not None:
        _save(context, workspace, waited.observation)
    return waited


def told(item: Awaited, review: Review | None, now: float) -> str:
    """One line about one review; the reviewer's reply is verbatim, the sink sanitises it."""
    from smsops.render.plan import review_words
    from smsops.reviewhours import words

    about = f"{item.address} (id {item.remote_id})"
    if review is None:
        return f"{about}: gone; `smsops plan` says what happens now"
    reply = f': "{review.reply}"' if review.reply else ""
    expected = ""
    if review.state is ReviewState.IN_REVIEW and item.submitted_at is not None:
        expected = f" ({words(item.submitted_at, now)})"
    ready = ""
    if item.successor and review.state is ReviewState.ACTIVE:
        ready = "; the next `smsops apply` promotes it"
    return f"{about}: {review_words(review)}{reply}{expected}{ready}"


def _save(context: Context, workspace: Workspace, observation: Observation) -> None:
    """Record what was seen; a lock that somebody holds does not change what the wait found."""
    from smsops import recording
    from smsops.state.journal import Journal
    from smsops.state.snapshot import dump

    try:
        with workspace.backend.lock("wait", timeout=LOCK_TIMEOUT):
            journal = Journal(workspace.backend, workspace.snapshot(), dump)
            now = workspace.clock.now()
            journal.note(recording.observed(workspace.kinds, {}, observation, now))
            journal.flush()
    except LockedError as error:
        context.log(f"Warning: what was seen is not saved: {error.message}")


@contextmanager
def _pausing(context: Context) -> Iterator[Callable[[float], None]]:
    """A spinner on a terminal, silence elsewhere."""
    if not context.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    console = Console(stderr=True, no_color=not context.colour(context.stderr))
    with console.status("looking ...") as status:
        yield lambda seconds: status.update(f"waiting for reviews, next look in {seconds:.0f} s")
