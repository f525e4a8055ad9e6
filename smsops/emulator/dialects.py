"""How requests of either gateway are read and answered: a row a gateway, values in, values out."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from smsops.emulator import parameters, wire, yisha
from smsops.emulator.actions import Action
from smsops.emulator.hosts import from_page
from smsops.emulator.parameters import Parameter
from smsops.emulator.wire import Refused, Reply, Request


@dataclass(frozen=True, slots=True)
class Dialect:
    """One row.

    ``called``: the action that a request names. ``new_id``: an id for a request at a moment.
    ``read``: its parameters, or :class:`Refused`. ``answered`` and ``refused`` make a reply out of
    a result or a refusal, the id and the moment. ``busy``: what is said to one call too many.
    """

    called: Callable[[Request], str]
    new_id: Callable[[float], str]
    read: Callable[[Request, Sequence[Parameter]], dict[str, object]]
    answered: Callable[[Mapping[str, object], str, float], Reply]
    refused: Callable[[Refused, str, float], Reply]
    busy: Callable[[Action], Refused]


API = Dialect(
    called=lambda request: (request.header("x-tc-action") or "")[:64],
    new_id=lambda _: str(uuid.uuid4()),
    read=parameters.parse,
    answered=lambda result, id_, now: wire.reply(wire.success(result, id_), now),
    refused=lambda refusal, id_, now: wire.reply(wire.failure(refusal, id_), now),
    busy=lambda action: Refused(
        "RequestLimitExceeded", f"{action.name} may be called {action.limit} times a second."
    ),
)
YISHA = Dialect(
    called=lambda request: request.path.removeprefix(yisha.PREFIX)[:64],
    new_id=yisha.request_id,
    read=yisha.parse,
    answered=lambda result, id_, now: wire.json_reply(yisha.answer(result, id_), now),
    refused=lambda refusal, id_, now: wire.json_reply(yisha.failure(refusal, id_), now),
    busy=lambda _: Refused(yisha.SERVICE, ""),
)


def of(request: Request) -> Dialect:
    """The gateway that a request is for, by its path."""
    return YISHA if request.path.startswith(yisha.PREFIX) else API


def operation(request: Request) -> Action:
    """The operation of the Yisha gateway that is called. Raises :class:`Refused`.

    Nothing is signed there, so that whatever a browser has open could send messages.
    """
    if from_page(request.headers):
        raise Refused(yisha.BUSINESS, "requests are not taken from web pages")
    found = _OPERATIONS.get(request.path.removeprefix(yisha.PREFIX))
    if found is None or request.method != "POST":
        known = ", ".join(f"POST {yisha.PREFIX}{name}" for name in _OPERATIONS)
        raise Refused(yisha.BUSINESS, f"{request.method} {request.path[:64]} is none of {known}")
    return found


_OPERATIONS: Mapping[str, Action] = {
    row.name: Action(row.name, yisha.CHANNEL, row.limit, row.parameters, row.run, row.writes)
    for row in yisha.OPERATIONS
}
