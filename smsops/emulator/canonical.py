"""What a TC3-HMAC-SHA256 signature is made over (API document, "签名方法 v3")."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from smsops.emulator.hosts import without_port

ALGORITHM = "TC3-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
#: Stands before the SecretKey where the first key is derived.
PREFIX = "TC3"


@dataclass(frozen=True, slots=True)
class Signed:
    """Everything that a signature is made from; ``headers`` by name, in the order they are signed.

    ``payload`` is what is hashed, ``service`` and ``date`` are the scope, ``key`` begins with
    :data:`PREFIX`.
    """

    method: str
    query: str
    headers: dict[str, str] = field(repr=False)
    payload: bytes = field(repr=False)
    timestamp: int
    date: str
    service: str
    key: str = field(repr=False)

    def mac(self) -> str:
        """The signature in hexadecimal."""
        headers = "".join(f"{name}:{text.strip().lower()}\n" for name, text in self.headers.items())
        canonical = "\n".join(
            (
                self.method,
                "/",
                self.query,
                headers,
                ";".join(self.headers),
                hashlib.sha256(self.payload).hexdigest(),
            )
        )
        digest = hashlib.sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()
        scope = f"{self.date}/{self.service}/tc3_request"
        to_sign = f"{ALGORITHM}\n{self.timestamp}\n{scope}\n{digest}"
        secret = self.key.encode()
        for part in (self.date, self.service, "tc3_request"):
            secret = hmac.digest(secret, part.encode("utf-8", "surrogateescape"), "sha256")
        return hmac.digest(secret, to_sign.encode("utf-8", "surrogateescape"), "sha256").hex()

    def with_host(self, host: str) -> Signed:
        """The same request to another host."""
        return replace(self, headers={**self.headers, "host": host})

    def as_sent(self) -> Iterator[Signed]:
        """What SDKs sign of a request: the host as it is, or without its port."""
        yield self
        host = self.headers["host"]
        if without_port(host) != host:
            yield self.with_host(without_port(host))


def date_of(timestamp: int) -> str:
    """The day that a scope names: of UTC, whatever the client's zone is."""
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d")
