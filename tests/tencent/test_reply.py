"""Only a documented answer counts as an answer, whatever bytes arrive."""

from __future__ import annotations

import contextlib
import gzip
import itertools
import json
import tracemalloc
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsops.providers.tencent.reply import MOST, Answer, NoAnswer, clock_difference, parse, unpacked

SUCCESS = b'{"Response": {"RequestId": "id-1", "X": 1}}'
REFUSAL = b'{"Response": {"Error": {"Code": "A.B", "Message": "m"}, "RequestId": "id-1"}}'


def test_a_success() -> None:
    answer = parse(200, "application/json", SUCCESS)
    assert answer == Answer({"RequestId": "id-1", "X": 1}, "id-1")


def test_a_refusal() -> None:
    assert parse(200, "application/json", REFUSAL) == Answer({}, "id-1", "A.B", "m")


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "text/plain", "text/html", "", "nonsense"]
)
def test_the_content_type_hides_no_refusal(kind: str) -> None:
    assert parse(200, kind, REFUSAL).code == "A.B"


def test_a_refusal_needs_no_message_and_no_request_id() -> None:
    assert parse(200, "", b'{"Response": {"Error": {"Code": "A.B"}}}') == Answer({}, "", "A.B", "")


def test_a_null_error_is_none() -> None:
    assert parse(200, "", b'{"Response": {"RequestId": "id-1", "Error": null}}').code == ""


NOT_ANSWERS: dict[str, bytes] = {
    "nothing": b"",
    "HTML": b"<html><body>Please log in</body></html>",
    "cut off": SUCCESS[:-5],
    "two documents": SUCCESS + SUCCESS,
    "no Response": b'{"RequestId": "id-1"}',
    "a null Response": b'{"Response": null}',
    "a list": b"[]",
    "a list in Response": b'{"Response": []}',
    "a number": b"1",
    "no RequestId": b'{"Response": {"AddSignStatus": {"SignId": 1}}}',
    "an empty RequestId": b'{"Response": {"RequestId": ""}}',
    "a number for RequestId": b'{"Response": {"RequestId": 1}}',
    "a duplicate key": b'{"Response": {"RequestId": "a"}, "Response": {"RequestId": "b"}}',
    "a duplicate key inside": b'{"Response": {"RequestId": "a", "RequestId": "b"}}',
    "NaN": b'{"Response": {"RequestId": "a", "X": NaN}}',
    "Infinity": b'{"Response": {"RequestId": "a", "X": -Infinity}}',
    "1e999": b'{"Response": {"RequestId": "a", "X": 1e999}}',
    "5000 digits": b'{"Response": {"RequestId": "a", "X": ' + b"9" * 5000 + b"}}",
    "Latin-1": '{"Response": {"RequestId": "é"}}'.encode("latin-1"),
    "UTF-16": SUCCESS.decode().encode("utf-16"),
    "a BOM": b"\xef\xbb\xbf" + SUCCESS,
    "100 000 brackets": b'{"Response": ' + b"[" * 100_000,
    "deep with escapes": b'{"Response": {"RequestId": "\\u0041", "X": ' + b"[" * 900 + b"]" * 900,
    "an empty code": b'{"Response": {"Error": {"Code": ""}, "RequestId": "a"}}',
    "a number for a code": b'{"Response": {"Error": {"Code": 1}, "RequestId": "a"}}',
    "a text for an error": b'{"Response": {"Error": "no", "RequestId": "a"}}',
    "an error and a result": b'{"Response": {"Error": {"Code": "A.B"}, "AddSignStatus": {}}}',
}


@pytest.mark.parametrize("body", NOT_ANSWERS.values(), ids=NOT_ANSWERS.keys())
def test_what_is_not_an_answer(body: bytes) -> None:
    with pytest.raises(NoAnswer):
        parse(200, "application/json", body)


@pytest.mark.parametrize(
    "status", [100, 201, 204, 301, 302, 307, 400, 401, 403, 404, 429, 500, 503]
)
def test_only_status_200_is_an_answer(status: int) -> None:
    """Even a perfect body proves nothing then: the API answers refusals with 200, too."""
    for body in (SUCCESS, REFUSAL):
        with pytest.raises(NoAnswer, match=str(status)):
            parse(status, "application/json", body)


def test_lone_surrogates_become_replacement_characters() -> None:
    r"""A ``\ud800`` of a reply can be neither printed nor stored; a pair is one character."""
    body = rb'{"Response": {"RequestId": "a", "X": ["x\ud800y", {"\ude00": "\ud83d\ude00"}]}}'
    assert parse(200, "", body).response["X"] == ["x�y", {"�": "\U0001f600"}]


