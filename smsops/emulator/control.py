"""The way in for tests and reviewers over the socket: ``/_emulator/...``, JSON, no signature.

``GET ledger``, ``GET objects``, ``GET messages``, ``GET calls``, ``GET faults``; ``POST review``,
``POST seed``, ``POST messages`` (a report or a reply), ``POST faults`` (replaces them), ``POST
remove``, ``POST reset``. Only for requests that name a loopback host and that no web page sent, and
only JSON that says that it is: a page in a browser on the same machine can send other types without
being asked, and cannot talk to it under another name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qsl

from smsops.emulator.account import KINDS
from smsops.emulator.core import Emulator
from smsops.emulator.faults import parse, to_json
from smsops.emulator.hosts import from_page, is_loopback
from smsops.emulator.messages import DELIVERED, FAILED
from smsops.emulator.messages import to_json as to_document
from smsops.emulator.parameters import MAX_BODY
from smsops.emulator.seed import VERDICTS, SeedError
from smsops.emulator.values import flaw
from smsops.emulator.wire import Reply, Request, encode
from smsops.errors import SmsopsError, UsageError

#: Where control calls are; everything else is the API.
PREFIX = "/_emulator/"
#: Characters of texts, parameters and replies in one list of messages, at most.
MOST = 8_000_000
#: What every message is taken to have besides.
_REST = 300


def answer(emulator: Emulator, request: Request) -> Reply:
    """Do what a control request asks: 200 with JSON, or 4xx with ``{"error": ...}``."""
    if not is_loopback(request.header("host") or "") or _from_elsewhere(request):
        return _json(403, {"error": "only for requests to a loopback host, not from web pages"})
    route = _ROUTES.get((request.method, request.path.removeprefix(PREFIX)))
    if route is None:
        known = ", ".join(f"{method} /_emulator/{path}" for method, path in _ROUTES)
        return _json(404, {"error": f"no such control; there are {known}"})
    if request.method == "POST" and not _says_json(request):
        return _json(415, {"error": "the Content-Type of what is posted here is application/json"})
    if len(request.body) > MAX_BODY:
        return _json(413, {"error": f"the body is larger than {MAX_BODY // 2**20} MiB"})
    try:
        document = _asked(request)
    except (ValueError, RecursionError):
        return _json(400, {"error": "the body is not JSON, or the query is none"})
    if wrong := flaw(document):
        return _json(400, {"error": wrong})
    try:
        return _json(200, route(emulator, document))
    except (UsageError, SeedError) as error:
        return _json(400, {"error": error.message})
    except SmsopsError as error:  # the data file cannot be used
        return _json(500, {"error": error.message})


def failed() -> Reply:
    """The reply to a request at which the emulator itself failed."""
    return _json(500, {"error": "the emulator failed"})


def _from_elsewhere(request: Request) -> bool:
    """Whether a page sent it, other than a click on one of our own."""
    own = request.method == "GET" and request.header("sec-fetch-site") == "same-origin"
    return bool(request.header("origin")) or (not own and from_page(request.headers))


def _says_json(request: Request) -> bool:
    """Whether a body says that it is JSON; without a body nothing has to."""
    type_ = request.header("content-type")
    if type_ is None:
        return not request.body
    return type_.partition(";")[0].strip().lower() == "application/json"


def _asked(request: Request) -> object:
    if request.method == "GET":
        return dict(parse_qsl(request.query, max_num_fields=20))
    return json.loads(request.body or b"null")


def _json(status: int, document: object) -> Reply:
    return Reply(status, {"content-type": "application/json"}, encode(document))


def _objects(emulator: Emulator, _: object) -> object:
    return {f"{kind}s": [item.to_json() for item in emulator.items(kind)] for kind in KINDS}


def _review(emulator: Emulator, document: object) -> object:
    given = _checked(document, kind=str, id=int, verdict=str, code=int, reply=str)
    text = given.get("reply") or ""
    match given:
        case {"kind": "qualification", "id": int(number), "verdict": str(verdict)}:
            emulator.judge_qualification(number, verdict)
        case {"kind": str(kind), "id": int(number), "verdict": str(word)} if word in VERDICTS:
            emulator.review(kind, number, VERDICTS[word], text)
        case {"kind": str(kind), "id": int(number), "code": int(code)}:
            emulator.review(kind, number, code, text)
        case _:
            raise SeedError(
                f"a review has kind, id and verdict ({', '.join(VERDICTS)}) or code, and reply"
            )
    return {}


_WORDS = {str: "text", int: "a whole number"}


def _checked(document: object, **types: type) -> dict[str, Any]:
    """An object whose members have these types or are not there, ``null`` included; whatever else
    a document is, an empty one. Raises :class:`SeedError` naming the first that is of another type.
    """
    given = document if isinstance(document, dict) else {}
    for name, type_ in types.items():
        if given.get(name) is not None and type(given[name]) is not type_:
            raise SeedError(f"{name} is not {_WORDS[type_]}")
    return given


def _faults_ordered(emulator: Emulator, _: object) -> object:
    counted = emulator.faults.counted()
    return {
        "faults": [to_json(fault) for fault, _ in counted],
        "counts": [count._asdict() for _, count in counted],
    }


def _faults(emulator: Emulator, document: object) -> object:
    emulator.faults.order(parse(document))
    return {"ordered": len(emulator.faults.ordered)}


def _remove(emulator: Emulator, document: object) -> object:
    match _checked(document, kind=str, id=int):
        case {"kind": ("sign" | "template") as kind, "id": int(number)}:
            emulator.remove(kind, number)
            return {}
        case _:
            raise SeedError("a removal has kind (sign, template) and id")


def _messages(emulator: Emulator, asked: object) -> object:
    """The newest messages, as many as one answer holds; ``older`` counts those that it does not."""
    before = asked.get("before") if isinstance(asked, dict) else None
    if before is not None and not (before.isascii() and before.isdigit() and len(before) < 19):
        raise SeedError("before is the seq of a message")
    found = emulator.messages()
    if before is not None:
        found = [message for message in found if message.seq < int(before)]
    listed: list[object] = []
    left = MOST
    for message in found:
        left -= message.weight + sum(len(reply.text) for reply in message.replies) + _REST
        if left < 0 and listed:
            break
        listed.append(to_document(message))
    older = len(found) - len(listed)
    return {"messages": listed, **({"older": older} if older else {})}


def _message(emulator: Emulator, document: object) -> object:
    given = _checked(document, serial_no=str, verdict=str, code=str, reply=str)
    match given, "verdict" in given, "reply" in given:
        case {"serial_no": str(serial), "reply": str(text)}, False, True:
            emulator.reply_from(serial, text)
        case {"serial_no": str(serial), "verdict": str(verdict)}, True, False:
            emulator.report(serial, verdict, given.get("code") or "")
        case _:
            raise SeedError(
                f"a change of a message has serial_no, and verdict ({DELIVERED}, {FAILED}) with "
                "code, or reply"
            )
    return {}


def _reset(emulator: Emulator, document: object) -> object:
    match {} if document is None else document:
        case dict(asked) if asked.keys() <= {"all"} and type(asked.get("all", False)) is bool:
            emulator.reset("all" if asked.get("all") else "messages")
        case _:
            raise SeedError('a reset is {}, or {"all": true} for signs and templates too')
    return {}


_ROUTES: Mapping[tuple[str, str], Callable[[Emulator, object], object]] = {
    ("GET", "ledger"): lambda emulator, _: {"ledger": emulator.ledger()},
    ("GET", "objects"): _objects,
    ("GET", "messages"): _messages,
    ("POST", "messages"): _message,
    ("POST", "reset"): _reset,
    ("GET", "calls"): lambda emulator, _: {"calls": [asdict(call) for call in emulator.calls]},
    ("GET", "faults"): _faults_ordered,
    ("GET", "callbacks"): lambda emulator, _: emulator.pushed(),
    ("POST", "faults"): _faults,
    ("POST", "review"): _review,
    ("POST", "seed"): lambda emulator, document: {"ids": emulator.seed(document)},
    ("POST", "remove"): _remove,
}
