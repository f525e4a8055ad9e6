"""The files that hold credentials: ``~/.tencentcloud/credentials`` and those of tccli.

A file that exists but cannot be understood is an error, and so is one that asks for what a file
cannot have, such as the role of an instance. No message quotes a value or a line. Nothing is ever
written, and no token is refreshed.
"""

from __future__ import annotations

import json
import math
import os
import re
import stat
from collections.abc import Iterable, Mapping
from configparser import (
    DuplicateOptionError,
    DuplicateSectionError,
    MissingSectionHeaderError,
    ParsingError,
    RawConfigParser,
)
from configparser import Error as ConfigError
from pathlib import Path
from typing import NamedTuple

from smsops import platforms
from smsops.errors import CredentialsError
from smsops.text.messages import NOTHING, T, Text

#: Larger files are not credentials.
MOST = 64 * 1024
#: Temporary credentials that end within this many seconds count as expired.
SOON = 60

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,127}", re.ASCII)
#: Names of sections that are repeated: shorter than any key, and how many.
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,23}", re.ASCII)
_MOST_NAMED = 5

#: What a key of a profile, without case and separators, asks for that a profile cannot have.
REFUSED: Mapping[str, Text] = {
    "usecvmrole": T("asks for the role of an instance, which a file cannot do"),
    "cvmrole": T("asks for the role of an instance, which a file cannot do"),
    "credentialsource": T("asks for the role of an instance, which a file cannot do"),
    "webidentitytokenfile": T("asks for a web identity, which a file cannot do"),
    "credentialprocess": T("asks to run a program, which smsops does not do"),
}
#: What to do instead; the rest has :data:`_ELSE`.
_INSTEAD: Mapping[str, Text] = {
    "usecvmrole": T("Ask for it by name: --profile cvm-role:{role}"),
    "cvmrole": T("Ask for it by name: --profile cvm-role:{role}"),
    "credentialsource": T("Ask for it by name: --profile cvm-role:{role}"),
    "webidentitytokenfile": T(
        "Set TENCENTCLOUD_ROLE_ARN, TENCENTCLOUD_PROVIDER_ID and "
        "TENCENTCLOUD_WEB_IDENTITY_TOKEN_FILE in the environment"
    ),
    "credentialprocess": T(
        "Put what it prints into TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and "
        "TENCENTCLOUD_TOKEN"
    ),
}
#: What names a role and who assumes it.
_ROLE = ("rolearn", "sourceprofile")
#: Values of ``type`` in a file of tccli that mean the same.
_ROLE_TYPES = {"cvm-role": "usecvmrole", "role": "rolearn", "role-arn": "rolearn"}
#: What `tccli auth login` writes beside the keys.
_LEFT = T("remove type, token and expiresAt from the file")


class File(NamedTuple):
    """A file of credentials: its text, and whether others may read it."""

    text: str
    shared: bool


def read(path: Path) -> File | None:
    """A file of credentials, ``None`` if there is none. Raises :class:`CredentialsError`."""
    try:
        with open(path, "rb", opener=_not_blocking) as stream:
            status = os.fstat(stream.fileno())
            body = stream.read(MOST + 1) if stat.S_ISREG(status.st_mode) else None
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise CredentialsError(
            T("{path} cannot be read: {strerror}", path=path, strerror=error.strerror)
        ) from None
    if body is None:
        raise CredentialsError(T("{path} is not a file", path=path))
    if len(body) > MOST:
        raise CredentialsError(T("{path} is too large for credentials", path=path))
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise CredentialsError(
            T("{path} is UTF-16, as PowerShell writes it", path=path), hint=T("Save it as UTF-8.")
        )
    try:
        return File(body.decode("utf-8-sig"), platforms.posix() and bool(status.st_mode & 0o077))
    except UnicodeDecodeError:
        raise CredentialsError(T("{path} is not UTF-8", path=path)) from None


def _not_blocking(path: str, flags: int) -> int:
    """An opener, so that a FIFO in the place of the file does not hang the run."""
    return os.open(path, flags | platforms.NONBLOCK)


def listed(names: Iterable[str]) -> Text:
    """The sections that a file does have, to go behind one that it has not; a name that could be a
    key is none.
    """
    plain = [f"[{name}]" for name in names if _PLAIN.fullmatch(name)]
    return T("; it has {names}", names=", ".join(plain[:_MOST_NAMED])) if plain else NOTHING


def sections(path: Path, text: str) -> Mapping[str, Mapping[str, str]]:
    """Sections of a credentials file. configparser's errors quote lines, so none escapes."""
    parser = RawConfigParser(
        strict=True,
        inline_comment_prefixes=("#", ";"),
        # No section is special, and none gives its values to the others.
        default_section="\0",
        empty_lines_in_values=False,
    )
    try:
        parser.read_string(text)
    except MissingSectionHeaderError as error:
        reason = T("line {line}: there is no [default] above it", line=error.lineno)
    except DuplicateSectionError as error:
        reason = T("line {line}: a section occurs twice", line=error.lineno)
    except DuplicateOptionError as error:
        reason = T("line {line}: a key occurs twice", line=error.lineno)
    except ParsingError as error:
        line = error.errors[0][0]
        reason = T("line {line}: neither [section] nor key = value", line=line)
    except (ConfigError, ValueError):
        reason = T("it is not a credentials file")
    else:
        return {
            name: {key: _unquoted(value) for key, value in parser.items(name)}
            for name in parser.sections()
        }
    raise CredentialsError(
        T("{path}: {reason}", path=path, reason=reason),
        hint=T("Write [default], then secret_id = ... and secret_key = ..."),
    ) from None


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value


