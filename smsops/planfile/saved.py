"""Plans as JSON: what ``plan --format json`` prints, what ``-o`` saves, and when a saved one holds.

A saved plan is powerless. ``apply FILE`` computes the plan again with the saved options; the file
can only veto, never instruct, so nothing in it has to be trusted.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from smsops.errors import SmsopsError, StalePlan
from smsops.kinds import RESOURCES
from smsops.model import (
    ADDRESSES,
    ALLOWED,
    Action,
    Address,
    DeleteLimit,
    Plan,
    PlanOptions,
    RemoteId,
)
from smsops.planfile.document import ADDED_IN_1_1, FORMAT_VERSION, document, encode
from smsops.strictjson import loads
from smsops.text.messages import C, T

#: For a plan file that is not there, and for one that does not hold.
HOW = T("{command} saves a plan.", command=C("plan -o FILE"))
_AGAIN = T("Make the plan again with {command}.", command=C("plan -o FILE"))
#: No honest plan is larger (bytes).
MAX_SIZE = 64 * 1024 * 1024
#: Characters of a foreign text in a message.
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan file: the plan's JSON values and the options that made it."""

    source: str
    plan: Mapping[str, Any]
    options: PlanOptions
    lineage: str | None

    @property
    def rows(self) -> Sequence[Mapping[str, Any]]:
        """Steps as JSON values, one object each, in the order of the plan."""
        rows: Sequence[Mapping[str, Any]] = self.plan["resource_changes"]
        return rows


def dump(plan: Plan, options: PlanOptions, *, lineage: str | None) -> str:
    """The text of a plan file. ``lineage`` is ``None`` when there is no state yet."""
    saved = {
        **document(plan),
        "lineage": lineage,
        "options": {
            "max_deletes": _limit_json(options.max_deletes),
            **{name: list(map(str, getattr(options, name))) for name in ADDRESSES},
            **{name: getattr(options, name) for name in ALLOWED},
        },
    }
    return encode({**saved, "digest": _digest(saved)})


def _digest(saved: Mapping[str, Any]) -> str:
    return "sha256:" + hashlib.sha256(_canonical(saved).encode()).hexdigest()


def _canonical(value: object) -> str:
    """The one spelling of a JSON value. Raises ``ValueError`` for one that is nested too deeply."""
    try:
        return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    except RecursionError:
        raise ValueError(T("it is nested too deeply")) from None


def within(plan: Plan, here: str | None, *, source: str) -> Plan:
    """``plan``, which is one of the environment ``here``. Raises :class:`StalePlan` for another."""
    if plan.environment == here:
        return plan
    none = T("no environment")
    raise StalePlan(
        T(
            "{source} is a plan of {theirs}, and this run is in {ours}",
            source=source,
            theirs=plan.environment or none,
            ours=here or none,
        ),
        hint=T(
            "Nothing was written. Make a plan of this one with {command}.",
            command=C("plan -o FILE"),
        ),
    )


def short(words: object) -> str:
    """What somebody else wrote, cut where nobody reads on."""
    text = str(words)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def plan_of(saved: SavedPlan) -> Plan:
    """The plan that ``saved`` was made of; its unmanaged objects have what the JSON has.

    Raises :class:`smsops.errors.SmsopsError` for anything that :func:`document` does not write.
    """
    from smsops.planfile.parse import parse

    try:
        plan = parse(saved.plan)
        wanted = {
            **(document(plan) if _has_codes(saved.plan) else _without_codes(document(plan))),
            "format_version": FORMAT_VERSION if _has_codes(saved.plan) else "1.0",
            "smsops_version": saved.plan.get("smsops_version"),
        }
        for name, value in wanted.items():
            # Compared as texts, because True == 1 in Python.
            if _canonical(saved.plan.get(name)) != _canonical(value):
                raise ValueError(T("the field {name} is not what smsops writes", name=name))
    except ValueError as error:
        raise SmsopsError(
            T(
                "{source} is not a plan of this version of smsops: {short}",
                source=saved.source,
                short=short(error),
            ),
            hint=_AGAIN,
        ) from error
    return plan


def _has_codes(plan: Mapping[str, Any]) -> bool:
    """Whether a plan is of a format with reason codes: every one since 1.1."""
    return bool(plan["format_version"] != "1.0")


def _without_codes(plan: dict[str, Any]) -> dict[str, Any]:
    """The JSON of a plan as format 1.0 has it."""
    for each in plan["resource_changes"]:
        for name in ADDED_IN_1_1:
            del each["smsops"][name]
    return plan


def _limit_json(limit: DeleteLimit) -> int | str | None:
    """As ``policy.maxDeletes`` spells it; ``None`` for the defaults."""
    if limit == DeleteLimit():
        return None
    return limit.count if limit.count is not None else f"{limit.share}%"


