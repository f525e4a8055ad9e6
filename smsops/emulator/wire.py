"""Requests and replies of the emulator, free of any HTTP library."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. Header names are lower case; ``query`` is the raw text after ``?``.

    ``arrived`` is the moment (monotonic seconds) at which it was there, ``None`` for now.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    query: str = ""
    arrived: float | None = None

    def header(self, name: str) -> str | None:
        """Value of a header by its lower-case name."""
        return self.headers.get(name)


class Delivery(StrEnum):
    """How a reply reaches the client. Everything but ``whole`` is a fault."""

    WHOLE = "whole"
    DROPPED = "dropped"  # the connection ends without a byte of reply
    RESET = "reset"  # the connection is reset
    CUT = "cut"  # the connection ends in the middle of the body
    HANGS = "hangs"  # nothing comes until the client gives up
    UNREACHABLE = "unreachable"  # in process: the connection cannot be made


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP reply, and how it is delivered."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    delivery: Delivery = Delivery.WHOLE


class Refused(Exception):
    """A request that the API answers with an error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def success(result: Mapping[str, object], request_id: str) -> dict[str, object]:
    """The ``Response`` of a call that worked."""
    return {**result, "RequestId": request_id}


def failure(refusal: Refused, request_id: str) -> dict[str, object]:
    """The ``Response`` of a refused call."""
    error = {"Code": refusal.code, "Message": refusal.message}
    return {"Error": error, "RequestId": request_id}


def encode(document: object) -> bytes:
    """JSON as the API sends it: UTF-8, without spaces."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def reply(response: Mapping[str, object], now: float) -> Reply:
    """Status 200 whatever the outcome, as the API does (API document, "返回结果")."""
    return json_reply({"Response": response}, now)


def json_reply(document: Mapping[str, object], now: float) -> Reply:
    """Status 200 and a JSON document.

    The content type has no charset: the official SDK looks for errors only under exactly
    ``application/json``. ``Date`` is the emulator's clock, for clients that measure their own.
    """
    headers = {"content-type": "application/json", "date": formatdate(now, usegmt=True)}
    return Reply(200, headers, encode(document))
