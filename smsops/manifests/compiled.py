"""Typed values from YAML texts, as a JSON Schema says; and a quick "surely valid".

A schema is compiled once into small functions that convert a node and, in the same walk, notice
anything that may break the schema. Where they notice nothing the document is valid and jsonschema
need not run (it takes 0.1 s to import and 0.2 ms a document); where they do, jsonschema decides
and says what is wrong. Tests hold both to the same verdict.

Conversion: a boolean is plain ``true`` or ``false``; an integer is plain decimal; everything else
is the text as written. A text that does not fit its type stays a text, for the message. Null counts
as missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from smsops.manifests import yaml_tree
from smsops.manifests.yaml_tree import Node, Scalar, null

Schema = Mapping[str, Any]
#: Converts a node; appends to its second argument when the value may not fit the schema.
Reader = Callable[[Node, "list[Node]"], Any]

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"(0|[1-9][0-9]{0,8})(\.[0-9]{1,6})?")
_BOOLEANS: Mapping[str, bool] = {"true": True, "false": False}
_ANNOTATIONS = frozenset(
    {"$schema", "$id", "title", "description", "default", "examples", "patternErrorMessage"}
)


def ecma(pattern: str) -> re.Pattern[str]:
    """A pattern as JSON Schema means it: ``$`` is the very end, not before a last newline."""
    if pattern.endswith("$") and not pattern.endswith("\\$"):
        pattern = pattern[:-1] + r"\Z"
    return re.compile(pattern)


def compile_schema(schema: Schema) -> Reader:
    """A reader for ``schema``. Raises ``ValueError`` for keywords that it does not know."""
    if "const" in schema:
        _only(schema, {"const"})
        return _one_of([schema["const"]])
    kind = schema.get("type")
    if kind == ["integer", "string"]:
        return _number_or_text(schema)
    if kind == ["object", "string"]:
        return _mapping_or_text(schema)
    if kind not in _COMPILERS:
        raise ValueError(f"shape: no compiler for type {kind!r}")
    return _COMPILERS[kind](schema)


def plain(node: Node) -> Any:
    """A node without a schema: texts, lists, dicts, None."""
    if isinstance(node, Scalar):
        return None if null(node) else node.text
    if isinstance(node, yaml_tree.Sequence):
        return [plain(item) for item in node.items]
    return {key: plain(child) for key, child in node.entries.items()}


def _doubtful(node: Node, doubts: list[Node]) -> Any:
    """A node of the wrong sort. Null is not: it counts as missing."""
    if null(node):
        return None
    doubts.append(node)
    return plain(node)


def _only(schema: Schema, known: set[str]) -> None:
    unknown = set(schema) - known - _ANNOTATIONS
    if unknown:
        raise ValueError(f"shape: unknown keywords {sorted(unknown)}")


def _one_of(values: list[str]) -> Reader:
    allowed = frozenset(values)

    def read(node: Node, doubts: list[Node]) -> Any:
        if type(node) is Scalar and node.text in allowed:
            return node.text
        return _doubtful(node, doubts)

    return read


def _string(schema: Schema) -> Reader:
    _only(schema, {"type", "pattern", "enum"})
    if "enum" in schema:
        return _one_of(schema["enum"])
    matches = ecma(schema["pattern"]).search

    def read(node: Node, doubts: list[Node]) -> Any:
        if type(node) is Scalar and not (node.plain and node.text in yaml_tree.NULLS):
            if matches(node.text) is None:
                doubts.append(node)
            return node.text
        return _doubtful(node, doubts)

    return read


def _boolean(schema: Schema) -> Reader:
    _only(schema, {"type"})

    def read(node: Node, doubts: list[Node]) -> Any:
        if type(node) is Scalar and node.plain and node.text in _BOOLEANS:
            return _BOOLEANS[node.text]
        return _doubtful(node, doubts)

    return read


def _numeric(pattern: re.Pattern[str], convert: Callable[[str], float]) -> Callable[..., Reader]:
    def compiled(schema: Schema) -> Reader:
        _only(schema, {"type", "minimum", "maximum", "exclusiveMinimum"})
        least = schema.get("minimum", schema.get("exclusiveMinimum"))
        most = schema["maximum"]

        def read(node: Node, doubts: list[Node]) -> Any:
            if type(node) is not Scalar or not node.plain or not pattern.fullmatch(node.text):
                return _doubtful(node, doubts)
            value = convert(node.text)
            if not least <= value <= most or (value == least and "minimum" not in schema):
                doubts.append(node)
            return value

        return read

    return compiled


def _number_or_text(schema: Schema) -> Reader:
    """A plain whole number, or a text of a pattern: each keyword applies to one type."""
    limits = {name: each for name, each in schema.items() if name != "pattern"}
    number = _COMPILERS["integer"]({**limits, "type": "integer"})
    text = _string({"type": "string", "pattern": schema["pattern"]})

    def read(node: Node, doubts: list[Node]) -> Any:
        plain_number = type(node) is Scalar and node.plain and _INTEGER.fullmatch(node.text)
        return (number if plain_number else text)(node, doubts)

    return read


def _mapping_or_text(schema: Schema) -> Reader:
    """A mapping, or a text of a pattern: each keyword applies to one type."""
    entries = {name: each for name, each in schema.items() if name != "pattern"}
    mapping = _object({**entries, "type": "object"})
    text = _string({"type": "string", "pattern": schema["pattern"]})

    def read(node: Node, doubts: list[Node]) -> Any:
        return (mapping if type(node) is yaml_tree.Mapping else text)(node, doubts)

    return read


def _array(schema: Schema) -> Reader:
    _only(schema, {"type", "items", "minItems", "uniqueItems"})
    item = compile_schema(schema["items"])
    least = schema.get("minItems", 0)

    def read(node: Node, doubts: list[Node]) -> Any:
        if not isinstance(node, yaml_tree.Sequence):
            return _doubtful(node, doubts)
        values = [item(child, doubts) for child in node.items]
        repeated = "uniqueItems" in schema and len(values) != len({repr(each) for each in values})
        if len(values) < least or None in values or repeated:
            doubts.append(node)
        return values

    return read


def _anything(node: Node, _doubts: list[Node]) -> Any:
    return plain(node)


def _object(schema: Schema) -> Reader:
    _only(schema, {"type", "properties", "required", "additionalProperties"})
    readers = {name: compile_schema(each) for name, each in schema.get("properties", {}).items()}
    other = schema["additionalProperties"]
    others = _anything if other is True else compile_schema(other) if other else None
    required = tuple(schema.get("required", ()))

    def read(node: Node, doubts: list[Node]) -> Any:
        if type(node) is not yaml_tree.Mapping:
            return _doubtful(node, doubts)
        values: dict[str, Any] = {}
        for key, child in node.entries.items():
            reader = readers.get(key, others)
            if reader is None:
                doubts.append(node)
                values[key] = plain(child)
                continue
            value = reader(child, doubts)
            if value is not None:
                values[key] = value
        for key in required:
            if key not in values:
                doubts.append(node)
        return values

    return read


_COMPILERS: Mapping[Any, Callable[[Schema], Reader]] = {
    "string": _string,
    "boolean": _boolean,
    "integer": _numeric(_INTEGER, int),
    "number": _numeric(_NUMBER, float),
    "array": _array,
    "object": _object,
}
