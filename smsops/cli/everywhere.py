"""One command in every environment at the same time: ``--all``.

Limits are per account, so nothing is gained by waiting for each other. Each environment is a
process: planning needs the CPU, and one that hangs or fails takes nothing from the others.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from importlib import import_module
from typing import IO, TYPE_CHECKING, Any

from smsops.cli.streams import flush, redirect
from smsops.errors import Exit, UsageError, most_serious
from smsops.text.messages import T
from smsops.workspace.settings import Options

if TYPE_CHECKING:
    from smsops.cli.context import Context

FORMAT_VERSION = "1.0"
#: What each needs before it asks its account, imported once for all of them. The rest each one
#: imports while it waits for answers.
_AHEAD = (
    "httpx",
    "smsops.manifests.load",
    "smsops.planning.incremental",
    "smsops.providers.tencent.client",
    "smsops.workspace.checkout",
    "smsops.workspace.readonly",
)
#: Headings of one environment's output, by format.
_HEADINGS = {"text": "== {name}", "markdown": "## {name}"}
#: Options that write files of one environment.
_INTO_FILES = ("--out", "--json-into")
FORMATS = ("json", *_HEADINGS)


@dataclass(slots=True)
class _Run:
    """A run in one environment: what it writes, and how to wait for it or end it."""

    name: str
    out: IO[bytes]
    err: IO[bytes]
    wait: Callable[[], int]
    terminate: Callable[[], None]
    code: Exit | None = None

    def ended(self) -> Exit:
        """How it ended; a code that is none of ours is an error."""
        if self.code is None:
            with suppress(ValueError):
                self.code = Exit(self.wait())
            self.code = Exit.ERROR if self.code is None else self.code
        return self.code

    def said(self, stream: IO[bytes]) -> str:
        """What it wrote to one of its streams."""
        stream.seek(0)
        return stream.read().decode("utf-8", "replace")


def in_all(context: Context, format: str, *, alone: Mapping[str, object]) -> Exit:
    """Run this command in every environment, and print what each wrote in the declared order.

    ``alone``: options that are about one environment, with what was given. One that fails hides
    nobody; the exit code is the most serious of all.
    """
    from smsops.manifests.load import load_project

    if (context.outer or context).options.environment is not None:  # given; no variable is in it
        raise UsageError(T("-e and --all do not go together"), hint=T("Leave out one of them."))
    given = [name for name, value in alone.items() if value]
    if format not in FORMATS:
        given.append("--format")
    if given:
        raise UsageError(
            T(
                "{option}, as given, is about one environment, and --all about each",
                option=given[0],
            ),
            hint=T("Leave out --all and say -e NAME, for one after the other.")
            if given[0] in _INTO_FILES
            else T("Say which one with -e, or write --format json."),
        )
    project = load_project(context.options.directory)
    names = [each.name for each in project.environments]
    if not names:
        raise UsageError(
            T("this project has no environments"),
            hint=T("Leave out --all, or declare spec.environments in smsops.yaml."),
        )
    with ExitStack() as stack:
        runs = [_begun(context, name, stack) for name in names]
        documents: dict[str, Any] = {}
        for run in runs:
            run.ended()
            if format == "json":
                documents[run.name] = _document(run)
            else:
                _show(context, run, format)
            for line in run.said(run.err).splitlines():
                context.log(T("{name}: {line}", name=run.name, line=line))
        if format == "json":
            _out(context, runs, documents)
    _report(context, runs)
    return most_serious(run.ended() for run in runs)


def _show(context: Context, run: _Run, format: str) -> None:
    heading, body = _HEADINGS[format].format(name=run.name), run.said(run.out).strip()
    if code := int(run.ended()):
        body = body or str(T("No result, exit code {code}: the messages say why.", code=code))
    text = f"{heading}\n\n{body}\n"
    context.show(lambda: f"{text}\n") if format == "text" else context.out(f"{text}\n")


def _document(run: _Run) -> Any:
    """The JSON of one environment; ``None`` where it has none."""
    try:
        return json.loads(run.said(run.out))
    except ValueError:
        return None


def _out(context: Context, runs: Sequence[_Run], documents: Mapping[str, Any]) -> None:
    from smsops.planfile.document import encode

    codes = {run.name: int(run.ended()) for run in runs}
    context.out(
        encode(
            {"format_version": FORMAT_VERSION, "environments": documents, "exit_codes": codes},
        )
    )


def _report(context: Context, runs: Sequence[_Run]) -> None:
    """Tell the code host how each ended."""
    lines = [
        str(T("- {name}: exit code {code}", name=run.name, code=int(run.ended()))) for run in runs
    ]

    def about() -> Any:
        from smsops.render.github.commands import Report

        return Report((), lambda _: "\n".join(lines))

    context.report(about)


# -- processes -----------------------------------------------------------------------------------


def _file() -> IO[bytes]:
    return tempfile.TemporaryFile()


def _begun(context: Context, name: str, stack: ExitStack) -> _Run:
    """Start the run in ``name``; leaving ``stack`` early ends it."""
    out, err = stack.enter_context(_file()), stack.enter_context(_file())
    arguments = list(_arguments(context, name))
    environment = _variables((context.outer or context).environment)
    begin = _forked if _may_fork() else _spawned
    wait, terminate = begin(context, arguments, environment, (out, err))
    run = _Run(name, out, err, wait, terminate)
    stack.callback(_end, run)
    return run


def _end(run: _Run) -> None:
    if run.code is None:
        with suppress(OSError):
            run.terminate()
        run.ended()


def _arguments(context: Context, name: str) -> Iterator[str]:
    """The command line of one environment."""
    yield from (each for each in context.arguments if each != "--all")
    yield from ("-e", name)
    yield from ("--color", "always" if context.colour(context.stdout) else "never")


def _variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Nobody but this process speaks to the code host; the output stays what a log may show."""
    found = dict(environment)
    if found.pop("GITHUB_ACTIONS", None):
        found["CI"] = found.get("CI") or "true"
    return found


def _may_fork() -> bool:
    """A fork has only the thread that forks: locks that another one holds stay locked in it."""
    return sys.platform == "linux" and threading.active_count() == 1


_Handles = tuple[Callable[[], int], Callable[[], None]]
_Streams = tuple[IO[bytes], IO[bytes]]


def _forked(
    context: Context, arguments: list[str], environment: dict[str, str], streams: _Streams
) -> _Handles:
    """The same in a fork, which has all that is imported here."""
    for module in _AHEAD:
        import_module(module)
    flush()
    gc.freeze()  # what is here already is nobody's garbage, and stays shared
    child = os.fork()
    if not child:
        _child(context, arguments, environment, streams)

    def wait() -> int:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def terminate() -> None:
        import signal

        os.kill(child, signal.SIGTERM)

    return wait, terminate


def _child(
    context: Context, arguments: list[str], environment: dict[str, str], streams: _Streams
) -> None:
    """Run ``arguments`` with output to ``streams``; does not return."""
    from smsops.cli import main

    code: int = Exit.ERROR
    try:
        redirect(*streams)
        code = main(arguments, context=replace(context, options=Options(), environment=environment))
        flush()
    finally:
        os._exit(code)


def _spawned(
    _context: Context, arguments: list[str], environment: dict[str, str], streams: _Streams
) -> _Handles:
    """The same in a process of its own."""
    process = subprocess.Popen(  # noqa: S603 - this program, with the arguments that it was given
        [sys.executable, "-m", "smsops", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=streams[0],
        stderr=streams[1],
    )
    return process.wait, process.terminate
