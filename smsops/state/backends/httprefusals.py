"""Refusals of a state server: what its statuses mean, and what to do about them."""

from __future__ import annotations

from collections.abc import Mapping

from smsops.errors import StateAccessError, StateError
from smsops.state.backends.httpwire import PASSWORD, USERNAME, HttpSettings, Reply
from smsops.text.messages import NOTHING, N, T, Text, listed

_LOCKING = T(
    "The server has no lock there. See SMSOPS_HTTP_ADDRESS, SMSOPS_HTTP_LOCK_ADDRESS, "
    "SMSOPS_HTTP_LOCK_METHOD and SMSOPS_HTTP_UNLOCK_METHOD."
)
_WRITING = T(
    "The server takes no state there by POST. Does SMSOPS_HTTP_ADDRESS lead to a place for states "
    "of Terraform?"
)
_MOVED = dict.fromkeys(
    (301, 302, 307, 308),
    T("Redirects are not followed: set SMSOPS_HTTP_ADDRESS to where it leads."),
)
#: What to do about a status: of a lock, and of a write.
LOCK_HINTS = {**_MOVED, **dict.fromkeys((404, 405, 501), _LOCKING)}
WRITE_HINTS = {**_MOVED, **dict.fromkeys((404, 405), _WRITING)}


def status(reply: Reply) -> Text:
    """The status of a reply that says nothing else."""
    return T("HTTP status {status}", status=reply.status)


def refused(
    settings: HttpSettings, what: Text, reply: Reply, hints: Mapping[int, Text] = _MOVED
) -> StateError:
    """Error for a reply that says no; ``what`` cannot be done."""
    message = T("{place}: {what}: {status}", place=settings.shown, what=what, status=status(reply))
    if reply.status not in (401, 403):
        return StateError(message, hint=hints.get(reply.status, NOTHING))
    missing = [
        name
        for name, value in ((USERNAME, settings.username), (PASSWORD, settings.password))
        if not value
    ]
    if missing:
        return StateAccessError(
            N(
                len(missing),
                "{message}: the server of the state refused: {names} is not set",
                "{message}: the server of the state refused: {names} are not set",
                message=message,
                names=listed(" and ", missing),
            ),
            hint=T("Set {username} and {password}.", username=USERNAME, password=PASSWORD),
        )
    return StateAccessError(
        T("{message}: the server of the state refused the credentials", message=message),
        hint=T(
            "{username} and {password} are set. {refused}",
            username=USERNAME,
            password=PASSWORD,
            refused=_REFUSED[reply.status],
        ),
    )


#: Credentials were sent, and the server says no.
_REFUSED = {
    401: T(
        "The server does not know them: a password or token that has expired, was revoked, or "
        "belongs to another server."
    ),
    403: T(
        "The server knows them, and they may not do this. On GitLab the role Developer may read a "
        "state, and Maintainer may lock and write it; a token needs the scope api."
    ),
}
