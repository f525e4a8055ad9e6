"""Every kind of fault, in process and on a real connection."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from smsops.emulator.app import serving
from smsops.emulator.core import Emulator
from smsops.emulator.faults import KINDS, Fault, Faults, parse, to_json
from smsops.emulator.settings import Settings
from smsops.emulator.spoiling import spoil
from smsops.emulator.transport import EmulatorTransport
from smsops.emulator.wire import Reply
from smsops.errors import UsageError
from tests.emulator.conftest import Serve
from tests.support.clock import FakeClock
from tests.support.emulator_api import SEEDED_SIGN, TEMPLATE, Refusal, ask, call, sdk, signed

ADD = "AddSmsTemplate"
LISTING = "DescribeSmsTemplateList"


def send(client: httpx.Client, url: str, action: str, parameters: Any) -> httpx.Response:
    """One signed POST, whatever becomes of it."""
    host = url.removeprefix("http://")
    request = signed(action, parameters, now=time.time(), host=host)
    return client.post(url, content=request.body, headers=dict(request.headers))


class Account:
    """An account with one sign, reached by httpx: in this process or over a socket."""

    def __init__(self, url: str, client: httpx.Client, emulator: Emulator) -> None:
        self.url, self.client, self.emulator = url, client, emulator
        emulator.seed([SEEDED_SIGN])

    def add(self) -> httpx.Response:
        return send(self.client, self.url, ADD, TEMPLATE)

    @property
    def committed(self) -> int:
        return len(self.emulator.ledger())


Make = Callable[..., Account]


@pytest.fixture(params=["in process", "served"])
def make(request: pytest.FixtureRequest, serve: Serve) -> Any:
    """Makes an account with faults, both ways."""
    clients = []

    def build(*faults: Fault) -> Account:
        # A busy machine is slow to answer; only what never answers is given up soon.
        timeout = 1.0 if any(fault.kind == "hang" for fault in faults) else 60.0
        if request.param == "served":
            url, emulator = serve(faults=faults)
            client = httpx.Client(timeout=timeout, trust_env=False, verify=False)
        else:
            transport = EmulatorTransport(None, faults=faults, limits=False)
            url, emulator = "http://emulator.invalid", transport.emulator
            client = httpx.Client(transport=transport, timeout=timeout, verify=False)
        clients.append(client)
        return Account(url, client, emulator)

    yield build
    for client in clients:
        client.close()


BROKEN = (httpx.RemoteProtocolError, httpx.ReadError)
CONNECTION: list[tuple[str, str, tuple[type[Exception], ...], int]] = [
    ("drop", "before-admission", BROKEN, 0),
    ("drop", "before-commit", BROKEN, 0),
    ("drop", "after-commit", BROKEN, 1),
    ("reset", "before-commit", (httpx.ReadError,), 0),
    ("reset", "after-commit", (httpx.ReadError,), 1),
    ("hang", "before-commit", (httpx.ReadTimeout,), 0),
    ("hang", "after-commit", (httpx.ReadTimeout,), 1),
    ("cut", "after-commit", (httpx.RemoteProtocolError,), 1),
    ("unreachable", "before-admission", (httpx.ConnectError, httpx.ReadError), 0),
]


@pytest.mark.parametrize(("kind", "at", "raised", "committed"), CONNECTION)
def test_a_connection_fails_before_or_after_the_commit(
    make: Make, kind: str, at: str, raised: tuple[type[Exception], ...], committed: int
) -> None:
    """The client sees a broken connection; the ledger says what happened. Later calls are fine."""
    account = make(Fault(ADD, kind, when=1, at=at))
    with pytest.raises(raised):
        account.add()
    assert account.committed == committed
    assert account.add().json()["Response"]["AddTemplateStatus"]
    assert account.committed == committed + 1


Check = Callable[[httpx.Response], bool]
REPLIES: list[tuple[Fault, Check]] = [
    (Fault(ADD, "status"), lambda reply: reply.status_code == 503 and b"<html" in reply.content),
    (Fault(ADD, "status", status=500), lambda reply: reply.status_code == 500),
    (
        Fault(ADD, "redirect", value="http://127.0.0.1:9/"),
        lambda reply: (
            (reply.status_code, reply.headers["location"]) == (307, "http://127.0.0.1:9/")
        ),
    ),
    (Fault(ADD, "redirect", status=302), lambda reply: reply.status_code == 302),
    (
        Fault(ADD, "truncate"),
        lambda reply: reply.status_code == 200 and b"Response" in reply.content and not_json(reply),
    ),
    (Fault(ADD, "garbage"), lambda reply: reply.status_code == 200 and not_json(reply)),
    (
        Fault(ADD, "html"),
        lambda reply: (
            (reply.status_code, reply.headers["content-type"]) == (200, "text/html")
            and not_json(reply)
        ),
    ),
    (
        Fault(ADD, "content-type"),
        lambda reply: (
            reply.headers["content-type"] == "application/json; charset=utf-8"
            and "AddTemplateStatus" in reply.json()["Response"]
        ),
    ),
    (
        Fault(ADD, "content-type", value="text/plain"),
        lambda reply: reply.headers["content-type"] == "text/plain",
    ),
    (Fault(ADD, "no-id"), lambda reply: reply.json()["Response"]["AddTemplateStatus"] == {}),
    (
        Fault(ADD, "id", value=2**63),
        lambda reply: reply.json()["Response"]["AddTemplateStatus"] == {"TemplateId": 2**63},
    ),
    (
        Fault(ADD, "id", value="007"),
        lambda reply: reply.json()["Response"]["AddTemplateStatus"] == {"TemplateId": "007"},
    ),
    (
        Fault(ADD, "error", code="InternalError.Timeout", at="after-commit"),
        lambda reply: reply.json()["Response"]["Error"]["Code"] == "InternalError.Timeout",
    ),
]


def not_json(reply: httpx.Response) -> bool:
    with pytest.raises(ValueError):  # noqa: PT011 - JSONDecodeError or UnicodeDecodeError
        reply.json()
    return True


@pytest.mark.parametrize(("fault", "check"), REPLIES, ids=lambda value: getattr(value, "kind", ""))
def test_a_reply_is_spoiled_after_the_commit(make: Make, fault: Fault, check: Check) -> None:
    """The write happened; only the answer is wrong, and only once when it is ordered so."""
    account = make(replace(fault, when=1))
    assert check(account.add())
    assert account.committed == 1
    assert account.add().json()["Response"]["AddTemplateStatus"] == {"TemplateId": "1111"}


ANSWERS = sorted(
    kind
    for kind, places in KINDS.items()
    if "before-commit" in places and kind not in ("insert", "remove", "hide")
)


@pytest.mark.parametrize("kind", ANSWERS)
def test_before_the_commit_nothing_is_written(make: Make, kind: str) -> None:
    """Every kind that spoils a reply can also do so without the action."""
    account = make(Fault(ADD, kind, at="before-commit", value=1 if kind == "gzip-bomb" else None))
    try:
        account.add()
    except httpx.TransportError:
        assert kind in ("drop", "reset", "hang", "cut")
    assert account.committed == 0


def test_a_gzip_bomb_unpacks_to_what_was_ordered(make: Make) -> None:
    """Small on the wire, large when unpacked; it is not unpacked before the client reads it."""
    account = make(Fault(ADD, "gzip-bomb", value=3))
    host = account.url.removeprefix("http://")
    request = signed(ADD, TEMPLATE, now=time.time(), host=host)
    with account.client.stream(
        "POST", account.url, content=request.body, headers=dict(request.headers)
    ) as reply:
        raw = b"".join(reply.iter_raw())
    assert reply.headers["content-encoding"] == "gzip"
    assert len(raw) < 10_000
    assert len(gzip.decompress(raw)) == 3 * 1024 * 1024


def test_a_cut_reply_breaks_in_the_middle_of_its_body(make: Make) -> None:
    """Status, headers and some of the body arrive before the connection ends."""
    account = make(Fault(ADD, "cut"))
    request = signed(ADD, TEMPLATE, now=time.time(), host=account.url.removeprefix("http://"))
    begun: list[bytes] = []
    with (
        account.client.stream(
            "POST", account.url, content=request.body, headers=dict(request.headers)
        ) as reply,
        pytest.raises(httpx.RemoteProtocolError),
    ):
        begun.extend(reply.iter_raw())
    assert reply.status_code == 200
    assert b"".join(begun).startswith(b'{"Response":')
    assert len(b"".join(begun)) < int(reply.headers["content-length"])


def test_an_error_code_of_choice(make: Make) -> None:
    """Before the commit by default: a definite refusal."""
    account = make(Fault(ADD, "error", code="FailedOperation.TemplateNumberLimit", message="full"))
    assert account.add().json()["Response"]["Error"] == {
        "Code": "FailedOperation.TemplateNumberLimit",
        "Message": "full",
    }
    assert account.committed == 0
    assert account.emulator.calls[-1].code == "FailedOperation.TemplateNumberLimit"


# ---- when --------------------------------------------------------------------------------------


def outcomes(emulator: Emulator, clock: FakeClock, count: int) -> list[str]:
    """The codes of ``count`` Adds in a row, a second apart, with another action in between."""
    codes = []
    for _ in range(count):
        clock.advance(1)
        call(emulator, LISTING, now=clock.moment, International=0)
        try:
            call(emulator, ADD, now=clock.moment, **TEMPLATE)
            codes.append("")
        except Refusal as refusal:
            codes.append(refusal.code)
    return codes


@pytest.mark.parametrize(
    ("when", "struck"), [(None, "xxxx"), (2, "-x--"), ((1, 4), "x--x"), ((), "----")]
)
def test_a_fault_strikes_the_calls_it_was_ordered_for(
    clock: FakeClock, when: Any, struck: str
) -> None:
    """Counted per fault, over calls of its action."""
    emulator = Emulator(None, clock=clock.clock, faults=[Fault(ADD, "error", when)])
    emulator.seed([SEEDED_SIGN])
    codes = outcomes(emulator, clock, 4)
    assert "".join("x" if code else "-" for code in codes) == struck


def test_calls_that_the_limiter_refuses_do_not_count(clock: FakeClock) -> None:
    emulator = Emulator(None, clock=clock.clock, faults=[Fault(ADD, "error", 3, code="Third")])
    emulator.seed([SEEDED_SIGN])
    codes = []
    for _ in range(5):  # two a second
        try:
            call(emulator, ADD, now=clock.moment, **TEMPLATE)
            codes.append("")
        except Refusal as refusal:
            codes.append(refusal.code)
    clock.advance(1)
    assert codes == ["", "", *["RequestLimitExceeded"] * 3]
    with pytest.raises(Refusal, match="Third"):
        call(emulator, ADD, now=clock.moment, **TEMPLATE)


def test_a_star_is_for_every_action_and_ordering_anew_counts_anew(clock: FakeClock) -> None:
    emulator = Emulator(None, Settings(limits=False), clock=clock.clock)
    emulator.faults.order([Fault("*", "error", 1, code="One")])
    with pytest.raises(Refusal, match="One"):
        call(emulator, LISTING, now=clock.moment, International=0)
    call(emulator, ADD.replace("Add", "Describe") + "List", now=clock.moment, International=0)
    emulator.faults.order([Fault("*", "error", 1, code="Two")])
    with pytest.raises(Refusal, match="Two"):
        call(emulator, "DescribeSmsSignList", now=clock.moment, International=0)


# ---- time --------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", ["before-admission", "after-admission", "after-commit"])
def test_a_delay_is_before_or_after_the_limiter_counts(clock: FakeClock, at: str) -> None:
    """Before admission it moves the arrival, and so makes room in the limiter's second."""
    fault = Fault("DescribeSmsSignList", "delay", at=at, seconds=0.1)
    emulator = Emulator(None, clock=clock.clock, faults=[fault])
    begin = clock.moment
    call(emulator, "DescribeSmsSignList", now=clock.moment, International=0)
    assert clock.slept == [0.1]
    arrived = emulator.calls[-1].moment - begin
    assert arrived == pytest.approx(0.1 if at == "before-admission" else 0.0, abs=1e-6)


