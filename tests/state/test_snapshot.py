"""The bytes of a state: every snapshot survives them, and nothing else is taken for one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsops.errors import StateError
from smsops.kinds import RESOURCES
from smsops.kinds.reviews import review_of
from smsops.model import (
    Address,
    Intent,
    Lifecycle,
    Recorded,
    RecordedObject,
    Role,
    Snapshot,
)
from smsops.state.snapshot import (
    FORMAT_VERSION,
    dump,
    load,
    new_snapshot,
    peek_lineage,
    peek_serial,
)
from tests.support.examples import examples
from tests.support.snapshots import LINEAGE, LOGIN, SIGN, full, small


def seal(document: dict[str, Any]) -> bytes:
    """A document with a right checksum, so that only what it says can be refused."""
    rest = {name: value for name, value in document.items() if name != "checksum"}
    canonical = json.dumps(rest, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return json.dumps({**rest, "checksum": f"sha256:{digest}"}, ensure_ascii=False).encode()


def refusal(body: bytes) -> StateError:
    with pytest.raises(StateError) as caught:
        load(body, source="state.json")
    assert "state.json" in caught.value.message
    assert caught.value.hint
    return caught.value


# -- what is written is read ---------------------------------------------------------------------


def test_every_part_of_a_state_comes_back() -> None:
    assert load(dump(full()), source="x") == full()


def test_the_file_has_the_documented_keys_and_texts() -> None:
    document = json.loads(dump(full()))

    assert sorted(document) == [
        "account_id",
        "checksum",
        "commit",
        "environment",
        "format_version",
        "intents",
        "lineage",
        "project",
        "region",
        "resources",
        "serial",
    ]
    login = document["resources"]["template.login"]
    assert sorted(login) == [
        "current",
        "declared",
        "manifest",
        "promote",
        "protected",
        "retire_after",
        "retiring",
        "successor",
    ]
    assert (login["declared"], login["manifest"]) == (True, "templates/login.yaml")
    assert document["project"] == "p"
    assert document["commit"]["committed_at"] == "2027-01-15T08:00:00Z"
    assert login["protected"] is True
    assert login["retire_after"] == 0
    assert login["current"]["review"] == {"code": 0, "reply": "好\n的"}
    assert login["current"]["submitted_at"] == "2027-01-15T08:00:00Z"
    assert login["current"]["assumed"] == ["remark", "smsType"]
    assert isinstance(document["serial"], int)


def test_equal_states_have_equal_bytes_whatever_the_order() -> None:
    state = full()
    turned = replace(state, resources=dict(reversed(list(state.resources.items()))))

    assert dump(turned) == dump(state)


def test_one_resource_is_one_line_so_that_versions_can_be_compared() -> None:
    lines = dump(full()).decode().splitlines()

    assert [line[:14] for line in lines if line.startswith('"sign.')] == ['"sign.acme":{"']
    assert sum(line.startswith('"template.') for line in lines) == 1


def test_a_state_of_format_1_0_has_no_owner_and_declares_nothing() -> None:
    """What a manifest declares from now on is marked; the rest is bound, not declared."""
    document = json.loads(dump(full()))
    document["format_version"] = "1.0"
    for name in ("commit", "environment", "project", "checksum"):
        del document[name]
    for resource in document["resources"].values():
        for name in ("declared", "manifest", "promote"):
            del resource[name]
        for item in (resource["current"], resource["successor"], *resource["retiring"]):
            if item is not None:
                del item["listed"]

    snapshot = load(seal(document), source="x")

    assert (snapshot.project, snapshot.environment, snapshot.commit) == (None, None, None)
    login = snapshot.resources[LOGIN]
    assert (login.declared, login.manifest, login.lifecycle.promote) == (False, None, "auto")
    assert [item.listed for item in login.objects()] == [False] * 3


@pytest.mark.parametrize("name", ["declared", "listed", "project"])
def test_a_field_of_format_1_1_must_be_right_when_it_is_there(name: str) -> None:
    document = json.loads(dump(full()))
    login = document["resources"]["template.login"]
    place = {"declared": login, "listed": login["current"], "project": document}[name]
    place[name] = 7
    del document["checksum"]
    assert "malformed" in refusal(seal(document)).message


def test_a_reformatted_file_is_still_trusted() -> None:
    pretty = json.dumps(json.loads(dump(full())), indent=4).encode() + b"\n"

    assert load(pretty, source="x") == full()


def test_new_states_have_lineages_of_their_own() -> None:
    assert new_snapshot().lineage != new_snapshot().lineage
    assert load(dump(new_snapshot()), source="x").resources == {}


def test_serial_and_lineage_can_be_seen_without_reading_the_rest() -> None:
    assert peek_serial(dump(full(41))) == 41
    assert peek_lineage(dump(full())) == LINEAGE
    assert peek_serial(b'{"serial": 12, "x": 1}') == 12
    assert peek_serial(b"garbage") is None


def test_half_a_character_from_the_api_does_not_stop_a_save() -> None:
    item = RecordedObject(1, review=review_of(-1, "\ud800!"))
    state = replace(small(), resources={LOGIN: Recorded(item)})

    again = load(dump(state), source="x").resources[LOGIN].current

    assert again is not None
    assert again.review == review_of(-1, "?!")


def test_a_moment_that_no_calendar_has_is_dropped() -> None:
    item = RecordedObject(1, submitted_at=10**17)
    state = replace(small(), resources={LOGIN: Recorded(item)})

    again = load(dump(state), source="x").resources[LOGIN].current

    assert again == RecordedObject(1)


def test_a_state_with_an_id_in_two_places_is_never_written() -> None:
    twice = {LOGIN: Recorded(RecordedObject(7)), Address("template", "b"): Recorded(None)}
    twice[Address("template", "b")] = Recorded(None, RecordedObject(7))

    with pytest.raises(StateError, match="template 7 is recorded twice"):
        dump(replace(small(), resources=twice))


def test_a_sign_and_a_template_may_have_the_same_id() -> None:
    both = {LOGIN: Recorded(RecordedObject(7)), SIGN: Recorded(RecordedObject(7))}

    assert load(dump(replace(small(), resources=both)), source="x").resources == both


_texts = st.text(max_size=30)
_moments = st.none() | st.integers(0, 32_503_679_999)
_ids = st.integers(0, 2**63 - 1)


def _specs(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    names = [item.name for item in RESOURCES[kind].fields]
    values = st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | _texts
    return st.dictionaries(st.sampled_from(names), values, max_size=4)


@st.composite
def _objects(draw: st.DrawFn, kind: str, remote_id: int) -> RecordedObject:
    return RecordedObject(
        remote_id=remote_id,
        submitted=draw(_specs(kind)),
        read_back=draw(_specs(kind)),
        assumed=tuple(draw(st.sets(st.sampled_from(sorted(draw(_specs(kind))) or ["remark"])))),
        review=draw(st.none() | st.builds(review_of, st.integers(-9, 9), _texts)),
        submitted_at=draw(_moments),
        activated_at=draw(_moments),
        promoted_at=draw(_moments),
        superseded_at=draw(_moments),
        listed=draw(st.booleans()),
    )


@st.composite
def _states(draw: st.DrawFn) -> Snapshot:
    resources = {}
    numbers = iter(draw(st.lists(_ids, min_size=9, max_size=9, unique=True)))
    for kind in draw(st.lists(st.sampled_from(sorted(RESOURCES)), max_size=3, unique=True)):
        current = draw(st.none() | _objects(kind, next(numbers)))
        successor = draw(st.none() | _objects(kind, next(numbers)))
        retiring = draw(st.just(()) | st.tuples(_objects(kind, next(numbers))))
        lifecycle = draw(st.builds(Lifecycle, st.booleans(), st.integers(0, 10**9)))
        address = Address(kind, draw(st.from_regex(r"[a-z0-9](-[a-z0-9])?", fullmatch=True)))
        resources[address] = Recorded(current, successor, retiring, lifecycle)
    intents = tuple(
        Intent(
            str(number),
            LOGIN,
            draw(_texts),
            draw(st.sampled_from((Role.CURRENT, Role.SUCCESSOR))),
            draw(_specs("template")),
            tuple(draw(st.lists(_ids, max_size=2))),
            draw(st.integers(0, 2**33)),
        )
        for number in range(draw(st.integers(0, 2)))
    )
    return Snapshot(
        LINEAGE,
        draw(st.integers(0, 2**53 - 2)),
        draw(st.none() | _texts),
        draw(st.none() | _texts),
        resources,
        intents,
    )


@given(_states())
@settings(max_examples=examples(60), deadline=None)
def test_any_state_comes_back_as_it_was(state: Snapshot) -> None:
    body = dump(state)

    assert load(body, source="x") == state
    assert peek_serial(body) == state.serial
    assert dump(load(body, source="x")) == body


# -- damage --------------------------------------------------------------------------------------


def test_a_file_cut_off_anywhere_is_refused() -> None:
    body = dump(full())

    for length in range(len(body)):
        refusal(body[:length])


def test_every_single_flipped_bit_is_noticed() -> None:
    body = dump(small())

    for place in range(len(body)):
        for bit in range(8):
            flipped = bytearray(body)
            flipped[place] ^= 1 << bit
            refusal(bytes(flipped))


def test_swapped_halves_and_doubled_files_are_refused() -> None:
    body = dump(full())
    middle = len(body) // 2

    refusal(body[middle:] + body[:middle])
    refusal(body + body)


def test_an_empty_file_is_damage_and_not_an_absent_state() -> None:
    assert "empty" in refusal(b"").message
    assert "empty" in refusal(b" \n").message
    assert "state.json.backup" in refusal(b"").hint


@pytest.mark.parametrize(
    ("source", "backup"),
    [
        (".smsops/state.json", "keeps state.json.backup"),
        ("shop/.smsops/emulator-state.json", "keeps emulator-state.json.backup"),
        ("refs/smsops/state/prod at origin", "keeps state.json.backup"),
    ],
)
def test_the_backup_is_called_by_its_name(source: str, backup: str) -> None:
    for body in (b"", b"{", b"{}", dump(full())[:-9], dump(full()).replace(b"login", b"logon")):
        with pytest.raises(StateError) as refused:
            load(body, source=source)
        assert backup in refused.value.hint


@given(st.binary(max_size=200))
@settings(max_examples=examples(150), deadline=None)
def test_arbitrary_bytes_are_refused_in_words(body: bytes) -> None:
    refusal(body)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*json.loads(dump(small())), "x"]), inner, max_size=8)
    ),
    max_leaves=12,
)


@given(_json)
@settings(max_examples=examples(150), deadline=None)
def test_arbitrary_json_is_refused_in_words(value: object) -> None:
    refusal(json.dumps(value).encode())


# -- what JSON can say and a state cannot --------------------------------------------------------


def _without(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda document: document.pop(name)


def _login(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], object]:
    return lambda document: change(document["resources"]["template.login"])


def _current(name: str, value: object) -> Callable[[dict[str, Any]], object]:
    return _login(lambda login: login["current"].__setitem__(name, value))


MALFORMED: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "an unknown top key": (lambda d: d.update(secret="x"), "'secret' is unknown"),
    "no serial": (_without("serial"), "serial is missing"),
    "a serial in quotes": (lambda d: d.update(serial="7"), "serial: there is no whole number"),
    "a serial that is true": (lambda d: d.update(serial=True), "serial"),
    "a negative serial": (lambda d: d.update(serial=-1), "serial: -1 is not between"),
    "a lineage with a space": (lambda d: d.update(lineage="a b"), "lineage"),
    "an account number": (lambda d: d.update(account_id=5), "account_id"),
    "resources in a list": (lambda d: d.update(resources=[]), "object"),
    "an unknown kind": (
        lambda d: d["resources"].update({"robot.r2": d["resources"].pop("sign.acme")}),
        "robot.r2 is of an unknown kind",
    ),
    "no address": (
        lambda d: d["resources"].update({"Login": d["resources"].pop("sign.acme")}),
        "'Login' is not an address",
    ),
    "an unknown resource key": (
        _login(lambda login: login.update(extra=1)),
        "template.login: the field 'extra' is unknown",
    ),
    "protected by a number": (_login(lambda login: login.update(protected=1)), "true or false"),
    "an object in a list": (_login(lambda login: login.update(current=[])), "current"),
    "an id in quotes": (_current("remote_id", "1110"), "not the id of a template"),
    "a field of another kind": (
        _current("submitted", {"signName": "x"}),
        "template.login: current: the field 'signName' is unknown",
    ),
    "a field that is a list": (_current("submitted", {"remark": []}), "a field is not"),
    "an assumed field nobody knows": (_current("assumed", ["colour"]), "'colour' is unknown"),
    "a review without a reply": (_current("review", {"code": 1}), "reply is missing"),
    "a moment with an offset": (_current("submitted_at", "2027-01-15T08:00:00+00:00"), "moment"),
    "a moment in seconds": (_current("submitted_at", 1_800_000_000), "moment"),
    "an id in two places": (
        _login(lambda login: login["successor"].update(remote_id=1110)),
        "template 1110 is recorded twice",
    ),
    "an intent without a role": (lambda d: d["intents"][0].pop("role"), "role is missing"),
    "an intent of no role": (lambda d: d["intents"][0].update(role="king"), "'king' is unknown"),
    "an intent that never began": (
        lambda d: d["intents"][0].update(started_at=None),
        "started_at is missing",
    ),
    "an intent twice": (lambda d: d["intents"].append(d["intents"][0]), "same id"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_well_sealed_file_that_smsops_would_not_write_is_refused(case: str) -> None:
    change, words = MALFORMED[case]
    document = json.loads(dump(full()))
    change(document)

    assert words in refusal(seal(document)).message


SPELLINGS = {
    "a key that occurs twice": (b'"serial":7', b'"serial":7,"serial":7', "occurs twice"),
    "a number beyond 63 bits": (b'"remote_id":1111', b'"remote_id":9223372036854775808', "63"),
    "a number of 5000 digits": (b'"remote_id":1111', b'"remote_id":' + b"9" * 5000, "63 bits"),
    "NaN": (b'"serial":7', b'"serial":NaN', "NaN"),
    "a fraction": (b'"serial":7', b'"serial":7.0', "whole number"),
    "infinity in disguise": (b'"serial":7', b'"serial":1e999', "whole number"),
    "a lone surrogate": (b'"region":"ap-', b'"region":"\\ud800', "surrogate"),
}


@pytest.mark.parametrize("case", SPELLINGS)
def test_doubtful_json_is_refused_before_its_checksum_matters(case: str) -> None:
    plain, doubtful, words = SPELLINGS[case]
    body = dump(full())
    assert plain in body

    assert words in refusal(body.replace(plain, doubtful)).message


def test_deep_nesting_is_refused_and_does_not_crash() -> None:
    deep = dump(full()).replace(b'"intents":[', b'"intents":[' + b"[" * 200_000)

    assert "nested" in refusal(deep).message


def test_a_file_that_is_too_large_is_not_even_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smsops.state.snapshot.MOST_BYTES", 100)

    assert "larger than 100 bytes" in refusal(dump(full())).message


@pytest.mark.parametrize("version", ["2.0", "3.1", "17"])
def test_a_newer_format_is_refused_with_both_versions(version: str) -> None:
    document = {**json.loads(dump(small())), "format_version": version}

    error = refusal(json.dumps(document).encode())

    assert version in error.message
    assert FORMAT_VERSION in error.message
    assert "newer" in error.hint


def test_a_field_of_a_newer_minor_version_is_not_dropped() -> None:
    document = {**json.loads(dump(small())), "format_version": "1.4", "ttl": 5}

    error = refusal(seal(document))

    assert "'ttl' is unknown" in error.message
    assert "newer" in error.hint


def test_ten_thousand_resources_are_dumped_and_loaded() -> None:
    item = full().resources[LOGIN].current
    assert item is not None
    resources = {
        Address("template", f"t-{number}"): Recorded(replace(item, remote_id=number))
        for number in range(10_000)
    }
    state = replace(small(), resources=resources)
    assert load(dump(state), source="x").resources == resources
