"""Manifests for objects that nobody wrote one for. Pure: objects in, YAML out.

What the API returns is written so that smsops' own loader reads the same value back. What it does
not return is left out, with a comment in its place: a guess would be a claim, and `smsops validate`
names what is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from smsops import lint
from smsops.errors import Severity
from smsops.kinds.kind import BOTH, Field, Resource
from smsops.manifests import yaml_tree
from smsops.model import (
    Address,
    Desired,
    Observed,
    Recorded,
    ReviewState,
    Spec,
    Value,
    name_of,
)
from smsops.render.style import review_words
from smsops.text.messages import T, Text
from smsops.text.sanitise import terminal

#: Characters of a text from outside in a comment.
_LONGEST = 300
_PLAIN = re.compile(r"(?!(?:null|true|false|yes|no|on|off|y|n)\Z)[A-Za-z][\w./-]*", re.IGNORECASE)
#: Why an exported manifest makes exceptions.
_STANDS = "as it was in the account when it was exported; a new text has to keep the rules"
_ESCAPES = {ord("\\"): "\\\\", ord('"'): '\\"', ord("\n"): "\\n", ord("\t"): "\\t"}
_ESCAPES |= {ord("\r"): "\\r"}


def file_name(item: Observed) -> str:
    """``template-1110.yaml``; stable, and no two objects share it."""
    return f"{item.kind}-{item.remote_id}.yaml"


def conflicts(
    items: Sequence[Observed], desired: Sequence[Desired], recorded: Mapping[Address, Recorded]
) -> list[str]:
    """The addresses that an export would use and that mean another object already."""
    taken = {item.address for item in desired} | recorded.keys()
    return [
        str(name_of(item.kind, item.remote_id))
        for item in items
        if name_of(item.kind, item.remote_id) in taken
    ]


@dataclass(frozen=True, slots=True)
class Style:
    """How a manifest is written: ``name`` of its address, by default the one of exports;
    ``guess`` writes likely values of fields that the API does not return, marked as guesses;
    ``exceptions``: rules that its text breaks although it stands approved. ``terraform``: what
    Terraform calls the object.
    """

    name: str = ""
    guess: bool = False
    exceptions: tuple[str, ...] = ()
    terraform: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


def manifest(
    kind: Resource,
    item: Observed,
    *,
    account_id: str | None,
    region: str,
    style: Style = Style(),
) -> str:
    """The text of a manifest file."""
    name = style.name or name_of(kind.name, item.remote_id).name
    lines = [
        f"# {kind.name} {item.remote_id} of account {_said(account_id or 'unknown')}, "
        f"region {_said(region)}.",
        f"# Review when it was exported: {review_words(item.review).plain}.",
    ]
    if style.terraform:
        lines.append(f"# Terraform's {_said(style.terraform)} until it is taken out of there.")
    if item.review.reply:
        lines.append(f"# Reviewer: {_said(item.review.reply)}")
    lines += [
        "apiVersion: smsops/v1",
        f"kind: {kind.manifest}",
        "metadata:",
        f"  name: {plain(name)}",
    ]
    if style.labels:
        lines += [
            "  labels:",
            *(f"    {key}: {scalar(text)}" for key, text in style.labels.items()),
        ]
    lines.append("spec:")
    for each in kind.fields:
        lines += (f"  {line}" for line in _field(kind, each, item.spec, style))
    if style.exceptions:
        lines += [
            "lint:",
            f"  ignore: [{', '.join(style.exceptions)}]",
            f'  reason: "{_STANDS}"',
        ]
    return "\n".join(lines) + "\n"


def guesses(kind: Resource, spec: Spec) -> Spec:
    """Likely values of the fields that the API does not return."""
    return {
        field.name: field.guess(spec)
        for field in kind.fields
        if field.guess is not None and field.name not in spec
    }


def standing_exceptions(
    kinds: Mapping[str, Resource],
    found: Mapping[Address, Observed],
    declared: Sequence[Desired],
    on: Mapping[str, Severity],
    site: str,
) -> Mapping[Address, tuple[str, ...]]:
    """The rules of ``on`` that the texts of ``found`` break, as they stand in the account beside
    what is ``declared``; a rejected one stands nowhere.
    """
    standing = [
        Desired(
            address,
            {
                **dict.fromkeys(kinds[seen.kind].names),
                **guesses(kinds[seen.kind], seen.spec),
                **as_declared(kinds[seen.kind], seen.spec),
            },
        )
        for address, seen in found.items()
        if seen.review.state is not ReviewState.REJECTED
    ]
    codes: dict[Address, dict[str, None]] = {}
    ours = {item.address for item in standing}
    for finding in lint.run([*declared, *standing], on, site=site):
        address = finding.desired.address
        if address in ours and finding.judged and finding.severity is Severity.ERROR:
            codes.setdefault(address, {})[finding.rule.code] = None
    return {address: tuple(each) for address, each in codes.items()}


def as_declared(kind: Resource, spec: Spec) -> Spec:
    """What a manifest of an object with ``spec`` says: one partition, where the API lists both."""
    if spec.get(kind.partition) == BOTH:
        return {**spec, kind.partition: kind.partitions[0]}
    return spec


def _field(kind: Resource, each: Field, spec: Spec, style: Style) -> Iterator[str]:
    value = spec.get(each.name)
    if each.name not in spec or (each.request is not None and not value):
        if style.guess and each.guess is not None:
            yield f"{each.name}: {each.guess(spec)}  # guessed by the text"
        else:
            yield from _missing(each, spec)
    elif each.name == kind.partition and value == BOTH:
        yield "# The API files it under both values (International 3): false and true both match."
        yield f"{each.name}: false"
    else:
        written = scalar(value)
        if written is None:
            yield f"# {each.name} holds characters that a manifest may not hold: {_said(value)}"
            yield "# Written without them it differs from the account, and a plan will say so."
        else:
            yield f"{each.name}: {value if each.codes is not None else written}"


def _missing(field: Field, spec: Spec) -> Iterator[str]:
    """What a person has to fill in, and from what to choose."""
    if field.request is not None:
        request = field.request(spec)
        if request is not None:
            yield f"# {field.name}: {request}"
        return
    what = "a text for the reviewer"
    if field.image:
        what = "a PNG or JPEG file, relative to this file"
    elif field.codes is not None:
        fitting = field.codes if field.fitting is None else field.fitting(spec)
        what = f"one of {', '.join(fitting)}"
    how = "FILL IN" if field.required and field.required_by is None else "optional,"
    looks = f"; the text looks like {field.guess(spec)}" if field.guess is not None else ""
    yield f"# {field.name}: {how} {what}; the API does not return it{looks}"


def scalar(value: Value) -> str | None:
    """A value as YAML that the loader reads back identically; ``None`` when there is no such."""
    if value is None or isinstance(value, bool | int):
        return "null" if value is None else str(value).lower()
    written = f'"{value.translate(_ESCAPES)}"'
    return written if _reads_as(written) == value else None


def unsayable(seen: Observed) -> tuple[Text, ...]:
    """Why no manifest can say what the account says of an object."""
    return tuple(
        T("{field} holds characters that a manifest may not hold", field=name)
        for name, value in seen.spec.items()
        if scalar(value) is None
    )


def plain(name: str) -> str:
    """``name`` as an element of ``[a, b]``, in quotes only where they are needed."""
    return name if _PLAIN.fullmatch(name) else scalar(name) or name


def _reads_as(written: str) -> str | None:
    try:
        documents, faults = yaml_tree.read(f"- {written}\n".encode())
    except UnicodeEncodeError:  # half a character (a lone surrogate)
        return None
    root = documents[0].root if documents and not faults else None
    item = root.items[0] if isinstance(root, yaml_tree.Sequence) else None
    return item.text if isinstance(item, yaml_tree.Scalar) else None


def _said(value: Value) -> str:
    """Text from outside as part of one comment line."""
    text = str(value)
    cut = "…" if len(text) > _LONGEST else ""
    return terminal(text[:_LONGEST]) + cut