def test_a_range_of_delays_can_be_repeated(clock: FakeClock) -> None:
    """Drawn from the range with the emulator's seed."""

    def slept(seed: int) -> list[float]:
        clock = FakeClock()
        fault = Fault("*", "delay", seconds=(0.1, 0.3))
        emulator = Emulator(None, Settings(seed=seed), clock=clock.clock, faults=[fault])
        for _ in range(5):
            call(emulator, "DescribeSmsSignList", now=clock.moment, International=0)
        return clock.slept

    assert slept(1) == slept(1)
    assert slept(1) != slept(2)
    assert all(0.1 <= seconds <= 0.3 for seconds in slept(3))


@pytest.mark.parametrize("at", ["before-admission", "after-admission"])
def test_latency_is_for_every_call(clock: FakeClock, at: str) -> None:
    settings = Settings(latency=(0.05, 0.2), latency_at=at)
    emulator = Emulator(None, settings, clock=clock.clock)
    begin = clock.moment
    call(emulator, "DescribeSmsSignList", now=clock.moment, International=0)
    (seconds,) = clock.slept
    assert 0.05 <= seconds <= 0.2
    moved = emulator.calls[-1].moment - begin
    assert moved == pytest.approx(seconds if at == "before-admission" else 0.0, abs=1e-6)


