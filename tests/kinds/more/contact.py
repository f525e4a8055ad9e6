"""Contact: a kind that is only declared. Nothing of it exists in an account."""

from __future__ import annotations

from smsops.kinds.kind import Field, Kind
from smsops.model import Effect

KIND = Kind(
    name="contact",
    manifest="Contact",
    label="email",
    fields=(Field("email", "", Effect.NOTE),),
)
