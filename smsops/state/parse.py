"""From the JSON of a state to a snapshot, accepting nothing that smsops would not write.

Every function raises :class:`Malformed`; what it says grows from the inside out, so that only a
failure pays for naming its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from smsops.clock import from_text
from smsops.kinds import RESOURCES
from smsops.kinds.kind import Resource
from smsops.model import (
    Address,
    Commit,
    FinishedSend,
    Intent,
    Lifecycle,
    ObjectId,
    ProbeRecord,
    Promotion,
    Recorded,
    RecordedObject,
    RemoteId,
    Review,
    Role,
    Snapshot,
    Spec,
    Verdict,
)
from smsops.text.messages import T, listed

Read = TypeVar("Read")

TOP = frozenset(
    (
        "account_id",
        "checksum",
        "commit",
        "environment",
        "format_version",
        "intents",
        "lineage",
        "probes",
        "project",
        "region",
        "resources",
        "serial",
    )
)
RESOURCE = frozenset(
    (
        "current",
        "declared",
        "manifest",
        "promote",
        "protected",
        "retire_after",
        "retiring",
        "successor",
    )
)
OBJECT = frozenset(
    (
        "activated_at",
        "assumed",
        "listed",
        "promoted_at",
        "read_back",
        "remote_id",
        "review",
        "submitted",
        "submitted_at",
        "superseded_at",
    )
)
#: What format 1.1 added: a state of 1.0 has none of it.
ADDED = frozenset(
    ("probes", "commit", "declared", "environment", "listed", "manifest", "project", "promote")
)
REVIEW = frozenset(("code", "reply"))
PROBE = frozenset(
    (
        "application",
        "code",
        "finished",
        "id",
        "number",
        "sends_today",
        "sent_at",
        "serial",
        "shown",
        "sign",
        "template",
        "verdict",
    )
)
FINISHED = frozenset(("code", "sent_at", "sign", "template", "verdict"))
COMMIT = frozenset(("committed_at", "sha"))
INTENT = frozenset(("action", "address", "id", "listed", "role", "started_at", "submitted"))

_LINEAGE = re.compile(r"[0-9A-Za-z-]{1,64}")
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
#: Serials and durations: whole numbers that every JSON reader keeps exactly, with room to count on.
MOST = 2**53 - 2
#: 2999-12-31T23:59:59Z in epoch seconds.
LATEST = 32_503_679_999
_VALUES = frozenset((str, int, bool, type(None)))


class Malformed(ValueError):
    """A state that is JSON, but not one that smsops writes."""


def snapshot(document: Mapping[str, Any]) -> Snapshot:
    """The whole document; its checksum and format version are the caller's."""
    _keys(document, TOP)
    if _LINEAGE.fullmatch(_text(document["lineage"])) is None:
        raise Malformed(T("lineage is not letters, digits and dashes"))
    resources: dict[Address, Recorded] = {}
    for key, value in mapping(document["resources"]).items():
        address = _address(key)
        resources[address] = _at(key, _recorded, value, RESOURCES[address.kind])
    refuse_shared_ids(resources)
    intents = tuple(_at("intents", _intent, item) for item in _list(document["intents"]))
    if len({intent.id for intent in intents}) != len(intents):
        raise Malformed(T("two intents have the same id"))
    return Snapshot(
        lineage=document["lineage"],
        serial=_at("serial", _count, document["serial"]),
        account_id=_at("account_id", _optional_text, document["account_id"]),
        region=_at("region", _optional_text, document["region"]),
        resources=resources,
        intents=intents,
        project=_at("project", _optional_text, document.get("project")),
        environment=_at("environment", _optional_text, document.get("environment")),
        commit=_at("commit", _commit, document.get("commit")),
        probes={
            _text(name): _at(f"probes.{name}", _probe, value)
            for name, value in mapping(document.get("probes", {})).items()
        },
    )


def mapping(value: object) -> Mapping[str, Any]:
    """``value`` as a JSON object."""
    if not isinstance(value, dict):
        raise Malformed(T("there is no object where one belongs"))
    return value


