"""Where the credentials come from. The first complete source wins; sources are never mixed.

Order: ``--profile NAME`` alone, if given; else ``TENCENTCLOUD_SECRET_ID`` and
``TENCENTCLOUD_SECRET_KEY`` (with ``TENCENTCLOUD_TOKEN`` or ``TENCENTCLOUD_SECURITY_TOKEN``); else
section ``[default]`` of ``TENCENTCLOUD_CREDENTIALS_FILE`` or ``~/.tencentcloud/credentials``; else
``~/.tccli/default.credential`` (``TCCLI_PROFILE`` names another). ``--profile NAME`` means section
``[NAME]`` of the credentials file if there is one, else ``~/.tccli/NAME.credential``, and never
falls back to anything else.

A source that has only half of a pair is passed over with a warning; one that cannot be understood,
asks for a role, or holds what cannot be a credential is an error. No message quotes a value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from smsops.errors import CredentialsError, UsageError
from smsops.providers.tencent import pasted, profiles
from smsops.text.messages import NOTHING, T, Text, listed

_PAIR = ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY")
_TOKENS = ("TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN")
#: Variables by which tccli, TKE and Terraform's provider are asked to assume a role.
_ROLES = (
    "TENCENTCLOUD_ROLE_ARN",
    "TENCENTCLOUD_ASSUME_ROLE_ARN",
    "TENCENTCLOUD_CAM_ROLE_NAME",
    "TKE_ROLE_ARN",
)
_HINT = T(
    "Set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, or write them to "
    "~/.tencentcloud/credentials, or run `tccli configure`. `--emulator` needs none."
)
_HALVES = T("SecretId and SecretKey have to stand in the same place: they are never put together. ")


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
    warnings: tuple[Text, ...] = ()


def find(environment: Mapping[str, str], *, profile: str | None, now: float) -> Found:
    """The credentials of this environment. ``now`` is in epoch seconds.

    Raises :class:`CredentialsError` when there are none or a source is broken, and
    :class:`UsageError` for a ``profile`` that cannot be the name of one.
    """
    search = _Search(environment, now)
    if profile is not None:
        if not profiles.NAME.fullmatch(profile) or ".." in profile:
            raise UsageError(
                T("--profile {profile} is not the name of a profile", profile=repr(profile))
            )
        found = search.profile(profile)
    else:
        found = search.environment_pair() or search.default_section() or search.tccli_default()
    if found is not None:
        return Found(found, tuple(search.warnings))
    passed = listed("", [T("\n  {line}", line=line) for line in search.looked])
    if profile is not None:
        raise CredentialsError(
            T("there is no profile {profile}{passed}", profile=profile, passed=passed),
            hint=T("--profile is taken alone: leave it out to use the environment."),
        )
    raise CredentialsError(
        T("no credentials found{passed}", passed=passed),
        hint=T("{halves}{hint}", halves=_HALVES if search.halves else NOTHING, hint=_HINT),
    )


class _Search:
    """One walk along the sources; remembers where it looked and what it noticed."""

    def __init__(self, environment: Mapping[str, str], now: float) -> None:
        self._environment = environment
        self._now = now
        self.looked: list[Text] = []
        self.warnings: list[Text] = []
        #: Whether some place had a half.
        self.halves = False

    def profile(self, name: str) -> Credentials | None:
        return self._section(name) or self._tccli(name)

    def environment_pair(self) -> Credentials | None:
        get = self._environment.get
        tokens = {get(name) for name in _TOKENS if get(name)}
        if len(tokens) > 1:
            raise CredentialsError(
                T("{names} are both set, and differ", names=" and ".join(_TOKENS)),
                hint=T("Unset one of them."),
            )
        for name in filter(get, _ROLES):
            note = T("{name} asks to assume a role, which smsops does not do yet", name=name)
            self.looked.append(T("environment: {note}", note=note))
            self.warnings.append(T("{note}: keys are used as they are", note=note))
        return self._complete(
            (get(_PAIR[0]), get(_PAIR[1]), next(iter(tokens), None)),
            source="environment",
            names=(*_PAIR, " or ".join(_TOKENS)),
            there=self._environment,
        )

    def default_section(self) -> Credentials | None:
        return self._section("default")

    def tccli_default(self) -> Credentials | None:
        name = self._environment.get("TCCLI_PROFILE") or "default"
        if not profiles.NAME.fullmatch(name) or ".." in name:
            raise CredentialsError(
                T("TCCLI_PROFILE {name} is not the name of a profile", name=repr(name)),
                hint=T("It names a file: ~/.tccli/NAME.credential"),
            )
        return self._tccli(name)

    def _section(self, name: str) -> Credentials | None:
        named = self._environment.get("TENCENTCLOUD_CREDENTIALS_FILE")
        path = Path(named) if named else self._home(".tencentcloud", "credentials")
        if path is None:
            return None
        text = self._read(path)
        if text is None:
            if named:
                raise CredentialsError(
                    T(
                        "TENCENTCLOUD_CREDENTIALS_FILE names {path}, which does not exist",
                        path=path,
                    ),
                    hint=T("Unset it, and ~/.tencentcloud/credentials is read."),
                )
            return None
        sections = profiles.sections(path, text)
        if name not in sections:
            self.looked.append(T("{path}: has no section [{name}]", path=path, name=name))
            return None
        values, source = sections[name], f"{path} [{name}]"
        names = ("secret_id", "secret_key", "token")
        profiles.refuse_roles(source, values, names[:2])
        return self._complete(
            (values.get(names[0]), values.get(names[1]), values.get(names[2])),
            source=source,
            names=names,
            there=values,
        )

    def _tccli(self, name: str) -> Credentials | None:
        path = self._home(".tccli", f"{name}.credential")
        text = self._read(path) if path is not None else None
        if path is None or text is None:
            return None
        content = profiles.document(path, text)
        names = ("secretId", "secretKey", "token")
        profiles.refuse_roles(str(path), content, names[:2])
        secret_id, secret_key, token = (profiles.text(path, content, name) for name in names)
        if secret_id or secret_key or token:
            profiles.refuse_expired(path, content, self._now)
        return self._complete(
            (secret_id, secret_key, token), source=str(path), names=names, there=content
        )

    def _complete(
        self,
        values: tuple[str | None, str | None, str | None],
        *,
        source: str,
        names: tuple[str, str, str],
        there: Mapping[str, object],
    ) -> Credentials | None:
        """The credentials of one source, or ``None`` (and a note) when a half is missing.
        ``there``: all that the source has.
        """
        secret_id, secret_key, token = values
        if not secret_id or not secret_key:
            self._note_halves(values, source, names, there)
            return None
        for name, value in zip(names, values, strict=True):
            fault = pasted.fault(value) if value else None
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
        fault = pasted.swapped(secret_id, secret_key)
        if fault is not None:
            raise CredentialsError(
                T(
                    "{source}: the value of {names} {words}",
                    source=source,
                    names=names[1],
                    words=fault.words,
                ),
                hint=fault.remedy,
            )
        return Credentials(secret_id, secret_key, token or None, source)

    def _note_halves(
        self,
        values: tuple[str | None, str | None, str | None],
        source: str,
        names: tuple[str, str, str],
        there: Mapping[str, object],
    ) -> None:
        """Remember what a source lacks, and what it has instead."""
        lacking = [
            (name, there.get(name))
            for name, value in zip(names[:2], values[:2], strict=True)
            if not value
        ]
        unset = [name for name, value in lacking if value is None]
        empty = [name for name, value in lacking if value is not None]
        said: list[Text] = []
        if unset:
            said.append(T("{names} not set", names=_both(unset)))
        if empty:
            said.append(
                T("{names} empty (a secret that this run does not get?)", names=_both(empty))
            )
        missing = listed(", ", said)
        said += [
            T("{other} is set, but is not what smsops reads", other=other)
            for name in unset
            for other in pasted.similar((key for key, value in there.items() if value), name)
        ]
        self.looked.append(T("{source}: {said}", source=source, said=listed(", ", said)))
        if any(values):
            self.halves = True
            self.warnings.append(
                T("{source} is passed over: {missing}", source=source, missing=missing)
            )

    def _home(self, *parts: str) -> Path | None:
        home = self._environment.get("HOME")
        return Path(home, *parts) if home else None

    def _read(self, path: Path) -> str | None:
        """The text of a credentials file, ``None`` if there is none."""
        file = profiles.read(path)
        if file is None:
            self.looked.append(T("{path}: does not exist", path=path))
            return None
        if file.shared:
            self.warnings.append(
                T("{path} can be read by others; run `chmod 600 {path}`", path=path)
            )
        return file.text


def _both(names: Sequence[str]) -> Text:
    return T("{one} and {other}", one=names[0], other=names[1]) if names[1:] else Text(names[0])
