"""What answering SendSms costs at least: a starlette endpoint that knows nothing.

    python -I bare.py

Parses the request as JSON and answers what the API answers, a status for every number. Prints its
URL once it serves, on stderr, and ends on SIGTERM.
"""

from __future__ import annotations

import json
import socket
import sys
import uuid

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def send(request: Request) -> Response:
    """SendSms without a signature, an account, a template or a memory."""
    asked = json.loads(await request.body())
    statuses = [
        {
            "SerialNo": f"5000:{number:030d}",
            "PhoneNumber": phone,
            "Fee": 1,
            "SessionContext": asked.get("SessionContext", ""),
            "Code": "Ok",
            "Message": "send success",
            "IsoCode": "CN",
        }
        for number, phone in enumerate(asked["PhoneNumberSet"])
    ]
    document = {"Response": {"SendStatusSet": statuses, "RequestId": str(uuid.uuid4())}}
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return Response(body, media_type="application/json")


def main() -> None:
    """Serve as the emulator is served."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    config = uvicorn.Config(
        Starlette(routes=[Route("/", send, methods=["POST"])]),
        http="h11",
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
    )
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", file=sys.stderr, flush=True)
    uvicorn.Server(config).run([listener])


if __name__ == "__main__":
    main()
