"""What a fault does to a reply. Pure: a reply goes in, another one comes out."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from smsops.emulator import yisha
from smsops.emulator.faults import CODE, Fault
from smsops.emulator.wire import Delivery, Refused, Reply, encode

_HTML = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in first</body></html>"
_GARBAGE = bytes(range(256)) * 4
_IDS = ("SignId", "TemplateId", "SerialNo", "externalId")
_MIB = 1024 * 1024


def _with(reply: Reply, *, body: bytes | None = None, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = reply.body if body is None else body
    return replace(reply, body=body, headers={**reply.headers, **named})


def _status(reply: Reply, fault: Fault) -> Reply:
    spoiled = _with(reply, body=_HTML, content_type="text/html")
    return replace(spoiled, status=fault.status or 503)


def _redirect(reply: Reply, fault: Fault) -> Reply:
    target = str(fault.value or "http://127.0.0.1:9/")
    return replace(_with(reply, body=b"", location=target), status=fault.status or 307)


def _gzip_bomb(reply: Reply, fault: Fault) -> Reply:
    size = int(fault.value or 64)
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as file:
        for _ in range(size):
            file.write(bytes(_MIB))
    return _with(reply, body=packed.getvalue(), content_encoding="gzip")


def _error(reply: Reply, fault: Fault) -> Reply:
    given = json.loads(reply.body)
    if "Response" not in given:
        code = yisha.SYSTEM if fault.code == CODE else fault.code
        refusal = Refused(code, fault.message)
        return _with(reply, body=encode(yisha.failure(refusal, given["requestId"])))
    error = {"Code": fault.code, "Message": fault.message}
    document = {"Response": {"Error": error, "RequestId": given["Response"]["RequestId"]}}
    return _with(reply, body=encode(document))


def _no_id(reply: Reply, _: Fault) -> Reply:
    return _each_id(reply, lambda holder, name: holder.pop(name))


def _id(reply: Reply, fault: Fault) -> Reply:
    return _each_id(reply, lambda holder, name: holder.update({name: fault.value}))


def _each_id(reply: Reply, change: Callable[[dict[str, Any], str], object]) -> Reply:
    def walk(node: Any) -> None:
        if isinstance(node, list):
            for item in node:
                walk(item)
        elif isinstance(node, dict):
            for name in [*node]:
                if name in _IDS:
                    change(node, name)
                else:
                    walk(node[name])

    document = json.loads(reply.body)
    walk(document)
    return _with(reply, body=encode(document))


#: kind -> what becomes of the reply; kinds that are not here do something else.
SPOILERS: Mapping[str, Callable[[Reply, Fault], Reply]] = {
    "unreachable": lambda reply, _: replace(reply, delivery=Delivery.UNREACHABLE),
    "drop": lambda reply, _: replace(reply, delivery=Delivery.DROPPED),
    "reset": lambda reply, _: replace(reply, delivery=Delivery.RESET),
    "hang": lambda reply, _: replace(reply, delivery=Delivery.HANGS),
    "cut": lambda reply, _: replace(reply, delivery=Delivery.CUT),
    "error": _error,
    "status": _status,
    "redirect": _redirect,
    "truncate": lambda reply, _: _with(reply, body=reply.body[: len(reply.body) // 2]),
    "garbage": lambda reply, _: _with(reply, body=_GARBAGE),
    "html": lambda reply, _: _with(reply, body=_HTML, content_type="text/html"),
    "gzip-bomb": _gzip_bomb,
    "content-type": lambda reply, fault: _with(
        reply, content_type=str(fault.value or "application/json; charset=utf-8")
    ),
    "no-id": _no_id,
    "id": _id,
}


def spoil(reply: Reply, faults: tuple[Fault, ...]) -> Reply:
    """``reply`` after each of ``faults``, in their order."""
    for fault in faults:
        if fault.kind in SPOILERS:
            reply = SPOILERS[fault.kind](reply, fault)
    return reply
