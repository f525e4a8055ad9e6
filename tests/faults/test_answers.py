"""Answers that get lost, lie, or say no: one object per address, recorded, and no person needed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import pytest

from smsops.applying.recovery import AFTER_SEND
from smsops.applying.run import Execution
from smsops.cancellation import Stop
from smsops.errors import Exit, Interrupted
from smsops.kinds import RESOURCES
from smsops.model import Action, Desired, Observation, PlanOptions
from smsops.model.outcome import Outcome, Status
from smsops.providers.errors import InconsistentListing
from smsops.providers.tencent import paging
from smsops.state.snapshot import load
from tests.support.applying import ACTIVE, REJECTED, SOME_SIGN, Harness, errors, template
from tests.support.desired import declared, finish, recorded, sign, there
from tests.support.memory_backend import MemoryBackend
from tests.support.said import into

#: Everything that leaves the outcome of a write open: (fault, where it strikes, its values).
LOST: tuple[tuple[str, str, dict[str, Any]], ...] = (
    *((kind, at, {}) for kind in ("drop", "reset", "hang") for at in ("before", "after")),
    *(("status", at, {"status": code}) for code in (500, 502, 504) for at in ("before", "after")),
    ("status", "before", {"status": 429}),
    ("status", "after", {"status": 403}),
    *(("redirect", "after", {"status": code}) for code in (301, 302, 307, 308)),
    *(
        (kind, at, {})
        for kind in ("cut", "truncate", "garbage", "html")
        for at in ("before", "after")
    ),
    *(("gzip-bomb", at, {"value": 20}) for at in ("before", "after")),
    *(
        ("error", at, {"code": code})
        for code in (
            "InternalError",
            "InternalError.Timeout",
            "FailedOperation.OtherError",
            "FailedOperation.NeverHeardOf",
            "ResponseSizeLimitExceeded",
            "NeverHeardOf",
        )
        for at in ("before", "after")
    ),
)
BAD_IDS: list[Any] = [None, "", "abc", 0, -1, 1.5, True, 2**70, "007", " 7", [], {"a": 1}]
#: Successes that do not say what was made.
NO_IDS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("no-id", "after", {}),
    *(("id", "after", {"value": value}) for value in BAD_IDS),
)


def _cases(faults: Sequence[tuple[str, str, dict[str, Any]]]) -> list[Any]:
    """Each fault as a case; one in five is quick enough for every run of the test suite."""
    return [
        pytest.param(
            fault,
            id="-".join([*fault[:2], *map(str, fault[2].values())]),
            marks=pytest.mark.faults if number % 5 else (),
        )
        for number, fault in enumerate(faults)
    ]


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    """An account with an unmanaged sign, so that templates can be added."""
    harness = Harness(tmp_path)
    harness.seed(SOME_SIGN)
    return harness


def lose(
    harness: Harness, action: str, lost: tuple[str, str, dict[str, Any]], when: int = 1
) -> None:
    kind, at, values = lost
    place = "" if kind in ("no-id", "id") else f"{at}-commit"
    harness.fault(action, kind, at=place, when=when, **values)


class _Interrupting(MemoryBackend):
    """A signal comes right after an intent was saved. ``intents``: how many were."""

    def __init__(self, stop: Stop) -> None:
        super().__init__()
        self._stop = stop
        self.intents: list[int] = []

    def write(self, body: bytes, *, serial: int) -> None:
        super().write(body, serial=serial)
        found = load(body, source="memory").intents
        if found and not self._stop:
            self.intents.append(len(found))
            self._stop.set(Interrupted())


def run_as_seen(harness: Harness, desired: list[Desired], seen: Observation) -> Outcome:
    """An apply whose plan was made from an earlier observation."""
    with harness.workspace() as workspace:
        execution = Execution.begin(workspace, Stop(), into(harness.said))
        plan = workspace.plan(desired, execution.snapshot, seen, PlanOptions())
        outcome, _ = execution.run(
            plan.steps,
            plan=plan,
            desired=desired,
            observation=seen,
            progress=lambda step, result: None,
        )
        return outcome


def _interrupted(harness: Harness, item: Desired, action: str) -> Outcome:
    """An apply that a signal ends while ``action`` is under way."""
    stop = Stop()

    def interrupt(event: str, called: str) -> None:
        if called == action:
            stop.set(Interrupted())

    harness.emulator.hook = interrupt
    outcome = harness.apply([item], stop=stop)
    harness.emulator.hook = None
    return outcome


def look(harness: Harness) -> Observation:
    with harness.workspace() as workspace:
        return workspace.observe(workspace.snapshot().resources)


# -- adds ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", RESOURCES)
@pytest.mark.parametrize("lost", _cases([*LOST, *NO_IDS]))
def test_an_add_without_an_answer_makes_one_object_that_is_recorded(
    lost: tuple[str, str, dict[str, Any]], kind: str, harness: Harness
) -> None:
    """In the same run, without a person."""
    lose(harness, RESOURCES[kind].api.add, lost)
    item = declared(harness, kind, "acme")
    before = there(harness)

    outcome = harness.apply([item])

    assert outcome.exit is Exit.OK, errors(outcome)
    assert [action for action, _ in harness.writes()] == [RESOURCES[kind].api.add]
    assert recorded(harness) == there(harness) - before
    assert harness.state.intents == ()
    finish(harness, [item])
    assert len(harness.writes()) == 1


@pytest.mark.parametrize("kind", RESOURCES)
@pytest.mark.parametrize("at", ["before", "after"])
def test_a_successor_without_an_answer_is_found_as_the_successor(
    at: str, kind: str, harness: Harness
) -> None:
    old, new = (declared(harness, kind, "acme", version=version) for version in (1, 2))
    finish(harness, [old])
    lose(harness, RESOURCES[kind].api.add, ("drop", at, {}))

    outcome = harness.apply([new])

    assert outcome.exit is Exit.OK, errors(outcome)
    record = harness.state.resources[new.address]
    assert record.current is not None
    assert record.successor is not None
    assert record.successor.remote_id == int(record.current.remote_id) + 1
    finish(harness, [new])
    assert [action[:3] for action, _ in harness.writes()] == ["Add", "Add", "Del"]


@pytest.mark.parametrize("kind", RESOURCES)
@pytest.mark.parametrize("at", ["before", "after"])
def test_an_intent_of_an_interrupted_run_is_settled_by_the_next(
    at: str, kind: str, harness: Harness
) -> None:
    """The answer is lost, and a signal ends the run before it could look."""
    lose(harness, RESOURCES[kind].api.add, ("hang", at, {}))
    item = declared(harness, kind, "acme")
    outcome = _interrupted(harness, item, RESOURCES[kind].api.add)
    assert outcome.exit is Exit.INTERRUPTED
    assert [result.status for result in outcome.results] == [Status.UNKNOWN]
    assert [intent.address for intent in harness.state.intents] == [item.address]
    [row] = harness.plan([item]).steps
    assert (row.action, row.reason.plain) == (Action.BLOCKED, "recovery due, apply resolves it")

    outcome = harness.apply([item])

    assert outcome.exit is Exit.OK, errors(outcome)
    assert harness.state.intents == ()
    assert len(harness.writes()) == 1
    said = "had created 111" if at == "after" else "had created nothing"
    assert any(said in line for line in harness.said)


@pytest.mark.parametrize("kind", RESOURCES)
def test_what_was_never_sent_leaves_no_intent(kind: str, harness: Harness) -> None:
    """Interrupted between the intent and the send."""
    stop = Stop()
    harness.backend = interrupting = _Interrupting(stop)
    outcome = harness.apply([declared(harness, kind, "acme")], stop=stop)

    assert interrupting.intents == [1]
    assert outcome.exit is Exit.INTERRUPTED
    assert [result.status for result in outcome.results] == [Status.NOT_ATTEMPTED]
    assert harness.state.intents == ()
    assert harness.writes() == []


@pytest.mark.parametrize("kind", RESOURCES)
def test_a_definite_refusal_closes_the_intent_and_is_not_sent_again(
    kind: str, harness: Harness
) -> None:
    harness.fault(RESOURCES[kind].api.add, "error", code="InvalidParameterValue.ImageInvalid")
    outcome = harness.apply([declared(harness, kind, "acme")])
    assert outcome.exit is Exit.ERROR
    assert harness.writes() == []
    assert harness.state.intents == ()
    assert len([call for call in harness.emulator.calls if call.action.startswith("Add")]) == 1


@pytest.mark.parametrize("kind", RESOURCES)
def test_an_unreachable_account_closes_the_intent(kind: str, harness: Harness) -> None:
    harness.fault(RESOURCES[kind].api.add, "unreachable")
    outcome = harness.apply([declared(harness, kind, "acme")])
    assert outcome.exit is Exit.ERROR
    assert harness.writes() == []
    assert harness.state.intents == ()


def test_an_add_that_is_lost_twice_fails_and_the_next_run_makes_one(harness: Harness) -> None:
    item = template()
    harness.fault("AddSmsTemplate", "drop", at="before-commit", when=(1, 2))
    outcome = harness.apply([item])
    assert outcome.exit is Exit.ERROR
    assert "the listing shows that nothing was made" in errors(outcome)[0].message
    assert harness.state.intents == ()
    assert harness.apply([item]).exit is Exit.OK
    assert len(harness.writes()) == 1


def test_only_one_of_many_answers_is_lost(harness: Harness) -> None:
    items = [template(f"t{number}", f"第{number}条{{1}}。") for number in range(30)]
    harness.fault("AddSmsTemplate", "reset", at="after-commit", when=(3, 17, 30))
    outcome = harness.apply(items)
    assert outcome.exit is Exit.OK, errors(outcome)
    assert len(harness.writes()) == 30
    assert len(recorded(harness)) == 30


# -- what may be mistaken for it -----------------------------------------------------------------


def test_a_listing_that_lags_does_not_hide_what_was_made(harness: Harness) -> None:
    """Eventual consistency: the object shows up a few seconds after it was made."""
    harness.fault("AddSmsTemplate", "drop", at="after-commit", when=1)
    harness.fault("DescribeSmsTemplateList", "hide", seconds=AFTER_SEND - 1)
    outcome = harness.apply([template()])
    assert outcome.exit is Exit.OK, errors(outcome)
    assert len(harness.writes()) == 1


def test_twins_that_were_there_before_are_never_taken_for_ours(harness: Harness) -> None:
    item = template()
    twin = {
        "kind": "template",
        "templateName": "模板login",
        "content": "您的验证码是{1}。",
        "status": "rejected",
    }
    harness.seed(twin, twin)
    for number in harness.remote():
        harness.review(number, REJECTED)
    [row] = harness.plan([item]).steps
    assert row.action is Action.BLOCKED
    strangers = set(harness.remote())
    fresh = template("login", "另一条内容{1}。")
    harness.fault("AddSmsTemplate", "drop", at="after-commit", when=1)
    harness.apply([fresh])
    assert not strangers & {number for _, number in recorded(harness)}


def test_several_candidates_stop_the_address_and_name_them(harness: Harness) -> None:
    """Somebody adds the same template in the console at the same moment."""
    item = template()
    harness.fault("AddSmsTemplate", "drop", at="after-commit", when=1)
    same = {
        "kind": "template",
        "templateName": "模板login",
        "content": "您的验证码是{1}。",
        "created": int(harness.time.moment),
    }
    harness.fault("AddSmsTemplate", "insert", value=same, when=1)

    outcome = harness.apply([item])

    assert outcome.exit is Exit.UNKNOWN_OUTCOME
    [error] = errors(outcome)
    assert "1110, 1111" in error.message
    assert "smsops state resolve template.login --adopt ID" in error.hint
    assert harness.apply([item]).exit is Exit.UNKNOWN_OUTCOME
    assert len(harness.writes()) == 1, "never sent again"


def test_an_account_that_never_rests_leaves_the_intent_to_the_next_run(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pages of every listing shift while the answer is looked for: undecided, not re-sent."""
    harness.fault("AddSmsTemplate", "drop", at="after-commit", when=1)

    def shifting(action: str, page: object, expected: int) -> NoReturn:
        raise InconsistentListing(action, "", "kept changing")

    def restless(event: str, action: str) -> None:
        if action == "AddSmsTemplate":
            monkeypatch.setattr(paging, "listing", shifting)

    harness.emulator.hook = restless
    for _ in range(2):
        outcome = harness.apply([template()])
        assert outcome.exit is Exit.UNKNOWN_OUTCOME
        assert "kept changing" in errors(outcome)[0].message
        assert errors(outcome)[0].hint == "Run `smsops apply` again: it looks once more."
    monkeypatch.undo()
    assert harness.apply([template()]).exit is Exit.OK
    assert len(harness.writes()) == 1


