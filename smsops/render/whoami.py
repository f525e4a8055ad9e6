"""An identity as text and JSON. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from smsops.text import sanitise
from smsops.text.messages import T
from smsops.text.width import padded, width

FORMAT_VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class Identity:
    """What ``smsops whoami`` tells; ``None`` is unknown. ``secret_id`` is masked.

    ``chain``: how each link of the credentials is had, where that is said, and its role.
    """

    account_id: str | None
    arn: str | None
    user_id: str | None
    region: str | None
    endpoint: str
    source: str
    secret_id: str
    chain: Sequence[Mapping[str, str | None]] = ()
    expires_at: str | None = None
    #: Of a project that has several.
    environment: str | None = None


_LABELS = {
    "environment": T("environment"),
    "account_id": T("account"),
    "arn": T("ARN"),
    "user_id": T("user"),
    "region": T("region"),
    "endpoint": T("endpoint"),
    "source": T("credentials"),
    "secret_id": T("SecretId"),
    "expires_at": T("valid until"),
}
#: What is left out where there is nothing to say.
_OPTIONAL = frozenset({"environment", "expires_at"})


def text(identity: Identity, *, ci: bool = False) -> str:
    """One line a value."""
    values = asdict(identity)
    labels = {
        name: str(label)
        for name, label in _LABELS.items()
        if name not in _OPTIONAL or values[name] is not None
    }
    columns = max(map(width, labels.values()))
    return "".join(
        f"{padded(label, columns)}  {sanitise.terminal(values[name] or T('unknown'), ci=ci)}\n"
        for name, label in labels.items()
    )


def as_json(identity: Identity) -> str:
    """``{format_version, account_id, arn, ...}``, sorted."""
    document = {"format_version": FORMAT_VERSION, **asdict(identity)}
    if identity.environment is None:
        del document["environment"]
    return json.dumps(document, indent=2, sort_keys=True) + "\n"
