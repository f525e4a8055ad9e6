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
from smsops.text.messages import NOTHING, T, Text, either, verbatim

_TYPES: Mapping[str, Text] = {
    "string": T("a text"),
    "boolean": T("true or false"),
    "integer": T("a plain decimal number"),
    "number": T("a plain decimal number"),
    "array": T("a list"),
    "object": T("a mapping"),
}
#: Looking for a close word takes time, and after this many a person has understood.
_ADVISED = 10
#: code, position and message of one problem
Row = tuple[str, tuple[int, int], Text]


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


def shown(value: object) -> Text:
    """A value of a manifest for a message: short, and told apart from our words."""
    if isinstance(value, bool):
        return verbatim("true" if value else "false")
    if isinstance(value, dict | list):
        return _TYPES["object" if isinstance(value, dict) else "array"]
    text = str(value)
    return T("'{text}'", text=f"{text[:60]}…" if len(text) > 60 else text)


def closest(word: str, known: list[str]) -> Text:
    """``; did you mean 'x'?`` when one of ``known`` is close, else nothing."""
    from difflib import get_close_matches

    near = get_close_matches(word[:80], known, n=1)
    return T("; did you mean '{near}'?", near=near[0]) if near else NOTHING


def _dotted(path: tuple[str | int, ...]) -> str:
    words = ""
    for part in path:
        words += f"[{part}]" if isinstance(part, int) else f".{part}" if words else part
    return words


def _named(violation: Violation) -> Text:
    return verbatim(_dotted(violation.path)) if violation.path else T("the document")


def _at(violation: Violation, root: Node) -> tuple[int, int]:
    node = locate(root, violation.path)
    return node.line, node.column


#: Fields that belong beside spec and are looked for inside it.
_BESIDE = {
    name: T("; {name} stands beside spec, not inside it", name=name)
    for name in ("lifecycle", "metadata", "kind")
}


def _unknown(violation: Violation, root: Node) -> Iterator[Row]:
    node = locate(root, violation.path)
    known = sorted(violation.schema["properties"])
    unknown = [key for key in violation.instance if key not in violation.schema["properties"]]
    for number, key in enumerate(unknown):
        if isinstance(node, Entries):
            name = _dotted((*violation.path, key))
            near = closest(key, known) if number < _ADVISED else NOTHING
            above = _BESIDE.get(key, NOTHING) if violation.path == ("spec",) else NOTHING
            advice = above or near or T("; known here: {known}", known=", ".join(known))
            message = T("unknown field {name}{advice}", name=shown(name), advice=advice)
            yield "SMS111", node.keys[key], message


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
            missing = T("{name} is missing: {what}" if what else "{name} is missing", name=name)
            yield "SMS112", at, missing.filled(what=what)


def _wanted(field: Mapping[str, Any]) -> Text:
    """What to put into a field: its values, else the first sentence of its description."""
    allowed = _allowed(field)
    what = str(field.get("description", "")).split(". ")[0].rstrip(".")
    return _choice(allowed) if allowed else Text(what[:1].lower() + what[1:])


def _allowed(field: Mapping[str, Any]) -> list[str]:
    """The only values that a field takes; none when it takes others."""
    allowed: list[str] = [field["const"]] if "const" in field else field.get("enum", [])
    return allowed


def _choice(allowed: list[str]) -> Text:
    if len(allowed) == 1:
        return verbatim(allowed[0])
    return T("one of {allowed}", allowed=", ".join(allowed))


def _type(violation: Violation, root: Node) -> Iterator[Row]:
    node = locate(root, violation.path)
    types = violation.schema["type"]
    wanted = types if isinstance(types, str) else ""
    instance = violation.instance
    seen = T("nothing") if instance is None else shown(instance)
    message = T("{name} must be {wanted}, not {seen}")
    if isinstance(node, Scalar) and not node.plain and wanted in ("boolean", "integer", "number"):
        message = T("{name} must be {wanted}, not the quoted text {seen}; remove the quotes")
    elif isinstance(instance, dict) and wanted == "string":
        message = T("{name} must be {wanted}, not {seen}; put a text that starts with {{ in quotes")
    allowed = [wanted] if wanted else reversed(types)
    words = either(_TYPES[each] for each in allowed)
    said = message.filled(name=_named(violation), wanted=words, seen=seen)
    yield "SMS113", _at(violation, root), said


def _enum(violation: Violation, root: Node) -> Iterator[Row]:
    if violation.schema.get("type") == "string" and not isinstance(violation.instance, str):
        return  # the type says it already
    allowed = _allowed(violation.schema)
    typed = isinstance(violation.instance, str)
    message = T(
        "{name} must be {choice}, not {seen}{advice}",
        name=_named(violation),
        choice=_choice(allowed),
        seen=shown(violation.instance),
        advice=closest(violation.instance, allowed) if typed else NOTHING,
    )
    yield "SMS114", _at(violation, root), message


def _pattern(violation: Violation, root: Node) -> Iterator[Row]:
    # Text, not T: what a schema says is extracted from the schema.
    said = violation.schema.get("patternErrorMessage")
    message = T(
        "{name} must be {wanted}; not {seen}",
        name=_named(violation),
        wanted=Text(said) if said else T("written in another way"),
        seen=shown(violation.instance),
    )
    yield "SMS114", _at(violation, root), message


def _range(violation: Violation, root: Node) -> Iterator[Row]:
    limits = violation.schema
    message = T(
        "{name} must be more than {least} and at most {most}, not {seen}"
        if "exclusiveMinimum" in limits
        else "{name} must be at least {least} and at most {most}, not {seen}",
        name=_named(violation),
        least=limits.get("exclusiveMinimum", limits.get("minimum")),
        most=limits.get("maximum"),
        seen=violation.instance,
    )
    yield "SMS114", _at(violation, root), message


def _list(violation: Violation, root: Node) -> Iterator[Row]:
    name = _named(violation)
    message = T(
        "{name} lists the same item twice; remove one"
        if violation.keyword == "uniqueItems"
        else "{name} is empty; leave it out or list something",
        name=name,
    )
    yield "SMS114", _at(violation, root), message


def _other(violation: Violation, root: Node) -> Iterator[Row]:
    message = T(
        "{name} does not fit the schema ({keyword})",
        name=_named(violation),
        keyword=violation.keyword,
    )
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
