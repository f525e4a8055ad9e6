"""What a document in the state's place is: ours, another tool's, or no state at all. Pure.

Only a state of smsops is ever replaced. The kinds are rows of one table, asked from the top; the
last row takes what nothing else recognises.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from smsops.errors import ForeignDocument, OwnerError, SmsopsError, StateError
from smsops.text.messages import NOTHING, C, T, Text

#: The format that this smsops writes; of those with the same major number it reads every older one.
FORMAT_VERSION = "1.1"
#: What a format of another smsops asks for.
UPGRADE = T("Use the smsops that wrote it, or a newer one.")

_TAKEN_FORMAT = "2.0"
#: Keys that every state has had since format 1.0, and how many of them make a state.
_KEYS = frozenset(
    (
        "account_id",
        "checksum",
        "format_version",
        "intents",
        "lineage",
        "region",
        "resources",
        "serial",
    )
)
_ENOUGH_KEYS = 4
#: How a state begins, without white space; an account id may stand between the two.
_HEAD, _SECOND = b'{"account_id":', b',"checksum":"sha256:'
_ACCOUNT = re.compile(rb'null|"[^"\\]{0,64}"')
_TORN_ACCOUNT = re.compile(rb'(?:n|nu|nul|"[^"\\]{0,64})?')
#: What only a state holds; three of these in what is no JSON are the pieces of one.
_PIECES = tuple(
    re.compile(pattern)
    for pattern in (
        rb'"account_id"\s*:',
        rb'"checksum"\s*:\s*"sha256:[0-9a-f]{64}"',
        rb'"format_version"\s*:\s*"',
        rb'"intents"\s*:\s*\[',
        rb'"lineage"\s*:\s*"',
        rb'"resources"\s*:\s*\{',
    )
)
_ENOUGH_PIECES = 3
#: What stands near the beginning of a state that this smsops has written.
_PLAIN = (_PIECES[1], re.compile(rb'"format_version":"1\.'))
_WHITE = re.compile(rb"\s+")
_VERSION = re.compile(r"([0-9]{1,6})(?:\.[0-9]{1,6})*")
_MAJOR = int(FORMAT_VERSION.partition(".")[0])
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
#: The head of a page; a comment or a declaration may come first.
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
_XML = re.compile(r"<[?!A-Za-z]")
_MOST_HEAD = 4096
#: A document larger than this is not parsed to be named.
_MOST_PARSED = 256 * 2**20


class Kind(StrEnum):
    """What a document is."""

    EMPTY = "empty"
    TAKEN = "taken"
    NEWER = "newer"
    OURS = "ours"
    TERRAFORM = "terraform"
    OPENTOFU = "opentofu"
    PULUMI = "pulumi"
    JSON = "json"
    HTML = "html"
    XML = "xml"
    BROKEN = "broken"
    TEXT = "text"
    BINARY = "binary"


#: Ours, whole or damaged, and of a format that this smsops may replace.
_REPLACEABLE = frozenset((Kind.EMPTY, Kind.OURS))


@dataclass(frozen=True, slots=True)
class _Glimpse:
    """A document as the table looks at it. ``value``: its JSON; ``text``: where it is no JSON."""

    body: bytes = field(repr=False)
    value: object = field(repr=False)
    text: str | None = field(repr=False)

    @property
    def fields(self) -> Mapping[str, Any]:
        return self.value if isinstance(self.value, dict) else {}

    @property
    def start(self) -> str:
        """How the text begins; empty for JSON and for bytes that are no text."""
        return (self.text or "")[:_MOST_HEAD].lstrip("\ufeff \t\r\n")


_NOT_JSON = object()
_MARKERS = tuple(re.compile(rb"^%b" % each, re.MULTILINE) for each in (b"<{7} ", b">{7} "))


def kind_of(body: bytes) -> Kind:
    """What ``body`` is."""
    value = _parsed(body)
    seen = _Glimpse(body, value, _decoded(body) if value is _NOT_JSON else None)
    return next(kind for kind, recognised in _TABLE if recognised(seen))


def conflicting(body: bytes) -> bool:
    """Whether git left both sides of a merge in ``body``."""
    return all(each.search(body) is not None for each in _MARKERS)


def _parsed(body: bytes) -> object:
    if len(body) > _MOST_PARSED:
        return _NOT_JSON
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return _NOT_JSON


def _decoded(body: bytes) -> str | None:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _empty(seen: _Glimpse) -> bool:
    """Nothing of anybody: white space, zeros of a file whose bytes never arrived, or ``{}``."""
    return not seen.body.strip(b"\0 \t\r\n") or seen.value == {}


def _taken(seen: _Glimpse) -> bool:
    return _taker(seen.fields) is not None


def _newer(seen: _Glimpse) -> bool:
    fields = seen.fields
    return major(fields) > _MAJOR and isinstance(fields.get("lineage", fields.get("checksum")), str)


def _ours(seen: _Glimpse) -> bool:
    if seen.fields:
        known = len(_KEYS & seen.fields.keys())
        return known >= _ENOUGH_KEYS and "terraform_version" not in seen.fields
    if seen.value is not _NOT_JSON:
        return False
    pieces = sum(piece.search(seen.body) is not None for piece in _PIECES)
    return _torn(seen.body) or pieces >= _ENOUGH_PIECES


def _torn(body: bytes) -> bool:
    """Whether ``body`` begins as a state does, however early it was cut off."""
    start = _WHITE.sub(b"", body[:_MOST_HEAD])
    if len(start) <= len(_HEAD):
        return _HEAD.startswith(start)
    rest = start.removeprefix(_HEAD)
    account = _ACCOUNT.match(rest)
    if rest == start or account is None:
        return rest != start and _TORN_ACCOUNT.fullmatch(rest) is not None
    tail = rest[account.end() :]
    return tail.startswith(_SECOND) or _SECOND.startswith(tail)


def _terraform(seen: _Glimpse) -> bool:
    fields = seen.fields
    if not fields:
        return seen.value is _NOT_JSON and b'"terraform_version"' in seen.body
    if "terraform_version" in fields:
        return True
    body = fields.get("resources", fields.get("modules"))  # modules: before Terraform 0.12
    return isinstance(fields.get("version"), int) and isinstance(body, list)


def _opentofu(seen: _Glimpse) -> bool:
    sealed = seen.fields.keys() & {"meta", "encryption_version"}
    return "encrypted_data" in seen.fields and bool(sealed)


def _pulumi(seen: _Glimpse) -> bool:
    held = seen.fields.get("deployment", seen.fields.get("checkpoint"))
    return "version" in seen.fields and isinstance(held, dict)


#: In this order: a row is asked only about what no row above it has recognised.
_TABLE: tuple[tuple[Kind, Callable[[_Glimpse], bool]], ...] = (
    (Kind.EMPTY, _empty),
    (Kind.TAKEN, _taken),
    (Kind.NEWER, _newer),
    (Kind.OPENTOFU, _opentofu),
    (Kind.PULUMI, _pulumi),
    (Kind.OURS, _ours),
    (Kind.TERRAFORM, _terraform),
    (Kind.JSON, lambda seen: seen.value is not _NOT_JSON),
    (Kind.HTML, lambda seen: seen.start.startswith("<") and _HTML.search(seen.start) is not None),
    (Kind.XML, lambda seen: _XML.match(seen.start) is not None),
    (Kind.BROKEN, lambda seen: seen.start.startswith(("{", "["))),
    (Kind.TEXT, lambda seen: seen.text is not None and _CONTROL.search(seen.text) is None),
    (Kind.BINARY, lambda _: True),
)

#: What a document is that is not ours, and what may have led to it.
_WORDS: Mapping[Kind, tuple[Text, Text]] = {
    Kind.TERRAFORM: (
        T("a state of Terraform"),
        T(
            "Signs and templates in it are taken over with {command}. ",
            command=C("import --from-tfstate FILE"),
        ),
    ),
    Kind.OPENTOFU: (T("an encrypted state of OpenTofu"), NOTHING),
    Kind.PULUMI: (T("a state of Pulumi"), NOTHING),
    Kind.JSON: (T("JSON of something else"), NOTHING),
    Kind.HTML: (
        T("a web page (HTML)"),
        T("It may be a login page, or come from a proxy in the server's place. "),
    ),
    Kind.XML: (T("an XML document"), NOTHING),
    Kind.BROKEN: (T("broken JSON of something else"), NOTHING),
    Kind.TEXT: (T("a text"), NOTHING),
    Kind.BINARY: (T("binary data"), NOTHING),
}


def replaceable(body: bytes) -> bool:
    """Whether ``body`` is a state of ours, whole or damaged; nearly always without parsing it."""
    plain = body.startswith(_HEAD) and all(piece.search(body, 0, 1024) for piece in _PLAIN)
    return plain or kind_of(body) in _REPLACEABLE


def refusal(body: bytes, *, source: str) -> SmsopsError | None:
    """Why ``body``, kept at ``source``, must stay as it is; ``None`` when it is a state of ours,
    whole or damaged.
    """
    kind = kind_of(body)
    if kind in _REPLACEABLE:
        return None
    if kind is Kind.TAKEN:
        found = taken(body)
        assert found is not None
        return OwnerError(
            T(
                "{source} belongs to project {project} now, which keeps its state at {ref}",
                source=source,
                project=found.project,
                ref=found.ref,
            ),
            hint=T(
                "In project {project}, take `name` out of spec.state. Another "
                "project needs a spec.state.name of its own.",
                project=found.project,
            ),
        )
    if kind is Kind.NEWER:
        version = json.loads(body)["format_version"]
        return StateError(
            T(
                "{source}: the state has format_version {version}, this smsops "
                "reads {format_version}",
                source=source,
                version=version,
                format_version=FORMAT_VERSION,
            ),
            hint=UPGRADE,
        )
    what, why = _WORDS[kind]
    return ForeignDocument(
        T("{source}: this is {what}, not a state of smsops", source=source, what=what),
        hint=T(
            "It stays as it is: smsops never overwrites it. {why}{elsewhere}",
            why=why,
            elsewhere=_elsewhere(source),
        ),
    )


def require_replaceable(body: bytes | None, *, source: str) -> None:
    """Raises what :func:`refusal` says. Right before a write: nothing that is not ours is lost."""
    if body is not None and not replaceable(body):
        error = refusal(body, source=source)
        assert error is not None
        raise error


def readable(fields: Mapping[str, Any]) -> bool:
    """Whether ``format_version`` is one that this smsops may read: only the major number counts,
    what a minor one adds is refused field by field.
    """
    return major(fields) == _MAJOR


def major(fields: Mapping[str, Any]) -> int:
    """The major number of ``format_version``; 0 when there is none."""
    version = fields.get("format_version")
    found = _VERSION.fullmatch(version) if isinstance(version, str) else None
    return int(found[1]) if found else 0


def _elsewhere(source: str) -> Text:
    """How to keep the state at another place than ``source``."""
    if source.startswith(("http://", "https://")):
        return T(
            "Choose another address in SMSOPS_HTTP_ADDRESS, one that nothing else uses (GitLab: "
            "another name at its end)."
        )
    if source.startswith("refs/"):
        return T("Choose another spec.state.name in smsops.yaml.")
    return T("Move the file away if somebody needs it, else delete it: the state belongs there.")


# -- a state that another place has taken over -----------------------------------------------------


class Taken(NamedTuple):
    """Who took a state over, and where it is kept now. ``complete``: it has arrived there."""

    project: str
    ref: str
    complete: bool


def taken(body: bytes) -> Taken | None:
    """What ``body`` says when it is the mark of :func:`mark`."""
    found = _parsed(body)
    return _taker(found) if isinstance(found, dict) else None


def _taker(fields: Mapping[str, Any]) -> Taken | None:
    taken = fields.get("taken")
    if major(fields) <= _MAJOR or not isinstance(taken, dict):
        return None
    project, ref = taken.get("project"), taken.get("ref")
    if not isinstance(project, str) or not isinstance(ref, str):
        return None
    return Taken(project, ref, taken.get("complete") is True)


def mark(by: Taken, *, lineage: str, serial: int) -> bytes:
    """What takes the place of a state that was taken over. An smsops that does not know such marks
    sees a format of the future and refuses it: to that one, too, this is not "no state".
    """
    document = {
        "format_version": _TAKEN_FORMAT,
        "lineage": lineage,
        "serial": serial,
        "taken": by._asdict(),
    }
    return json.dumps(document, sort_keys=True, indent=2).encode() + b"\n"
