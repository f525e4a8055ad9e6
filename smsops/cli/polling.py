"""What ``wait`` and ``apply --wait`` share: polling with a live line on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from smsops.cancellation import Stop
from smsops.cli.context import Context
from smsops.errors import Exit, Interrupted, LockedError, SmsopsError
from smsops.model import Review, ReviewState
from smsops.signals import Terminated
from smsops.text.messages import NOTHING, C, T, Text, joined

if TYPE_CHECKING:
    from collections.abc import Callable

    from smsops.applying.wait import Awaited, Backoff, Waited
    from smsops.model import Address, Observation, Recorded
    from smsops.planning.holds import Held
    from smsops.render.names import Names
    from smsops.workspace.workspace import Workspace

#: The longest that the end of a wait waits for the lock, to save what was seen (seconds); never
#: longer than what is left of the wait's own timeout.
LOCK_TIMEOUT = 30.0


def wait_for(
    context: Context,
    workspace: Workspace,
    awaited: Sequence[Awaited],
    *,
    over: frozenset[ReviewState],
    timeout: float,
    pace: Backoff,
) -> Waited:
    """Poll ``awaited`` until their reviews are ``over``, then save what was seen.

    Raises :class:`smsops.errors.Interrupted` naming what is not over. Polling only reads, so a
    signal ends it where it stands.
    """
    from smsops.applying.wait import poll
    from smsops.planning.holds import held_successor
    from smsops.planning.review_hours import expected_of
    from smsops.render.names import names
    from smsops.render.style import duration

    clock = workspace.clock
    until = clock.monotonic() + timeout
    unfinished = {item.address for item in awaited}
    in_review: dict[Address, int | None] = {}
    looks: list[Observation] = []
    causes: set[str] = set()

    def look(items: Sequence[Awaited]) -> Observation:
        looks[:] = [workspace.observe_recorded(recorded_of(items))]
        return looks[0]

    def tell(item: Awaited, review: Review | None) -> None:
        kind = workspace.kinds[item.address.kind]
        held = held_successor(kind, item.whole or item.record, looks[0])
        known = names(recorded_of([item]), looks[0])
        context.log(verdict_line(item, review, known=known, held=held, ci=context.ci))
        if review is not None and review.state is ReviewState.IN_REVIEW:
            in_review[item.address] = item.submitted_at
        if review is None or review.state in over:
            unfinished.discard(item.address)

    def missed(error: SmsopsError) -> None:
        """Nobody could look; said once for each cause."""
        if str(error) not in causes:
            causes.add(str(error))
            message = error.message_text
            context.log(T("Warning: {message}. The wait goes on.", message=message))

    def estimate() -> None:
        """One line for all that a look has shown in review."""
        if in_review and (due := expected_of(in_review.values(), clock.now())):
            context.log(due)
        in_review.clear()

    def pause(seconds: float) -> None:
        estimate()
        told(seconds)

    try:
        with pausing(context, _WAITING) as told:
            waited = poll(
                awaited,
                look=look,
                over=over,
                timeout=timeout,
                pace=pace,
                clock=clock,
                stop=Stop(),
                tell=tell,
                pausing=pause,
                missed=missed,
            )
        estimate()
    except KeyboardInterrupt as error:
        left_over = ", ".join(str(address) for address in sorted(unfinished))
        raise Interrupted(
            T("Interrupted; still in review: {left_over}", left_over=left_over)
            if left_over
            else T("Interrupted."),
            exit=Exit.TERMINATED if isinstance(error, Terminated) else Exit.INTERRUPTED,
        ) from None
    if unfinished:
        left_over = ", ".join(str(address) for address in sorted(unfinished))
        words = T("Not over after {duration}: {left_over}. Run {command} again later.")
        if not timeout:  # nobody waited
            words = T("Not over yet: {left_over}. Run {command} again later.")
        context.log(
            words.filled(duration=duration(timeout), left_over=left_over, command=C("wait"))
        )
    if waited.observation is not None:
        left = max(0.0, until - clock.monotonic())
        _save(context, workspace, waited.observation, timeout=min(LOCK_TIMEOUT, left))
    return waited


def recorded_of(items: Sequence[Awaited]) -> dict[Address, Recorded]:
    """What the state keeps of the awaited objects, and of those that they are to follow."""
    return {item.address: item.whole or item.record for item in items}


_WAITING = T("waiting for reviews, next look in {seconds} s")
#: What follows from a review that is over, or nearly.
_NEXT = {
    ReviewState.APPROVED: T("not yet in effect"),
    ReviewState.REJECTED: T("{command} says what to do", command=C("plan")),
}


def verdict_line(
    item: Awaited,
    review: Review | None,
    *,
    known: Names | None = None,
    held: Held | None = None,
    ci: bool = False,
) -> Text:
    """One line about one review, with the reviewer's reply as ``status`` shows it. ``known``: names
    of objects; ``held``: why a successor that is active does not take over.
    """
    from smsops.render.names import beside
    from smsops.render.status import promotion
    from smsops.render.style import review_words, value

    name = beside(known or {}, *item.key, ci=ci)
    about = T("{address} (id {id}, {name})") if name else T("{address} (id {id})")
    about = about.filled(address=item.address, id=item.remote_id, name=name)
    if review is None:
        return T("{about}: gone; {command} says what happens now", about=about, command=C("plan"))
    ready = _NEXT.get(review.state, NOTHING)
    if item.successor and review.state is ReviewState.ACTIVE:
        ready = promotion(item.address, held)
    words = T(
        "{about}: {review}{reply}",
        about=about,
        review=review_words(review),
        reply=f": {value(review.reply, ci=ci)}" if review.reply else "",
    )
    return joined("; ", words, ready)


def _save(
    context: Context, workspace: Workspace, observation: Observation, *, timeout: float
) -> None:
    """Record what was seen; a lock that somebody holds does not change what the wait found."""
    from smsops.state import changes
    from smsops.state.journal import Journal
    from smsops.state.snapshot import dump

    try:
        with workspace.backend.lock("wait", timeout=timeout):
            journal = Journal(workspace.backend, workspace.snapshot(), dump)
            now = workspace.clock.now()
            journal.note(changes.observed(workspace.kinds, {}, observation, now))
            journal.flush()
    except LockedError as error:
        context.log(T("Warning: what was seen is not saved: {message}", message=error.message_text))


@contextmanager
def pausing(context: Context, waiting: Text) -> Iterator[Callable[[float], None]]:
    """A spinner on a terminal, silence elsewhere; ``waiting`` says what for, with ``seconds``.

    It begins with the first pause: nobody's question is drawn over.
    """
    if not context.stderr.isatty():
        yield lambda _: None
        return
    from contextlib import ExitStack

    from rich.console import Console

    console = Console(stderr=True, no_color=not context.colour(context.stderr))
    status = console.status("")
    with ExitStack() as stack:

        def told(seconds: float) -> None:
            status.update(str(waiting.filled(seconds=f"{seconds:.0f}")))
            if not started:
                started.append(stack.enter_context(status))

        started: list[object] = []
        yield told
