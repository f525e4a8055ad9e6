"""The JSON Schemas: where they are, and what they say about a value. The one door to jsonschema.

They live in ``schemas/`` at the top of the repository, for editors. The wheel carries them inside
the package; an editable install and a checkout find them next to it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from smsops.errors import SmsopsError, UsageError
from smsops.manifests.compiled import Reader, compile_schema, ecma
from smsops.text.messages import T

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

#: Where the schemas are published; with the name of a file behind it, the ``$id`` of a schema.
#: Nothing fetches from there. Whoever publishes smsops puts the owner of the repository in here,
#: and `make docs` writes it everywhere.
HOME = "https://raw.githubusercontent.com/OWNER/smsops/main/schemas/"
#: The schema of every document that a person writes, whatever its kind.
ANY = "manifest"

_MOST = 1000
_SUFFIX = ".schema.json"
_PACKAGE = Path(__file__).resolve().parents[1]


class Violation(NamedTuple):
    """One rule of a schema that a value breaks. ``path`` leads to the value."""

    path: tuple[str | int, ...]
    keyword: str
    schema: Mapping[str, Any]
    instance: Any


def directory() -> Path:
    """The folder with the schemas: of the wheel, or of the checkout."""
    for place in (_PACKAGE / "schemas", _PACKAGE.parent / "schemas"):
        if (place / f"project{_SUFFIX}").is_file():
            return place
    raise SmsopsError(T("the JSON Schemas are missing"), hint=T("Install smsops again."))


def identifier(name: str) -> str:
    """The ``$id`` of the schema ``name``."""
    return f"{HOME}{name}{_SUFFIX}"


def names() -> list[str]:
    """Every schema by name: ``project``, ``sign``, ``template`` and those of JSON outputs."""
    return sorted(path.name.removesuffix(_SUFFIX) for path in directory().glob(f"*{_SUFFIX}"))


def text(name: str) -> str:
    """The schema ``name``, in any case, as it is shipped. Raises :class:`UsageError`."""
    wanted = name.lower()
    if wanted not in names():
        raise UsageError(
            T("no schema {name}", name=repr(name)),
            hint=T("Schemas: {names}.", names=", ".join(names())),
        )
    return (directory() / f"{wanted}{_SUFFIX}").read_text("utf-8")


def differs(path: Path) -> bool:
    """Whether a copy of the schema of everything is at ``path``, and is another than ours."""
    ours = text(ANY).encode()
    try:
        if not path.is_file():
            return False
        with path.open("rb") as copy:
            return copy.read(2 * len(ours)).replace(b"\r\n", b"\n") != ours
    except OSError:
        return False


@cache
def load(name: str) -> Mapping[str, Any]:
    """The schema ``name`` as a value."""
    loaded: Mapping[str, Any] = json.loads(text(name))
    return loaded


@cache
def reader(name: str) -> Reader:
    """The quick reader of the schema ``name``."""
    return compile_schema(load(name))


@cache
def _validator(name: str) -> Validator:
    from jsonschema import Draft7Validator, validators
    from jsonschema.exceptions import ValidationError

    def pattern(
        _validator: Any, wanted: str, instance: object, _schema: Any
    ) -> Iterator[ValidationError]:
        if isinstance(instance, str) and ecma(wanted).search(instance) is None:
            yield ValidationError(f"{instance!r} does not match {wanted!r}")

    extend: Any = validators.extend
    made: Validator = extend(Draft7Validator, {"pattern": pattern})(load(name))
    return made


def violations(name: str, value: Any) -> list[Violation]:
    """What jsonschema finds wrong with ``value``: everything, up to a limit no person reaches."""
    return [
        Violation(
            tuple(error.absolute_path),
            str(error.validator),
            error.schema if isinstance(error.schema, Mapping) else {},
            error.instance,
        )
        for error in islice(_validator(name).iter_errors(value), _MOST)
    ]
