"""GitHub mode: what a command under ``GITHUB_ACTIONS=true`` tells the runner besides its result.

* annotations on the lines of the manifests, ten of each level a step
* a step summary in Markdown, appended to ``$GITHUB_STEP_SUMMARY``
* the outputs ``changes``, ``blocked`` and ``exitcode``, appended to ``$GITHUB_OUTPUT``
* ``::stop-commands::`` around everything meant for people, on top of the sanitiser

All workflow commands go to one stream, so that the runner reads them in order: stdout for text,
stderr where stdout holds something for a program or goes into a file.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO
from uuid import uuid4

from smsops.cli.host import Host, prefix
from smsops.cli.streams import Streams
from smsops.errors import SmsopsError
from smsops.render.comment import size
from smsops.render.github import commands, reports
from smsops.render.github.commands import Annotation, Report
from smsops.text.messages import T, Text
from smsops.text.sanitise import markdown

#: The most that one command puts into a summary (UTF-16 units): other steps' readers matter too.
_SUMMARY_UNITS = 200_000
#: What the summary has besides the reports and its heading (UTF-16 units).
_ROOM = 100
#: Bytes of UTF-8 that one UTF-16 unit takes at most.
_BYTES_A_UNIT = 3


@dataclass(frozen=True, slots=True)
class _Running:
    """A command between its begin and its end. ``format`` is that of its result."""

    streams: Streams
    command: str
    format: str
    stream: TextIO
    token: str

    @property
    def annotates(self) -> bool:
        """Whether commands are ours to write: ``--format github`` is made of them already."""
        return self.format != "github"

    def write(self, lines: Sequence[str]) -> None:
        """Lines for the runner; a closed stream does not change how the command ends."""
        if self.annotates:
            with suppress(OSError, ValueError):
                self.stream.write("".join(f"{line}\n" for line in lines))
                self.stream.flush()

    def warn(self, words: Text) -> None:
        with suppress(OSError, ValueError):
            self.streams.log(T("Warning: {words}", words=words))


class GitHub(Host):
    """One invocation of smsops in a step of a workflow."""

    def __init__(self) -> None:
        self._running: _Running | None = None
        self._about: Callable[[], Report] | None = None
        self._error: SmsopsError | None = None

    def begin(self, streams: Streams, command: str, format: str) -> None:
        """Stop the runner's reading of workflow commands, as output may hold texts of anybody."""
        people = format in ("text", "concise") and not _is_file(streams.stdout)
        stream = streams.stdout if people else streams.stderr
        self._running = _Running(streams, command, format, stream, str(uuid4()))
        self._running.write([commands.stop(self._running.token)])

    def report(self, about: Callable[[], Report]) -> None:
        """Keep what to report; it is built at the end."""
        self._about = about

    def failed(self, error: SmsopsError) -> None:
        """Keep the error for an annotation of its own."""
        self._error = error

    def end(self, code: int) -> None:
        """Let the runner read commands again; write annotations, step summary and step outputs."""
        running, self._running = self._running, None
        if running is None:
            return
        running.write([commands.resume(running.token)])
        # A command may have a result and still fail: an apply that then waits, for example.
        made = [self._about()] if self._about is not None else []
        if self._error is not None:
            made.append(reports.failed(running.command, self._error))
        _annotate(running, [item for report in made for item in report.annotations])
        _summarise(running, made, code)
        _set_outputs(running, made, code)


def _annotate(running: _Running, annotations: Sequence[Annotation]) -> None:
    streams = running.streams
    under = prefix(streams.options.directory, streams.environment)
    shown, left = commands.shown(annotations)
    lines = [commands.command(item, prefix=under) for item in shown]
    if left:
        total = len(annotations)
        more = T(
            "{count} of {total} annotations; the step summary has all of them.",
            count=len(shown),
            total=total,
        )
        lines.append(str(more))
    running.write(lines)


def _summarise(running: _Running, made: Sequence[Report], code: int) -> None:
    """Append to the summary of the step; what does not fit is left out, rows first."""
    path = running.streams.environment.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    where = running.streams.options.directory
    command = f"## smsops {running.command}"
    place = markdown(str(where))
    if running.streams.options.environment:
        command = f"{command} -e {markdown(running.streams.options.environment)}"
    head = command if where == Path() else str(T("{head} in {place}", head=command, place=place))
    try:
        with open(path, "ab") as file:
            left = commands.SUMMARY_BYTES - 1 - file.tell()
            limit = min(_SUMMARY_UNITS, left // _BYTES_A_UNIT - size(head) - _ROOM)
            summaries = [report.summary(limit // len(made)).strip() for report in made]
            text = "\n\n".join([head, *summaries, f"{T('Exit code {code}.', code=code)}\n\n"])
            body = text.encode("utf-8", "backslashreplace")
            if len(body) <= left:
                file.write(body)
                return
    except OSError as error:
        running.warn(T("the step summary cannot be written: {reason}", reason=error.strerror))
        return
    running.warn(T("the step summary is full; nothing was added"))


def _set_outputs(running: _Running, made: Sequence[Report], code: int) -> None:
    path = running.streams.environment.get("GITHUB_OUTPUT")
    if not path:
        return
    values = {name: count for report in made for name, count in report.counts.items()}
    values["exitcode"] = code
    delimiter = f"ghadelimiter_{uuid4()}"
    written = [
        commands.assignment(name, str(value), delimiter=delimiter) for name, value in values.items()
    ]
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write("".join(written))
    except OSError as error:
        running.warn(T("the step's outputs cannot be written: {reason}", reason=error.strerror))


def _is_file(stream: TextIO) -> bool:
    """Whether ``stream`` was redirected into a file, where no runner reads."""
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False
