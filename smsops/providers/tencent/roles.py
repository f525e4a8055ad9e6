"""Roles that the environment asks for: by the token of an identity provider.

One row for each way to have such a token. ``TENCENTCLOUD_ROLE_ARN`` and
``TENCENTCLOUD_PROVIDER_ID`` say which role and which provider of CAM; in a container of TKE its own
variables do. No message quotes a token or an address.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from smsops.errors import CredentialsError
from smsops.net.loopback import is_loopback
from smsops.providers.tencent import pasted
from smsops.providers.tencent.credentials import (
    SESSION,
    Bearer,
    Role,
    TokenFile,
    TokenRequest,
    TokenSource,
    TokenVariable,
    WebIdentity,
)
from smsops.text.messages import NOTHING, T, Text

ROLE, PROVIDER = "TENCENTCLOUD_ROLE_ARN", "TENCENTCLOUD_PROVIDER_ID"
NAMED, LASTS = "TENCENTCLOUD_ROLE_SESSION_NAME", "TENCENTCLOUD_ROLE_SESSION_DURATION"
AUDIENCE = "TENCENTCLOUD_OIDC_AUDIENCE"
TOKEN_FILE, GITLAB = "TENCENTCLOUD_WEB_IDENTITY_TOKEN_FILE", "TENCENT_ID_TOKEN"
GITHUB_URL, GITHUB_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
#: Whom GitHub's token is for, unless :data:`AUDIENCE` says so.
FOR_STS = "sts.tencentcloudapi.com"
#: Seconds that STS issues credentials for (API document, AssumeRole, DurationSeconds).
MOST_SECONDS = 43_200

_ARN = re.compile(r"qcs::cam::uin/\d{1,20}:(?:role/[\w/-]{1,128}|roleName/[\w+=,.@-]{1,128})", re.A)
_SESSION = re.compile(r"[\w+=,.@-]{2,128}", re.ASCII)
_PRINTABLE = re.compile(r"[!-~]+", re.ASCII)


class Way(NamedTuple):
    """A way to have an identity token: the variables that say so, and what they make.

    ``run``: the variable with the number of the job, for the name of the session.
    """

    name: str
    role: str
    provider: str
    token: tuple[str, ...]
    source: Callable[[Mapping[str, str]], TokenSource]
    run: str = ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Those variables that hold what nobody chose; the others name a file."""
        return () if self.token[0].endswith("_FILE") else self.token


def _file(variable: str) -> Callable[[Mapping[str, str]], TokenSource]:
    return lambda environment: TokenFile(Path(environment[variable]))


def _gitlab(environment: Mapping[str, str]) -> TokenSource:
    return TokenVariable(GITLAB, Bearer(environment[GITLAB]))


def _github(environment: Mapping[str, str]) -> TokenSource:
    url = environment[GITHUB_URL]
    try:
        parts = urlsplit(url)
        host = parts.hostname or "" if parts.port != 0 else ""
    except ValueError:
        parts, host = urlsplit(""), ""
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    if not host or not secure or "@" in parts.netloc or not _PRINTABLE.fullmatch(url):
        raise CredentialsError(
            T("{name} is not the https address of an identity provider", name=GITHUB_URL),
            hint=T("GitHub sets it for jobs with `permissions: id-token: write`; leave it as is."),
        )
    audience = environment.get(AUDIENCE) or FOR_STS
    return TokenRequest(url, Bearer(environment[GITHUB_TOKEN]), audience)


#: The first whose variables are all set is taken.
WAYS: tuple[Way, ...] = (
    Way("web-identity", ROLE, PROVIDER, (TOKEN_FILE,), _file(TOKEN_FILE)),
    Way("GitLab", ROLE, PROVIDER, (GITLAB,), _gitlab, "CI_JOB_ID"),
    Way("GitHub", ROLE, PROVIDER, (GITHUB_URL, GITHUB_TOKEN), _github, "GITHUB_RUN_ID"),
    Way(
        "TKE",
        "TKE_ROLE_ARN",
        "TKE_PROVIDER_ID",
        ("TKE_WEB_IDENTITY_TOKEN_FILE",),
        _file("TKE_WEB_IDENTITY_TOKEN_FILE"),
    ),
)
#: Variables of other tools that ask for a role -> what to say of them.
FOREIGN: Mapping[str, Text] = {
    "TENCENTCLOUD_ASSUME_ROLE_ARN": T("is Terraform's: smsops reads {role}", role=ROLE),
    "TENCENTCLOUD_CAM_ROLE_NAME": T("is not read: `--profile cvm-role:NAME` asks for such a role"),
}
#: The variable by which a CI service is known -> how its jobs get a token.
_SERVICES: Mapping[str, Text] = {
    "GITHUB_ACTIONS": T("on GitHub the job needs `permissions: id-token: write`"),
    "GITLAB_CI": T(
        "on GitLab the job needs `id_tokens: {{{variable}: {{aud: {audience}}}}}`",
        variable=GITLAB,
        audience=FOR_STS,
    ),
}


