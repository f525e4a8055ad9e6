"""Runs smsops commands as forks of one process that has everything imported already.

A story of an example runs smsops some fifty times, and most of the time of each would be imports.
Every command still is a process with its own directory, environment, streams and exit code.

    server    python -m tests.ci.forks SOCKET
    client    python -I -S forks.py SOCKET ARGUMENTS...
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys

_MOST = 1 << 20
#: What no step of an example runs.
_UNUSED = tuple(
    f"smsops.{name}"
    for name in ("__main__", "emulator", "receiving", "reference", "testing", "adoption", "sources")
)


def call(path: str, arguments: list[str]) -> int:
    """Ask the server at ``path`` to run smsops here; its exit code."""
    request = {"arguments": arguments, "directory": os.getcwd(), "environment": dict(os.environ)}
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        socket.send_fds(connection, [b"."], [0, 1, 2])
        connection.sendall(json.dumps(request).encode())
        connection.shutdown(socket.SHUT_WR)
        return int(connection.recv(16) or b"70")


def serve(path: str) -> None:
    """Answer until terminated."""
    import pkgutil
    from importlib import import_module

    import smsops

    for module in pkgutil.walk_packages(smsops.__path__, "smsops."):
        if not module.name.startswith(_UNUSED):
            import_module(module.name)

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        while True:
            connection, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                _child(connection)
            connection.close()


def _child(connection: socket.socket) -> None:
    code = 70
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _, streams, _, _ = socket.recv_fds(connection, 1, 3)
        body = b"".join(iter(lambda: connection.recv(_MOST), b""))
        request = json.loads(body)
        for target, stream in enumerate(streams):
            os.dup2(stream, target)
            os.close(stream)
        os.chdir(request["directory"])
        os.environ.clear()
        os.environ.update(request["environment"])

        from smsops.cli import main

        code = main(request["arguments"])
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        connection.sendall(str(int(code)).encode())
        os._exit(0)


if __name__ == "__main__":
    if sys.flags.isolated:
        sys.exit(call(sys.argv[1], sys.argv[2:]))
    serve(sys.argv[1])