def document(path: Path, text: str) -> Mapping[str, object]:
    """A file of tccli."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise CredentialsError(
            T("{path} is not a credential file of tccli", path=path),
            hint=T("Run `tccli configure` or `tccli auth login`."),
        )
    return content


def text(path: Path, content: Mapping[str, object], key: str) -> str | None:
    """A value of a file of tccli. Raises :class:`CredentialsError` for anything but a text."""
    value = content.get(key)
    if value is None or isinstance(value, str):
        return value
    raise CredentialsError(T("{path}: {key} is not a text", path=path, key=key))


class AskedRole(NamedTuple):
    """The role that a profile asks for, as it says it. ``name``: what its ARN is called there;
    ``by``: the profile that assumes it, empty for the keys beside it.
    """

    place: str
    name: str
    arn: str
    by: str
    session: str
    seconds: str
    external_id: str


def asked_role(place: str, values: Mapping[str, object], keys: tuple[str, str]) -> AskedRole | None:
    """The role that a profile asks for, ``None`` if it only has keys.

    Raises :class:`CredentialsError` for one that asks for more.
    """
    asked = {_plain(key): key for key, value in values.items() if _meant(value)}
    kind = values.get("type")
    if isinstance(kind, str) and kind.lower() in _ROLE_TYPES:
        asked.setdefault(_ROLE_TYPES[kind.lower()], "type")
    both = all(values.get(key) for key in keys)
    refused = next((name for name in REFUSED if name in asked), None)
    if refused is not None:
        role = values.get(asked[refused])
        named = role if isinstance(role, str) and asked[refused] != "type" else ""
        fits = NAME.fullmatch(named) and named.lower() != "true"
        hint = _INSTEAD[refused].filled(role=named if fits else "NAME")
        if both:
            hint = T(
                "{hint}; or remove {asked}, and the keys beside it are used as they are",
                hint=hint,
                asked=asked[refused],
            )
        raise CredentialsError(
            T(
                "{place}: {asked} {words}",
                place=place,
                asked=asked[refused],
                words=REFUSED[refused],
            ),
            hint=T("{hint}.", hint=hint),
        )
    if not any(name in asked for name in _ROLE):
        return None

    def said(name: str) -> str:
        return str(values.get(asked.get(name, "")) or "")

    if both and "sourceprofile" in asked:
        raise CredentialsError(
            T("{place}: has keys and {name}: who assumes the role?", place=place).filled(
                name=asked["sourceprofile"]
            ),
            hint=T("Remove one of them: credentials are never mixed from two places."),
        )
    if "rolearn" not in asked or asked["rolearn"] == "type":
        raise CredentialsError(
            T("{place}: asks to assume a role and names none", place=place),
            hint=T("role_arn (role-arn in a file of tccli) names it."),
        )
    return AskedRole(
        place,
        asked["rolearn"],
        said("rolearn"),
        said("sourceprofile"),
        said("rolesessionname"),
        said("durationseconds"),
        said("externalid"),
    )


def _plain(key: str) -> str:
    return key.lower().replace("-", "").replace("_", "")


def _meant(value: object) -> bool:
    """Whether a value switches something on."""
    return value.lower() not in ("", "false", "no", "0") if isinstance(value, str) else bool(value)


def end(path: Path, content: Mapping[str, object], now: float) -> float | None:
    """When the keys that a login left end, in epoch seconds. Raises :class:`CredentialsError`
    when that was.
    """
    expires = content.get("expiresAt")
    if expires is None:
        return None
    try:
        if isinstance(expires, bool) or not isinstance(expires, int | float | str):
            raise ValueError
        moment = float(expires)
    except (ValueError, OverflowError):
        moment = math.nan
    if not math.isfinite(moment):
        raise CredentialsError(
            T("{path}: expiresAt is not a time in seconds", path=path),
            hint=T("Run `tccli auth login`."),
        )
    if moment - now >= SOON:
        return moment
    if not content.get("token"):
        raise CredentialsError(
            T(
                "{path}: expiresAt is of an earlier login, which has ended; the "
                "keys beside it have no token, as permanent ones have none",
                path=path,
            ),
            hint=T(
                "For permanent keys, {left}; for a new login, run `tccli auth login`.", left=_LEFT
            ),
        )
    raise CredentialsError(
        T(
            "the temporary credentials in {path} have expired: its expiresAt "
            "is of an earlier login",
            path=path,
        ),
        hint=T(
            "Run `tccli auth login`, then try again. If permanent keys were put in since, {left}.",
            left=_LEFT,
        ),
    )
