"""Running the ``git`` command where nobody can answer its questions.

No shell, no terminal, no hooks, no environment that points git at another repository, and none of
the credentials of Tencent Cloud. What git needs to reach its remote (ssh agent, askpass, credential
helpers, the user's configuration) stays. The work tree and the index are never touched.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from smsops.errors import StateError
from smsops.state.backends.giturls import redacted
from smsops.text import sanitise
from smsops.text.messages import NOTHING, T, Text

#: Seconds for one command; a push over a slow line included.
TIMEOUT = 120.0
_MOST_WORDS = 400

_OFF = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "credential.interactive=never",
    "fetch.prune=false",
    "fetch.recurseSubmodules=no",
    "fetch.writeCommitGraph=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.ext.allow=never",
    "push.followTags=false",
    "push.gpgSign=false",
    "push.recurseSubmodules=no",
    # A pull request may hold files that look like a repository, with a configuration of its own.
    "safe.bareRepository=explicit",
    "submodule.recurse=false",
)
#: Of git's own variables only those that lead to the remote and prove who asks.
_KEPT = re.compile(
    r"GIT_(SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|SSL_CAINFO|SSL_CAPATH|CONFIG_GLOBAL|CONFIG_SYSTEM"
    r"|CONFIG_NOSYSTEM|CONFIG_COUNT|CONFIG_KEY_[0-9]+|CONFIG_VALUE_[0-9]+)"
)
_SECRET = re.compile(r"(TENCENTCLOUD|SMSOPS|TF)_.*")
#: Git's own remedy for a repository of another user; it quotes a path that needs it.
_TRUST = re.compile(r"git config --global --add safe\.directory ('(?:[^']|'\\'')*'|\S+)")


class Done(NamedTuple):
    """A command that ended. ``message`` is what it wrote to stderr, fit to print."""

    code: int
    out: bytes
    message: str


class Git:
    """The ``git`` command in the repository that contains ``root``."""

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        self._root = root
        self._environment = scrubbed(environment)
        self._secrets: frozenset[str] = frozenset()
        self._checked = False

    def conceal(self, secrets: Iterable[str]) -> None:
        """Keep ``secrets`` out of everything that is printed from now on."""
        self._secrets |= frozenset(secrets)

    def words(self, stderr: bytes) -> str:
        """The end of what git wrote, in one line and without secrets."""
        return words(stderr, self._secrets)

    def run(
        self, *arguments: str, body: bytes = b"", extra: Mapping[str, str] | None = None
    ) -> Done:
        """Run ``git ARGUMENTS`` to its end. Raises :class:`StateError` when it cannot run."""
        self._check()
        return self._run(arguments, body, extra or {})

    def must(
        self, *arguments: str, body: bytes = b"", extra: Mapping[str, str] | None = None
    ) -> bytes:
        """The output of a command that has to succeed. Raises :class:`StateError`."""
        done = self.run(*arguments, body=body, extra=extra)
        if done.code:
            raise StateError(
                T(
                    "git {arguments} failed: {reason}",
                    arguments=arguments[0],
                    reason=done.message or f"exit {done.code}",
                )
            )
        return done.out

    def _check(self) -> None:
        if self._checked:
            return
        done = self._run(("rev-parse", "--git-dir"), b"", {})
        if done.code:
            remedy = distrusted(done.message, str(self._root.absolute()))
            raise StateError(
                T(
                    "{root} is in no usable git repository: {message}",
                    root=self._root,
                    message=done.message,
                ),
                hint=remedy
                or T("Clone or init the repository first, or choose another state backend."),
            )
        self._checked = True

    def _run(self, arguments: tuple[str, ...], body: bytes, extra: Mapping[str, str]) -> Done:
        options = [part for setting in _OFF for part in ("-c", setting)]
        try:
            process = subprocess.Popen(  # noqa: S603 (a list, no shell)
                ["git", "-C", str(self._root), *options, *arguments],  # noqa: S607 (the user's git, from PATH)
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**self._environment, **extra},
                # Away from the terminal: ssh cannot ask, and Ctrl-C does not cut a push in half.
                start_new_session=True,
            )
        except FileNotFoundError:
            raise StateError(
                T("there is no git command"),
                hint=T("Install git, or choose another state backend."),
            ) from None
        except OSError as error:
            raise StateError(
                T("git cannot be run: {reason}", reason=error.strerror or error)
            ) from error
        with process:
            try:
                out, stderr = process.communicate(body, timeout=TIMEOUT)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                late = T("no answer within {seconds} s", seconds=f"{TIMEOUT:g}")
                return Done(-1, b"", str(late))
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        return Done(process.returncode, out, self.words(stderr))


def scrubbed(environment: Mapping[str, str]) -> dict[str, str]:
    """``environment`` as git may see it."""
    kept = {
        name: value
        for name, value in environment.items()
        if not _SECRET.fullmatch(name) and (not name.startswith("GIT_") or _KEPT.fullmatch(name))
    }
    return {**kept, "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}


def distrusted(stderr: str, place: str) -> Text:
    """What to do where git refuses a repository that belongs to another user; empty for any other
    refusal. ``place``: the repository, should git not name it.
    """
    found = _TRUST.search(stderr)
    if found is None and "dubious ownership" not in stderr:
        return NOTHING
    path = found[1] if found else shlex.quote(place)
    return T(
        "The repository belongs to another user than this process. To trust it: "
        "`git config --global --add safe.directory {path}`",
        path=path,
    )


def words(stderr: bytes, secrets: Iterable[str] = ()) -> str:
    """The end of what git wrote, in one line and without ``secrets`` and those of URLs."""
    lines = stderr.decode("utf-8", "replace").splitlines()
    text = " ".join(line.strip() for line in lines if line.strip())
    return sanitise.terminal(redacted(text, secrets)[-_MOST_WORDS:])