def refuse_shared_ids(resources: Mapping[Address, Recorded]) -> None:
    """An id belongs to one place of one address; two would delete what the other one needs."""
    seen: dict[ObjectId, Address] = {}
    for address, record in resources.items():
        for item in record.objects():
            key = ObjectId(address.kind, item.remote_id)
            if key in seen:
                where = listed(" and ", sorted({address, seen[key]}))
                raise Malformed(
                    T(
                        "{kind} {id} is recorded twice ({where})",
                        kind=address.kind,
                        id=item.remote_id,
                        where=where,
                    )
                )
            seen[key] = address


def _at(where: str, read: Callable[..., Read], *values: object) -> Read:
    """What ``read`` makes of the values; if it refuses, it says where."""
    try:
        return read(*values)
    except Malformed as error:
        raise Malformed(T("{where}: {error}", where=where, error=error)) from None


def _recorded(value: object, kind: Resource) -> Recorded:
    item = mapping(value)
    _keys(item, RESOURCE)
    current, successor, retiring = item["current"], item["successor"], _list(item["retiring"])
    return Recorded(
        current=None if current is None else _at("current", _object, current, kind),
        successor=None if successor is None else _at("successor", _object, successor, kind),
        retiring=tuple(_at("retiring", _object, old, kind) for old in retiring) if retiring else (),
        lifecycle=_lifecycle(
            _flag(item["protected"]),
            _count(item["retire_after"]),
            _at("promote", _promotion, item.get("promote", Promotion.AUTO.value)),
        ),
        declared=_at("declared", _flag, item.get("declared", False)),
        manifest=_at("manifest", _optional_text, item.get("manifest")),
    )


#: There are few of them, and one for each address.
_lifecycle = lru_cache(64)(Lifecycle)


_PROMOTIONS = {promotion.value: promotion for promotion in Promotion}


def _promotion(value: object) -> Promotion:
    text = _text(value)
    if text not in _PROMOTIONS:
        raise Malformed(T("{text} is neither auto nor manual", text=repr(text)))
    return _PROMOTIONS[text]


def _commit(value: object) -> Commit | None:
    if value is None:
        return None
    item = mapping(value)
    _keys(item, COMMIT)
    sha = _text(item["sha"])
    if _SHA.fullmatch(sha) is None:
        raise Malformed(T("sha is not the hash of a commit"))
    moment = _moment(item["committed_at"])
    return Commit(sha, moment) if moment is not None else None  # of no use without its date


_MAC = re.compile(r"([0-9a-f]{2}){1,64}")
_VERDICTS = {verdict.value: verdict for verdict in Verdict}


def _probe(value: object) -> ProbeRecord:
    item = mapping(value)
    _keys(item, PROBE)
    if _MAC.fullmatch(_text(item["number"])) is None:
        raise Malformed(T("number is no hash"))
    finished = item["finished"]
    return ProbeRecord(
        id=_text(item["id"]),
        number=item["number"],
        shown=_text(item["shown"]),
        application=_text(item["application"]),
        template=_text(item["template"]),
        sign=_text(item["sign"]),
        sent_at=_instant(item["sent_at"]),
        serial=_text(item["serial"]),
        verdict=_verdict(item["verdict"]),
        code=_text(item["code"]),
        sends_today=tuple(map(_instant, _list(item["sends_today"]))),
        finished=None if finished is None else _at("finished", _finished, finished),
    )


def _finished(value: object) -> FinishedSend:
    item = mapping(value)
    _keys(item, FINISHED)
    return FinishedSend(
        verdict=_verdict(item["verdict"]),
        code=_text(item["code"]),
        template=_text(item["template"]),
        sign=_text(item["sign"]),
        sent_at=_instant(item["sent_at"]),
    )


def _verdict(value: object) -> Verdict:
    text = _text(value)
    if text not in _VERDICTS:
        raise Malformed(T("{text} is no verdict", text=repr(text)))
    return _VERDICTS[text]


def _instant(value: object) -> int:
    moment = _moment(value)
    if moment is None:
        raise Malformed(T("there is no moment where one belongs"))
    return moment


