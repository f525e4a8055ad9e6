"""Outlook: what would become of each probe of a run, before anything is sent. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from smsops.delivery.budget import TOO_SOON, Known, Resume, decide, under_way_already
from smsops.delivery.model import Number, Send
from smsops.delivery.preflight import Refusal, refusal
from smsops.delivery.runs import Case, Run


@dataclass(frozen=True, slots=True)
class Outlook:
    """Looks ahead. ``wait``: whether a probe may be sent after another one to the same number."""

    known: Callable[[Number], Known]
    intended: Callable[[Case, Number], Send]
    wait: bool = True

    def runs(self, cases: Sequence[Case]) -> list[Run]:
        """One run a case: refused, gone on with, or to be sent."""
        runs = [self._gone_on_with(Run(case)) for case in cases]
        for place, run in enumerate(runs):
            if not run.resumed:
                self._foresee(run, runs[:place], runs)
        return runs

    def _gone_on_with(self, run: Run) -> Run:
        number = run.case.number
        if number is None or run.case.draft.number is None:
            return run
        found = self._decided(run.case, number)
        if isinstance(found, Resume):
            run.resumed, run.send, run.serial = True, found.send, found.serial
        return run

    def _foresee(self, run: Run, before: Sequence[Run], runs: Sequence[Run]) -> None:
        case = run.case
        run.refusal = refusal(case.draft)
        if run.refusal is not None or case.number is None:
            return
        resumed = [other for other in runs if other.resumed and other.case.number == case.number]
        sent = [other for other in before if other.sends and other.case.number == case.number]
        followed = [other.send for other in resumed if other.send is not None]
        found = self._decided(case, case.number, followed=followed, planned=len(sent))
        if isinstance(found, Refusal):
            run.refusal = found
        elif ahead := [*resumed, *sent]:
            run.behind = ahead[-1].case.name
            if not self.wait:
                alike = any(other.case.alike(case) for other in ahead)
                run.refusal = under_way_already(run.behind) if alike else TOO_SOON

    def _decided(
        self, case: Case, number: Number, *, followed: Sequence[Send] = (), planned: int = 0
    ) -> Resume | Refusal | None:
        wanted, known = self.intended(case, number), self.known(number)
        return decide(wanted, case.per_day, known, followed=followed, planned=planned)