def test_a_signal_while_a_run_recovers_is_what_it_ends_with(harness: Harness) -> None:
    """Also when it breaks off a listing."""
    harness.fault("AddSmsTemplate", "drop", at="after-commit", when=1)
    _interrupted(harness, template(), "AddSmsTemplate")
    stop = Stop()
    harness.emulator.hook = lambda event, action: stop.set(Interrupted(exit=Exit.TERMINATED))
    with pytest.raises(Interrupted) as ended:
        harness.apply([template()], stop=stop)
    assert ended.value.exit is Exit.TERMINATED
    assert len(harness.state.intents) == 1


def test_a_spelling_that_differs_is_not_made_twice_but_asked_about(tmp_path: Path) -> None:
    """A service that normalises texts: what was made is alike, and only a person can be sure."""
    harness = Harness(tmp_path, {"normalise": ("full-width",)})
    harness.seed(SOME_SIGN)
    item = template("login", "您的验证码是{1},请勿泄露。")
    harness.fault("AddSmsTemplate", "drop", at="after-commit", when=1)
    outcome = harness.apply([item])
    assert outcome.exit is Exit.UNKNOWN_OUTCOME
    assert "1110" in errors(outcome)[0].message
    assert harness.apply([item]).exit is Exit.UNKNOWN_OUTCOME
    assert len(harness.writes()) == 1


