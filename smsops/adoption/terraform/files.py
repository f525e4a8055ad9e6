"""What a file is that is no state of Terraform, and the command that gets one. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from smsops.adoption.drafts import normalised
from smsops.errors import SmsopsError
from smsops.kinds import RESOURCES
from smsops.state import document
from smsops.text.messages import NOTHING, C, Command, T, Text

_NOT_JSON = object()
#: How a configuration begins, and what `terraform show` prints without -json.
_HCL = re.compile(
    r"\s*(?:(?:#|//)[^\n]*\n\s*|/\*.*?\*/\s*)*"
    r'(?:(?:terraform|locals|import|moved|removed)\s*\{|(?:resource|data|module|provider|variable|output|check)\s+")',
    re.DOTALL,
)
_BLOCKS = {"resource", "module", "terraform", "provider", "variable", "locals"}
#: The newest version of a state, and the major versions of `show -json`, that are understood.
_NEWEST = 4
_SHOWN = ("0.", "1.")
_PLAN = {"planned_values", "resource_changes", "prior_state", "resource_drift"}
_MOST_HEAD = 4096
#: Pulumi's names for the resources, generated from Terraform's: ``tencentcloud:Sms/sign:Sign``.
_PULUMI = re.compile(r"tencentcloud:[Ss]ms/(\w+):")
_FROM_PULUMI = re.compile(r"([1-9][0-9]{0,18})(#[0-9]+)?")
#: Commands that a message lists.
_MOST = 20

_PULL = T("`terraform state pull > FILE`, where the configuration is, writes one.")
_AGAIN = T("Write it again: `terraform state pull > FILE`, where the configuration is.")


def parsed(body: bytes) -> object:
    """The JSON of a file; any of the encodings that a shell may have written it in."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return _NOT_JSON


def shown(state: Mapping[str, Any]) -> bool:
    """Whether it is what `terraform show -json` prints of a state."""
    written = state.get("format_version")
    known = isinstance(written, str) and written.startswith(_SHOWN)
    named = "values" in state or state.keys() <= {"format_version", "terraform_version"}
    return known and named and not _PLAN & state.keys()


def points(state: Mapping[str, Any]) -> bool:
    """Whether it says where a state is kept, as ``.terraform/terraform.tfstate`` does."""
    modules = state.get("modules")
    held = any(
        isinstance(module, dict) and module.get("resources")
        for module in (modules if isinstance(modules, list) else ())
    )
    return isinstance(state.get("backend"), dict) and not held and not state.get("resources")


@dataclass(frozen=True, slots=True)
class _Seen:
    body: bytes = field(repr=False)
    value: object = field(repr=False)
    kind: document.Kind

    @property
    def fields(self) -> Mapping[str, Any]:
        return self.value if isinstance(self.value, dict) else {}

    @property
    def version(self) -> int | None:
        found = self.fields.get("version")
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    @property
    def head(self) -> str:
        """How a text that is no JSON begins."""
        if self.value is not _NOT_JSON:
            return ""
        encoding = json.detect_encoding(self.body)
        return self.body[: 4 * _MOST_HEAD].decode(encoding, "replace")[:_MOST_HEAD].lstrip("\ufeff")


@dataclass(frozen=True, slots=True)
class _Row:
    """``what`` continues "FILE ..."; ``hint`` says how to get a state."""

    holds: Callable[[_Seen], bool]
    what: Text
    hint: Text = _PULL


def _old(seen: _Seen) -> bool:
    return seen.version in (1, 2) and isinstance(seen.fields.get("modules"), list)


def _newer(seen: _Seen) -> bool:
    if isinstance(seen.fields.get("format_version"), str):
        return "values" in seen.fields and not shown(seen.fields)
    return (seen.version or 0) > _NEWEST and "terraform_version" in seen.fields


def _is_utf_8(body: bytes) -> bool:
    try:
        body.decode(json.detect_encoding(body))
    except UnicodeDecodeError:
        return False
    return True


