"""Where the credentials come from. The first complete source wins; sources are never mixed.

Order: ``--profile NAME`` alone, if given; else the rows of :data:`SOURCES`: the environment's pair,
the credentials file, tccli's, the machine's, and last the role that the environment asks for by a
web identity. ``--profile NAME`` means section ``[NAME]`` of the credentials file if there is one,
else ``~/.tccli/NAME.credential``; ``--profile cvm-role:NAME`` the role of this instance. It never
falls back to anything else.

A profile may name a role, and by what it is assumed: the keys beside it, or another profile.

A source that has only half of a pair is passed over with a warning; one that cannot be understood
or holds what cannot be a credential is an error. No message quotes a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from smsops.errors import CredentialsError, UsageError
from smsops.providers.tencent import pasted, profiles, roles
from smsops.providers.tencent.credentials import (
    AssumedRole,
    Credentials,
    InstanceRole,
    Provider,
)
from smsops.text.messages import NOTHING, T, Text, listed

PAIR = ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY")
_NAMED_FILE = "TENCENTCLOUD_CREDENTIALS_FILE"
_TOKENS = ("TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN")
#: Credentials of the machine, for whoever has none of their own.
MACHINE = Path("/etc/tencentcloud/credentials")
#: How ``--profile`` asks for the role of an instance.
INSTANCE = "cvm-role:"
_INSTANCE_NAME = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)
#: Roles that are assumed one by the other.
MOST_LINKS = 5
_HINT = T(
    "Set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, or write them to "
    "~/.tencentcloud/credentials, or run `tccli configure`. `--emulator` needs none."
)
_KEPT = T(
    "Code hosts keep secrets from forks, from Dependabot, from jobs of another environment and, "
    "where they are protected, from other branches."
)
_IN_A_PIPELINE = T(
    "Give this job TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, or a role. {kept}",
    kept=_KEPT,
)
_OWN = T(
    "Set {id} and {key}, or all that a role needs: where an environment has variables of its own, "
    "no other keys and no files of keys are read."
)
_HALVES = T("SecretId and SecretKey have to stand in the same place: they are never put together. ")


@dataclass(frozen=True, slots=True)
class Found:
    """Where the credentials to use come from, and what people should know about the sources."""

    provider: Provider
    warnings: tuple[Text, ...] = ()

    @property
    def credentials(self) -> Credentials:
        """The keys, where they were found and need not be asked for."""
        assert isinstance(self.provider, Credentials)
        return self.provider


def find(
    environment: Mapping[str, str], *, profile: str | None, now: float, prefix: str = ""
) -> Found:
    """The credentials of this environment. ``now`` is in epoch seconds; ``prefix``: what the names
    of the variables began with that say whose they are; then no file is read instead of them.

    Raises :class:`CredentialsError` when there are none or a source is broken, and
    :class:`UsageError` for a ``profile`` that cannot be the name of one.
    """
    search = _Search(environment, now, prefix)
    found = search.first() if profile is None else search.chosen(profile)
    if found is not None:
        return Found(found, tuple(search.warnings))
    passed = listed("", [T("\n  {line}", line=line) for line in search.looked])
    if profile is not None:
        raise CredentialsError(
            T("there is no profile {profile}{passed}", profile=profile, passed=passed),
            hint=T(
                "A profile is taken alone: add it, or leave out --profile, or `profile` of the "
                "environment in smsops.yaml, to use variables and other files."
            ),
        )
    ci = bool(environment.get("CI"))
    hint = _IN_A_PIPELINE if ci else _HINT
    if prefix:
        hint = _OWN.filled(id=f"{prefix}{PAIR[0]}", key=f"{prefix}{PAIR[1]}")
        hint = T("{hint} {kept}", hint=hint, kept=_KEPT) if ci else hint
    raise CredentialsError(
        T("no credentials found{passed}", passed=passed),
        hint=T("{halves}{hint}", halves=_HALVES if search.halves else NOTHING, hint=hint),
    )


_Values = tuple[str | None, str | None, str | None]


class _Search:
    """One walk along the sources; remembers where it looked and what it noticed."""

    def __init__(self, environment: Mapping[str, str], now: float, prefix: str) -> None:
        self._environment = environment
        self._prefix = prefix
        self._now = now
        self.looked: list[Text] = []
        self.warnings: list[Text] = []
        #: Whether some place had a half.
        self.halves = False

    def first(self) -> Provider | None:
        """The first source that is complete, of all or of variables alone."""
        for source in VARIABLES if self._prefix else SOURCES:
            found = source(self)
            if found is not None:
                self._note_roles(found)
                return found
        self.looked += [T("environment: {note}", note=note) for note in self._roles]
        return None

    def chosen(self, name: str) -> Provider | None:
        """The profile of ``--profile``."""
        role = name.removeprefix(INSTANCE)
        if role != name and _INSTANCE_NAME.fullmatch(role):
            return InstanceRole(role)
        if not profiles.NAME.fullmatch(name) or ".." in name:
            raise UsageError(
                T("--profile {profile} is not the name of a profile", profile=repr(name))
            )
        return self._profile(name, ())

    def _profile(self, name: str, above: tuple[str, ...]) -> Provider | None:
        return self._section(self._file(), name, above) or self._tccli(name, above)

    @property
    def _roles(self) -> list[Text]:
        """What the environment lacks to assume a role."""
        return roles.lacking(self._environment)

    def _note_roles(self, found: Provider) -> None:
        """Warn when keys win over a role that was asked for."""
        if not isinstance(found, Credentials):
            return
        name = roles.asked(self._environment)
        if name is not None:
            note = T(
                "{name} asks for a role, which is not assumed: the keys ({source}) win",
                name=name,
                source=found.source,
            )
            self.warnings.append(note)
        self.warnings += [
            T("{name} {words}", name=name, words=words)
            for name, words in roles.FOREIGN.items()
            if self._environment.get(name)
        ]

    def environment_pair(self) -> Provider | None:
        get = self._environment.get
        tokens = {get(name) for name in _TOKENS if get(name)}
        if len(tokens) > 1:
            raise CredentialsError(
                T("{names} are both set, and differ", names=" and ".join(_TOKENS)),
                hint=T("Unset one of them."),
            )
        return self._complete(
            (get(PAIR[0]), get(PAIR[1]), next(iter(tokens), None)),
            source="environment",
            names=(f"{self._prefix}{PAIR[0]}", f"{self._prefix}{PAIR[1]}", " or ".join(_TOKENS)),
            there=self._environment,
        )

    def default_section(self) -> Provider | None:
        return self._section(self._file(), "default", ())

    def tccli_default(self) -> Provider | None:
        name = self._environment.get("TCCLI_PROFILE") or "default"
        if not profiles.NAME.fullmatch(name) or ".." in name:
            raise CredentialsError(
                T("TCCLI_PROFILE {name} is not the name of a profile", name=repr(name)),
                hint=T("It names a file: ~/.tccli/NAME.credential"),
            )
        return self._tccli(name, ())

    def machine_section(self) -> Provider | None:
        """The file of the machine; a file that was named stands in its place, too."""
        if self._environment.get(_NAMED_FILE):
            return None
        return self._section(MACHINE, "default", ())

    def web_identity(self) -> Provider | None:
        return roles.web_identity(self._environment)

    def _file(self) -> Path | None:
        named = self._environment.get(_NAMED_FILE)
        return Path(named) if named else self._home(".tencentcloud", "credentials")

    def _section(self, path: Path | None, name: str, above: tuple[str, ...]) -> Provider | None:
        if path is None:
            return None
        text = self._read(path)
        if text is None:
            if self._environment.get(_NAMED_FILE):
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
            self.looked.append(
                T(
                    "{path}: has no section [{name}]{others}",
                    path=path,
                    name=name,
                    others=profiles.listed(sections),
                )
            )
            return None
        values, source = sections[name], f"{path} [{name}]"
        names = ("secret_id", "secret_key", "token")
        pair = (values.get(names[0]), values.get(names[1]), values.get(names[2]))
        if asked := profiles.asked_role(source, values, names[:2]):
            return self._assumed(asked, name, above, pair, names)
        return self._complete(pair, source=source, names=names, there=values)

    def _tccli(self, name: str, above: tuple[str, ...]) -> Provider | None:
        path = self._home(".tccli", f"{name}.credential")
        text = self._read(path) if path is not None else None
        if path is None or text is None:
            return None
        content = profiles.document(path, text)
        names = ("secretId", "secretKey", "token")
        asked = profiles.asked_role(str(path), content, names[:2])
        secret_id, secret_key, token = (profiles.text(path, content, name) for name in names)
        ends = None
        if secret_id or secret_key or token:
            ends = profiles.end(path, content, self._now)
        pair = (secret_id, secret_key, token)
        if asked is not None:
            return self._assumed(asked, name, above, pair, names)
        found = self._complete(pair, source=str(path), names=names, there=content)
        return replace(found, ends=ends) if found and token else found

    def _assumed(
        self,
        asked: profiles.AskedRole,
        name: str,
        above: tuple[str, ...],
        pair: _Values,
        names: tuple[str, str, str],
    ) -> Provider:
        """The role of a profile, assumed by the keys beside it or by another profile."""
        place, other = asked.place, asked.by
        found = roles.role(
            place,
            asked.name,
            asked.arn,
            session=asked.session,
            seconds=asked.seconds,
            external_id=asked.external_id,
        )
        by: Provider | None
        if not other:
            by = self._complete(pair, source=place, names=names, there={})
        elif other in (*above, name) or len(above) >= MOST_LINKS:
            raise CredentialsError(
                T(
                    "{place}: source_profile goes in a circle ({names})",
                    place=place,
                    names=" -> ".join((*above, name, other)),
                ),
                hint=T("A chain of roles begins with a profile that has keys."),
            )
        else:
            by = self._profile(other, (*above, name)) if profiles.NAME.fullmatch(other) else None
        if by is not None:
            return AssumedRole(found, by)
        if other:
            message = T("{place}: there is no profile {other} with keys", place=place, other=other)
        else:
            message = T("{place}: {name} names a role, and nobody to assume it", place=place)
            message = message.filled(name=asked.name)
        raise CredentialsError(
            message,
            hint=T("Put {id} and {key} beside it, or source_profile.", id=names[0], key=names[1]),
        )

    def _complete(
        self,
        values: _Values,
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
            if value:
                roles.refuse_pasted(source, name, value)
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
        values: _Values,
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
        if file.shared and path != MACHINE:
            self.warnings.append(
                T("{path} can be read by others; run `chmod 600 {path}`", path=path)
            )
        return file.text


#: What is asked without ``--profile``, in this order.
SOURCES: tuple[Callable[[_Search], Provider | None], ...] = (
    _Search.environment_pair,
    _Search.default_section,
    _Search.tccli_default,
    _Search.machine_section,
    _Search.web_identity,
)
#: Those that read no file of keys.
VARIABLES = (_Search.environment_pair, _Search.web_identity)


def _both(names: Sequence[str]) -> Text:
    return T("{one} and {other}", one=names[0], other=names[1]) if names[1:] else Text(names[0])