# -- modify and delete ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", RESOURCES)
@pytest.mark.parametrize("lost", _cases(LOST))
def test_a_modify_without_an_answer_is_done_once_more_or_found_done(
    lost: tuple[str, str, dict[str, Any]], kind: str, harness: Harness
) -> None:
    first, edited = (declared(harness, kind, "acme", version=version) for version in (1, 2))
    harness.apply([first])
    lose(harness, RESOURCES[kind].api.modify, lost)

    outcome = harness.apply([edited])

    assert outcome.exit is Exit.OK, errors(outcome)
    assert {action for action, _ in harness.writes()[1:]} == {RESOURCES[kind].api.modify}
    finish(harness, [edited])
    assert recorded(harness) == {(kind, harness.writes()[0][1])}


@pytest.mark.parametrize("kind", RESOURCES)
@pytest.mark.parametrize("lost", _cases(LOST))
def test_a_delete_without_an_answer_is_done_once_more_or_found_done(
    lost: tuple[str, str, dict[str, Any]], kind: str, harness: Harness
) -> None:
    item = declared(harness, kind, "acme")
    before = there(harness)
    harness.apply([item])
    harness.time.advance(700)
    lose(harness, RESOURCES[kind].api.delete, lost)

    outcome = harness.apply([])

    assert outcome.exit is Exit.OK, errors(outcome)
    assert [action for action, _ in harness.writes()[1:]] == [RESOURCES[kind].api.delete]
    assert there(harness) == before
    assert recorded(harness) == set()