def test_long_texts_are_cut() -> None:
    body = json.dumps(
        {"Response": {"Error": {"Code": "A", "Message": "m" * 9999}, "RequestId": "r" * 9999}}
    )
    answer = parse(200, "", body.encode())
    assert len(answer.message) == 500
    assert len(answer.request_id) == 80


@given(st.integers(100, 599), st.text(max_size=20), st.binary(max_size=200))
def test_no_bytes_escape(status: int, kind: str, body: bytes) -> None:
    with contextlib.suppress(NoAnswer):
        parse(status, kind, body)


_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Response", "Error", "Code", "Message", "RequestId", "X"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@given(_VALUES)
def test_no_json_escapes(value: Any) -> None:
    try:
        answer = parse(200, "", json.dumps({"Response": value}).encode())
    except NoAnswer:
        return
    assert answer.code or answer.request_id


def test_plain_bodies() -> None:
    assert unpacked([b"ab", b"c"], "") == b"abc"
    assert unpacked([b"ab", b"c"], "identity") == b"abc"
    assert unpacked([], "gzip") == b""


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(SUCCESS, mtime=0)),
        (" GZIP ", gzip.compress(SUCCESS, mtime=0)),
        ("deflate", zlib.compress(SUCCESS)),
    ],
)
def test_packed_bodies(encoding: str, packed: bytes) -> None:
    assert unpacked([packed[:7], packed[7:]], encoding) == SUCCESS


@pytest.mark.parametrize(
    ("encoding", "chunks"),
    [
        ("gzip", [b"not gzip"]),
        ("gzip", [gzip.compress(SUCCESS, mtime=0)[:-6]]),
        ("br", [b"x"]),
        ("gzip, gzip", [gzip.compress(gzip.compress(SUCCESS, mtime=0))]),
    ],
)
def test_badly_packed_bodies(encoding: str, chunks: list[bytes]) -> None:
    with pytest.raises(NoAnswer):
        unpacked(chunks, encoding)


def test_a_large_body_is_refused_while_it_arrives() -> None:
    arrived = 0

    def endless() -> Any:
        nonlocal arrived
        while True:
            arrived += 1
            yield b"x" * (1024 * 1024)

    with pytest.raises(NoAnswer, match="larger than 16 MiB"):
        unpacked(endless(), "")
    assert arrived == MOST // 1024 // 1024 + 1


@pytest.mark.parametrize("endless", [b"\0\0\0\xff\xff" * 200_000, b"x" * 1_000_000], ids=len)
@pytest.mark.parametrize("start", [b"\x1f\x8b\x08\0\0\0\0\0\0\xff", gzip.compress(b"{}", mtime=0)])
def test_packed_bytes_that_give_nothing_are_counted(start: bytes, endless: bytes) -> None:
    """Empty blocks, or whatever comes after the end, must not pile up in memory."""
    with pytest.raises(NoAnswer):
        unpacked(itertools.chain([start], itertools.repeat(endless)), "gzip")


def test_a_bomb_is_refused_before_it_explodes() -> None:
    bomb = gzip.compress(b"\0" * (300 * 1024 * 1024), compresslevel=9)
    assert len(bomb) < 1024 * 1024
    tracemalloc.start()
    try:
        with pytest.raises(NoAnswer, match="larger than 16 MiB"):
            unpacked([bomb], "gzip")
        assert tracemalloc.get_traced_memory()[1] < 5 * MOST
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Sat, 22 Nov 2025 08:00:00 GMT", None),
        ("Sat, 22 Nov 2025 08:00:30 GMT", None),
        ("Sat, 22 Nov 2025 07:48:00 GMT", "12 min ahead of"),
        ("Sat, 22 Nov 2025 08:12:30 GMT", "12 min behind"),
        ("Sat, 22 Nov 2025 08:01:40 GMT", "100 s behind"),
        ("Sat, 22 Nov 2025 08:00:59 GMT", None),
        ("Sat, 22 Nov 2025 08:01:00 GMT", "60 s behind"),
        ("Sat, 22 Nov 2025 07:58:01 GMT", "119 s ahead of"),
        ("Sat, 22 Nov 2025 07:58:00 GMT", "2 min ahead of"),
        ("Sat, 22 Nov 2025 16:20:00 +0800", "20 min behind"),
        ("Sat, 22 Nov 2025 08:12:00", "12 min behind"),
        ("", None),
        ("yesterday", None),
        ("Sat, 99 Nov 2025 99:00:00 GMT", None),
        ("Sat, 22 Nov 99999 08:00:00 GMT", None),
    ],
)
def test_clock_differences_in_words(date: str, expected: str | None) -> None:
    found = clock_difference(date, 1_763_798_400.0)
    assert (found and str(found)) == (
        expected and f"this machine's clock is {expected} the server's"
    )
