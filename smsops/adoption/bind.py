"""Binding objects that exist to addresses: what is allowed, and what Terraform calls them. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from smsops.errors import SmsopsError
from smsops.kinds import RESOURCES
from smsops.kinds.kind import Resource
from smsops.model import (
    Address,
    Desired,
    ObjectId,
    Observation,
    Observed,
    Recorded,
    RecordedObject,
    RemoteId,
    Role,
    Snapshot,
)
from smsops.planning.account_index import AccountIndex
from smsops.planning.decisions import Presence
from smsops.state import changes
from smsops.text.messages import C, T

#: The version of Terraform's state format since 0.12; OpenTofu writes the same.
TFSTATE_VERSION = 4
#: Both write ``ID#INTERNATIONAL`` (resource_tc_sms_sign.go and ..._template.go).
_TERRAFORM_ID = re.compile(r"([1-9][0-9]{0,18})(#[0-9]+)?")
_LONGEST_NAME = 63


@dataclass(frozen=True, slots=True)
class Binding:
    """An object that is to take a place at an address. ``source`` is Terraform's name for it;
    ``named``: somebody said which place.
    """

    address: Address
    remote_id: RemoteId
    role: Role = Role.CURRENT
    source: str = ""
    named: bool = False

    @property
    def key(self) -> ObjectId:
        """Kind and id of the object, the key of observations."""
        return ObjectId(self.address.kind, self.remote_id)


class Unbindable(SmsopsError):
    """A binding that would be wrong."""


class NotThere(Unbindable):
    """No object of that kind has the id."""


def check(
    binding: Binding,
    state: Snapshot,
    observation: Observation,
    account_index: AccountIndex,
    kind: Resource,
    *,
    free: Collection[Address] = (),
) -> bool:
    """Whether there is something to record; false when this is recorded already. A successor is,
    too, when nobody said which place was meant.

    ``observation`` has read the object and whatever is recorded at the address; ``sightings`` are
    of both. ``free`` addresses are bound and declared by no manifest: their objects may be bound
    elsewhere. Raises :class:`Unbindable`.
    """
    address, remote_id = binding.address, binding.remote_id
    record = state.resources.get(address, Recorded())
    owner = account_index.owners.get(binding.key)
    if owner is not None and (owner == address or owner not in free):
        place = state.resources[owner].role_of(remote_id)
        if owner == address and (
            place is binding.role or (place is Role.SUCCESSOR and not binding.named)
        ):
            return False
        where = f"{'a' if place is Role.SUPERSEDED else 'the'} {place} object of"
        hint = (
            f"If that is wrong, `smsops state rm {owner}` first, or `smsops state mv {owner} ADDR`."
        )
        raise Unbindable(
            T(
                "{name} {remote_id} is recorded already: it is {where} {owner}",
                name=kind.name,
                remote_id=remote_id,
                where=where,
                owner=owner,
            ),
            hint=_OWN_PLACE[place] if owner == address else hint,
        )
    if binding.key in observation.unread:
        raise Unbindable(
            T(
                "{name} {remote_id} could not be read; run the command again",
                name=kind.name,
                remote_id=remote_id,
            )
        )
    if binding.key not in observation.objects:
        raise NotThere(
            T(
                "there is no {name} with the id {remote_id} in this account and region",
                name=kind.name,
                remote_id=remote_id,
            ),
            hint=T("{command} lists unmanaged objects with their ids.", command=C("plan")),
        )
    if any(intent.address == address for intent in state.intents):
        raise Unbindable(
            T("{address}: an interrupted apply is not resolved yet", address=address),
            hint=T(
                "{command} says that this is its result.",
                address=address,
                remote_id=remote_id,
                command=C("state resolve {address} --adopt {remote_id}"),
            ),
        )
    if binding.role is Role.SUCCESSOR and record.current is None:
        raise Unbindable(
            T("{address} has no current object to succeed", address=address),
            hint=T("Leave out --as successor."),
        )
    holder = record.successor if binding.role is Role.SUCCESSOR else record.current
    if holder is not None and account_index.of(kind, holder) is not Presence.ABSENT:
        raise Unbindable(
            T(
                "{address} has a {role} object already: id {remote_id}",
                address=address,
                role=binding.role,
                remote_id=holder.remote_id,
            ),
            hint=T(
                "{command} forgets it; the object itself stays.",
                address=address,
                command=C("state rm {address}"),
            ),
        )
    return True


def change(
    binding: Binding, kind: Resource, seen: Observed, desired: Desired | None, now: float
) -> changes.Change:
    """What recording ``binding`` does to the state. ``desired``: its manifest, if there is one."""

    def unbind(snapshot: Snapshot) -> Snapshot:
        for owner, record in snapshot.resources.items():
            ids = {item.remote_id for item in record.objects()}
            if owner.kind == kind.name and binding.remote_id in ids:
                return changes.on(owner, lambda record: changes.removed(record, binding.remote_id))(
                    snapshot
                )
        return snapshot

    def bind(record: Recorded) -> Recorded:
        described = binding.role is Role.SUCCESSOR or record.successor is None
        wanted = desired.spec if desired is not None and described else None
        object_ = changes.settle(kind, wanted, RecordedObject(binding.remote_id), seen, now)
        return changes.placed(record, object_, binding.role)

    return changes.chained(unbind, changes.on(binding.address, bind))


#: Where an object stands at its address already -> how it gets to the place that was asked for.
_OWN_PLACE: Mapping[Role, str] = {
    Role.CURRENT: "It is in use: there is nothing to import.",
    Role.SUCCESSOR: "Once it is active, the next `smsops apply` promotes it.",
    Role.SUPERSEDED: "When the manifest equals it again, the next `smsops apply` promotes it.",
}


# -- Terraform -----------------------------------------------------------------------------------


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
