"""What keeping reports costs at least: their rows, ready, inserted in groups by the bare library.

    python -I bare_ledger.py LEDGER ROWS GROUP
    python -I bare_ledger.py --sync DIRECTORY

LEDGER (``sqlite:PATH`` or ``postgresql://...``) is a ledger that smsops has made: the same tables
and indexes, committed as durably. Prints the seconds, without making the rows; ``--sync`` the
median of 200 times 4 KiB written to the disk by fdatasync.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_COLUMNS = (
    *("key", "vendor", "application", "message", "number", "shown", "sequence", "total"),
    *("status", "verdict", "code", "vendor_at", "stamp", "source", "heard_at", "last_at"),
    "repeats",
)


def rows(count: int) -> list[tuple[Any, ...]]:
    """Rows as receive_load's reports end in."""
    return [
        (
            *(hashlib.sha256(b"key%d" % number).digest(), "tencent", "1400006666"),
            f"2019:{number * 7919 % 10**12:012d}{number:07d}",
            *(hashlib.md5(b"%d" % number, usedforsecurity=False).digest(), "+86…0123", 1, 1),
            *("SUCCESS", "delivered", "DELIVRD", 1_764_230_000 + number),
            *("2026-11-27 08:00:00", "push", 1_764_230_000, 1_764_230_000, 0),
        )
        for number in range(count)
    ]


def main(ledger: str, count: int, group: int) -> float:
    """Insert; the seconds it took."""
    made = rows(count)
    groups = [sorted(made[begin : begin + group]) for begin in range(0, count, group)]
    keep = _sqlite(ledger) if ledger.startswith("sqlite:") else _postgres(ledger)
    began = time.perf_counter()
    for each in groups:
        keep(each)
    return time.perf_counter() - began


def _statement(place: str) -> str:
    places = ", ".join([place] * len(_COLUMNS))
    return f"INSERT INTO smsops_reports ({', '.join(_COLUMNS)}) VALUES ({places})"


def _sqlite(ledger: str) -> Callable[[list[tuple[Any, ...]]], None]:
    connection = sqlite3.connect(ledger.removeprefix("sqlite:"), isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    for pragma in ("cache_size = -32768", "wal_autocheckpoint = 4000"):  # as smsops has them
        connection.execute(f"PRAGMA {pragma}").fetchall()
    statement = _statement("?")

    def keep(group: list[tuple[Any, ...]]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(statement, group)
        connection.execute("COMMIT")

    return keep


def _postgres(ledger: str) -> Callable[[list[tuple[Any, ...]]], None]:
    import psycopg

    connection = psycopg.connect(ledger, autocommit=True)
    statement = _statement("%s")

    def keep(group: list[tuple[Any, ...]]) -> None:
        with connection.transaction(), connection.cursor() as cursor:
            cursor.executemany(statement, group)

    return keep


def sync(directory: str) -> float:
    """Seconds of one fdatasync, the median."""
    path = Path(directory) / "sync"
    found = []
    opened = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        for _ in range(200):
            os.write(opened, b"x" * 4096)
            began = time.perf_counter()
            os.fdatasync(opened)
            found.append(time.perf_counter() - began)
    finally:
        os.close(opened)
        path.unlink()
    return sorted(found)[len(found) // 2]


if __name__ == "__main__":
    if sys.argv[1] == "--sync":
        print(sync(sys.argv[2]))
    else:
        print(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
