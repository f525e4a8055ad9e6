"""The pure half of a probe: which message is the one, what counts, what may be shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from smsops.delivery.budget import Known, Resume, day, decide, sends_to
from smsops.delivery.driver import NOT_SENT, Fate, Outgoing, Sighting, Sought
from smsops.delivery.model import Records
from smsops.delivery.preflight import Draft, Param, Refusal, Sign, Template, refusal
from smsops.delivery.sightings import the_one, window
from smsops.model import ProbeRecord, Verdict
from smsops.providers.tencent.send_codes import REFUSED, UNKNOWN, fate
from smsops.providers.yisha.sending import Yisha
from smsops.providers.yisha.wire import _parsed
from tests.support.receipts import NUMBER, PHONE, accepted, refused, send, unknown

NOW = 1_800_000_000
SENT = send(at=NOW)


def known(*rows: object, probes: Mapping[str, ProbeRecord] | None = None, now: int = NOW) -> Known:
    sends = [row for row in rows if hasattr(row, "within")]
    answers = [row for row in rows if hasattr(row, "outcome")]
    return Known(Records(sends, answers), probes or {}, now)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("serials", "found"),
    [
        ([], None),
        (["new"], "new"),
        (["new", "new"], "new"),
        (["new", "old"], "new"),
        (["old"], None),
        (["new", "newer"], None),
        ([""], None),
    ],
)
def test_exactly_one_message_that_nobody_knew_is_the_one(
    serials: list[str], found: str | None
) -> None:
    one = the_one([Sighting(serial) for serial in serials], {"old"})
    assert (one.serial if one else None) == found


def test_it_was_sent_from_five_seconds_before_to_a_minute_after() -> None:
    sought = window(SENT, PHONE, about="probe.login")
    assert (sought.begin, sought.end) == (NOW - 5, NOW + 60)


@pytest.mark.parametrize(
    ("answer", "counts"),
    [
        (accepted(), True),
        (unknown(), True),
        (refused("FailedOperation.PhoneNumberInBlacklist"), True),
        (refused(NOT_SENT), False),
        (refused("AuthFailure.SignatureFailure"), False),
        (refused("RequestLimitExceeded.UinLimitExceeded"), False),
    ],
)
def test_what_never_reached_a_vendor_is_free(answer: object, counts: bool) -> None:
    assert bool(sends_to(NUMBER, known(SENT, answer))) is counts


def test_a_day_begins_at_midnight_in_beijing() -> None:
    assert day(1_799_942_399) != day(1_799_942_400)
    assert (1_799_942_400 + 8 * 3600) % 86_400 == 0


def record(**more: object) -> ProbeRecord:
    made = ProbeRecord("x", NUMBER.mac.hex(), NUMBER.shown, "1400006666", "1", "艾", NOW - 60)
    return replace(made, **{"sends_today": (NOW - 60,), **more})  # type: ignore[arg-type]


def test_the_state_and_the_ledger_count_together_and_nothing_twice() -> None:
    older = send("s0", at=NOW - 60)
    both = known(older, accepted(send="s0"), probes={"other": record(verdict=Verdict.DELIVERED)})
    assert sends_to(NUMBER, both) == (NOW - 60,)


def test_a_send_that_only_the_state_knows_is_gone_on_with() -> None:
    found = decide(SENT, 2, known(probes={"login": record(serial="2019:7")}))
    assert isinstance(found, Resume)
    assert (found.serial, found.send.id, found.send.at) == ("2019:7", "x", NOW - 60)


@pytest.mark.parametrize(("later", "resumed"), [(899, True), (900, False)])
def test_after_three_times_its_time_it_is_given_up(later: int, resumed: bool) -> None:
    now = NOW - 60 + later
    wanted = send("s9", at=now)
    found = decide(wanted, 9, known(probes={"login": record()}, now=now))
    assert isinstance(found, Resume) is resumed


@pytest.mark.parametrize(
    ("ago", "words"),
    [(29, "less than 30 s ago"), (-29, "less than 30 s ago"), (-30, "look at the clock")],
)
def test_a_clock_that_was_set_back_is_told_from_a_message_of_just_now(ago: int, words: str) -> None:
    """Waiting for half a minute, as of any other that came too soon, would not help."""
    at = NOW - ago
    sent = record(verdict=Verdict.DELIVERED, sent_at=at, sends_today=(at,))
    found = decide(send("s9", at=NOW), 9, known(probes={"login": sent}))
    assert isinstance(found, Refusal)
    assert found.code == "TooSoon"
    assert words in str(found.why)


def test_another_probe_of_the_number_is_waited_for() -> None:
    found = decide(SENT, 9, known(probes={"other": record()}))
    assert isinstance(found, Refusal)
    assert found.code == "UnderWay"


# -- what may be shown ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("param", "shown"),
    [
        (Param("123456", fresh=True), "######"),
        (Param("1", fresh=True), "#"),
        (Param("5"), "5"),
        (Param("secret"), "s••••t"),
    ],
)
def test_values_are_covered_and_as_long_as_they_are(param: Param, shown: str) -> None:
    assert param.covered == shown
    assert "123456" not in repr(Param("123456"))


@pytest.mark.parametrize(
    ("length", "code"), [(500, None), (501, "TextTooLong")], ids=["fits", "does not"]
)
def test_a_message_has_500_characters_with_its_sign(length: int, code: str | None) -> None:
    template = Template("1", "x" * (length - 4), parameters=0)
    found = refusal(Draft(PHONE, template, Sign("艾克"), at=NOW))
    assert (found.code if found else None) == code


# -- codes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", sorted(REFUSED))
def test_documented_codes_are_refusals(code: str) -> None:
    assert fate(code) is Fate.REFUSED


@pytest.mark.parametrize("code", [*sorted(UNKNOWN), "FailedOperation.New", "", "InternalError"])
def test_what_proves_nothing_is_unknown(code: str) -> None:
    assert fate(code) is Fate.UNKNOWN


# -- Yisha ----------------------------------------------------------------------------------------


class Gateway:
    """A wire that answers as it is told."""

    def __init__(self, answer: str) -> None:
        self.answer = answer
        self.asked: list[Mapping[str, str]] = []

    def call(self, _: str, fields: Mapping[str, str], __: str) -> Mapping[str, object]:
        self.asked.append(fields)
        found = _parsed(self.answer.encode())
        assert found is not None
        return found


def yisha(answer: str) -> tuple[Yisha, Gateway]:
    wire = Gateway(answer)
    return Yisha(wire), wire  # type: ignore[arg-type]


def test_the_documents_own_sample_with_its_last_comma_is_an_answer() -> None:
    driver, wire = yisha('{"code": "0000", "externalId": "50158e", "requestId": "r",\n}')
    sent = driver.send(Outgoing("", PHONE, "01234567890abcdef", ("1234", "2345")))
    assert (sent.fate, sent.serial) == (Fate.ACCEPTED, "50158e")
    assert wire.asked[0]["templateParamSet"] == "[1234,2345]"


@pytest.mark.parametrize(
    ("code", "expected"),
    [("1005", Fate.REFUSED), ("1999", Fate.UNKNOWN), ("9999", Fate.UNKNOWN), ("7", Fate.UNKNOWN)],
)
def test_only_1005_is_a_refusal(code: str, expected: Fate) -> None:
    driver, _ = yisha(json.dumps({"code": code, "msg": "x"}))
    assert driver.send(Outgoing("", PHONE, "1")).fate is expected


@pytest.mark.parametrize("name", ["smsSendStatusSet", "smsSendStatusSe"])
def test_both_spellings_of_the_set_are_read(name: str) -> None:
    items = [{"externalId": "a", "status": "200"}]
    driver, wire = yisha(json.dumps({"code": "0000", name: items}))
    sought = [Sought("", PHONE, "", 0, 1, serial) for serial in ("a", "b")]
    assert driver.look(sought) == [[Sighting("a", "200")], []]
    assert wire.asked == [{"externalIds": "[a,b]"}]
