"""Terraform states: which objects they hold, and which addresses those get. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from smsops.adoption.bind import Binding
from smsops.errors import SmsopsError
from smsops.kinds import RESOURCES
from smsops.model import Address
from smsops.text.messages import T

#: The version of Terraform's state format since 0.12; OpenTofu writes the same.
TFSTATE_VERSION = 4


#: Both write ``ID#INTERNATIONAL`` (resource_tc_sms_sign.go and ..._template.go).
_TERRAFORM_ID = re.compile(r"([1-9][0-9]{0,18})(#[0-9]+)?")


_LONGEST_NAME = 63


@dataclass(frozen=True, slots=True)
class Unusable:
    """A resource instance in Terraform's state that cannot become a binding, and why."""

    source: str
    reason: str


def from_tfstate(body: bytes, *, source: str) -> list[Binding | Unusable]:
    """The signs and templates in a state of Terraform, in its order.

    Only names and ids are looked at: such a file holds proof images. Raises
    :class:`smsops.errors.SmsopsError` when it is no state of a version that is understood.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or not isinstance(document.get("resources"), list):
        raise SmsopsError(
            T("{source} is not a state of Terraform", source=source),
            hint=T("Get one with `terraform state pull > FILE`."),
        )
    if document.get("version") != TFSTATE_VERSION:
        raise SmsopsError(
            T(
                "{source} has not version {tfstate_version} of Terraform's state format",
                source=source,
                tfstate_version=TFSTATE_VERSION,
            ),
            hint=T("Any Terraform since 0.12, and OpenTofu, write it: `terraform state pull`."),
        )
    found = [item for row in document["resources"] for item in _instances(row)]
    sources: dict[object, list[str]] = {}
    for item in found:
        if isinstance(item, Binding):
            for claimed in (item.address, item.key):
                sources.setdefault(claimed, []).append(item.source)
    return [_alone(item, sources) if isinstance(item, Binding) else item for item in found]


def _alone(item: Binding, sources: Mapping[object, list[str]]) -> Binding | Unusable:
    """A binding whose address and id no other one claims."""
    for claimed, what in ((item.address, item.address), (item.key, f"id {item.remote_id}")):
        if len(sources[claimed]) > 1:
            return Unusable(item.source, f"{what} would stand for {' and '.join(sources[claimed])}")
    return item


def _instances(row: Any) -> Iterator[Binding | Unusable]:
    if not isinstance(row, dict) or row.get("mode", "managed") != "managed":
        return
    instances = row.get("instances")
    kind = _kind_of(row.get("type"))
    if kind is None or not isinstance(instances, list):
        return
    module = f"{row['module']}." if isinstance(row.get("module"), str) else ""
    for instance in instances:
        if not isinstance(instance, dict) or "deposed" in instance:
            continue
        index = instance.get("index_key")
        source = f"{module}{row['type']}.{row.get('name')}"
        if index is not None:
            source += f"[{json.dumps(index, ensure_ascii=False)}]"
        attributes = instance.get("attributes")
        written = attributes.get("id") if isinstance(attributes, dict) else None
        match = _TERRAFORM_ID.fullmatch(written) if isinstance(written, str) else None
        if match is None:
            yield Unusable(source, "it has no id of the form ID#INTERNATIONAL")
            continue
        parts = [str(part) for part in (row.get("name"), index) if part is not None]
        name = normalised(parts) or f"{kind[0]}-{match[1]}"
        yield Binding(Address(kind, name), int(match[1]), source=source)


def _kind_of(terraform: object) -> str | None:
    """The kind of a resource type of Terraform."""
    return next(
        (
            kind.name
            for kind in RESOURCES.values()
            if kind.terraform and kind.terraform == terraform
        ),
        None,
    )


def normalised(parts: list[str]) -> str:
    """Terraform's name by our rule: ``login_code`` and ``["CN"]`` become ``login-code-cn``."""
    words = re.sub(r"[^a-z0-9]+", "-", "-".join(parts).lower())
    return words.strip("-")[:_LONGEST_NAME].rstrip("-")