def test_a_slow_request_does_not_hold_up_another(serve: Serve) -> None:
    """Ten listings that each take 0.3 s are answered together, well within their sum."""
    from concurrent.futures import ThreadPoolExecutor

    url, _ = serve(faults=[Fault("DescribeSmsSignList", "delay", seconds=0.3)])
    with httpx.Client(trust_env=False, verify=False) as client, ThreadPoolExecutor(10) as pool:
        begun = time.monotonic()
        replies = [
            pool.submit(send, client, url, "DescribeSmsSignList", {"International": 0})
            for _ in range(10)
        ]
        assert all(reply.result().status_code == 200 for reply in replies)
        assert time.monotonic() - begun < 2


# ---- the account -------------------------------------------------------------------------------


def ids(emulator: Emulator, now: float, **parameters: Any) -> list[int]:
    answer = call(emulator, LISTING, now=now, International=0, **parameters)
    return [item["TemplateId"] for item in answer["DescribeTemplateStatusSet"]]


def test_pages_shift_when_somebody_deletes_in_between(clock: FakeClock) -> None:
    """Removing the first object before page two makes the reader miss one."""
    fault = Fault(LISTING, "remove", when=2)
    emulator = Emulator(None, Settings(limits=False), clock=clock.clock, faults=[fault])
    emulator.seed([{"kind": "template", "templateName": "t", "content": "t"}] * 4)
    first = ids(emulator, clock.moment, Limit=2, Offset=0)
    second = ids(emulator, clock.moment, Limit=2, Offset=2)
    assert (first, second) == ([1110, 1111], [1113])
    assert emulator.ledger() == []


