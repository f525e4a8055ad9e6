"""Files that editors read, generated from the JSON Schemas: what follows from them must not lag."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from smsops.kinds import KINDS
from smsops.manifests import schemas
from smsops.manifests.modeline import SCHEMA

#: Everything that a person writes, by schema; a document says in `kind` which of them it is.
WRITTEN = ("project", *KINDS, "patch")
#: Examples that are copied out of the repository, and have their schema with them.
_EXAMPLES = ("quickstart", "delivery")
_DRAFT = "http://json-schema.org/draft-07/schema#"
_COMMENT = f"Generated. After an upgrade of smsops: smsops schema {schemas.ANY} > {SCHEMA}"
#: Said once, at the top of the whole.
_OWN = frozenset({"$schema", "$id"})


def manifest() -> str:
    """One schema for every document of a project: its `kind` chooses the part that holds.

    A choice by `if` and `then` lets an editor say what is wrong with a sign; of a `oneOf` it knows
    only that no alternative fits, or guesses which was meant. Every part is inside, so that nothing
    has to be found from wherever a copy of the file is.
    """
    parts = {name: schemas.load(name) for name in WRITTEN}
    kinds = {name: part["properties"]["kind"]["const"] for name, part in parts.items()}
    return _json(
        {
            "$schema": _DRAFT,
            "$id": schemas.identifier(schemas.ANY),
            "$comment": _COMMENT,
            "title": "smsops manifest",
            "description": "Any document of a project: smsops.yaml, a manifest or a patch.",
            "type": "object",
            "required": ["apiVersion", "kind"],
            "properties": {
                "apiVersion": parts["project"]["properties"]["apiVersion"],
                "kind": {"description": "What this document is.", "enum": list(kinds.values())},
            },
            "allOf": [
                {
                    "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
                    "then": {"$ref": f"#/definitions/{name}"},
                }
                for name, kind in kinds.items()
            ],
            "definitions": {
                name: {key: value for key, value in part.items() if key not in _OWN}
                for name, part in parts.items()
            },
        }
    )


def identified(name: str) -> str:
    """The schema ``name`` as it is written by hand, with its ``$id``."""
    head = f'  "$schema": "{_DRAFT}",\n'
    own = f'{head}  "$id": "{schemas.identifier(name)}",\n'
    return re.sub(rf'{re.escape(head)}(  "\$id": "[^"]*",\n)?', own, schemas.text(name), count=1)


def catalogue() -> str:
    """The entry of smsops for the catalogue of schemastore.org, as it is contributed there.

    Only the name smsops.yaml says what a file is: everybody has a directory of templates.
    """
    return _json(
        {
            "name": "smsops",
            "description": "Project file of smsops: Tencent Cloud SMS signs and templates as code",
            "fileMatch": ["smsops.yaml"],
            "url": schemas.identifier("project"),
        }
    )


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


#: Path in the repository -> the function that makes its text.
FILES: Mapping[str, Callable[[], str]] = {
    **{
        f"schemas/{name}.schema.json": partial(identified, name)
        for name in schemas.names()
        if name != schemas.ANY
    },
    f"schemas/{schemas.ANY}.schema.json": manifest,
    **{f"examples/{example}/{SCHEMA}": manifest for example in _EXAMPLES},
    "editors/schemastore.json": catalogue,
}
