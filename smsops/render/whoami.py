"""An identity as text and JSON. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from smsops.text import sanitise

FORMAT_VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class Identity:
    """What ``smsops whoami`` tells; ``None`` is unknown. ``secret_id`` is masked."""

    account_id: str | None
    arn: str | None
    user_id: str | None
    region: str | None
    endpoint: str
    source: str
    secret_id: str


_LABELS = {
    "account_id": "account",
    "arn": "ARN",
    "user_id": "user",
    "region": "region",
    "endpoint": "endpoint",
    "source": "credentials",
    "secret_id": "SecretId",
}


def text(identity: Identity, *, ci: bool = False) -> str:
    """One line a value."""
    width = max(map(len, _LABELS.values()))
    values = asdict(identity)
    return "".join(
        f"{label:<{width}}  {sanitise.terminal(values[name] or 'unknown', ci=ci)}\n"
        for name, label in _LABELS.items()
    )


def as_json(identity: Identity) -> str:
    """``{format_version, account_id, arn, ...}``, sorted."""
    document = {"format_version": FORMAT_VERSION, **asdict(identity)}
    return json.dumps(document, indent=2, sort_keys=True) + "\n"