def test_a_delete_without_an_answer_does_not_trust_a_listing_that_lags(harness: Harness) -> None:
    """The object is too young to be seen, and still there."""
    harness.apply([template()])
    harness.fault("DeleteSmsTemplate", "drop", at="before-commit", when=1)
    seen = look(harness)
    harness.fault("DescribeSmsTemplateList", "hide", seconds=60)
    outcome = run_as_seen(harness, [], seen)
    assert outcome.exit is Exit.OK, errors(outcome)
    assert harness.remote() == {}
    assert recorded(harness) == set()


@pytest.mark.parametrize("kind", RESOURCES)
def test_a_delete_that_cannot_be_looked_up_stays_unknown(kind: str, harness: Harness) -> None:
    """No answer, and then the account cannot be read: exit 7, and the next run goes on."""
    item = declared(harness, kind, "acme")
    harness.apply([item])
    seen = look(harness)
    harness.fault(RESOURCES[kind].api.delete, "drop", at="after-commit", when=1)
    harness.fault(RESOURCES[kind].api.describe, "error", code="AuthFailure.TokenFailure")

    outcome = run_as_seen(harness, [], seen)

    assert outcome.exit is Exit.UNKNOWN_OUTCOME, errors(outcome)
    assert RESOURCES[kind].api.delete in errors(outcome)[0].message
    finish(harness, [])
    assert recorded(harness) == set()


