"""Where the credentials come from. The first complete source wins; sources are never mixed.

Order: ``--profile NAME`` alone, if given; else ``TENCENTCLOUD_SECRET_ID`` and
``TENCENTCLOUD_SECRET_KEY`` (with ``TENCENTCLOUD_TOKEN`` or ``TENCENTCLOUD_SECURITY_TOKEN``); else
section ``[default]`` of ``TENCENTCLOUD_CREDENTIALS_FILE`` or ``~/.tencentcloud/credentials``; else
``~/.tccli/default.credential`` (``TCCLI_PROFILE`` names another). ``--profile NAME`` means section
``[NAME]`` of the credentials file if there is one, else ``~/.tccli/NAME.credential``, and never
falls back to anything else.

A source that has only half of a pair is passed over with a warning; a file that exists but cannot
be understood is an error. No message quotes a line of such a file. Nothing is ever written, and
no token is refreshed.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Mapping
from configparser import (
    DuplicateOptionError,
    DuplicateSectionError,
    MissingSectionHeaderError,
    ParsingError,
    RawConfigParser,
)
from configparser import Error as ConfigError
from dataclasses import dataclass, field
from pathlib import Path

from smsops.errors import CredentialsError, UsageError

#: Larger files are not credentials.
MOST = 64 * 1024
#: Temporary credentials that end within this many seconds count as expired.
SOON = 60

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,127}", re.ASCII)
_PRINTABLE = re.compile(r"[!-~]+", re.ASCII)
_TOKENS = ("TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN")
_HINT = (
    "Set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, or write them to "
    "~/.tencentcloud/credentials, or run `tccli configure`. `--emulator` needs none."
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """A pair, perhaps with a token, and where it was found. Its repr tells no secret."""

    secret_id: str = field(repr=False)
    secret_key: str = field(repr=False)
    token: str | None = field(repr=False)
    source: str

    @property
    def masked_id(self) -> str:
        """The last 4 characters of the SecretId; none of a short one."""
        return "****" + (self.secret_id[-4:] if len(self.secret_id) >= 8 else "")

    def redacted(self, text: str) -> str:
        """``text`` without the secrets, in case somebody echoes a request."""
        for secret in (self.secret_key, self.token, self.secret_id):
            # Short ones are no secrets, but words that messages may well contain.
            if secret and len(secret) > 8:
                text = text.replace(secret, "****")
        return text


@dataclass(frozen=True, slots=True)
class Found:
    """The credentials to use, and what people should know about their sources."""

    credentials: Credentials
    warnings: tuple[str, ...] = ()


def find(environment: Mapping[str, str], *, profile: str | None, now: float) -> Found:
    """The credentials of this environment. ``now`` is in epoch seconds.

    Raises :class:`CredentialsError` when there are none or a source is broken, and
    :class:`UsageError` for a profile name that cannot be one.
    """
    search = _Search(environment, now)
    if profile is not None:
        found = search.profile(_checked_name(profile, "--profile"))
    else:
        found = search.environment_pair() or search.default_section() or search.tccli_default()
    if found is None and profile is not None:
        passed = "".join(f"\n  {line}" for line in search.looked)
        raise CredentialsError(
            f"there is no profile {profile}{passed}",
            hint="--profile is taken alone: leave it out to use the environment.",
        )
    if found is None:
        passed = "".join(f"\n  {line}" for line in search.looked)
        raise CredentialsError(f"no credentials found{passed}", hint=_HINT)
    return Found(found, tuple(search.warnings))


class _Search:
    """One walk along the sources; remembers where it looked and what it noticed."""

    def __init__(self, environment: Mapping[str, str], now: float) -> None:
        self._environment = environment
        self._now = now
        self.looked: list[str] = []
        self.warnings: list[str] = []

    def profile(self, name: str) -> Credentials | None:
        return self._section(name) or self._tccli(name)

    def environment_pair(self) -> Credentials | None:
        get = self._environment.get
        pair = ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY")
        tokens = {get(name) for name in _TOKENS if get(name)}
        if len(tokens) > 1:
            raise CredentialsError(
                f"{' and '.join(_TOKENS)} are both set, and differ",
                hint="Unset one of them.",
            )
        return self._complete(
            get(pair[0]),
            get(pair[1]),
            next(iter(tokens), None),
            source="environment",
            names=(*pair, " or ".join(_TOKENS)),
        )

    def default_section(self) -> Credentials | None:
        return self._section("default")

    def tccli_default(self) -> Credentials | None:
        name = self._environment.get("TCCLI_PROFILE") or "default"
        return self._tccli(_checked_name(name, "TCCLI_PROFILE"))

    def _section(self, name: str) -> Credentials | None:
        named = self._environment.get("TENCENTCLOUD_CREDENTIALS_FILE")
        path = Path(named) if named else self._home(".tencentcloud", "credentials")
        if path is None:
            return None
        text = self._read(path)
        if text is None:
            if named:
                raise CredentialsError(
                    f"TENCENTCLOUD_CREDENTIALS_FILE names {path}, which does not exist"
                )
            return None
        sections = _ini(path, text)
        if name not in sections:
            self.looked.append(f"{path}: has no section [{name}]")
            return None
        values = {key: _unquoted(value) for key, value in sections[name].items()}
        return self._complete(
            values.get("secret_id"),
            values.get("secret_key"),
            values.get("token"),
            source=f"{path} [{name}]",
            names=("secret_id", "secret_key", "token"),
        )

    def _tccli(self, name: str) -> Credentials | None:
        path = self._home(".tccli", f"{name}.credential")
        text = self._read(path) if path is not None else None
        if path is None or text is None:
            return None
        content = _json(path, text)
        get = _texts(path, content)
        if get("role-arn"):
            raise CredentialsError(
                f"{path} asks to assume a role, which smsops does not do",
                hint="Put the temporary credentials of the role into the environment.",
            )
        expires = content.get("expiresAt")
        if isinstance(expires, int | float) and expires - self._now < SOON:
            raise CredentialsError(
                f"the temporary credentials in {path} have expired",
                hint="Run `tccli auth login`, then try again.",
            )
        return self._complete(
            get("secretId"),
            get("secretKey"),
            get("token"),
            source=str(path),
            names=("secretId", "secretKey", "token"),
        )

    def _complete(
        self,
        secret_id: str | None,
        secret_key: str | None,
        token: str | None,
        *,
        source: str,
        names: tuple[str, str, str],
    ) -> Credentials | None:
        """The credentials of one source, or ``None`` (and a note) when a half is missing."""
        missing = [
            name for name, value in zip(names, (secret_id, secret_key), strict=False) if not value
        ]
        if not secret_id or not secret_key:
            self.looked.append(f"{source}: {' and '.join(missing)} not set")
            if secret_id or secret_key or token:
                self.warnings.append(f"{source} is passed over: {' and '.join(missing)} not set")
            return None
        for name, value in zip(names, (secret_id, secret_key, token or None), strict=True):
            if value is not None and not _PRINTABLE.fullmatch(value):
                raise CredentialsError(
                    f"{source}: {name} has white space or characters that no credential has",
                    hint="It may have been pasted with a line break or a space at an end.",
                )
        return Credentials(secret_id, secret_key, token or None, source)

    def _home(self, *parts: str) -> Path | None:
        home = self._environment.get("HOME")
        return Path(home, *parts) if home else None

    def _read(self, path: Path) -> str | None:
        """The text of a credentials file, ``None`` if there is none."""
        try:
            with open(path, "rb", opener=_not_blocking) as stream:
                status = os.fstat(stream.fileno())
                body = stream.read(MOST + 1) if stat.S_ISREG(status.st_mode) else None
        except (FileNotFoundError, NotADirectoryError):
            self.looked.append(f"{path}: does not exist")
            return None
        except OSError as error:
            raise CredentialsError(f"{path} cannot be read: {error.strerror}") from None
        if body is None:
            raise CredentialsError(f"{path} is not a file")
        if len(body) > MOST:
            raise CredentialsError(f"{path} is too large for credentials")
        if status.st_mode & 0o077:
            self.warnings.append(f"{path} can be read by others; run `chmod 600 {path}`")
        try:
            return body.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise CredentialsError(f"{path} is not UTF-8") from None


def _not_blocking(path: str, flags: int) -> int:
    """An opener, so that a FIFO in the place of the file does not hang the run."""
    return os.open(path, flags | os.O_NONBLOCK)


def _checked_name(name: str, origin: str) -> str:
    if not _NAME.fullmatch(name) or ".." in name:
        raise UsageError(f"{origin} {name!r} is not the name of a profile")
    return name


def _ini(path: Path, text: str) -> Mapping[str, Mapping[str, str]]:
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
        reason = f"line {error.lineno}: there is no [default] above it"
    except DuplicateSectionError as error:
        reason = f"line {error.lineno}: a section occurs twice"
    except DuplicateOptionError as error:
        reason = f"line {error.lineno}: a key occurs twice"
    except ParsingError as error:
        reason = f"line {error.errors[0][0]}: neither [section] nor key = value"
    except (ConfigError, ValueError):
        reason = "it is not a credentials file"
    else:
        return {name: dict(parser.items(name)) for name in parser.sections()}
    raise CredentialsError(
        f"{path}: {reason}",
        hint="Write [default], then secret_id = ... and secret_key = ...",
    ) from None


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value


def _json(path: Path, text: str) -> Mapping[str, object]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise CredentialsError(
            f"{path} is not a credential file of tccli",
            hint="Run `tccli configure` or `tccli auth login`.",
        )
    return content


def _texts(path: Path, content: Mapping[str, object]) -> Callable[[str], str | None]:
    def get(key: str) -> str | None:
        value = content.get(key)
        if value is None or isinstance(value, str):
            return value
        raise CredentialsError(f"{path}: {key} is not a text")

    return get