def _object(value: object, kind: Resource) -> RecordedObject:
    item, fields = mapping(value), kind.known
    _keys(item, OBJECT)
    assumed = tuple(_text(name) for name in _list(item["assumed"]))
    if not fields.issuperset(assumed):
        _refuse_unknown(assumed, fields)
    return RecordedObject(
        remote_id=_id(item["remote_id"], kind),
        submitted=_spec(item["submitted"], fields),
        read_back=_spec(item["read_back"], fields),
        assumed=assumed,
        review=None if item["review"] is None else _review(item["review"], kind),
        submitted_at=_moment(item["submitted_at"]),
        activated_at=_moment(item["activated_at"]),
        promoted_at=_moment(item["promoted_at"]),
        superseded_at=_moment(item["superseded_at"]),
        listed=_flag(item.get("listed", False)),
    )


def _review(value: object, kind: Resource) -> Review:
    item = mapping(value)
    _keys(item, REVIEW)
    return kind.review_of(_integer(item["code"]), _text(item["reply"]))


def _intent(value: object) -> Intent:
    item = mapping(value)
    _keys(item, INTENT)
    address = _address(_text(item["address"]))
    kind = RESOURCES[address.kind]
    role = _text(item["role"])
    if role not in (Role.CURRENT, Role.SUCCESSOR):
        raise Malformed(T("the role {role} is unknown", role=repr(role)))
    started_at = _moment(item["started_at"])
    if started_at is None:
        raise Malformed(T("started_at is missing"))
    return Intent(
        id=_text(item["id"]),
        address=address,
        action=_text(item["action"]),
        role=Role(role),
        submitted=_spec(item["submitted"], kind.known),
        listed=tuple(_id(one, kind) for one in _list(item["listed"])),
        started_at=started_at,
    )


def _spec(value: object, fields: frozenset[str]) -> Spec:
    found = mapping(value)
    if not found.keys() <= fields:
        _refuse_unknown(found, fields)
    if not _VALUES.issuperset(map(type, found.values())):
        raise Malformed(T("a field is not a text, a number, true, false or null"))
    return found


def _address(text: str) -> Address:
    try:
        address = Address.parse(text)
    except ValueError:
        raise Malformed(T("{text} is not an address", text=repr(text))) from None
    if address.kind not in RESOURCES:
        known = ", ".join(RESOURCES)
        raise Malformed(
            T("{text} is of an unknown kind; this smsops knows {known}", text=text, known=known)
        )
    return address


def _keys(item: Mapping[str, Any], wanted: frozenset[str]) -> None:
    """Exactly the wanted keys, where those of a later format may be missing."""
    if item.keys() != wanted:
        _refuse_unknown(item, wanted)
        missing = sorted(wanted - item.keys() - ADDED)
        if missing:
            raise Malformed(T("{field} is missing", field=missing[0]))


def _refuse_unknown(names: Iterable[str], known: frozenset[str]) -> None:
    unknown = sorted(set(names) - known)
    if unknown:
        raise Malformed(T("the field {field} is unknown", field=repr(unknown[0])))


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise Malformed(T("there is no list where one belongs"))
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Malformed(T("there is no text where one belongs"))
    return value


def _optional_text(value: object) -> str | None:
    return None if value is None else _text(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Malformed(T("there is no true or false where one belongs"))
    return value


def _integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed(T("there is no whole number where one belongs"))
    return value


def _count(value: object) -> int:
    number = _integer(value)
    if not 0 <= number <= MOST:
        raise Malformed(T("{number} is not between 0 and {most}", number=number, most=MOST))
    return number


def _id(value: object, kind: Resource) -> RemoteId:
    if not kind.has_id(value):
        raise Malformed(T("{value} is not the id of a {kind}", value=repr(value), kind=kind.name))
    found: RemoteId = value  # type: ignore[assignment]
    return found


def _moment(value: object) -> int | None:
    if value is None:
        return None
    try:
        moment = from_text(_text(value))
    except ValueError:
        words = T("{value} is not a moment, YYYY-MM-DDTHH:MM:SSZ", value=repr(value))
        raise Malformed(words) from None
    if moment is not None and not 0 <= moment <= LATEST:
        raise Malformed(T("{value} is before 1970 or after 2999", value=repr(value)))
    return moment
