"""The state as bytes: JSON with one resource a line, strict to read, and sealed by a checksum.

    {"account_id":"100000000001",
    "checksum":"sha256:…",
    "commit":null,
    "environment":null,
    "format_version":"1.1",
    "intents":[],
    "lineage":"…",
    "project":"acme-sms",
    "region":"ap-guangzhou",
    "resources":{
    "sign.acme":{…}
    },
    "serial":3}

The checksum is over the same JSON without the ``checksum`` key, with sorted keys, no white space
and in UTF-8, so reformatting a file does not break it. Nothing here touches a disk.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import re
import uuid
from collections.abc import Mapping, Sequence

from smsops import strictjson
from smsops.clock import to_text
from smsops.errors import DamagedState, SmsopsError, StateError
from smsops.model import (
    Address,
    Commit,
    FinishedSend,
    Intent,
    ProbeRecord,
    Recorded,
    RecordedObject,
    Snapshot,
)
from smsops.state import document, parse
from smsops.text.messages import NOTHING, C, T, Text

FORMAT_VERSION = document.FORMAT_VERSION
#: About 300,000 resources; anything larger is not a state.
MOST_BYTES = 256 * 2**20

#: For a stored state that is damaged.
_RESTORE = T(
    "Nothing was changed. Restore an earlier copy with {command}: the local "
    "backend keeps {name}.backup beside the state, http and git keep earlier versions.",
    command=C("state push --force FILE"),
)
#: What the local backend calls its files.
_LOCAL_NAMES = ("state.json", "emulator-state.json")

_SEAL = re.compile(rb'"checksum":"(sha256:[0-9a-f]{64})",\n')
_LINEAGE = re.compile(rb'"lineage": ?"([0-9A-Za-z-]{1,64})"')
_SERIAL = re.compile(rb'"serial": ?([0-9]{1,19})[,}\s]')
_PROJECT = re.compile(rb'"project": ?"([^"\\\s]{1,63})"')
_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
).encode


def new_snapshot(*, account_id: str | None = None, region: str | None = None) -> Snapshot:
    """An empty state with a lineage of its own; its first save has serial 1."""
    return Snapshot(lineage=str(uuid.uuid4()), account_id=account_id, region=region)


def dump(snapshot: Snapshot) -> bytes:
    """The bytes of a snapshot; equal snapshots give equal bytes.

    Raises :class:`StateError` when an id is recorded twice: such a state could not be read again.
    """
    return Dump()(snapshot)


class Dump:
    """:func:`dump` for a run that saves often: what did not change is not encoded again."""

    def __init__(self) -> None:
        #: The entries of the last snapshot, each with what it was made of.
        self._lines: dict[Address, tuple[Recorded, bytes]] = {}

    def __call__(self, snapshot: Snapshot) -> bytes:
        """Bytes of a snapshot, with the errors of :func:`dump`."""
        try:
            parse.refuse_shared_ids(snapshot.resources)
        except parse.Malformed as error:
            raise StateError(
                T("the state to be saved is inconsistent: {error}", error=error),
                hint=T(
                    "This is a defect of smsops; please report it. The stored state "
                    "was not changed."
                ),
            ) from None
        known = self._lines
        self._lines = {
            address: found
            if (found := known.get(address)) is not None and found[0] is recorded
            else (recorded, _bytes(str(address)) + b":" + _bytes(recorded_json(recorded)))
            for address, recorded in snapshot.resources.items()
        }
        # In the order of addresses, since a quote comes before every character of one.
        return _document(snapshot, sorted(line for _, line in self._lines.values()))


def _document(snapshot: Snapshot, lines: Sequence[bytes]) -> bytes:
    parts = {
        "account_id": _bytes(snapshot.account_id),
        "commit": _bytes(commit_json(snapshot.commit)),
        "environment": _bytes(snapshot.environment),
        "format_version": _bytes(FORMAT_VERSION),
        "intents": _bytes([intent_json(item) for item in snapshot.intents]),
        "lineage": _bytes(snapshot.lineage),
        **({"probes": _bytes(probes_json(snapshot.probes))} if snapshot.probes else {}),
        "project": _bytes(snapshot.project),
        "region": _bytes(snapshot.region),
    }
    head, *rest = (f'"{name}":'.encode() + value for name, value in parts.items())
    serial = f'"serial":{snapshot.serial}}}'.encode()

    def joined(newline: bytes, *seal: bytes) -> bytes:
        inner = newline + (b"," + newline).join(lines) + newline if lines else b""
        members = (b"{" + head, *seal, *rest, b'"resources":{' + inner + b"}", serial)
        return (b"," + newline).join(members)

    return joined(b"\n", f'"checksum":"{_checksum(joined(b""))}"'.encode())


def _bytes(value: object) -> bytes:
    # Half a character (a lone surrogate) cannot be written as UTF-8. It must not stop a save.
    return _encode(value).encode("utf-8", "replace")


def load(body: bytes, *, source: str, hint: Text = NOTHING) -> Snapshot:
    """The snapshot in ``body``, which came from ``source`` (named in messages).

    ``hint``: what to do about a damaged one, by default for a stored state: restore a copy.
    Raises for everything that :func:`dump` cannot have written, never taking it for "no state":
    :class:`DamagedState` for a state that is torn, flipped, empty or malformed, and what
    :func:`smsops.state.document.refusal` says of anything else.
    """
    hint = hint or _restore(source)
    try:
        fields = parse.mapping(strictjson.loads(body, most=MOST_BYTES))
    except ValueError as error:
        raise _unusable(
            body, source, T("the state is damaged: {error}", error=error), hint
        ) from None
    if not document.readable(fields):
        raise _unusable(body, source, T("the state is damaged: it has no format_version"), hint)
    if fields.get("checksum") != _sealed(body, fields):
        raise _unusable(body, source, T("the state is damaged: its checksum does not match"), hint)
    try:
        return parse.snapshot(fields)
    except parse.Malformed as error:
        message = T("{source}: the state is malformed: {error}", source=source, error=error)
        if fields["format_version"] in ("1.0", FORMAT_VERSION):
            raise DamagedState(message, hint=hint) from None
        raise StateError(message, hint=document.UPGRADE) from None


def _unusable(body: bytes, source: str, fault: Text, hint: Text) -> SmsopsError:
    """The error for a document that cannot be read: it is damaged, or not ours."""
    if document.kind_of(body) is document.Kind.EMPTY:
        fault = T("the state is empty: it was cut off or cleared")
    elif document.conflicting(body):
        fault = T("the state holds conflict markers of git (<<<<<<<): a merge was not finished")
    elif body.startswith(codecs.BOM_UTF8):
        fault = T("the state begins with a byte order mark: an editor saved it")
    found = document.refusal(body, source=source)
    return found or DamagedState(T("{source}: {fault}", source=source, fault=fault), hint=hint)


def _restore(source: str) -> Text:
    """The hint for a damaged state that is kept at ``source``."""
    name = source.rpartition("/")[2]
    return _RESTORE.filled(name=name if name in _LOCAL_NAMES else _LOCAL_NAMES[0])


def peek_serial(body: bytes) -> int | None:
    """The serial that ``body`` claims, without reading or trusting the rest of it."""
    found = _SERIAL.search(body, max(0, len(body) - 64)) or _SERIAL.search(body)
    return int(found[1]) if found else None


def peek_lineage(body: bytes) -> str | None:
    """The lineage that ``body`` claims; see :func:`peek_serial`."""
    found = _LINEAGE.search(body)
    return found[1].decode() if found else None


def peek_project(body: bytes) -> str | None:
    """The project that ``body`` claims to belong to; see :func:`peek_serial`."""
    found = _PROJECT.search(body)
    return found[1].decode("utf-8", "replace") if found else None


def excerpt(snapshot: Snapshot, address: Address | None = None) -> dict[str, object]:
    """The state as JSON with the keys of its file, without the checksum; or one address of it."""
    return {
        "account_id": snapshot.account_id,
        "commit": commit_json(snapshot.commit),
        "environment": snapshot.environment,
        "format_version": FORMAT_VERSION,
        "intents": [
            intent_json(item)
            for item in snapshot.intents
            if address is None or item.address == address
        ],
        "lineage": snapshot.lineage,
        **({"probes": probes_json(snapshot.probes)} if snapshot.probes and address is None else {}),
        "project": snapshot.project,
        "region": snapshot.region,
        "resources": {
            str(one): recorded_json(recorded)
            for one, recorded in snapshot.resources.items()
            if address is None or one == address
        },
        "serial": snapshot.serial,
    }


def recorded_json(recorded: Recorded) -> Mapping[str, object]:
    """One entry of ``resources``."""
    current, successor = recorded.current, recorded.successor
    return {
        "current": None if current is None else _object(current),
        "declared": recorded.declared,
        "manifest": recorded.manifest,
        "promote": recorded.lifecycle.promote.value,
        "protected": recorded.lifecycle.protected,
        "retire_after": recorded.lifecycle.retire_after,
        "retiring": [_object(item) for item in recorded.retiring],
        "successor": None if successor is None else _object(successor),
    }


def commit_json(commit: Commit | None) -> Mapping[str, object] | None:
    """The newest applied commit."""
    if commit is None:
        return None
    return {"committed_at": _moment(commit.committed_at), "sha": commit.sha}


def intent_json(intent: Intent) -> Mapping[str, object]:
    """One entry of ``intents``."""
    return {
        "action": intent.action,
        "address": str(intent.address),
        "id": intent.id,
        "listed": list(intent.listed),
        "role": intent.role.value,
        "started_at": to_text(intent.started_at),
        "submitted": dict(intent.submitted),
    }


def probes_json(probes: Mapping[str, ProbeRecord]) -> Mapping[str, object]:
    """The latest send of each probe; there only where something was sent."""
    return {name: _probe(record) for name, record in sorted(probes.items())}


def _probe(record: ProbeRecord) -> Mapping[str, object]:
    finished = record.finished
    return {
        "application": record.application,
        "code": record.code,
        "finished": None if finished is None else _finished(finished),
        "id": record.id,
        "number": record.number,
        "sends_today": [to_text(at) for at in record.sends_today],
        "sent_at": to_text(record.sent_at),
        "serial": record.serial,
        "shown": record.shown,
        "sign": record.sign,
        "template": record.template,
        "verdict": record.verdict.value,
    }


def _finished(send: FinishedSend) -> Mapping[str, object]:
    return {
        "code": send.code,
        "sent_at": to_text(send.sent_at),
        "sign": send.sign,
        "template": send.template,
        "verdict": send.verdict.value,
    }


def _moment(moment: int | None) -> str | None:
    """A moment that some API made up and no calendar has is as good as none."""
    return to_text(moment) if moment is not None and 0 <= moment <= parse.LATEST else None


def _object(item: RecordedObject) -> Mapping[str, object]:
    review = item.review
    return {
        "activated_at": _moment(item.activated_at),
        "assumed": list(item.assumed),
        "listed": item.listed,
        "promoted_at": _moment(item.promoted_at),
        "read_back": dict(item.read_back),
        "remote_id": item.remote_id,
        "review": None if review is None else {"code": review.code, "reply": review.reply},
        "submitted": dict(item.submitted),
        "submitted_at": _moment(item.submitted_at),
        "superseded_at": _moment(item.superseded_at),
    }


def _sealed(body: bytes, fields: Mapping[str, object]) -> str:
    """The checksum that ``body`` should carry.

    In the layout of :func:`dump` the canonical JSON is the text without the seal and newlines,
    which saves encoding everything again; any other layout is encoded again.
    """
    found = _SEAL.search(body, 0, 512)
    if found:
        seal = _checksum((body[: found.start()] + body[found.end() :]).replace(b"\n", b""))
        if seal == fields.get("checksum"):
            return seal
    rest = {name: value for name, value in fields.items() if name != "checksum"}
    return _checksum(_encode(rest).encode())


def _checksum(canonical: bytes) -> str:
    return f"sha256:{hashlib.sha256(canonical).hexdigest()}"
