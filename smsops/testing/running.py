"""An emulator in a process of its own, and what a test wants of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smsops.emulator import SECRET_ID, SECRET_KEY
from smsops.emulator.account import IN_REVIEW
from smsops.emulator.remote import Remote
from smsops.emulator.seed import VERDICTS
from smsops.errors import SmsopsError, UsageError
from smsops.text.messages import T

REGION = "ap-guangzhou"
_STARTS_WITHIN = 60.0
_STOPS_WITHIN = 15.0
_PAUSE = 0.01
#: Ends an emulator whose test run was killed.
_LIFE = "24h"


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one number. ``verdict``: delivered, failed, refused, pending."""

    serial_no: str
    to: str
    sign: str
    template_id: str
    text: str
    params: tuple[str, ...]
    verdict: str
    code: str
    sent_at: float
    reported_at: float | None
    session_context: str
    #: What the phone answered, in order.
    replies: tuple[str, ...] = ()


class RunningEmulator:
    """A served emulator. Whatever it refuses raises :class:`smsops.errors.SmsopsError`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._remote = Remote(url)

    @classmethod
    @contextmanager
    def started(cls, options: Sequence[str] = ()) -> Iterator[RunningEmulator]:
        """Start ``smsops emulator serve`` at a free port; it ends with the block.

        Raises :class:`SmsopsError` with what the process said when it does not start.
        """
        with (
            tempfile.TemporaryDirectory(prefix="smsops-") as name,
            open(Path(name, "stderr"), "w+b") as said,
        ):
            ready = Path(name, "ready.json")
            process = subprocess.Popen(  # noqa: S603 - this interpreter, and options of the test's own
                [
                    *(sys.executable, "-P", "-m", "smsops", "emulator", "serve"),
                    *("--port", "0", "--ready-file", str(ready), "--for", _LIFE, *options),
                ],
                cwd=name,
                env={k: v for k, v in os.environ.items() if not k.startswith("SMSOPS_")},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )
            try:
                yield cls(_url(process, ready, Path(said.name)))
            finally:
                process.terminate()
                try:
                    process.wait(_STOPS_WITHIN)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    @property
    def endpoint(self) -> str:
        """Host and port, as the SDKs take an endpoint; the protocol is http."""
        return self.url.removeprefix("http://")

    @property
    def environment(self) -> Mapping[str, str]:
        """Environment variables for the application: credentials and region, as SDKs read them,

        and SMSOPS_ENDPOINT, the URL.
        """
        return {
            "TENCENTCLOUD_SECRET_ID": SECRET_ID,
            "TENCENTCLOUD_SECRET_KEY": SECRET_KEY,
            "TENCENTCLOUD_REGION": REGION,
            "SMSOPS_ENDPOINT": self.url,
        }

    def messages(self, to: str | None = None) -> list[Message]:
        """What was sent, newest first; with ``to`` only to that number, as +8618501234444."""
        fields = Message.__dataclass_fields__.keys() - {"replies"}
        found = [
            Message(
                **{key: _value(entry[key]) for key in fields},
                replies=_texts(entry["replies"]),
            )
            for entry in self._remote.messages()
        ]
        return [message for message in found if to is None or message.to == to]

    def seed(self, objects: Sequence[Mapping[str, object]]) -> list[int]:
        """Put signs and templates into the account, approved unless they say otherwise.

        Returns their ids, as numbers (SendSms takes a TemplateId as text).
        Fields are those of ``smsops emulator seed --help``.
        """
        return self._remote.seed(objects)

    def approve(self, kind: str | None = None, number: int | None = None) -> None:
        """Approve the sign or template with that id; without one, everything in review."""
        self.review("approved", kind, number)

    def reject(self, kind: str | None = None, number: int | None = None, reply: str = "") -> None:
        """Reject a sign or template with the reviewer's reply; without one, all in review."""
        self.review("rejected", kind, number, reply)

    def review(
        self, verdict: str, kind: str | None = None, number: int | None = None, reply: str = ""
    ) -> None:
        """Give a verdict: approved, effective-later, rejected, pending."""
        if verdict not in VERDICTS:
            raise UsageError(
                T("{word} is none of {words}", word=repr(verdict), words=", ".join(VERDICTS))
            )
        for each in ("sign", "template") if kind is None else (kind,):
            waiting = [item.id for item in self._remote.items(each) if item.status == IN_REVIEW]
            for one in waiting if number is None else [number]:
                self._remote.review(each, one, VERDICTS[verdict], reply)

    def report(self, serial_no: str, verdict: str, code: str = "") -> None:
        """Report what became of a message: delivered or failed, with a carrier's code."""
        self._remote.report(serial_no, verdict, code)

    def reply(self, serial_no: str, text: str) -> None:
        """Answer a message as its phone would."""
        self._remote.reply_from(serial_no, text)

    def faults(self, faults: Sequence[Mapping[str, object]]) -> None:
        """Order faults in place of those that were ordered before; see docs/emulator.md."""
        self._remote.order(faults)

    def reset(self, *, account: bool = False) -> None:
        """Forget messages, calls and faults; with ``account`` signs and templates too."""
        self._remote.reset("all" if account else "messages")


def _texts(replies: object) -> tuple[str, ...]:
    return tuple(str(each["text"]) for each in replies) if isinstance(replies, list) else ()


def _url(process: subprocess.Popen[bytes], ready: Path, said: Path) -> str:
    """The URL that the process announces. Raises :class:`SmsopsError` when it does not."""
    deadline = time.monotonic() + _STARTS_WITHIN
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise SmsopsError(
                T("the emulator did not start: {words}", words=said.read_text("utf-8", "replace"))
            )
        time.sleep(_PAUSE)
    url: str = json.loads(ready.read_bytes())["url"]
    return url


def _value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
