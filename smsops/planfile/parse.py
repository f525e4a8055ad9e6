"""The JSON values of a plan back as a :class:`smsops.model.Plan`. Pure.

Only types are checked here. Whoever calls compares what the plan says as JSON with what was read:
that finds everything that does not fit together, in any field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from smsops.kinds import RESOURCES
from smsops.model import (
    Action,
    Address,
    Effect,
    FieldChange,
    Observed,
    Plan,
    RemoteId,
    Review,
    Role,
    Spec,
    Step,
    Value,
)
from smsops.text.messages import CHOICE, T, Text, quoting

Read = TypeVar("Read")

#: Every region is spelled like this; renderers print it as it is.
_REGION = re.compile(r"[a-z]{2,8}(-[a-z0-9]{1,20}){1,4}")
_ENVIRONMENT = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")


def parse(document: Mapping[str, Any]) -> Plan:
    """The plan. Raises ``ValueError`` that names the field."""
    return Plan(
        account_id=_field(document, "account_id", _optional(_text)),
        region=_field(document, "region", _region),
        complete=_field(document, "complete", _flag),
        steps=_field(document, "resource_changes", _each(_step)),
        unmanaged=_field(document, "unmanaged", _each(_unmanaged)),
        notes=tuple(map(Text, _field(document, "notes", _each(_text)))),
        environment=_field(document, "environment", _environment)
        if "environment" in document
        else None,
    )


def _step(row: object) -> Step:
    outer = _mapping(row)
    change, ours = _field(outer, "change", _mapping), _field(outer, "smsops", _mapping)
    address = _field(outer, "address", _address)
    advised = _field(ours, "advice", _each(_arguments)) if "advice" in ours else ()
    named = (*advised, *_incomplete(address))
    return Step(
        address=address,
        action=_field(ours, "action", Action),
        reason=quoting(_field(ours, "reason", _text), named),
        reason_code=_field(ours, "reason_code", _text) if "reason_code" in ours else "",
        remote_id=_field(ours, "remote_id", _optional(_id(address.kind))),
        review=_field(ours, "review", _optional(_review(address.kind))),
        changed=_field(ours, "changed", _each(_changed(address.kind))),
        unverifiable=_field(ours, "unverifiable", _each(_name(address.kind))),
        before=_field(change, "before", _optional(_spec(address.kind))),
        after=_field(change, "after", _optional(_spec(address.kind))),
        consequence=quoting(_field(ours, "consequence", _text), named),
        further="deposed" in outer,
        role=_field(ours, "role", Role),
        discard=_field(ours, "discard", _optional(_id(address.kind))),
        replaces=_field(ours, "replaces", _id(address.kind)) if "replaces" in ours else None,
        moved_from=_field(ours, "moved_from", _optional(_address)),
        advised=advised,
    )


def _incomplete(address: Address) -> Iterator[tuple[str, ...]]:
    """The commands that words of a step name and that are no advice: a person completes them."""
    yield "import", str(address), CHOICE
    yield "state", "resolve", str(address), "--adopt", CHOICE
    yield "state", "mv"


def _changed(kind: str) -> Callable[[Any], FieldChange]:
    def read(row: Any) -> FieldChange:
        item = _mapping(row)
        return FieldChange(
            field=_field(item, "field", _name(kind)),
            effect=_field(item, "effect", Effect),
            before=_field(item, "before", _value),
            after=_field(item, "after", _value),
        )

    return read


def _review(kind: str) -> Callable[[Any], Review]:
    def read(row: Any) -> Review:
        item = _mapping(row)
        code, reply = _field(item, "code", _integer), _field(item, "reply", _text)
        return RESOURCES[kind].review_of(code, reply)

    return read


def _unmanaged(row: object) -> Observed:
    item = _mapping(row)
    kind = _field(item, "type", _kind)
    resource = RESOURCES[kind]
    spec = {resource.label: _field(item, "name", _value)}
    if resource.partition:
        spec[resource.partition] = _field(item, resource.partition, _value)
    return Observed(
        kind, _field(item, "remote_id", _id(kind)), spec, _field(item, "review", _review(kind))
    )


def _field(item: Mapping[str, Any], name: str, read: Callable[[Any], Read]) -> Read:
    if name not in item:
        raise ValueError(T("the field {name} is missing", name=name))
    try:
        return read(item[name])
    except ValueError as error:
        raise ValueError(T("{name}: {error}", name=name, error=error)) from error


def _optional(read: Callable[[Any], Read]) -> Callable[[Any], Read | None]:
    return lambda value: None if value is None else read(value)


def _each(read: Callable[[Any], Read]) -> Callable[[Any], tuple[Read, ...]]:
    def every(value: Any) -> tuple[Read, ...]:
        if not isinstance(value, list):
            raise ValueError(T("not a list"))
        return tuple(read(item) for item in value)

    return every


def _spec(kind: str) -> Callable[[Any], Spec]:
    """The fields of a kind in the order of the kind, as a plan that was just made has them."""

    def read(value: Any) -> Spec:
        found = _mapping(value)
        names = [item.name for item in RESOURCES[kind].fields if item.name in found]
        if len(names) != len(found):
            raise ValueError(T("there is an unknown field"))
        return {name: _field(found, name, _value) for name in names}

    return read


def _arguments(value: object) -> tuple[str, ...]:
    found = _each(_text)(value)
    if not found:
        raise ValueError(T("a command without arguments"))
    return found


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(T("not an object"))
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(T("not a text"))
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(T("neither true nor false"))
    return value


def _integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(T("not a whole number"))
    return value


def _id(kind: str) -> Callable[[Any], RemoteId]:
    def read(value: Any) -> RemoteId:
        if not RESOURCES[kind].has_id(value):
            raise ValueError(T("not an id"))
        found: RemoteId = value
        return found

    return read


def _value(value: object) -> Value:
    if value is not None and not isinstance(value, str | int | bool):
        raise ValueError(T("neither a text, a number, true, false nor null"))
    return value


def _kind(value: object) -> str:
    name = _text(value)
    if name not in RESOURCES:
        raise ValueError(T("there is no kind {name}", name=repr(name)))
    return name


def _name(kind: str) -> Callable[[Any], str]:
    """The name of a field of a kind."""

    def read(value: Any) -> str:
        name = _text(value)
        if name not in RESOURCES[kind].names:
            raise ValueError(T("a {kind} has no field {name}", kind=kind, name=repr(name)))
        return name

    return read


def _environment(value: object) -> str:
    name = _text(value)
    if not _ENVIRONMENT.fullmatch(name):
        raise ValueError(T("{name} is not the name of an environment", name=repr(name)))
    return name


def _region(value: object) -> str:
    name = _text(value)
    if not _REGION.fullmatch(name):
        raise ValueError(T("{name} is not a region", name=repr(name)))
    return name


def _address(value: object) -> Address:
    address = Address.parse(_text(value))
    _kind(address.kind)
    return address
