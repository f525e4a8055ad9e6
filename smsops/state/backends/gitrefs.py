"""Refs of one configured remote: looked up, fetched, and moved by compare-and-swap.

Every push names what it expects to replace (``--force-with-lease``), and the remote checks that
under its own lock of the ref. A push whose answer got lost is settled by looking at the ref.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping

from smsops.clock import Clock
from smsops.errors import ForeignDocument, StateError
from smsops.state.backends.giturls import place, redacted, secrets_of
from smsops.state.backends.gitwire import Done, Git, distrusted
from smsops.text.messages import T, Text, joined

REMOTE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
#: What a remote lists for a ref whose file has no content.
BROKEN = re.compile(r"0+")

_SHA = re.compile(r"[0-9a-f]{40,64}")
#: What a remote says that lists a ref and does not have what it points to.
_GONE = "not our ref"
_OWN_REMOTE = T(
    "Give the state a remote with one URL: `git remote add smsops-state URL`, and "
    "spec.state.remote: smsops-state."
)
#: Seconds between the tries of a push that did not get through.
_PAUSES = (1.0, 2.0)
#: What a push that failed usually leaves behind.
UNCHANGED = T("The remote is unchanged.")


class Dangling(ForeignDocument):
    """A ref of the remote that points to an object which the remote does not have."""


class Refs:
    """The refs of ``remote``, the name of a configured remote and nothing else."""

    def __init__(self, git: Git, remote: str, *, clock: Clock) -> None:
        if not REMOTE.fullmatch(remote):
            raise StateError(
                T("spec.state.remote {remote} is not the name of a remote", remote=repr(remote)),
                hint=T("Name a configured remote, such as origin; URLs are not taken."),
            )
        self.remote = remote
        self._git = git
        self._clock = clock
        self._checked = False

    def tip(self, ref: str) -> str | None:
        """What ``ref`` of the remote points to now; ``None`` when it is not there."""
        self._check()
        done = self._git.run("ls-remote", "--refs", "--quiet", "--", self.remote, ref)
        if done.code:
            raise self._unreachable(done)
        for line in done.out.decode("ascii", "replace").splitlines():
            sha, _, name = line.partition("\t")
            if name == ref and _SHA.fullmatch(sha):
                return sha
        return None

    def names(self, under: str) -> list[str]:
        """What the remote has below ``under``, without that prefix."""
        self._check()
        done = self._git.run("ls-remote", "--refs", "--quiet", "--", self.remote, f"{under}*")
        if done.code:
            raise self._unreachable(done)
        refs = (
            line.rpartition("\t")[2] for line in done.out.decode("ascii", "replace").split("\n")
        )
        return [ref.removeprefix(under) for ref in refs if ref.startswith(under)]

    def fetched(self, commit: str, ref: str, seen: str) -> str:
        """``commit`` of ``ref``, or the one that has taken its place, made available here and
        remembered as ``seen``. Raises :class:`ForeignDocument` for what is no commit, and
        :class:`Dangling` where there is nothing.
        """
        kind = self._kind(commit)
        if not kind:
            self._fetch(f"+{ref}:{seen}", ref)
            commit = self._sha("rev-parse", "--verify", seen, body=b"")
            kind = self._kind(commit)
        if kind != "commit":
            self.forget(seen)
            raise self._foreign(ref, T("a {kind}", kind=kind))
        return commit

    def document(self, commit: str, ref: str, seen: str, name: str, most: int) -> bytes:
        """The file ``name`` of ``commit``, which :meth:`fetched` has got from ``ref``. Raises
        :class:`ForeignDocument` for a commit of something else.
        """
        row = self._git.must("ls-tree", "--full-tree", "-z", commit, "--", name)
        if row.split()[1:2] != [b"blob"]:
            self.forget(seen)
            raise self._foreign(ref, T("a commit without the file {name}", name=name))
        return self.file(commit, name, most)

    def remember(self, seen: str, commit: str) -> None:
        """Keep ``commit`` from being pruned here, so that the next fetch is small."""
        self._git.run("update-ref", seen, commit)

    def forget(self, seen: str) -> None:
        """Drop what :meth:`fetched` or :meth:`remember` kept."""
        self._git.run("update-ref", "-d", seen)

    def at(self, ref: str, commit: str, name: str, most: int) -> bytes | None:
        """The bytes of the file ``name`` of ``commit``, which ``ref`` points to; ``None`` when it
        cannot be read: no commit, no such file, or gone by now.
        """
        try:
            if self._git.run("cat-file", "-e", commit).code:
                self._fetch(ref)
            return self.file(commit, name, most)
        except StateError:
            return None

    def file(self, commit: str, name: str, most: int) -> bytes:
        """The bytes of the file ``name`` of a commit."""
        size = self._git.must("cat-file", "-s", f"{commit}:{name}").strip()
        if not size.isdigit() or int(size) > most:
            raise StateError(
                T(
                    "{name} of commit {commit} is too large to be what it should be",
                    name=name,
                    commit=commit,
                )
            )
        return self._git.must("cat-file", "blob", f"{commit}:{name}")

    def parent(self, commit: str) -> str | None:
        """The commit before ``commit``; ``None`` when there is none here."""
        done = self._git.run("rev-parse", "--verify", "--quiet", f"{commit}^^{{commit}}")
        found = done.out.decode("ascii", "replace").strip()
        return found if done.code == 0 and _SHA.fullmatch(found) else None

    def commit(self, name: str, body: bytes, message: str, *, parent: str | None = None) -> str:
        """Store ``body`` as a commit with the one file ``name``; its id."""
        blob = self._sha("hash-object", "-w", "--stdin", body=body)
        tree = self._sha("mktree", body=f"100644 blob {blob}\t{name}\n".encode())
        who = {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (
                ("NAME", "smsops"),
                ("EMAIL", f"smsops@{_host()}"),
                ("DATE", f"@{int(self._clock.now())} +0000"),
            )
        }
        parents = ("-p", parent) if parent else ()
        return self._sha("commit-tree", tree, *parents, body=message.encode(), extra=who)

    def push(
        self,
        ref: str,
        commit: str | None,
        *,
        expect: str | None,
        place: str,
        left: Text = UNCHANGED,
    ) -> str | None:
        """Move ``ref`` of the remote from ``expect`` to ``commit`` (``None``: no ref).

        Returns what it points to afterwards; anything but ``commit`` means that somebody else
        moved it first. A push that failed is looked up, and sent again when nothing moved.
        ``place`` is what messages call the ref, and ``left`` what a push that fails leaves behind.
        """
        self._check()
        done = Done(0, b"", "")
        for pause in (*_PAUSES, None):
            done = self._git.run(
                "push",
                "--porcelain",
                "--quiet",
                "--no-verify",
                f"--force-with-lease={ref}:{expect or ''}",
                "--",
                self.remote,
                f"{commit or ''}:{ref}",
            )
            if done.code == 0:
                return commit
            now = self.tip(ref)
            if now != expect:
                return now
            if pause is not None:
                self._clock.sleep(pause)
        raise StateError(
            T(
                "{place}: git push failed: {reason}",
                place=place,
                reason=self._rejection(done) or done.message,
            ),
            hint=T("{left} Check that you may push refs/smsops/* there.", left=left),
        )

    def _sha(self, *arguments: str, body: bytes, extra: Mapping[str, str] | None = None) -> str:
        sha = self._git.must(*arguments, body=body, extra=extra).decode("ascii", "replace").strip()
        if not _SHA.fullmatch(sha):
            raise StateError(T("git {arguments} did not name an object", arguments=arguments[0]))
        return sha

    def _kind(self, sha: str) -> str:
        """Of what type the object is; empty when it is not here."""
        done = self._git.run("cat-file", "-t", sha)
        return "" if done.code else done.out.decode("ascii", "replace").strip()

    def _fetch(self, refspec: str, ref: str = "") -> None:
        done = self._git.run(
            "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--", self.remote, refspec
        )
        if done.code and _GONE in done.message:
            what = T("a ref to what the remote does not have")
            raise self._foreign(ref or refspec, what, Dangling)
        if done.code:
            raise self._unreachable(done)

    def _foreign(
        self, ref: str, what: Text, error: type[ForeignDocument] = ForeignDocument
    ) -> ForeignDocument:
        """The refusal of ``ref`` that holds no state."""
        return error(
            T(
                "{ref} of git remote {remote}: this is {what}, not a state of smsops",
                ref=ref,
                remote=self.remote,
                what=what,
            ),
            hint=T(
                "It stays as it is: smsops never overwrites it. Choose another spec.state.name in "
                "smsops.yaml, or repair the ref in the repository of the remote if it was a state."
            ),
        )

    # -- the remote ------------------------------------------------------------------------------

    def _check(self) -> None:
        """Only a configured remote: a URL in its place could be anything, even a command. And only
        one that is written where it is read.
        """
        if self._checked:
            return
        names = self._lines("remote")
        if self.remote not in names:
            listed = ", ".join(name for name in names if REMOTE.fullmatch(name))
            raise StateError(
                T(
                    "spec.state.remote is {remote}, and the repository has no such remote",
                    remote=self.remote,
                ),
                hint=T(
                    "Name one that is there in spec.state.remote ({listed}), or add this one: "
                    "`git remote add {remote} URL`.",
                    listed=listed,
                    remote=self.remote,
                )
                if listed
                else T("It has none: `git remote add {remote} URL`.", remote=self.remote),
            )
        mirror = self._git.run("config", "--type=bool", "--get", f"remote.{self.remote}.mirror")
        if mirror.out.strip() == b"true":
            raise StateError(
                T(
                    "git remote {remote} is a mirror (remote.{remote}.mirror): a push "
                    "to it would make all of its refs those of this repository",
                    remote=self.remote,
                ),
                hint=_OWN_REMOTE,
            )
        read = self._lines("remote", "get-url", "--all", self.remote)
        written = self._lines("remote", "get-url", "--push", "--all", self.remote)
        self._git.conceal(secrets_of([*read, *written]))
        # Reading by https and pushing by ssh is common, and one place.
        if len(read) != 1 or len(written) != 1 or place(read[0]) != place(written[0]):
            raise StateError(
                T(
                    "git remote {remote} is read from {named} and written to {written}: "
                    "a state has one place",
                    remote=self.remote,
                    named=_named(read[:1]),
                    written=_named(written),
                ),
                hint=T(
                    "{own_remote} What sets the others: git config --show-origin "
                    "--get-regexp '^(remote|url)[.]'",
                    own_remote=_OWN_REMOTE,
                ),
            )
        self._checked = True

    def _lines(self, *arguments: str) -> list[str]:
        return self._git.must(*arguments).decode("utf-8", "replace").splitlines()

    def _unreachable(self, done: Done) -> StateError:
        return StateError(
            T(
                "git remote {remote} cannot be read: {reason}",
                remote=self.remote,
                reason=done.message or f"exit {done.code}",
            ),
            hint=distrusted(done.message, "PATH")
            or T("Check the network and your access: git ls-remote {remote}", remote=self.remote),
        )

    def _rejection(self, done: Done) -> str:
        """Why a push was rejected, from its porcelain:
        ``! SOURCE:REF TAB [remote rejected] (why)``.
        """
        lines = done.out.splitlines()
        rows = [line.rpartition(b"\t")[2] for line in lines if line.startswith(b"!")]
        return self._git.words(b"\n".join([*rows, done.message.encode()])) if rows else ""


def _named(urls: list[str]) -> Text:
    if not urls:
        return T("nowhere")
    return joined(" and ", *(Text(redacted(url, secrets_of([url]))) for url in urls))


def _host() -> str:
    return re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname()) or "localhost"
