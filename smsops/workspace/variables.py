"""Variables of one environment. Imports little: every command asks."""

from __future__ import annotations

import re
from collections.abc import Mapping

#: Chooses the environment, where no option does.
VARIABLE = "SMSOPS_ENVIRONMENT"
#: What may be given for one environment: variables of smsops and of Tencent's own tools.
_OURS = re.compile(r"(SMSOPS|TENCENTCLOUD|TENCENT|TKE)_[A-Z0-9_]+")
#: What says whose credentials to take: keys, and roles.
_CREDENTIALS = frozenset(
    {
        "TENCENTCLOUD_SECRET_ID",
        "TENCENTCLOUD_SECRET_KEY",
        "TENCENTCLOUD_TOKEN",
        "TENCENTCLOUD_SECURITY_TOKEN",
        "TENCENTCLOUD_ROLE_ARN",
        "TKE_ROLE_ARN",
    }
)
_FILE = "TENCENTCLOUD_CREDENTIALS_FILE"


def credentials_prefix(environment: Mapping[str, str], name: str | None) -> str:
    """What the names of variables begin with that say whose credentials the environment ``name``
    takes, be it with an empty value, as secrets have that a run does not get; empty where none
    does. If there are some, no file of keys, which is of nobody in particular, takes their place.
    """
    if name is None:
        return ""
    prefix = _prefix(name)
    return prefix if any(f"{prefix}{each}" in environment for each in _CREDENTIALS) else ""


def _prefix(name: str) -> str:
    return f"{name.upper().replace('-', '_')}__"


def variables(environment: Mapping[str, str], name: str | None) -> Mapping[str, str]:
    """The variables of a run in the environment ``name``: ``NAME__VARIABLE`` wins over
    ``VARIABLE``.

    Credentials are never mixed: keys, a role or a file of the environment put away every key and
    every role that are of none.
    """
    if name is None:
        return environment
    prefix = _prefix(name)
    own = {
        variable: value
        for key, value in environment.items()
        if key.startswith(prefix) and _OURS.fullmatch(variable := key.removeprefix(prefix))
    }
    away = _CREDENTIALS if own.keys() & {*_CREDENTIALS, _FILE} else ()
    return {key: each for key, each in environment.items() if key not in away} | own
