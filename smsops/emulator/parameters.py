"""Reads the parameters of a request and checks them against the table of the action.

Public codes only (API document, "公共错误码"): what holds for one action is checked there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl

from smsops.emulator.values import flaw, is_unicode
from smsops.emulator.wire import Refused, Request

#: Bytes of a POST body and of a GET query (API document, "请求结构").
MAX_BODY = 10 * 1024 * 1024
MAX_QUERY = 32 * 1024

Parameters = Mapping[str, object]


class Type(StrEnum):
    """The types that the emulated actions use; the values are for messages."""

    INTEGER = "Integer"
    STRING = "String"
    INTEGERS = "Array of Integer"
    STRINGS = "Array of String"
    OBJECTS = "Array of Object"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row of an action's table of input parameters."""

    name: str
    type: Type
    required: bool = True


def size(request: Request) -> None:
    """Refuse what is larger than the gateway lets through."""
    if len(request.body) > MAX_BODY or len(request.query) > MAX_QUERY:
        raise Refused("RequestSizeLimitExceeded", "The request is too large.")


def parse(request: Request, table: Sequence[Parameter]) -> dict[str, object]:
    """The parameters of ``request``. Null counts as not given. Raises :class:`Refused`."""
    given = _from_query(request.query, table) if request.method == "GET" else _from_body(request)
    given = {name: value for name, value in given.items() if value is not None}
    known = {parameter.name: parameter for parameter in table}
    for name in given:
        if name not in known:
            raise Refused("UnknownParameter", f"The parameter `{name[:64]}` is not recognized.")
    for parameter in table:
        if parameter.name not in given:
            if parameter.required:
                raise missing(parameter.name)
        elif not _fits(given[parameter.name], parameter.type):
            raise Refused(
                "InvalidParameter",
                f"The value of parameter `{parameter.name}` is not of type {parameter.type}.",
            )
    return given


def missing(name: str) -> Refused:
    """The API's refusal of a request without a required parameter."""
    return Refused("MissingParameter", f"The request is missing the parameter `{name}`.")


def _fits(value: object, type_: Type) -> bool:
    match type_:
        case Type.INTEGER:
            return type(value) is int and abs(value) < 2**63
        case Type.STRING:
            return isinstance(value, str) and is_unicode(value)
        case Type.INTEGERS:
            return isinstance(value, list) and all(_fits(item, Type.INTEGER) for item in value)
        case Type.STRINGS:
            return isinstance(value, list) and all(
                isinstance(item, str) and is_unicode(item) for item in value
            )
        case Type.OBJECTS:
            objects = isinstance(value, list) and all(isinstance(item, dict) for item in value)
            return objects and not flaw(value)


def _from_body(request: Request) -> dict[str, object]:
    kind = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        raise Refused("InvalidRequest", "This action does not take multipart/form-data.")
    if kind != "application/json":
        raise Refused("InvalidParameter", "The Content-Type of a POST is application/json.")
    try:
        document = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        raise Refused("InvalidParameter", "The body is not JSON in UTF-8.") from None
    if not isinstance(document, dict):
        raise Refused("InvalidParameter", "The body is not a JSON object.")
    if not all(is_unicode(name) for name in document):
        raise Refused("InvalidParameter", "The body is not JSON in UTF-8.")
    return document


def _from_query(query: str, table: Sequence[Parameter]) -> dict[str, object]:
    """Flat names, ``SignIdSet.0=1110``; arrays are in the order of their numbers."""
    types = {parameter.name: parameter.type for parameter in table}
    given: dict[str, object] = {}
    arrays: dict[str, dict[int, object]] = {}
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=1000)
    except ValueError:
        raise Refused("InvalidParameter", "The query is not URL-encoded UTF-8.") from None
    for name, text in pairs:
        base, dot, number = name.partition(".")
        array = types.get(base) if dot and number.isascii() and number.isdigit() else None
        if array in (Type.INTEGERS, Type.STRINGS):
            value = _number(text) if array is Type.INTEGERS else text
            arrays.setdefault(base, {})[int(number[:9])] = value
        elif types.get(name) is Type.INTEGER:
            given[name] = _number(text)
        else:
            given[name] = text
    for base, items in arrays.items():
        given[base] = [items[number] for number in sorted(items)]
    return given


def _number(text: str) -> object:
    """The integer that ``text`` spells, else the text, which then has the wrong type."""
    return int(text) if re.fullmatch(r"-?\d{1,19}", text, re.ASCII) else text