def test_pages_grow_when_somebody_adds_in_between(clock: FakeClock) -> None:
    """An inserted object with an old id pushes one from page one to page two: a duplicate."""
    seeded = {"kind": "template", "templateName": "t", "content": "t"}
    fault = Fault(LISTING, "insert", when=2, value={**seeded, "id": 5})
    emulator = Emulator(None, Settings(limits=False), clock=clock.clock, faults=[fault])
    emulator.seed([seeded] * 4)
    first = ids(emulator, clock.moment, Limit=2, Offset=0)
    second = ids(emulator, clock.moment, Limit=2, Offset=2)
    assert (first, second) == ([1110, 1111], [1111, 1112])


def test_insert_and_remove_need_no_value(clock: FakeClock) -> None:
    emulator = Emulator(
        None,
        clock=clock.clock,
        faults=[Fault("DescribeSmsSignList", "insert"), Fault(LISTING, "remove", value=77)],
    )
    call(emulator, "DescribeSmsSignList", now=clock.moment, International=0)
    assert [item.name for item in emulator.items("sign")] == ["inserted"]
    assert ids(emulator, clock.moment, Limit=2) == []


def test_a_new_object_is_missing_from_lists_for_a_while(clock: FakeClock) -> None:
    """Eventual consistency: neither listed nor described until so many seconds after its Add."""
    fault = Fault(LISTING, "hide", seconds=5)
    emulator = Emulator(None, Settings(limits=False), clock=clock.clock, faults=[fault])
    emulator.seed([SEEDED_SIGN])
    call(emulator, ADD, now=clock.moment, **TEMPLATE)
    clock.advance(4.9)
    assert ids(emulator, clock.moment, Limit=100) == []
    assert ids(emulator, clock.moment, TemplateIdSet=[1110]) == []
    clock.advance(0.2)
    assert ids(emulator, clock.moment, Limit=100) == [1110]


