"""Front door of the emulator: routes a request to its control calls or to the API."""

from __future__ import annotations

from smsops.clock import SYSTEM
from smsops.emulator import control, dialects, yisha
from smsops.emulator.core import Emulator
from smsops.emulator.wire import Refused, Reply, Request


def answer(emulator: Emulator, request: Request) -> Reply:
    """The reply to one request, whoever carries it."""
    if request.path.startswith(control.PREFIX):
        return control.answer(emulator, request)
    return emulator.handle(request)


def failed(request: Request) -> Reply:
    """The reply to a request at which the emulator itself failed."""
    if request.path.startswith(control.PREFIX):
        return control.failed()
    dialect, now = dialects.of(request), SYSTEM.now()
    code = yisha.SYSTEM if dialect is dialects.YISHA else "InternalError"
    return dialect.refused(Refused(code, "The emulator failed."), dialect.new_id(now), now)
