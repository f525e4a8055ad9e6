"""Packages of messages (套餐包), which domestic messages are billed to."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Package:
    """A package of messages (套餐包) of an application; moments are epoch seconds."""

    id: int
    app: str
    amount: int
    kind: int
    created: int
    effective: int
    expires: int

    def to_json(self) -> dict[str, int | str]:
        """JSON values for the stored account."""
        return asdict(self)