#: In this order: a row is asked only about what no row above it has recognised.
_TABLE: tuple[_Row, ...] = (
    _Row(
        lambda seen: not seen.body.strip(b"\0 \t\r\n\xef\xbb\xbf"),
        T("is empty"),
        T(
            "The command that should have written it failed, or the state is kept elsewhere: "
            "`terraform state pull > FILE`, where the configuration is."
        ),
    ),
    _Row(
        lambda seen: seen.body.startswith(b"\x1f\x8b"),
        T("is compressed (gzip)"),
        T("`gunzip -c FILE > OTHER` unpacks it; then give OTHER."),
    ),
    _Row(
        lambda seen: seen.body.startswith(b"PK\x03\x04"),
        T("is a saved plan of Terraform (or another zip file), not a state"),
    ),
    _Row(
        lambda seen: seen.kind is document.Kind.OPENTOFU,
        T("is an encrypted state of OpenTofu"),
        T("`tofu state pull > FILE`, where the configuration is, writes it decrypted."),
    ),
    _Row(lambda seen: seen.kind is document.Kind.PULUMI, T("is a state of Pulumi")),
    _Row(
        lambda seen: points(seen.fields),
        T("only says where the state is kept (a backend), and holds no resources"),
        T("`terraform state pull > FILE`, where the configuration is, gets the state from there."),
    ),
    _Row(
        lambda seen: bool(_PLAN & seen.fields.keys()),
        T("is a plan of Terraform, not a state"),
    ),
    _Row(
        lambda seen: seen.version is not None and _old(seen),
        T("is a state of Terraform before 0.9, whose format is not read"),
        T("Any Terraform since 0.12 and OpenTofu upgrade it: `terraform state pull > FILE`."),
    ),
    _Row(
        _newer,
        T("is a state of a newer Terraform than smsops reads"),
        T("`terraform show -json > FILE` has a stable format; or use a newer smsops."),
    ),
    _Row(
        lambda seen: seen.kind in (document.Kind.OURS, document.Kind.NEWER),
        T("is a state of smsops itself: nothing in it has to be imported"),
        T("{command} stores such a state in the place of the project's.", command=C("state push")),
    ),
    _Row(
        lambda seen: _HCL.match(seen.head) is not None or bool(_BLOCKS & seen.fields.keys()),
        T("is a configuration of Terraform, which has no ids; they are in the state"),
    ),
    _Row(
        lambda seen: seen.kind is document.Kind.HTML,
        T("is a web page (HTML), perhaps a login page"),
    ),
    _Row(
        lambda seen: document.conflicting(seen.body),
        T("holds conflict markers of git (<<<<<<<): a merge was not finished"),
        _AGAIN,
    ),
    _Row(
        lambda seen: seen.head.lstrip().startswith("{") and not _is_utf_8(seen.body),
        T("is not UTF-8: a shell or an editor wrote it in another encoding"),
        T("`terraform show -json > FILE` in a shell that writes UTF-8, or convert it with iconv."),
    ),
    _Row(
        lambda seen: seen.head.lstrip().startswith("{"),
        T("is broken JSON, perhaps cut off"),
        _AGAIN,
    ),
)


def refusal(body: bytes, value: object, *, source: str) -> SmsopsError:
    """Why a file cannot be read as a state of Terraform, and what to do."""
    seen = _Seen(body, value, document.kind_of(body))
    row = next((row for row in _TABLE if row.holds(seen)), None)
    if row is None:
        return SmsopsError(T("{source} is not a state of Terraform", source=source), hint=_PULL)
    hint = row.hint
    if seen.kind is document.Kind.PULUMI:
        hint = _one_by_one(seen.fields) or hint
    return SmsopsError(T("{source} {what}", source=source, what=row.what), hint=hint)


def _one_by_one(state: Mapping[str, Any]) -> Text:
    """The commands that bind what Pulumi manages."""
    commands = [str(Command.of("import", f"{a}.{b}", number)) for a, b, number in _pulumi(state)]
    if not commands:
        return NOTHING
    more = f" and {len(commands) - _MOST} more" if len(commands) > _MOST else ""
    return T(
        "Bind each object of it: {commands}{more}.",
        commands=", ".join(commands[:_MOST]),
        more=more,
    )


def _pulumi(state: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Kind, name and id of the signs and templates in a stack."""
    stack = state.get("deployment")
    if not isinstance(stack, dict):
        checkpoint = state.get("checkpoint")
        stack = checkpoint.get("latest") if isinstance(checkpoint, dict) else None
    rows = stack.get("resources") if isinstance(stack, dict) else None
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, dict):
            continue
        written = _PULUMI.match(str(row.get("type")))
        number = _FROM_PULUMI.fullmatch(str(row.get("id")))
        if written is None or written[1] not in RESOURCES or number is None:
            continue
        name = normalised(str(row.get("urn")).rpartition("::")[2])
        yield written[1], name or f"{written[1][0]}-{number[1]}", number[1]
