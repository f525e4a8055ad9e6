"""The protocol of an apply: what it asks, in which order, and what it hands on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace

import pytest

from smsops.applying.apply import Applied, Callbacks, apply
from smsops.applying.run import Execution
from smsops.cancellation import Stop
from smsops.errors import Exit, StalePlan, UsageError
from smsops.model import Address, Commit, Desired, Plan, PlanOptions
from smsops.model.outcome import Progress
from smsops.planfile import saved as planfile
from smsops.planfile.saved import SavedPlan
from tests.support.applying import ACTIVE, REJECTED, SOME_SIGN, Harness, acting, template
from tests.support.said import into

LOGIN, NEWS = template("login"), template("news", "您的订单已更新{1}。")


@pytest.fixture
def harness() -> Harness:
    made = Harness()
    made.seed(SOME_SIGN)
    return made


def run(
    harness: Harness,
    desired: Sequence[Desired],
    callbacks: Callbacks | None = None,
    *,
    options: PlanOptions | None = None,
    saved: SavedPlan | None = None,
) -> Applied:
    with harness.workspace() as workspace:
        execution = Execution.begin(workspace, Stop(), into(harness.said))
        chosen = options or PlanOptions()
        return apply(execution, chosen, callbacks or Callbacks(), saved=saved, desired=desired)


def asked(meanwhile: Callable[[], object] = lambda: None) -> Callbacks:
    """A person looks at the plan, and something may happen until the answer."""

    def agree(_: Plan) -> bool:
        meanwhile()
        return True

    return Callbacks(agree=agree)


def lost(harness: Harness) -> None:
    """An Add whose answer was lost, and a run that ended before it asked the account."""
    harness.fault("AddSmsTemplate", "drop", at="after-commit")
    # After the two pages of the plan's own reading.
    harness.fault("DescribeSmsTemplateList", "drop", at="before-commit", when=tuple(range(3, 99)))
    harness.apply([LOGIN])
    harness.emulator.faults.order([])
    assert len(harness.state.intents) == 1


def kept(harness: Harness, desired: Sequence[Desired], options: PlanOptions) -> SavedPlan:
    plan = harness.plan(desired, options)
    text = planfile.dump(plan, options, lineage=None)
    return planfile.load(text.encode(), source="a.plan")


@pytest.mark.parametrize("callbacks", [Callbacks(), asked()], ids=["at once", "after a question"])
def test_what_a_run_recovers_it_does_not_delete(harness: Harness, callbacks: Callbacks) -> None:
    """Nobody has seen it yet; the plan that is made after the question knows that as well."""
    lost(harness)
    told: list[str] = []
    callbacks = replace(callbacks, left_out=lambda step: told.append(step.action))
    applied = run(harness, [NEWS], callbacks)
    assert applied.outcome.exit is Exit.OK
    assert told == []
    assert ("DeleteSmsTemplate", 1110) not in harness.writes()
    assert harness.state.resources[LOGIN.address].declared
    run(harness, [NEWS], callbacks)
    assert ("DeleteSmsTemplate", 1110) in harness.writes()


def test_an_add_that_stays_unresolved_is_how_the_run_ends(harness: Harness) -> None:
    lost(harness)
    harness.emulator.remove("template", 1110)
    for content in ("您的验证码是{1}。", "您的验证码是{1}。"):
        harness.seed(
            {
                "kind": "template",
                "templateName": "模板login",
                "content": content,
                "status": "approved",
            }
        )
    applied = run(harness, [LOGIN])
    assert applied.outcome.exit is Exit.UNKNOWN_OUTCOME


def test_nothing_is_read_again_while_nobody_thinks(harness: Harness) -> None:
    def readings(callbacks: Callbacks) -> int:
        before = len(harness.emulator.calls)
        run(harness, [LOGIN], callbacks)
        made = list(harness.emulator.calls)[before:]
        return sum(call.action == "DescribeSmsTemplateList" for call in made)

    run(harness, [LOGIN])
    assert readings(asked()) > readings(Callbacks())


def test_what_moved_while_a_person_thought_ends_the_run_before_any_write(harness: Harness) -> None:
    run(harness, [LOGIN])
    harness.review(1110, ACTIVE)
    edited = template("login", "另一个内容{1}。")
    with pytest.raises(StalePlan, match=r"template\.login"):
        run(harness, [edited], asked(lambda: harness.emulator.remove("template", 1110)))
    assert [action for action, _ in harness.writes()] == ["AddSmsTemplate"]


def test_what_came_up_while_a_person_thought_is_told_and_not_run(harness: Harness) -> None:
    """And what is blocked since then makes the exit code."""
    run(harness, [LOGIN, NEWS])
    for number in (1110, 1111):
        harness.review(number, ACTIVE)
    order = template("order", "您的快递已到{1}。")
    told: list[str] = []

    def meanwhile() -> None:
        harness.emulator.remove(
            "template", int(harness.state.resources[LOGIN.address].objects()[0].remote_id)
        )
        harness.review(int(harness.state.resources[NEWS.address].objects()[0].remote_id), REJECTED)

    run(harness, [LOGIN, NEWS])
    callbacks = replace(asked(meanwhile), left_out=lambda step: told.append(str(step.address)))
    applied = run(harness, [LOGIN, NEWS, order], callbacks)
    assert told == ["template.login"]
    assert acting(result.step for result in applied.outcome.results) == ["create template.order"]
    assert applied.outcome.exit is Exit.INVALID
    assert [str(step.address) for step in applied.outcome.blocked] == ["template.news"]


def test_a_refusal_ends_the_run_before_any_write(harness: Harness) -> None:
    def refuse(_: Plan) -> bool:
        raise UsageError("no")

    with pytest.raises(UsageError):
        run(harness, [LOGIN], Callbacks(agree=refuse))
    assert harness.writes() == []


def test_a_saved_plan_is_not_asked_about_and_runs_nothing_else(harness: Harness) -> None:
    saved = kept(harness, [LOGIN], PlanOptions())
    told: list[str] = []
    callbacks = Callbacks(
        agree=lambda plan: pytest.fail("nobody is to be asked"),
        left_out=lambda step: told.append(str(step.address)),
    )
    applied = run(harness, [LOGIN, NEWS], callbacks, saved=saved, options=saved.options)
    assert told == ["template.news"]
    assert acting(result.step for result in applied.outcome.results) == ["create template.login"]


def test_a_stored_target_that_vanished_is_a_stale_plan(harness: Harness) -> None:
    """When it was stored it was right: nobody typed it now."""
    options = PlanOptions(targets=(Address("template", "login"),))
    saved = kept(harness, [LOGIN], options)
    with pytest.raises(StalePlan, match=r"--target template\.login"):
        run(harness, [NEWS], saved=saved, options=saved.options)
    with pytest.raises(UsageError, match=r"--target template\.login") as caught:
        run(harness, [NEWS], options=options)
    assert caught.value.exit is Exit.USAGE


def test_progress_knows_how_many_steps_there_are(harness: Harness) -> None:
    totals: list[int] = []

    def progress(total: int) -> AbstractContextManager[Progress]:
        totals.append(total)
        return nullcontext(lambda *_: None)

    run(harness, [LOGIN, NEWS], Callbacks(progress=progress))
    assert totals == [2]


def test_signals_are_heard_while_recovering_and_while_writing(harness: Harness) -> None:
    """And not while a person is asked: there Ctrl-C just ends the program."""
    inside = 0
    seen: list[tuple[str, int]] = []

    @contextmanager
    def interruptible() -> Iterator[None]:
        nonlocal inside
        inside += 1
        try:
            yield
        finally:
            inside -= 1

    def agree(_: Plan) -> bool:
        seen.append(("asked", inside))
        return False

    def progress(_: int) -> AbstractContextManager[Progress]:
        return nullcontext(lambda step, result: seen.append(("writing", inside)))

    lost(harness)
    harness.said = _Listening(lambda: seen.append(("recovering", inside)))
    run(harness, [LOGIN, NEWS], Callbacks(agree, progress=progress, interruptible=interruptible))
    assert dict(seen) == {"recovering": 1, "asked": 0, "writing": 1}


class _Listening(list[str]):
    """A log that tells when something is said."""

    def __init__(self, heard: Callable[[], object]) -> None:
        super().__init__()
        self._heard = heard

    def append(self, text: str) -> None:
        if text.startswith("Recovering"):
            self._heard()
        super().append(text)


class Checkout:
    """A git commit of the manifests that is never older, and remembers what it was asked."""

    def __init__(self) -> None:
        self.back: list[bool] = []

    def newest(self, recorded: Commit | None, *, back: bool = False) -> Commit | None:
        self.back.append(back)
        return recorded

    def older_than(self, _: Commit) -> None:
        return None

    def apart_from(self, _: Commit) -> None:
        return None


@pytest.mark.parametrize("meant", [True, False])
def test_going_back_to_an_older_commit_on_purpose_is_remembered(
    harness: Harness, meant: bool
) -> None:
    """Else the next run would still call the commit that was gone back to an old one."""
    checkout = Checkout()
    harness.apply([LOGIN], PlanOptions(allow_older_commit=meant), checkout=checkout)
    assert checkout.back == [meant]


def test_a_recovery_that_finds_nothing_keeps_nothing_from_being_deleted(harness: Harness) -> None:
    """Only what was adopted counts as recovered; of an Add that made nothing there is no id."""
    harness.fault("AddSmsTemplate", "drop", at="before-commit")
    harness.fault("DescribeSmsTemplateList", "drop", at="before-commit", when=tuple(range(3, 99)))
    harness.apply([LOGIN])
    harness.emulator.faults.order([])
    assert len(harness.state.intents) == 1

    outcome = harness.apply([LOGIN])

    assert outcome.exit is Exit.OK
    assert len(harness.remote()) == 1
    assert not harness.state.intents
