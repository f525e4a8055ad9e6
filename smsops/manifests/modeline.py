"""The first line of a manifest, by which editors find its schema."""

from __future__ import annotations

#: A copy of the schema of everything that a person writes, beside ``smsops.yaml``: an editor needs
#: neither a network nor smsops then. It goes into the repository with the manifests.
SCHEMA = ".smsops.schema.json"


def modeline(file: str) -> str:
    """The line, with its end, of a ``file``, a path below the directory with the schema.

    Only steps upwards are in it: editors end it at the first space.
    """
    up = "../" * file.count("/")
    return f"# yaml-language-server: $schema={up}{SCHEMA}\n"
