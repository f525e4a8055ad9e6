"""Terraform states: the signs and templates that they manage, in every shape of the file. Pure.

A state of version 4 is what Terraform since 0.12 and OpenTofu write, version 3 what came before;
``terraform show -json`` has a shape of its own. Anything else is named for what it is.

Attributes hold proof images, so nothing here has a ``repr`` of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from smsops.adoption.terraform import files
from smsops.kinds import RESOURCES

#: Both resources write ``ID#INTERNATIONAL`` (resource_tc_sms_sign.go and ..._template.go).
_ID = re.compile(r"([1-9][0-9]{0,18})(#[0-9]+)?")
_LARGEST_ID = 2**63 - 1
_MODULE = re.compile(r'module\.([^.\[\]"]+)(?:\[(?:(\d+)|("(?:[^"\\]|\\.)*"))\])?\.?')
_REMOVED = re.compile(r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]')
#: ``provider["HOST/OWNER/NAME"].ALIAS``, and ``provider.NAME.ALIAS`` before 0.13.
_ALIAS = re.compile(r"(?:\]|\bprovider\.[\w-]+)\.([\w-]+)\Z")
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Managed:
    """An object that Terraform manages.

    ``module``: the names and keys of the modules that it is in. ``key``: its own, of ``for_each``
    or ``count``. ``deposed``: replaced, and to be deleted. ``tofu``: written by OpenTofu.
    ``attributes`` have Terraform's names and spellings.
    """

    kind: str
    address: str
    name: str
    key: str | None = None
    module: tuple[str, ...] = ()
    written_id: object = None
    provider: str = ""
    deposed: bool = False
    attributes: Mapping[str, object] = field(default_factory=dict, repr=False)

    @property
    def block(self) -> str:
        """The address of its ``resource`` block: ``address`` without any key."""
        return _REMOVED.sub("", self.address)

    @property
    def tofu(self) -> bool:
        """Whether OpenTofu wrote it: its providers come from another registry."""
        return "registry.opentofu.org/" in self.provider

    @property
    def alias(self) -> str:
        """The alias of its provider configuration; empty for the default one."""
        match = _ALIAS.search(self.provider)
        return match[1] if match is not None else ""

    @property
    def remote_id(self) -> int | None:
        """The id of the object; ``None`` when what is written is none."""
        match = _ID.fullmatch(str(self.written_id)) if self.has_id else None
        number = int(match[1]) if match is not None else 0
        return number if 0 < number <= _LARGEST_ID else None

    @property
    def has_id(self) -> bool:
        """Whether anything is written as its id."""
        return isinstance(self.written_id, str | int) and self.written_id not in ("", False, True)


def read(body: bytes, *, source: str) -> tuple[Managed, ...]:
    """The signs and templates of a state of Terraform, in its order.

    Raises :class:`smsops.errors.SmsopsError`, with what to do, for anything that is no such state.
    """
    value = files.parsed(body)
    state: Json = value if isinstance(value, dict) else {}
    version = state.get("version")
    if version == 4 and isinstance(state.get("resources"), list):
        return tuple(item for row in state["resources"] for item in _version_4(row))
    if version == 3 and isinstance(state.get("modules"), list) and not files.points(state):
        return tuple(item for module in state["modules"] for item in _version_3(module))
    if files.shown(state):
        root = _mapping(_mapping(state.get("values")).get("root_module"))
        return tuple(_shown(root, ""))
    raise files.refusal(body, value, source=source)


def quoted(key: str) -> str:
    """A key as Terraform writes it in an address (its ``toHCLQuotedString``)."""
    written = "".join(_ESCAPES.get(each) or _printable(each) for each in key)
    return '"' + re.sub(r"([$%])(?=\{)", r"\1\1", written) + '"'


def _printable(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _version_4(row: object) -> Iterator[Managed]:
    fields = _mapping(row)
    kind = _kind_of(fields)
    if kind is None or not isinstance(fields.get("instances"), list):
        return
    module, name = _text(fields.get("module")), _text(fields.get("name"))
    for each in fields["instances"]:
        if not isinstance(each, dict):
            continue
        key = each.get("index_key")
        # Flat ones come from a state of Terraform 0.11, until its provider upgrades them.
        attributes = _mapping(each.get("attributes")) or _mapping(each.get("attributes_flat"))
        yield Managed(
            kind,
            _address(module, fields["type"], name, key),
            name,
            None if key is None else str(key),
            _modules(module),
            attributes.get("id"),
            _text(fields.get("provider")),
            "deposed" in each,
            attributes,
        )


def _version_3(module: object) -> Iterator[Managed]:
    fields = _mapping(module)
    path = fields.get("path")
    steps = [_text(step) for step in path[1:]] if isinstance(path, list) else []
    where = ".".join(f"module.{step}" for step in steps)
    for written, row in _mapping(fields.get("resources")).items():
        kind = _kind_of(_mapping(row))
        if kind is None or written.startswith("data."):
            continue
        _type, _, rest = written.partition(".")
        name, _, index = rest.partition(".")
        key = int(index) if index.isascii() and index.isdigit() else None
        deposed = row.get("deposed")
        instances: list[tuple[object, bool]] = [(row.get("primary"), False)]
        instances += [(each, True) for each in (deposed if isinstance(deposed, list) else ())]
        for each, replaced in instances:
            if not isinstance(each, dict):
                continue
            yield Managed(
                kind,
                _address(where, row["type"], name, key),
                name,
                None if key is None else str(key),
                tuple(steps),
                each.get("id"),
                _text(row.get("provider")),
                replaced,
                _mapping(each.get("attributes")),
            )


def _shown(module: Json, where: str) -> Iterator[Managed]:
    """``terraform show -json``: a tree of modules."""
    waiting = [(module, where)]
    while waiting:
        fields, where = waiting.pop()
        rows = fields.get("resources")
        for row in rows if isinstance(rows, list) else ():
            kind = _kind_of(_mapping(row))
            if kind is None:
                continue
            name, key = _text(row.get("name")), row.get("index")
            attributes = _mapping(row.get("values"))
            yield Managed(
                kind,
                _address(where, row["type"], name, key),
                name,
                None if key is None else str(key),
                _modules(where),
                attributes.get("id"),
                _text(row.get("provider_name")),
                "deposed_key" in row,
                attributes,
            )
        inner = fields.get("child_modules")
        modules = [_mapping(each) for each in inner] if isinstance(inner, list) else []
        waiting += [(each, _text(each.get("address"))) for each in reversed(modules)]


def _kind_of(row: Json) -> str | None:
    """The kind of a managed resource of Terraform; ``None`` for all that is not ours."""
    if row.get("mode", "managed") != "managed":
        return None
    written = row.get("type")
    found = (kind.name for kind in RESOURCES.values() if kind.terraform)
    return next((name for name in found if RESOURCES[name].terraform == written), None)


def _address(module: str, written: str, name: str, key: object) -> str:
    index = "" if key is None else f"[{quoted(key) if isinstance(key, str) else key}]"
    return f"{module}{'.' if module else ''}{written}.{name}{index}"


def _modules(written: str) -> tuple[str, ...]:
    """``module.sms["login"].module.x[0]`` as its names and keys."""
    found: list[str] = []
    for name, number, key in _MODULE.findall(written):
        found += [name, *([number] if number else []), *([_unquoted(key)] if key else [])]
    return tuple(found)


def _unquoted(key: str) -> str:
    try:
        return str(json.loads(key))
    except ValueError:
        return key[1:-1]


def _mapping(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