def _limit(value: object) -> DeleteLimit:
    """The inverse of :func:`_limit_json`. Raises ``ValueError``."""
    if value is None:
        return DeleteLimit()
    if type(value) is int and value >= 0:
        return DeleteLimit(value, None)
    if isinstance(value, str) and re.fullmatch(r"(0|[1-9][0-9]?|100)%", value):
        return DeleteLimit(None, int(value[:-1]), share_from=0)
    raise ValueError(T("neither a number nor a share"))


#: The formats that are read.
READ = ("1.0", FORMAT_VERSION)
#: Options that plan files of earlier versions do not have.
_ADDED = frozenset({"allow_older_commit", "replace", "promote", "not_renamed"})


def load(text: bytes, *, source: str) -> SavedPlan:
    """Read a plan file.

    Raises :class:`smsops.errors.SmsopsError` when it is no plan of this format, and
    :class:`smsops.errors.StalePlan` when it was changed after it was saved.
    """
    try:
        saved = loads(text, most=MAX_SIZE)
    except ValueError as error:
        raise SmsopsError(
            T("{source} is not a plan file: {short}", source=source, short=short(error)),
            hint=T("Make one with {command}.", command=C("plan -o FILE")),
        ) from error
    if not isinstance(saved, dict) or "format_version" not in saved or "digest" not in saved:
        raise SmsopsError(
            T("{source} is not a plan file", source=source),
            hint=T("Make one with {command}.", command=C("plan -o FILE")),
        )
    version = saved["format_version"]
    if not isinstance(version, str):
        raise SmsopsError(
            T("{source} is not a plan file: its format has no name", source=source), hint=_AGAIN
        )
    if version not in READ:
        raise SmsopsError(
            T(
                "{source} has format {short}; this smsops reads {format_version}",
                source=source,
                short=short(repr(version)),
                format_version=" and ".join(READ),
            ),
            hint=T("Make the plan again with this version of smsops."),
        )
    digest = saved.pop("digest")
    try:
        whole = digest == _digest(saved)
    except ValueError as error:
        raise SmsopsError(
            T("{source} is not a plan file: {error}", source=source, error=error), hint=_AGAIN
        ) from error
    if not whole:
        raise StalePlan(
            T("{source} was changed after it was saved: its digest does not match", source=source),
            hint=_AGAIN,
        )
    for name in ("account_id", "region", "lineage", "environment"):
        if not isinstance(saved.get(name), str | None):
            raise _tampered(source, name)
    return SavedPlan(
        source=source,
        plan=saved,
        options=_options(saved, source),
        lineage=saved.get("lineage"),
    )


def _options(saved: Mapping[str, Any], source: str) -> PlanOptions:
    options = saved.get("options")
    known = {"max_deletes", *ADDRESSES, *ALLOWED}
    if not isinstance(options, dict) or set(options) | _ADDED != known:
        raise _tampered(source, "options")
    for name in options.keys() & set(ALLOWED):
        if type(options[name]) is not bool:
            raise _tampered(source, f"options.{name}")
    try:
        max_deletes = _limit(options["max_deletes"])
        addresses: dict[str, Any] = {name: _addresses(options.get(name, [])) for name in ADDRESSES}
    except ValueError as error:
        raise StalePlan(
            T("{source}: the field options: {short}", source=source, short=short(error)),
            hint=_AGAIN,
        ) from error
    rows = saved.get("resource_changes")
    if not isinstance(rows, list) or not all(_is_row(row) for row in rows):
        raise _tampered(source, "resource_changes")
    if len({row_key(row) for row in rows}) != len(rows):
        # A step that stands there twice would be run twice.
        raise _tampered(source, "resource_changes")
    return PlanOptions(
        max_deletes=max_deletes,
        **{name: options.get(name, False) for name in ALLOWED},
        **addresses,
    )


def _tampered(source: str, name: str) -> StalePlan:
    return StalePlan(
        T("{source}: the field {name} is not what smsops writes", source=source, name=name),
        hint=_AGAIN,
    )


def _addresses(value: object) -> tuple[Address, ...]:
    if not isinstance(value, list):
        raise ValueError(T("there is no list of addresses where one belongs"))
    return tuple(_address(text) for text in value)


def _address(value: object) -> Address:
    address = Address.parse(value if isinstance(value, str) else "")
    if address.kind not in RESOURCES:
        raise ValueError(T("there is no kind {name}", name=address.kind))
    return address


def _is_row(row: object) -> bool:
    if not isinstance(row, dict):
        return False
    try:
        kind = RESOURCES[_address(row.get("address")).kind]
    except ValueError:
        return False
    ours = row.get("smsops")
    action = ours.get("action") if isinstance(ours, dict) else None
    known = isinstance(action, str) and action in {each.value for each in Action}
    return known and ("deposed" not in row or kind.has_id(row["deposed"]))


def row_key(row: Mapping[str, Any]) -> tuple[str, RemoteId | None]:
    """What a row is about: an address, or one of its superseded objects."""
    return row["address"], row.get("deposed")