def asked(environment: Mapping[str, str]) -> str | None:
    """The variable that asks for a role, if any does."""
    return next((way.role for way in WAYS if environment.get(way.role)), None)


def web_identity(environment: Mapping[str, str]) -> WebIdentity | None:
    """The role of the environment, ``None`` unless everything that it takes is set.

    Raises :class:`CredentialsError` for a value that cannot be what it should.
    """
    get = environment.get
    for way in WAYS:
        if all(map(get, (way.role, way.provider, *way.token))):
            for name in (way.role, *way.secrets):
                refuse_pasted("environment", name, environment[name])
            refuse_pasted("environment", way.provider, environment[way.provider], chosen=True)
            found = role(
                way.name,
                way.role,
                environment[way.role],
                session=get(NAMED) or _session(way, environment),
                seconds=get(LASTS),
            )
            return WebIdentity(found, environment[way.provider], way.source(environment))
    return None


def lacking(environment: Mapping[str, str]) -> list[Text]:
    """What is set of a role in the environment, and what is missing of it."""
    notes = [
        T("{name} {words}", name=name, words=words)
        for name, words in FOREIGN.items()
        if environment.get(name)
    ]
    name = asked(environment)
    if name is None:
        return notes
    ways = [way for way in WAYS if way.role == name]
    if not environment.get(ways[0].provider):
        notes.append(
            T(
                "{role} is set, and {provider} is not, which names the identity provider in CAM",
                role=name,
                provider=ways[0].provider,
            )
        )
    if not any(all(map(environment.get, way.token)) for way in ways):
        service = next((said for key, said in _SERVICES.items() if environment.get(key)), NOTHING)
        notes.append(
            T(
                "{role} is set, and no identity token is there (none of {names}){service}",
                role=name,
                names=", ".join(" with ".join(way.token) for way in ways),
                service=T(": {service}", service=service) if service else NOTHING,
            )
        )
    return notes


def _session(way: Way, environment: Mapping[str, str]) -> str:
    """A name that leads from CloudAudit to the job."""
    number = environment.get(way.run, "")
    return f"{SESSION}-{number}" if number.isascii() and number.isdigit() else SESSION


def role(
    source: str,
    name: str,
    arn: str,
    *,
    session: str | None = None,
    seconds: str | None = None,
    external_id: str | None = None,
) -> Role:
    """A role from the values that name it: ``name`` is what the ``arn`` is called where it stands.

    Raises :class:`CredentialsError` for a value that STS would not take.
    """
    if not _ARN.fullmatch(arn):
        raise CredentialsError(
            T("{source}: {name} is not the ARN of a role", source=source, name=name),
            hint=T("It looks like qcs::cam::uin/100000000001:roleName/NAME; CAM shows it."),
        )
    if session and not _SESSION.fullmatch(session):
        raise CredentialsError(
            T("{source}: the name of the session cannot be used", source=source),
            hint=T("It has 2 to 128 letters, digits and any of =,.@_-"),
        )
    lasts = int(seconds) if seconds and seconds.isascii() and seconds.isdigit() else None
    if seconds and not (lasts and lasts <= MOST_SECONDS):
        raise CredentialsError(
            T("{source}: the duration of the session cannot be used", source=source),
            hint=T("It is a number of seconds up to {most}.", most=MOST_SECONDS),
        )
    return Role(arn, source, session or SESSION, lasts, external_id or None)


def refuse_pasted(source: str, name: str, value: str, *, chosen: bool = False) -> None:
    """Raise :class:`CredentialsError` for a value that was meant to be something else. ``chosen``:
    a name that somebody chose.
    """
    fault = pasted.fault(value, name=chosen)
    if fault is not None:
        raise CredentialsError(
            T(
                "{source}: the value of {name} {words}",
                source=source,
                name=name,
                words=fault.words,
            ),
            hint=fault.remedy,
        )
