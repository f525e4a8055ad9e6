"""Variables of one environment. Imports little: every command asks."""

from __future__ import annotations

import re
from collections.abc import Mapping

#: Chooses the environment, where no option does.
VARIABLE = "SMSOPS_ENVIRONMENT"
#: What may be given for one environment: variables of smsops and of Tencent's own tools.
_OURS = re.compile(r"(SMSOPS|TENCENTCLOUD|TENCENT|TKE)_[A-Z0-9_]+")
_KEYS = frozenset(
    {
        "TENCENTCLOUD_SECRET_ID",
        "TENCENTCLOUD_SECRET_KEY",
        "TENCENTCLOUD_TOKEN",
        "TENCENTCLOUD_SECURITY_TOKEN",
    }
)
_ROLE = "TENCENTCLOUD_ROLE_ARN"


def credentials_prefix(environment: Mapping[str, str], name: str | None) -> str:
    """What the names of variables begin with that say whose credentials the environment ``name``
    takes, empty where none does. If there are some, no file of keys, which is of nobody in
    particular, takes their place.
    """
    if name is None:
        return ""
    prefix = _prefix(name)
    some = any(environment.get(f"{prefix}{variable}") for variable in (*_KEYS, _ROLE))
    return prefix if some else ""


def _prefix(name: str) -> str:
    return f"{name.upper().replace('-', '_')}__"


def variables(environment: Mapping[str, str], name: str | None) -> Mapping[str, str]:
    """The variables of a run in the environment ``name``: ``NAME__VARIABLE`` wins over
    ``VARIABLE``.

    Credentials are never mixed: keys of the environment put away every other key and role, a role
    of the environment every key.
    """
    if name is None:
        return environment
    prefix = _prefix(name)
    own = {
        variable: value
        for key, value in environment.items()
        if key.startswith(prefix) and _OURS.fullmatch(variable := key.removeprefix(prefix))
    }
    away: frozenset[str] = frozenset()
    if own.keys() & _KEYS:
        away = _KEYS | {_ROLE}
    elif _ROLE in own:
        away = _KEYS
    return {key: each for key, each in environment.items() if key not in away} | own
