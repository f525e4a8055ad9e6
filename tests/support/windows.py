"""smsops with the standard library of Windows: ``python -m tests.support.windows LINES``.

LINES is JSON: command lines, each a list of words, that are run one after the other; stdout is JSON
too, with what each of them ended with and wrote.

What others need of this system is imported first. What stays is what smsops itself asks for: no
fcntl, no fork, no descriptors of directories, none of their flags, and no signals but three.
"""

from __future__ import annotations

import io
import json
import os
import select
import signal
import stat
import sys
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from typing import Any

#: Modules of others, which would look at the name of the system when they are imported.
_OTHERS = (
    *("asyncio", "click", "configparser", "deepdiff", "filelock", "getpass", "httpx", "jinja2"),
    *("jsonschema", "multiprocessing.synchronize", "platform", "pygments.lexers", "rich.console"),
    *("rich.live", "shutil", "sqlite3", "ssl", "starlette.applications", "subprocess", "tempfile"),
    *("uuid", "uvicorn", "wcwidth", "webbrowser", "yaml"),
)
_MODULES = ("fcntl", "grp", "posix", "pwd", "resource", "syslog", "termios", "tty")
_OF_OS = (
    *("O_CLOEXEC", "O_DIRECTORY", "O_NOCTTY", "O_NOFOLLOW", "O_NONBLOCK"),
    *("chown", "fchmod", "fdatasync", "fork", "forkpty", "geteuid", "getuid", "getpgid", "killpg"),
    *("mkfifo", "pread", "pwrite", "setsid", "uname"),
)
_KEPT = ("SIGABRT", "SIGFPE", "SIGILL", "SIGINT", "SIGSEGV", "SIGTERM")


def _refusing(name: str) -> None:
    """Windows knows no names relative to a descriptor, and opens no directory."""
    real = getattr(os, name)

    def narrowed(*arguments: Any, **named: Any) -> Any:
        for option in ("dir_fd", "src_dir_fd", "dst_dir_fd"):
            if named.get(option) is not None:
                raise NotImplementedError(f"{option} unavailable on this platform")
        if name == "open" and stat.S_ISDIR(_mode(arguments[0])):
            raise PermissionError(13, "Permission denied", arguments[0])
        if name == "listdir" and arguments and isinstance(arguments[0], int):
            raise TypeError("listdir: path should be string, bytes, os.PathLike or None")
        return real(*arguments, **named)

    setattr(os, name, narrowed)


def _mode(path: Any) -> int:
    try:
        return os.stat(path).st_mode
    except OSError:
        return 0


def narrow() -> None:
    """Make this process as narrow."""
    for name in _OTHERS:
        import_module(name)
    for name in _MODULES:
        sys.modules[name] = None  # type: ignore[assignment]
    for name in _OF_OS:
        delattr(os, name)
    for name in [each for each in dir(signal) if each.startswith("SIG") and each[3] != "_"]:
        if name not in _KEPT:
            delattr(signal, name)
    del select.poll
    for name in ("open", "unlink", "rename", "link", "mkdir", "listdir"):
        _refusing(name)
    sys.platform = "win32"


def each_of(line: list[str]) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one command line."""
    from smsops.cli import main

    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(line)
    return code, out.getvalue(), err.getvalue()


if __name__ == "__main__":
    narrow()
    json.dump([each_of(line) for line in json.loads(sys.argv[1])], sys.stdout)
