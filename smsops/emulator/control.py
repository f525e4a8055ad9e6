"""The way in for tests and reviewers over the socket: ``/_emulator/...``, JSON, no signature.

``GET ledger``, ``GET objects``, ``GET messages``, ``GET calls``, ``GET faults``; ``POST review``,
``POST seed``, ``POST messages`` (a report or a reply), ``POST faults`` (replaces them), ``POST
remove``, ``POST reset``. Only for requests that name a loopback host: a
web page in a browser on the same machine cannot talk to it under another name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from urllib.parse import parse_qsl

from smsops.emulator.account import KINDS
from smsops.emulator.core import Emulator
from smsops.emulator.faults import parse, to_json
from smsops.emulator.hosts import is_loopback
from smsops.emulator.messages import DELIVERED, FAILED
from smsops.emulator.messages import to_json as to_document
from smsops.emulator.seed import VERDICTS, SeedError
from smsops.emulator.wire import Reply, Request, encode
from smsops.errors import UsageError

#: Where control calls are; everything else is the API.
PREFIX = "/_emulator/"
#: Characters of texts, parameters and replies in one list of messages, at most.
MOST = 8_000_000
#: What every message is taken to have besides.
_REST = 300


def answer(emulator: Emulator, request: Request) -> Reply:
    """Do what a control request asks: 200 with JSON, or 4xx with ``{"error": ...}``."""
    if not is_loopback(request.header("host") or "") or request.header("origin"):
        return _json(403, {"error": "only for requests to a loopback host, not from web pages"})
    route = _ROUTES.get((request.method, request.path.removeprefix(PREFIX)))
    if route is None:
        known = ", ".join(f"{method} /_emulator/{path}" for method, path in _ROUTES)
        return _json(404, {"error": f"no such control; there are {known}"})
    try:
        document = _asked(request)
    except (ValueError, RecursionError):
        return _json(400, {"error": "the body is not JSON, or the query is none"})
    try:
        return _json(200, route(emulator, document))
    except (UsageError, SeedError) as error:
        return _json(400, {"error": error.message})


def _asked(request: Request) -> object:
    if request.method == "GET":
        return dict(parse_qsl(request.query, max_num_fields=20))
    return json.loads(request.body or b"null")


def _json(status: int, document: object) -> Reply:
    return Reply(status, {"content-type": "application/json"}, encode(document))


def _objects(emulator: Emulator, _: object) -> object:
    return {f"{kind}s": [item.to_json() for item in emulator.items(kind)] for kind in KINDS}


def _review(emulator: Emulator, document: object) -> object:
    text = str(document.get("reply") or "") if isinstance(document, dict) else ""
    match document:
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


def _faults(emulator: Emulator, document: object) -> object:
    emulator.faults.order(parse(document))
    return {"ordered": len(emulator.faults.ordered)}


def _remove(emulator: Emulator, document: object) -> object:
    match document:
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
    given = document if isinstance(document, dict) else {}
    match given, "verdict" in given, "reply" in given:
        case {"serial_no": str(serial), "reply": str(text)}, False, True:
            emulator.reply_from(serial, text)
        case {"serial_no": str(serial), "verdict": str(verdict)}, True, False:
            emulator.report(serial, verdict, str(given.get("code") or ""))
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
    ("GET", "faults"): lambda emulator, _: {
        "faults": [to_json(fault) for fault in emulator.faults.ordered]
    },
    ("GET", "callbacks"): lambda emulator, _: emulator.pushed(),
    ("POST", "faults"): _faults,
    ("POST", "review"): _review,
    ("POST", "seed"): lambda emulator, document: {"ids": emulator.seed(document)},
    ("POST", "remove"): _remove,
}
