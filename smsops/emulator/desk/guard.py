"""Who may look at the desk, and who may change something there. Pure.

Any web page can make a browser on this machine send requests here, also under a name of its own
that resolves to loopback (DNS rebinding). So: loopback names only; nothing for other sites but a
visit; and changes only from forms that carry the token, which no other site can read.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from smsops.emulator.hosts import is_loopback
from smsops.emulator.wire import Request


def loopback(request: Request) -> bool:
    """Whether the request names this machine by a name that can be no other one's."""
    return is_loopback(request.header("host") or "")


def may_look(request: Request) -> bool:
    """Whether a page may be sent: typed in, linked from anywhere, or asked for by the desk."""
    site = request.header("sec-fetch-site")
    visit = request.header("sec-fetch-mode") in (None, "navigate")
    return loopback(request) and (site in (None, "none", "same-origin") or visit)


def may_change(request: Request, form: Mapping[str, str], token: str) -> bool:
    """Whether a form was sent by one of our own pages.

    Pages have the policy ``no-referrer``, under which browsers write ``Origin: null`` for their
    own forms too; where they say nothing else, the token alone decides, as it does for all.
    """
    site, origin = request.header("sec-fetch-site"), request.header("origin")
    own = (None, "null", f"http://{request.header('host')}")
    given = form.get("token", "").encode("utf-8", "surrogatepass")
    known = hmac.compare_digest(given, token.encode())
    return loopback(request) and site in (None, "same-origin") and origin in own and known
