"""The control routes of an emulator that another process serves."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from smsops.emulator.account import Item, Json, item
from smsops.errors import SmsopsError
from smsops.text.messages import Command, T

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def is_loopback(endpoint: str) -> bool:
    """Whether an endpoint can be an emulator at all."""
    try:
        return urlsplit(endpoint).hostname in _LOOPBACK
    except ValueError:
        return False


class Remote:
    """The reviewer's side of a served emulator; the methods are those of ``core.Emulator``.

    Raises :class:`SmsopsError` when there is no emulator at ``endpoint`` or it refuses.
    """

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint.rstrip("/")

    def review(self, kind: str, number: int, code: int, reply: str = "") -> None:
        """Give an object a review code, with the reviewer's reply."""
        self._ask("review", {"kind": kind, "id": number, "code": code, "reply": reply})

    def judge_qualification(self, number: int, verdict: str) -> None:
        """Approve or reject a qualification (资质)."""
        self._ask("review", {"kind": "qualification", "id": number, "verdict": verdict})

    def seed(self, objects: object) -> list[int]:
        """Put objects into the account without the API, and return their ids."""
        ids: list[int] = self._ask("seed", objects)["ids"]
        return ids

    def remove(self, kind: str, number: int) -> None:
        """Delete an object as somebody in the console would."""
        self._ask("remove", {"kind": kind, "id": number})

    def report(self, serial: str, verdict: str, code: str = "") -> None:
        """Report a message: delivered, or failed with a receipt code."""
        self._ask("messages", {"serial_no": serial, "verdict": verdict, "code": code})

    def reply_from(self, serial: str, text: str) -> None:
        """Answer a message from the phone that it went to."""
        self._ask("messages", {"serial_no": serial, "reply": text})

    def items(self, kind: str) -> list[Item]:
        """Objects of a kind as they are now, by id."""
        return [item(document) for document in self._ask("objects")[f"{kind}s"]]

    def ledger(self) -> list[Json]:
        """Every write that an API call committed, in order."""
        entries: list[Json] = self._ask("ledger")["ledger"]
        return entries

    def messages(self) -> list[Json]:
        """Messages that are kept, newest first, as ``GET /_emulator/messages`` has them."""
        found: list[Json] = []
        path = "messages"
        while True:
            answer = self._ask(path)
            found += answer["messages"]
            if not answer.get("older"):
                return found
            path = f"messages?before={found[-1]['seq']}"

    def order(self, faults: object) -> None:
        """Order faults in place of those that were ordered before."""
        self._ask("faults", faults)

    def reset(self, what: str = "all") -> None:
        """Empty the account: ``all`` of it, or its ``messages``; calls and faults go with both."""
        self._ask("reset", {"all": what == "all"})

    def _port(self) -> tuple[object, ...]:
        """The option with which an emulator would be served here."""
        try:
            port = urlsplit(self._endpoint).port
        except ValueError:
            return ()
        return ("--port", port) if port else ()

    def _ask(self, path: str, document: object = None) -> Any:
        import httpx

        from smsops.net.trust import nobody

        url = f"{self._endpoint}/_emulator/{path}"
        # Reading every certificate of the bundle takes longer than the call.
        verify = True if urlsplit(url).scheme == "https" else nobody()
        try:
            with httpx.Client(trust_env=False, timeout=30, verify=verify) as client:
                reply = client.get(url) if document is None else client.post(url, json=document)
            answer = reply.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise SmsopsError(
                T(
                    "no emulator answers at {endpoint}: {error}",
                    endpoint=self._endpoint,
                    error=error,
                ),
                hint=T(
                    "Start one with {command}, or name its file with --data.",
                    command=Command.of("emulator", "serve", *self._port()),
                ),
            ) from error
        if reply.status_code != 200 or not isinstance(answer, dict):
            message = answer.get("error") if isinstance(answer, dict) else None
            raise SmsopsError(
                str(message) if message else T("{place} is no emulator", place=self._endpoint)
            )
        return answer