# ---- hooks -------------------------------------------------------------------------------------


def test_the_hook_is_called_around_the_commit(clock: FakeClock) -> None:
    """After-commit only when something was written, and the ledger has it by then."""
    events: list[tuple[str, str, int]] = []
    emulator = Emulator(None, Settings(limits=False), clock=clock.clock)
    emulator.hook = lambda event, action: events.append((event, action, len(emulator.ledger())))
    emulator.seed([SEEDED_SIGN])
    call(emulator, ADD, now=clock.moment, **TEMPLATE)
    with pytest.raises(Refusal):
        call(emulator, "DeleteSmsSign", now=clock.moment, SignId=3)
    assert events == [
        ("before-commit", ADD, 0),
        ("after-commit", ADD, 1),
        ("before-reply", ADD, 1),
        ("before-commit", "DeleteSmsSign", 1),
        ("before-reply", "DeleteSmsSign", 1),
    ]


# ---- ordering them -----------------------------------------------------------------------------


def test_faults_travel_as_json() -> None:
    """What parse takes is what to_json gives; "every" and missing mean every call."""
    ordered = parse(
        [
            {"kind": "drop", "action": ADD, "when": [1, 2], "at": "before-commit"},
            {"kind": "delay", "when": "every", "seconds": [0.1, 0.2]},
            {"kind": "id", "when": 3, "value": "x"},
        ]
    )
    assert ordered == (
        Fault(ADD, "drop", (1, 2), "before-commit"),
        Fault("*", "delay", None, seconds=(0.1, 0.2)),
        Fault("*", "id", 3, value="x"),
    )
    assert parse(json.loads(json.dumps([to_json(fault) for fault in ordered]))) == ordered


@pytest.mark.parametrize(
    "document",
    [
        {"kind": "drop"},
        "drop",
        ["drop"],
        [{}],
        [{"kind": "explode"}],
        [{"kind": "drop", "at": "after-admission"}],
        [{"kind": "drop", "times": 3}],
        [{"kind": "drop", "when": "twice"}],
        [{"kind": "drop", "when": ["twice"]}],
        [{"kind": "delay", "seconds": [1]}],
        [{"kind": "delay", "seconds": "1s"}],
        [{"kind": "status", "status": "503"}],
        [{"kind": 7}],
        [{"kind": "gzip-bomb", "value": "large"}],
        [{"kind": "content-type", "value": "a\r\nb"}],
        [{"kind": "insert", "value": 7}],
        [{"kind": "delay", "seconds": -1}],
        [{"kind": "status", "status": 7}],
    ],
)
def test_a_fault_that_cannot_be_is_refused(document: object) -> None:
    with pytest.raises(UsageError):
        parse(document)


def test_every_kind_has_a_test() -> None:
    """The rows of this module cover the table of kinds."""
    covered = {kind for kind, *_ in CONNECTION} | {fault.kind for fault, _ in REPLIES}
    assert covered | {"delay", "gzip-bomb", "insert", "remove", "hide"} == set(KINDS)


def test_faults_that_are_not_due_leave_a_reply_alone() -> None:
    reply = Reply(200, {}, b"{}")
    assert spoil(reply, Faults([Fault(ADD, "drop")]).due(LISTING, "after-commit")) is reply


@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_the_official_sdk_meets_the_same_faults() -> None:
    """The fault matrix of the project runs through httpx; the SDK sees the same server."""
    emulator = Emulator(None, Settings(limits=False), faults=[Fault(ADD, "drop", 1)])
    emulator.seed([SEEDED_SIGN])
    with serving(emulator) as url:
        client = sdk(url)
        with pytest.raises(Refusal, match="ClientNetworkError"):
            ask(client, ADD, **TEMPLATE)
        ask(client, ADD, **TEMPLATE)
    assert len(emulator.ledger()) == 2
