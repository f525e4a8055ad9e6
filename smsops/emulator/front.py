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


def failed(request: Request, why: str = "The emulator failed.") -> Reply:
    """The reply to a request at which the emulator itself failed."""
    if request.path.startswith(control.PREFIX):
        return control.failed()
    code = yisha.SYSTEM if dialects.of(request) is dialects.YISHA else "InternalError"
    return _refused(request, Refused(code, why))


def unknown_host(request: Request) -> Reply:
    """The reply to a call by another name than this machine's: a page in a browser whose name was
    pointed at it sends such ones, and the key is no secret.
    """
    code = yisha.BUSINESS if dialects.of(request) is dialects.YISHA else "UnsupportedOperation"
    words = "The emulator answers to 127.0.0.1 and localhost alone."
    return _refused(request, Refused(code, words))


def _refused(request: Request, refusal: Refused) -> Reply:
    dialect, now = dialects.of(request), SYSTEM.now()
    return dialect.refused(refusal, dialect.new_id(now), now)
