"""The Containerfile as data: its instructions, and what is wrong with them.

Its base is an argument without a default: which image is trusted, in which version, is decided by
whoever builds, and no digest of it can be invented here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

FILE = "Containerfile"
#: A name of an image, perhaps with registry, tag and digest.
_IMAGE = re.compile(
    r"[a-z0-9][a-z0-9._-]*(:[0-9]+)?(/[a-z0-9][a-z0-9._-]*)*(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?"
)


class Instruction(NamedTuple):
    """One instruction, its lines joined."""

    name: str
    words: str


def instructions(text: str) -> list[Instruction]:
    """The instructions of a Containerfile, without comments."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    found = [line.strip().partition(" ") for line in joined.splitlines() if line.strip()]
    return [Instruction(name.upper(), " ".join(words.split())) for name, _, words in found]


def faults(text: str) -> list[str]:
    """What is wrong with a Containerfile of smsops."""
    found = instructions(text)
    bases = [each.words.split()[0] for each in found if each.name == "FROM"]
    last = max((at for at, each in enumerate(found) if each.name == "FROM"), default=0)
    users = [each.words for each in found[last:] if each.name == "USER"]
    arguments = [each.words for each in found if each.name == "ARG"]
    wrong = []
    if "BASE" not in arguments:
        wrong.append("ARG BASE has a default, or is not there: who builds chooses the base")
    wrong += [f"FROM {base} is not the base that was given" for base in bases if base != "${BASE}"]
    if len(bases) < 2:
        wrong.append("it has one stage: tools to build would stay in the image")
    if not users or not re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[-1]):
        wrong.append("its last USER is not a number other than 0: it would run as root")
    wrong += [f"ADD {each.words}: COPY fetches nothing" for each in found if each.name == "ADD"]
    return wrong


def base_faults(base: str) -> list[str]:
    """What is wrong with the base image that was given for the build."""
    if not base.strip():
        return ["no base image: make release-check BASE=REGISTRY/IMAGE:TAG@sha256:DIGEST"]
    if not _IMAGE.fullmatch(base):
        return [f"{base!r} is not the name of an image"]
    return []


def base_notes(base: str) -> list[str]:
    """What may be as it is, and should be known."""
    pinned = "@sha256:" in base
    return [] if pinned else [f"{base} has no digest: the image cannot be built again as it is"]


def of(root: Path) -> str:
    """The text of the one in a checkout."""
    return (root / FILE).read_text("utf-8")
