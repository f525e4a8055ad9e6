"""What a schema violation means, in words, with the position of the value that breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from smsops.errors import Problem, Severity
from smsops.manifests import schemas
from smsops.manifests.schemas import Violation
from smsops.manifests.yaml_tree import Mapping as Entries
from smsops.manifests.yaml_tree import Node, Scalar
from smsops.manifests.yaml_tree import Sequence as Items

_TYPES: Mapping[str, str] = {
    "string": "a text",
    "boolean": "true or false",
    "integer": "a plain decimal number",
    "number": "a plain decimal number",
    "array": "a list",
    "object": "a mapping",
}
#: Looking for a close word takes time, and after this many a person has understood.
_ADVISED = 10
#: code, position and message of one problem
Row = tuple[str, tuple[int, int], str]


def problems(file: str, root: Node, name: str, value: object) -> list[Problem]:
    """Every violation of the schema ``name`` by ``value``, which was read from ``root``."""
    found: dict[Problem, None] = {}
    for violation in schemas.violations(name, value):
        write = _WORDS.get(violation.keyword, _other)
        for code, (line, column), message in write(violation, root):
            found[Problem(file, line, column, code, Severity.ERROR, message)] = None
    return list(found)


def locate(root: Node, path: tuple[str | int, ...]) -> Node:
    """The node at ``path``, or the last one on the way to it."""
    node = root
    for part in path:
        if isinstance(node, Entries) and isinstance(part, str) and part in node.entries:
            node = node.entries[part]
        elif isinstance(node, Items) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
        else:
            break
    return node


def shown(value: object) -> str:
    """A value of a manifest for a message: short, and told apart from our words."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = str(value)
    return f"'{text[:60]}…'" if len(text) > 60 else f"'{text}'"


def closest(word: str, known: list[str]) -> str:
    """``; did you mean 'x'?`` when one of ``known`` is close, else an empty text."""
    from difflib import get_close_matches

    near = get_close_matches(word[:80], known, n=1)
    return f"; did you mean '{near[0]}'?" if near else ""


def _dotted(path: tuple[str | int, ...]) -> str:
    words = ""
    for part in path:
        words += f"[{part}]" if isinstance(part, int) else f".{part}" if words else part
    return words or "the document"


def _at(violation: Violation, root: Node) -> tuple[int, int]:
    node = locate(root, violation.path)
    return node.line, node.column


#: Fields that belong beside spec and are looked for inside it.
_BESIDE = {
    name: f"; {name} stands beside spec, not inside it"
    for name in ("lifecycle", "metadata", "kind")
}


def _unknown(violation: Violation, root: Node) -> Iterator[Row]:
    node = locate(root, violation.path)
    known = sorted(violation.schema["properties"])
    unknown = [key for key in violation.instance if key not in violation.schema["properties"]]
    for number, key in enumerate(unknown):
        if isinstance(node, Entries):
            name = _dotted((*violation.path, key))
            near = closest(key, known) if number < _ADVISED else ""
            above = _BESIDE.get(key, "") if violation.path == ("spec",) else ""
            advice = above or near or f"; known here: {', '.join(known)}"
            yield "SMS111", node.keys[key], f"unknown field {shown(name)}{advice}"


def _missing(violation: Violation, root: Node) -> Iterator[Row]:
    node = locate(root, violation.path)
    properties: Mapping[str, Any] = violation.schema.get("properties", {})
    for key in violation.schema["required"]:
        if key not in violation.instance:
            at = node.line, node.column
            if isinstance(node, Entries) and key in node.keys:
                at = node.keys[key]
            elif violation.path and isinstance(violation.path[-1], str):
                parent = locate(root, violation.path[:-1])
                if isinstance(parent, Entries):
                    at = parent.keys[violation.path[-1]]
            name = _dotted((*violation.path, key))
            what = _wanted(properties.get(key, {}))
            yield "SMS112", at, f"{name} is missing{f': {what}' if what else ''}"


def _wanted(field: Mapping[str, Any]) -> str:
    """What to put into a field: its values, else the first sentence of its description."""
    allowed = _allowed(field)
    what = str(field.get("description", "")).split(". ")[0].rstrip(".")
    return _choice(allowed) if allowed else what[:1].lower() + what[1:]


def _allowed(field: Mapping[str, Any]) -> list[str]:
    """The only values that a field takes; none when it takes others."""
    allowed: list[str] = [field["const"]] if "const" in field else field.get("enum", [])
    return allowed


def _choice(allowed: list[str]) -> str:
    return allowed[0] if len(allowed) == 1 else f"one of {', '.join(allowed)}"


def _type(violation: Violation, root: Node) -> Iterator[Row]:
    node = locate(root, violation.path)
    wanted = violation.schema["type"]
    instance = violation.instance
    seen = "nothing" if instance is None else shown(instance)
    hint = ""
    if isinstance(node, Scalar) and not node.plain and wanted in ("boolean", "integer", "number"):
        seen, hint = f"the quoted text {seen}", "; remove the quotes"
    elif isinstance(instance, dict) and wanted == "string":
        hint = "; put a text that starts with { in quotes"
    message = f"{_dotted(violation.path)} must be {_TYPES[wanted]}, not {seen}{hint}"
    yield "SMS113", _at(violation, root), message


def _enum(violation: Violation, root: Node) -> Iterator[Row]:
    if violation.schema.get("type") == "string" and not isinstance(violation.instance, str):
        return  # the type says it already
    allowed = _allowed(violation.schema)
    advice = closest(violation.instance, allowed) if isinstance(violation.instance, str) else ""
    message = (
        f"{_dotted(violation.path)} must be {_choice(allowed)}, not {shown(violation.instance)}"
    )
    yield "SMS114", _at(violation, root), message + advice


def _pattern(violation: Violation, root: Node) -> Iterator[Row]:
    wanted = violation.schema.get("patternErrorMessage", "written in another way")
    seen = shown(violation.instance)
    message = f"{_dotted(violation.path)} must be {wanted}; not {seen}"
    yield "SMS114", _at(violation, root), message


def _range(violation: Violation, root: Node) -> Iterator[Row]:
    limits = violation.schema
    least = (
        f"more than {limits['exclusiveMinimum']}"
        if "exclusiveMinimum" in limits
        else f"at least {limits.get('minimum')}"
    )
    message = (
        f"{_dotted(violation.path)} must be {least} and at most {limits.get('maximum')}, "
        f"not {violation.instance}"
    )
    yield "SMS114", _at(violation, root), message


def _list(violation: Violation, root: Node) -> Iterator[Row]:
    name = _dotted(violation.path)
    message = f"{name} is empty; leave it out or list something"
    if violation.keyword == "uniqueItems":
        message = f"{name} lists the same item twice; remove one"
    yield "SMS114", _at(violation, root), message


def _other(violation: Violation, root: Node) -> Iterator[Row]:
    message = f"{_dotted(violation.path)} does not fit the schema ({violation.keyword})"
    yield "SMS114", _at(violation, root), message


_WORDS: Mapping[str, Callable[[Violation, Node], Iterator[Row]]] = {
    "additionalProperties": _unknown,
    "required": _missing,
    "type": _type,
    "enum": _enum,
    "const": _enum,
    "pattern": _pattern,
    "minimum": _range,
    "maximum": _range,
    "exclusiveMinimum": _range,
    "minItems": _list,
    "uniqueItems": _list,
}
