"""A PostgreSQL server of the tests' own: on a socket in a directory of its own, ended by them.

Debian's package ``postgresql`` has what is needed. Where there is none, tests of it are skipped; in
CI (``CI``, or ``SMSOPS_TEST_POSTGRES=required`` as ``.ci/run`` says) they fail.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    import psycopg

Connection: TypeAlias = "psycopg.Connection[Any]"

MISSING = (
    "no PostgreSQL server here (Debian: apt-get install postgresql): "
    "only the SQLite half of the ledger is tested"
)
#: Who may run the server where the tests run as root, which it refuses.
_USERS = ("postgres", "nobody")


def binaries() -> Path | None:
    """Where initdb and postgres are; ``None`` where there are none."""
    found = [Path(each).parent for each in [shutil.which("initdb")] if each]
    with_config = shutil.which("pg_config")
    if with_config:
        told = subprocess.run([with_config, "--bindir"], capture_output=True, text=True)
        found.append(Path(told.stdout.strip()))
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for each in found:
        directory = (each / "initdb").resolve().parent
        if (directory / "initdb").exists() and (directory / "postgres").exists():
            return directory
    return None


def required() -> bool:
    """Whether a missing server is a failure."""
    wish = os.environ.get("SMSOPS_TEST_POSTGRES", "required" if os.environ.get("CI") else "")
    return wish == "required"


@dataclass
class PostgresServer:
    """A server, running or not."""

    binaries: Path
    root: Path
    user: str | None

    def begin(self) -> None:
        """Make a cluster and start it."""
        self._run("initdb", "-D", "data", "-U", "smsops", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = f"-c listen_addresses='' -k {self.root} -c deadlock_timeout=50ms"
        self._run("pg_ctl", "-D", "data", "-w", "-l", "log", "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop the server: ``immediate`` is a crash."""
        self._run("pg_ctl", "-D", "data", "-w", "-m", mode, "stop", check=False)

    def _run(self, name: str, *arguments: str, check: bool = True) -> None:
        ran = subprocess.run(
            [str(self.binaries / name), *arguments],
            cwd=self.root,
            user=self.user,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
            text=True,
            timeout=100,
        )
        assert not check or ran.returncode == 0, ran.stderr

    def connect(self, url: str | None = None, *, autocommit: bool = True) -> Connection:
        """A connection that is not the ledger's."""
        import psycopg  # which needs a library that may be missing where there is no server

        return psycopg.connect(url or self.url(), autocommit=autocommit)

    def url(self, schema: str = "public") -> str:
        """The address of a schema, for a ledger."""
        host, path = quote(str(self.root), safe=""), quote(f"-csearch_path={schema}", safe="")
        return f"postgresql://smsops@/postgres?host={host}&options={path}"

    def fresh(self) -> str:
        """The address of a schema that holds nothing."""
        schema = f"s{secrets.token_hex(8)}"
        with self.connect() as connection:
            connection.execute(f"CREATE SCHEMA {schema}".encode())
        return self.url(schema)


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A server that is running. Skips, or fails, where there is no PostgreSQL."""
    directory = binaries()
    if directory is None:
        if required():
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    user = None
    if os.geteuid() == 0:
        names = {each.pw_name for each in pwd.getpwall()}
        user = next(name for name in _USERS if name in names)
    # The address of a socket has at most 107 bytes: it is not under pytest's own directories.
    root = Path(tempfile.mkdtemp(prefix="smsops-pg-"))
    server = PostgresServer(directory, root, user)
    try:
        if user is not None:
            shutil.chown(root, user)
        server.begin()
        yield server
    finally:
        server.stop()
        shutil.rmtree(root, ignore_errors=True)
