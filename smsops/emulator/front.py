"""Front door of the emulator: routes a request to its control calls or to the API."""

from __future__ import annotations

from smsops.emulator import control
from smsops.emulator.core import Emulator
from smsops.emulator.wire import Reply, Request


def answer(emulator: Emulator, request: Request) -> Reply:
    """The reply to one request, whoever carries it."""
    if request.path.startswith(control.PREFIX):
        return control.answer(emulator, request)
    return emulator.handle(request)
