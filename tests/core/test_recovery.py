"""When a recovery looks, what it takes for ours, and what it leaves to a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from smsops.applying.recovery import ATTEMPTS, Resolution, Resolved, resolve, unresolved
from smsops.cancellation import Stop, Stopped
from smsops.errors import Exit, OutcomeUnknown
from smsops.kinds import RESOURCES
from smsops.kinds.reviews import review_of
from smsops.model import (
    Address,
    Intent,
    Listing,
    Observation,
    Observed,
    Recorded,
    RecordedObject,
    Role,
    Snapshot,
    Spec,
    Value,
)
from smsops.planning.pending import TIE, candidates
from smsops.state.journal import Journal
from smsops.state.snapshot import Dump
from smsops.state.snapshot import load as load_state
from tests.support.clock import FakeClock
from tests.support.memory_backend import MemoryBackend

TEMPLATE, SIGN = RESOURCES["template"], RESOURCES["sign"]
LOGIN = Address("template", "login")
SPEC: Spec = {
    "templateName": "登录",
    "content": "您的验证码是{1}。",
    "smsType": "verification",
    "international": False,
    "remark": "用户登录",
}
STARTED = 1_800_000_000
INTENT = Intent("i", LOGIN, "AddSmsTemplate", Role.CURRENT, SPEC, (1109,), STARTED)


def seen(remote_id: int, created_at: int | None = STARTED, **changes: Value) -> Observed:
    spec = {name: SPEC[name] for name in ("templateName", "content", "international")}
    return Observed("template", remote_id, {**spec, **changes}, review_of(1), created_at)


def observation(*items: Observed, listing: Listing = Listing.LISTED) -> Observation:
    return Observation(
        {item.key: item for item in items},
        {"template": listing, "sign": Listing.LISTED},
    )


class Bench:
    """A recovery of one or more intents, with a script of what each listing shows."""

    def __init__(self, *script: Observation, intents: Sequence[Intent] = (INTENT,)) -> None:
        self.time = FakeClock(moment=float(STARTED))
        self.backend = MemoryBackend()
        self.journal = Journal(self.backend, Snapshot("lineage", intents=tuple(intents)), Dump())
        self.script = list(script)
        self.looked: list[float] = []
        self.intents = intents

    def look(self) -> Observation:
        self.looked.append(self.time.moment - STARTED)
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    def resolve(self, sent: float = 0.0) -> list[Resolution]:
        """``sent``: seconds between the start of the clock and the send."""
        return resolve(
            dict.fromkeys(self.intents, STARTED + sent),
            look=self.look,
            kinds=RESOURCES,
            journal=self.journal,
            clock=self.time.clock,
            stop=Stop(),
        )

    @property
    def stored(self) -> Snapshot:
        assert self.backend.body is not None
        return load_state(self.backend.body, source="memory")


# -- when ----------------------------------------------------------------------------------------


def test_two_listings_agree_two_seconds_apart_and_the_last_is_ten_after_the_send() -> None:
    bench = Bench(observation())
    bench.resolve()
    assert bench.looked == [8.0, 10.0]
    bench = Bench(observation())
    bench.resolve(sent=5.0)
    assert bench.looked == [13.0, 15.0]


def test_the_latest_of_several_sends_counts() -> None:
    bench = Bench(observation(), intents=(INTENT, replace(INTENT, id="j")))
    resolve(
        {bench.intents[0]: STARTED + 0.0, bench.intents[1]: STARTED + 4.0},
        look=bench.look,
        kinds=RESOURCES,
        journal=bench.journal,
        clock=bench.time.clock,
        stop=Stop(),
    )
    assert bench.looked == [12.0, 14.0]


def test_long_after_the_send_two_listings_are_enough() -> None:
    bench = Bench(observation())
    bench.resolve(sent=-100.0)
    assert bench.looked == [0.0, 2.0]


def test_listings_that_differ_are_read_on_until_two_agree() -> None:
    bench = Bench(observation(), observation(seen(1110)), observation(), observation())
    [resolution] = bench.resolve()
    assert bench.looked == [8.0, 10.0, 12.0, 14.0]
    assert resolution.resolved is Resolved.NOT_MADE


@pytest.mark.parametrize(("seconds", "looked"), [(0.5, 10.0), (1.5, 10.0), (5.0, 13.0)])
def test_listings_that_take_their_time_begin_two_seconds_apart(
    seconds: float, looked: float
) -> None:
    bench = Bench(observation())
    look = bench.look

    def slow() -> Observation:
        found = look()
        bench.time.advance(seconds)
        return found

    resolve(
        {INTENT: float(STARTED)},
        look=slow,
        kinds=RESOURCES,
        journal=bench.journal,
        clock=bench.time.clock,
        stop=Stop(),
    )
    assert bench.looked == [8.0, looked]


def test_listings_that_never_agree_are_given_up_and_the_intent_stays() -> None:
    bench = Bench(*[observation(seen(1110 + number)) for number in range(ATTEMPTS + 5)])
    [resolution] = bench.resolve()
    assert len(bench.looked) == ATTEMPTS
    assert resolution.resolved is Resolved.UNSTABLE
    assert bench.backend.saves == 0


def test_nothing_open_is_nothing_to_look_for() -> None:
    bench = Bench(observation(), intents=())
    assert bench.resolve() == []
    assert bench.looked == []


# -- what becomes of it --------------------------------------------------------------------------


def test_one_candidate_is_recorded_with_what_was_sent() -> None:
    bench = Bench(observation(seen(1109), seen(1110)))
    [resolution] = bench.resolve()
    assert resolution == Resolution(INTENT, Resolved.ADOPTED, (1110,))
    assert resolution.error is None
    stored = bench.stored
    assert stored.intents == ()
    current = stored.resources[LOGIN].current
    assert current is not None
    assert (current.remote_id, current.submitted, current.submitted_at, current.assumed) == (
        1110,
        SPEC,
        STARTED,
        (),
    )
    assert current.read_back["content"] == SPEC["content"]
    assert current.review == review_of(1)


def test_one_that_is_active_already_was_active() -> None:
    bench = Bench(observation(replace(seen(1110), review=review_of(0))))
    bench.resolve()
    current = bench.stored.resources[LOGIN].current
    assert current is not None
    assert current.activated_at == STARTED + 10


def test_a_successor_takes_the_successors_place() -> None:
    bench = Bench(
        observation(seen(1110)), intents=(replace(INTENT, role=Role.SUCCESSOR, listed=()),)
    )
    bench.resolve()
    record = bench.stored.resources[LOGIN]
    assert record.current is None
    assert record.successor is not None


def test_no_candidate_closes_the_intent_durably() -> None:
    bench = Bench(observation(seen(1109)))
    [resolution] = bench.resolve()
    assert (resolution.resolved, resolution.candidates) == (Resolved.NOT_MADE, ())
    assert resolution.error is None
    assert bench.stored.intents == ()
    assert bench.stored.resources == {}


def test_two_intents_never_get_the_same_object() -> None:
    twin = replace(INTENT, id="j", address=Address("template", "twin"))
    bench = Bench(observation(seen(1110)), intents=(INTENT, twin))
    first, second = bench.resolve()
    assert (first.resolved, second.resolved) == (Resolved.ADOPTED, Resolved.NOT_MADE)


@pytest.mark.parametrize(
    ("shown", "resolved", "message", "hint"),
    [
        (
            observation(seen(1111), seen(1110)),
            Resolved.SEVERAL,
            "several objects may be its result (ids 1110, 1111)",
            "`smsops state resolve template.login --adopt ID` or `smsops state resolve "
            "template.login --abandon`.",
        ),
        (
            observation(seen(1110, content="您的验证码是{1}.")),
            Resolved.SEVERAL,
            "an object that is alike but not equal may be its result (id 1110)",
            "state resolve template.login",
        ),
        (
            observation(listing=Listing.UNLISTED),
            Resolved.UNLISTED,
            "templates cannot be listed to find out what became of it",
            "Look in the console for templateName '登录', then `smsops state resolve "
            "template.login --adopt ID` if it is there, or --abandon if it is not.",
        ),
        (
            observation(listing=Listing.UNSTABLE),
            Resolved.UNSTABLE,
            "the account kept changing while templates were listed",
            "Run `smsops apply` again",
        ),
    ],
)
def test_what_cannot_be_decided_stays_open_and_says_what_to_do(
    shown: Observation, resolved: Resolved, message: str, hint: str
) -> None:
    bench = Bench(shown)
    [resolution] = bench.resolve()
    assert resolution.resolved is resolved
    [error] = unresolved([resolution])
    assert isinstance(error, OutcomeUnknown)
    assert error.exit is Exit.UNKNOWN_OUTCOME
    assert error.message.startswith("template.login: AddSmsTemplate got no answer")
    assert message in error.message
    assert hint in error.hint
    assert bench.backend.saves == 0, "the intent stays"


def test_what_another_add_made_is_not_taken_for_a_respelling() -> None:
    """Two templates of one name, and only one of them was made."""
    other = replace(
        INTENT,
        id="other",
        address=Address("template", "other"),
        submitted={**INTENT.submitted, "content": "别的{1}。"},
    )
    for intents in ((INTENT, other), (other, INTENT)):
        bench = Bench(observation(seen(1110, content="别的{1}。")), intents=intents)
        verdicts = {item.intent.id: item.resolved for item in bench.resolve()}
        assert verdicts == {INTENT.id: Resolved.NOT_MADE, "other": Resolved.ADOPTED}


def test_a_sign_is_looked_for_by_its_name() -> None:
    address = Address("sign", "acme")
    spec: Spec = {"signName": "艾克米", "international": False}
    intent = Intent("s", address, "AddSmsSign", Role.CURRENT, spec, (), STARTED)
    [error] = unresolved([Resolution(intent, Resolved.UNLISTED)])
    assert "sign.acme: AddSmsSign got no answer, and signs cannot be listed" in error.message
    assert "Look in the console for signName '艾克米', then" in error.hint
    nameless = Resolution(replace(intent, submitted={}), Resolved.UNLISTED)
    assert "Look in the console for sign.acme, then" in unresolved([nameless])[0].hint


def test_one_kind_that_cannot_be_listed_does_not_hold_up_another() -> None:
    sign = Intent(
        *("s", Address("sign", "acme"), "AddSmsSign", Role.CURRENT),
        {"signName": "艾克米", "international": False},
        (),
        STARTED,
    )
    bench = Bench(observation(listing=Listing.UNLISTED), intents=(INTENT, sign))
    verdicts = {str(item.intent.address): item.resolved for item in bench.resolve()}
    assert verdicts == {"template.login": Resolved.UNLISTED, "sign.acme": Resolved.NOT_MADE}
    assert bench.stored.intents == (INTENT,)


# -- candidates ----------------------------------------------------------------------------------


def ids(
    intent: Intent, *items: Observed, resources: dict[Address, Recorded] | None = None
) -> list[int]:
    snapshot = Snapshot("lineage", resources=resources or {})
    return [
        int(item.remote_id) for item in candidates(intent, TEMPLATE, snapshot, observation(*items))
    ]


def test_what_was_listed_before_or_is_recorded_is_no_candidate() -> None:
    other = {Address("template", "other"): Recorded(RecordedObject(1110))}
    assert ids(INTENT, seen(1109), seen(1110), resources=other) == []
    assert ids(INTENT, seen(1110)) == [1110]


def test_a_record_of_another_kind_with_the_same_id_takes_nothing_away() -> None:
    sign = {Address("sign", "acme"): Recorded(RecordedObject(1110))}
    assert ids(INTENT, seen(1110), resources=sign) == [1110]


@pytest.mark.parametrize(
    ("change", "candidate"),
    [
        ({}, True),
        ({"international": "both"}, True),
        ({"international": True}, False),
        ({"templateName": "别的"}, False),
        ({"content": "别的{1}"}, True),  # alike: a service may respell what it takes
    ],
)
def test_a_candidate_equals_or_nearly_equals_what_was_sent(
    change: dict[str, Value], candidate: bool
) -> None:
    item = seen(1110)
    found = ids(INTENT, replace(item, spec={**item.spec, **change}))
    assert found == ([1110] if candidate else [])


def test_an_exact_one_wins_over_near_ones() -> None:
    assert ids(INTENT, seen(1110, content="别的{1}"), seen(1111)) == [1111]


@pytest.mark.parametrize(
    ("moments", "expected"),
    [
        ((STARTED, STARTED + TIE + 1), [1110]),
        ((STARTED - TIE - 1, STARTED), [1111]),
        ((STARTED + TIE, STARTED - TIE - 1), [1110]),
        ((STARTED - TIE, STARTED + TIE + 1), [1110]),
        ((STARTED, STARTED + 5), [1110, 1111]),
        ((None, STARTED), [1111]),
        ((None, None), [1110, 1111]),
        ((STARTED + TIE + 1, STARTED - TIE - 1), [1110, 1111]),
    ],
)
def test_the_creation_time_only_breaks_ties(
    moments: tuple[int | None, int | None], expected: list[int]
) -> None:
    first, second = moments
    assert ids(INTENT, seen(1111, second), seen(1110, first)) == expected


def test_a_single_candidate_may_be_of_any_age() -> None:
    """A clock may be wrong; what was not there before and equals what was sent is ours."""
    assert ids(INTENT, seen(1110, STARTED + 10 * TIE)) == [1110]


def test_a_stop_breaks_a_recovery_off() -> None:
    bench = Bench(observation())
    stop = Stop()
    stop.set(OutcomeUnknown("a signal"))
    with pytest.raises(Stopped, match="not attempted"):
        resolve(
            {INTENT: float(STARTED)},
            look=bench.look,
            kinds=RESOURCES,
            journal=bench.journal,
            clock=bench.time.clock,
            stop=stop,
        )
    assert bench.looked == []
