"""Status reports pushed over many connections, as fast as they are acknowledged.

    python -I receive_load.py URL CALLS REPORTS CONNECTIONS

Each of CONNECTIONS sends its part of CALLS bodies with REPORTS reports, the next one when the last
one was answered. Prints JSON: seconds from the first to the last answer, and the median and the
99th percentile of one answer. Requests are made before the clock starts, and one thread sends them,
so that the client takes little of what it measures.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from collections.abc import Sequence
from itertools import count
from urllib.parse import urlsplit

APPLICATION = "1400006666"


def bodies(calls: int, reports: int) -> list[bytes]:
    """What Tencent Cloud would push: every report another message."""
    serial = count()
    return [
        json.dumps(
            [
                {
                    "user_receive_time": f"2026-11-27 08:{number // 60 % 60:02d}:{number % 60:02d}",
                    "nationcode": "86",
                    "mobile": f"138{number % 10**8:08d}",
                    "report_status": "SUCCESS",
                    "errmsg": "DELIVRD",
                    "description": "the phone has it",
                    "sid": f"2019:{number * 7919 % 10**12:012d}{number:07d}",
                }
                for number in (next(serial) for _ in range(reports))
            ]
        ).encode()
        for _ in range(calls)
    ]


class Sender:
    """One connection and what is left to send over it."""

    def __init__(self, address: tuple[str, int], requests: list[bytes]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._requests = requests
        self._began = 0.0
        self._answer = b""

    def next(self) -> bool:
        """Send the next request, if there is one."""
        if not self._requests:
            return False
        request = self._requests.pop()
        self._began = time.perf_counter()
        self.socket.sendall(request)
        return True

    def read(self) -> float | None:
        """The seconds of the answer, once it is there."""
        self._answer += self.socket.recv(65536)
        head, found, body = self._answer.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            if not self._answer:
                raise SystemExit("the connection was closed")
            return None
        if not head.startswith(b"HTTP/1.1 200 "):
            raise SystemExit(f"not acknowledged: {self._answer[:300]!r}")
        self._answer = b""
        return time.perf_counter() - self._began


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


def main(url: str, calls: int, reports: int, connections: int) -> dict[str, float]:
    """Push, and tell how long it took."""
    parts = urlsplit(url)
    address = (parts.hostname or "", parts.port or 80)
    start = f"POST {parts.path} HTTP/1.1\r\nhost: {parts.netloc}\r\ncontent-length: "
    requests = [
        f"{start}{len(body)}\r\ncontent-type: application/json\r\n\r\n".encode() + body
        for body in bodies(calls, reports)
    ]
    senders = [Sender(address, requests[each::connections]) for each in range(connections)]
    took: list[float] = []
    with selectors.DefaultSelector() as waiting:
        for sender in senders:
            waiting.register(sender.socket, selectors.EVENT_READ, sender)
        began = time.perf_counter()
        left = sum([sender.next() for sender in senders])
        while left:
            for key, _ in waiting.select():
                sender = key.data
                seconds = sender.read()
                if seconds is not None:
                    took.append(seconds)
                    left -= not sender.next()
        seconds = time.perf_counter() - began
    for sender in senders:
        sender.socket.close()
    return {"seconds": seconds, "p50": _percentile(took, 50), "p99": _percentile(took, 99)}


def _percentile(values: Sequence[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], *map(int, sys.argv[2:5]))))
