"""What a document in the state's place is taken for, and that only a state of ours is replaced."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsops.errors import DamagedState, ForeignDocument, OwnerError, StateError
from smsops.model import Snapshot
from smsops.state import document
from smsops.state.document import Kind, Taken, kind_of
from smsops.state.snapshot import dump, load, peek_project
from tests.support.examples import examples
from tests.support.snapshots import full, small

REPLACEABLE = (Kind.EMPTY, Kind.OURS)

TERRAFORM: dict[str, Any] = {
    "version": 4,
    "terraform_version": "1.9.8",
    "serial": 7,
    "lineage": "0f0e0d0c-1111-2222-3333-444455556666",
    "outputs": {},
    "resources": [{"mode": "managed", "type": "tencentcloud_sms_sign", "instances": []}],
    "check_results": None,
}
ENCRYPTED = {
    "serial": 3,
    "lineage": "0f0e0d0c-1111-2222-3333-444455556666",
    "meta": {"key_provider.pbkdf2.x": "eyJzYWx0Ijoi"},
    "encrypted_data": "bm90aGluZyB0byBzZWU=",
    "encryption_version": "v0",
}
PULUMI = {"version": 3, "deployment": {"manifest": {"version": "v3.100.0"}, "resources": []}}
CHECKPOINT = {"version": 3, "checkpoint": {"stack": "dev", "latest": {"manifest": {}}}}
PAGE = b"<!DOCTYPE html>\n<html lang=en><head><title>Sign in</title></head><body></body></html>"
PLAN = {"format_version": "1.1", "resource_changes": [], "summary": {}, "lineage": "x"}


def old(snapshot: Snapshot) -> dict[str, Any]:
    """As 0.1 would have written it, apart from the checksum."""
    fields = json.loads(dump(snapshot))
    for name in ("project", "environment", "commit"):
        del fields[name]
    return {**fields, "format_version": "1.0"}


def text(value: object, **how: Any) -> bytes:
    return json.dumps(value, **how).encode()


DOCUMENTS: dict[str, tuple[bytes, Kind]] = {
    "whole": (dump(full()), Kind.OURS),
    "of a project": (dump(replace(full(), project="shop")), Kind.OURS),
    "without resources": (dump(Snapshot(lineage="x")), Kind.OURS),
    "of 0.1": (text(old(full())), Kind.OURS),
    "laid out by jq": (text(json.loads(dump(full())), indent=2), Kind.OURS),
    "torn, laid out by jq": (text(json.loads(dump(full())), indent=2)[:150], Kind.OURS),
    "saved by an editor as UTF-16": (dump(small()).decode().encode("utf-16"), Kind.OURS),
    "with a key lost": (text({k: v for k, v in old(full()).items() if k != "checksum"}), Kind.OURS),
    "with its head lost": (dump(full())[60:], Kind.OURS),
    "doubled": (dump(full()) * 2, Kind.OURS),
    "no bytes": (b"", Kind.EMPTY),
    "white space": (b" \r\n", Kind.EMPTY),
    "zeros of a crash": (bytes(500), Kind.EMPTY),
    "an empty object": (b"{ }\n", Kind.EMPTY),
    "of a newer smsops": (text({**old(full()), "format_version": "9.0"}), Kind.NEWER),
    "of a much newer one": (text({"format_version": "12", "lineage": "x", "a": []}), Kind.NEWER),
    "taken": (document.mark(Taken("shop", "refs/x", True), lineage="x", serial=1), Kind.TAKEN),
    "Terraform": (text(TERRAFORM, indent=2), Kind.TERRAFORM),
    "Terraform, torn": (text(TERRAFORM, indent=2)[:-40], Kind.TERRAFORM),
    "Terraform before 0.12": (text({"version": 3, "serial": 1, "modules": []}), Kind.TERRAFORM),
    "terraform show": (text({"format_version": "1.0", "terraform_version": "1"}), Kind.TERRAFORM),
    "OpenTofu, encrypted": (text(ENCRYPTED), Kind.OPENTOFU),
    "Pulumi's export": (text(PULUMI), Kind.PULUMI),
    "Pulumi's checkpoint": (text(CHECKPOINT), Kind.PULUMI),
    "a page": (PAGE, Kind.HTML),
    "a page after a comment": (b"\xef\xbb\xbf\n<!-- x -->\n<HTML>\n", Kind.HTML),
    "an error of a storage": (b'<?xml version="1.0"?><Error>NoSuchKey</Error>', Kind.XML),
    "an answer of an API": (b'{"message":"404 Not Found"}', Kind.JSON),
    "a plan of ours": (text(PLAN), Kind.JSON),
    "a list": (b"[1]", Kind.JSON),
    "null": (b"null", Kind.JSON),
    "other broken JSON": (b'{"users": [1, 2', Kind.BROKEN),
    "broken, and an account": (b'{"account_id": "7", "users": [1, 2', Kind.BROKEN),
    "a text": ("你好\n".encode(), Kind.TEXT),
    "a conflict": (b"<<<<<<< HEAD\n", Kind.TEXT),
    "a program": (b"\x7fELF\x02\x01", Kind.BINARY),
    "an archive": (b"PK\x03\x04\x14\x00", Kind.BINARY),
}  # fmt: skip


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_what_it_is(name: str) -> None:
    body, kind = DOCUMENTS[name]

    assert kind_of(body) is kind


@pytest.mark.parametrize("name", DOCUMENTS)
def test_only_a_state_of_ours_may_be_replaced(name: str) -> None:
    body, kind = DOCUMENTS[name]
    refused = document.refusal(body, source="place")

    assert (refused is None) is (kind in REPLACEABLE)
    assert document.replaceable(body) is (kind in REPLACEABLE)
    if refused is None:
        document.require_replaceable(body, source="place")
        return
    with pytest.raises(type(refused), match="place"):
        document.require_replaceable(body, source="place")


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if DOCUMENTS[name][1] in REPLACEABLE])
def test_what_is_ours_is_whole_or_damaged(name: str) -> None:
    body, _ = DOCUMENTS[name]

    if name in ("whole", "of a project", "without resources", "laid out by jq"):
        load(body, source="place")
        return
    with pytest.raises(DamagedState):
        load(body, source="place")


WHOLE = DOCUMENTS["whole"][0]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (
            b"<<<<<<< HEAD\n" + WHOLE + b"\n=======\n" + WHOLE + b"\n>>>>>>> other\n",
            "the state holds conflict markers of git (<<<<<<<): a merge was not finished",
        ),
        (b"\xef\xbb\xbf" + WHOLE, "the state begins with a byte order mark: an editor saved it"),
        (WHOLE[:-20], "the state is damaged: it is not JSON"),
    ],
)
def test_what_damaged_a_state_is_named(body: bytes, fault: str) -> None:
    with pytest.raises(DamagedState) as caught:
        load(body, source="place")

    assert fault in caught.value.message
    assert "state push --force" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Terraform", "this is a state of Terraform, not a state of smsops"),
        ("OpenTofu, encrypted", "an encrypted state of OpenTofu"),
        ("Pulumi's export", "a state of Pulumi"),
        ("a page", "a web page (HTML)"),
        ("an error of a storage", "an XML document"),
        ("an answer of an API", "JSON of something else"),
        ("other broken JSON", "broken JSON of something else"),
        ("a text", "a text"),
        ("a program", "binary data"),
    ],
)
def test_what_is_not_ours_is_named_and_never_called_damaged(name: str, words: str) -> None:
    with pytest.raises(ForeignDocument) as caught:
        load(DOCUMENTS[name][0], source="https://git.example.com/state/prod")

    assert words in caught.value.message
    assert "never overwrites it" in caught.value.hint
    assert "SMSOPS_HTTP_ADDRESS" in caught.value.hint
    assert "damaged" not in caught.value.message
    assert "--force" not in caught.value.hint


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("https://git.example.com/s", "another address in SMSOPS_HTTP_ADDRESS"),
        ("refs/smsops/state/prod of git remote up", "another spec.state.name"),
        (".smsops/state.json", "Move the file away"),
    ],
)
def test_the_advice_fits_the_place(source: str, words: str) -> None:
    error = document.refusal(PAGE, source=source)

    assert isinstance(error, ForeignDocument)
    assert words in error.hint


def test_a_newer_state_is_no_damage_that_a_push_may_repair() -> None:
    with pytest.raises(StateError, match=r"format_version 9\.0, this smsops reads 1\.1") as caught:
        load(DOCUMENTS["of a newer smsops"][0], source="place")

    assert not isinstance(caught.value, DamagedState | ForeignDocument)
    assert "newer" in caught.value.hint


def test_a_mark_says_who_took_the_state_and_where_it_is() -> None:
    taken = Taken("shop", "refs/smsops/state/shop", complete=False)
    body = document.mark(taken, lineage="x", serial=7)

    assert document.taken(body) == taken
    with pytest.raises(OwnerError, match=r"belongs to project shop now.*refs/smsops/state/shop"):
        load(body, source="refs/smsops/state/default of git remote origin")


@pytest.mark.parametrize("length", [0, 1, 2, 14, 15, 16, 25, 31, 40, 60, 110, 200, 500])
@pytest.mark.parametrize("account", [None, "100000000001"])
def test_a_state_cut_off_anywhere_is_still_ours(length: int, account: str | None) -> None:
    body = dump(replace(full(), account_id=account, project="shop"))[:length]

    assert kind_of(body) in REPLACEABLE


@given(st.integers(min_value=0), st.integers(0, 7))
@settings(max_examples=examples(200), deadline=None)
def test_a_state_with_a_flipped_bit_is_still_ours(place: int, bit: int) -> None:
    """Or one of the future: a bit makes a 9 of the 1 in its format."""
    body = bytearray(dump(replace(small(), project="shop")))
    body[place % len(body)] ^= 1 << bit

    assert kind_of(bytes(body)) in (*REPLACEABLE, Kind.NEWER)


@given(st.integers(min_value=30))
@settings(max_examples=examples(50), deadline=None)
def test_a_state_of_terraform_cut_off_anywhere_is_never_ours(length: int) -> None:
    body = text(TERRAFORM, indent=2)

    assert kind_of(body[:length]) not in REPLACEABLE


@given(st.binary(max_size=300))
@settings(max_examples=examples(100), deadline=None)
def test_any_bytes_are_something(body: bytes) -> None:
    assert kind_of(body) in Kind


def test_deeply_nested_json_is_named_like_any_other() -> None:
    assert kind_of(b"[" * 200_000) is Kind.BROKEN


def test_the_project_of_a_state_can_be_read_off_a_damaged_one() -> None:
    body = dump(replace(full(), project="shop"))

    assert peek_project(body[:-20]) == "shop"
    assert peek_project(text(json.loads(body), indent=2)) == "shop"
    assert peek_project(dump(replace(full(), project=None))) is None