# -- refusals that doom the rest, or that pass ---------------------------------------------------


@pytest.mark.parametrize(
    "code", ["AuthFailure.TokenFailure", "AuthFailure.SignatureExpire", "UnauthorizedOperation"]
)
def test_credentials_that_end_in_mid_apply_stop_everything_and_nothing_is_unknown(
    code: str, harness: Harness
) -> None:
    items = [template(f"t{number}", f"第{number}条{{1}}。") for number in range(40)]
    later = tuple(range(5, 100))
    harness.fault("AddSmsTemplate", "error", code=code, when=later)

    outcome = harness.apply(items)

    assert outcome.exit is Exit.CREDENTIALS
    statuses = [result.status for result in outcome.results]
    assert statuses.count(Status.DONE) == 4
    assert Status.UNKNOWN not in statuses
    assert statuses.count(Status.NOT_ATTEMPTED) > 0
    assert harness.state.intents == ()
    assert len(recorded(harness)) == 4
    harness.emulator.faults.order([])
    assert harness.apply(items).exit is Exit.OK
    assert len(harness.writes()) == 40


def test_what_waits_for_a_sign_is_not_attempted_when_the_run_ends(tmp_path: Path) -> None:
    harness = Harness(tmp_path)
    harness.fault("AddSmsSign", "error", code="AuthFailure.TokenFailure")
    outcome = harness.apply([sign(harness), template()])
    assert outcome.exit is Exit.CREDENTIALS
    statuses = {str(result.step.address): result.status for result in outcome.results}
    assert statuses == {"sign.acme": Status.FAILED, "template.login": Status.NOT_ATTEMPTED}


@pytest.mark.parametrize("when", [(1,), (3,), (1, 2, 3, 4), tuple(range(1, 12))])
@pytest.mark.parametrize("kind", RESOURCES)
def test_a_throttled_call_is_repeated_and_never_unknown(
    kind: str, when: tuple[int, ...], harness: Harness
) -> None:
    items = [declared(harness, kind, f"a{number}") for number in range(4)]
    harness.fault(RESOURCES[kind].api.add, "error", code="RequestLimitExceeded", when=when)
    outcome = harness.apply(items)
    assert outcome.exit is Exit.OK, errors(outcome)
    assert len(harness.writes()) == 4


def test_endless_throttling_ends_within_minutes_and_leaves_nothing_open(harness: Harness) -> None:
    harness.fault("AddSmsTemplate", "error", code="RequestLimitExceeded")
    began = harness.time.moment
    outcome = harness.apply([template()])
    assert outcome.exit is Exit.ERROR
    assert harness.time.moment - began < 120
    assert harness.state.intents == ()
    assert harness.writes() == []


# -- what changes between plan and call ----------------------------------------------------------


def test_an_image_that_changed_since_the_plan_is_not_sent(harness: Harness) -> None:
    item = sign(harness)
    (harness.root / "license.png").write_bytes(b"another file")
    outcome = harness.apply([item])
    assert outcome.exit in (Exit.STALE, Exit.ERROR)
    assert harness.writes() == []
    assert harness.state.intents == ()


@pytest.mark.parametrize(
    "text",
    [
        "caf\u00e9{1}",  # composed
        "cafe\u0301{1}",  # decomposed
        "［全角］{1}。",
        "表情😀{1}",
        "零\u200b宽{1}",
    ],
)
@pytest.mark.parametrize("normalise", [(), ("nfc",), ("trim", "full-width")])
def test_however_the_service_spells_a_text_the_second_plan_is_empty(
    text: str, normalise: tuple[str, ...], tmp_path: Path
) -> None:
    harness = Harness(tmp_path, {"normalise": normalise})
    harness.seed(SOME_SIGN)
    item = template("login", text)
    assert harness.apply([item]).exit is Exit.OK
    assert [step.action for step in harness.plan([item]).steps] == [Action.WAIT]
    harness.review(1110, ACTIVE)
    for _ in range(2):
        assert [step.action for step in harness.plan([item]).steps] == [Action.NOOP]
        harness.apply([item])
    assert len(harness.writes()) == 1
