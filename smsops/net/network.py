"""The way to a host: DNS, its addresses, a proxy. All within the deadline of the exchange.

What fails here raises :class:`Unreachable`, with words for people and what to do.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any

import httpcore

from smsops.net.loopback import is_loopback
from smsops.net.proxies import PORTS, Proxy, Route, place, route
from smsops.net.streams import Deadline, Expired, Plain, Stream, Unreachable
from smsops.text.messages import T, Text

#: Seconds for DNS, which has servers to try; for a connection when nobody says; and for a proxy
#: to connect in its turn.
RESOLVE, CONNECT, TUNNEL = 20.0, 10.0, 30.0
#: Bytes of a proxy's answer to CONNECT.
MOST_HEAD = 64 * 1024


class Network(httpcore.NetworkBackend):
    """Connects as the environment says, within the deadline. ``setting``: what names the host."""

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        deadline: Deadline,
        tls: ssl.SSLContext,
        setting: str,
    ) -> None:
        self._environment = environment
        self._deadline = deadline
        self._tls = tls
        self._setting = setting

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to ``host``, directly or through a proxy, within the deadline."""
        way = route(host, port, self._environment)
        proxy, peer = way.proxy, place(host, port, PORTS["https"])
        if proxy is None:
            return self._connected(host, port, peer, timeout, self._advice(host, way))
        advice = T(
            "Check {variable}. NO_PROXY is for hosts that are reached without a proxy.",
            variable=proxy.variable,
        )
        stream: Stream = self._connected(proxy.host, proxy.port, proxy.shown, timeout, advice)
        try:
            if proxy.scheme == "https":
                stream = stream.start_tls(self._tls, proxy.host, timeout)
            self._tunnel(stream, proxy, place(host, port))
        except BaseException:
            stream.close()
            raise
        stream.peer = T("{peer} through {proxy}", peer=peer, proxy=proxy.shown)
        return stream

    def _advice(self, host: str, way: Route) -> Text:
        if is_loopback(host):
            return T("Is the server running? Check {setting}.", setting=self._setting)
        if way.remark:
            return T(
                "{remark} Check the network and {setting}.",
                remark=way.remark,
                setting=self._setting,
            )
        return T(
            "Check the network and {setting}. Where only a proxy leads out, set "
            "HTTPS_PROXY=http://host:port.",
            setting=self._setting,
        )

    def _connected(
        self, host: str, port: int, peer: str | Text, timeout: float | None, advice: Text
    ) -> Stream:
        try:
            addresses = self._resolved(host, port)
            why: str | Text = T("there is no address")
            for family, kind, protocol, _, address in addresses:
                try:
                    made = socket.socket(family, kind, protocol)
                except OSError as error:
                    why = error.strerror or str(error)
                    continue
                try:
                    made.settimeout(self._deadline.left(timeout or CONNECT))
                    made.connect(address)
                    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                except TimeoutError:
                    made.close()
                    why = T("it does not answer")
                except OSError as error:
                    made.close()
                    why = error.strerror or str(error)
                except BaseException:
                    made.close()
                    raise
                else:
                    return Plain(made, peer, self._deadline, self._environment)
        except Expired:
            why = T("it took too long")
        except socket.gaierror as error:
            why = _DNS.get(error.errno or 0) or T("DNS: {reason}", reason=error.strerror)
        raise Unreachable(T("{peer} cannot be reached: {why}", peer=peer, why=why), hint=advice)

    def _resolved(self, host: str, port: int) -> list[Any]:
        """The addresses of ``host``. Python cannot interrupt a resolver, so it is left behind."""
        try:
            ip_address(host)
        except ValueError:
            pass
        else:
            return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        found: list[Any] = []
        failed: list[Exception] = []

        def resolve() -> None:
            try:
                found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
            except (OSError, UnicodeError) as error:
                failed.append(error)

        thread = threading.Thread(target=resolve, name="smsops-dns", daemon=True)
        thread.start()
        thread.join(self._deadline.left(RESOLVE))
        for error in failed:
            if isinstance(error, socket.gaierror):
                raise error
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        if not found:
            raise socket.gaierror(socket.EAI_AGAIN, "no answer")
        return found

    def _tunnel(self, stream: Stream, proxy: Proxy, target: str) -> None:
        """Ask a proxy to connect to ``target``."""
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}", "Accept: */*"]
        if proxy.authorization:
            lines.append(f"Proxy-Authorization: {proxy.authorization}")
        head = bytearray()
        try:
            stream.write("\r\n".join([*lines, "", ""]).encode("ascii"), TUNNEL)
            while b"\r\n\r\n" not in head and len(head) < MOST_HEAD:
                chunk = stream.read(MOST_HEAD, TUNNEL)
                if not chunk:
                    break
                head += chunk
        except httpcore.TimeoutException:
            raise Unreachable(
                T("{proxy} does not connect to {target} in time", proxy=proxy.shown, target=target),
                hint=_PROXY_ADVICE,
            ) from None
        except httpcore.NetworkError:
            head.clear()
        status, *fields = bytes(head).partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
        version, _, rest = status.partition(" ")
        code = rest[:3]
        if (
            not version.startswith("HTTP/1.")
            or not code.isdigit()
            or not head.endswith(b"\r\n\r\n")
        ):
            ended = (
                T("{proxy} does not answer like an HTTP proxy", proxy=proxy.shown)
                if head
                else T("{proxy} ends the connection", proxy=proxy.shown)
            )
            raise Unreachable(ended, hint=T("Check {variable}.", variable=proxy.variable))
        if not code.startswith("2"):
            raise _refused(proxy, target, int(code), fields)


#: What getaddrinfo() says, for people.
_DNS = {
    socket.EAI_NONAME: T("DNS knows no such name"),
    socket.EAI_AGAIN: T("DNS does not answer"),
    socket.EAI_FAIL: T("DNS has no answer"),
    getattr(socket, "EAI_NODATA", socket.EAI_NONAME): T("DNS knows no address of it"),
}
_PROXY_ADVICE = T(
    "Ask whoever runs the proxy to allow it; NO_PROXY is for hosts that are reached without one."
)


def _refused(proxy: Proxy, target: str, code: int, fields: list[str]) -> Unreachable:
    """The words for a proxy that does not connect."""
    if code == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        offered = [
            value.split()[0].lower()
            for name, _, value in (field.partition(":") for field in fields)
            if name.strip().lower() == "proxy-authenticate" and value.strip()
        ]
        if offered and "basic" not in offered:
            return Unreachable(
                T(
                    "{proxy} takes no Basic authentication (407), and smsops speaks no other",
                    proxy=proxy.shown,
                ),
                hint=T(
                    "A proxy on this machine can log in there in its place (NTLM, Kerberos); "
                    "let {variable} name that one.",
                    variable=proxy.variable,
                ),
            )
        if proxy.authorization:
            return Unreachable(
                T(
                    "{proxy} does not accept the user and password of {variable} (407)",
                    proxy=proxy.shown,
                    variable=proxy.variable,
                ),
                hint=T("Special characters have to be percent-encoded there (@ is %40, % is %25)."),
            )
        return Unreachable(
            T("{proxy} asks for a user and a password (407)", proxy=proxy.shown),
            hint=T(
                "Write them into {variable}: http://user:password@host:port, special "
                "characters percent-encoded (@ is %40).",
                variable=proxy.variable,
            ),
        )
    try:
        phrase = f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        phrase = str(code)
    words = (
        T("{proxy} cannot reach {target} ({phrase})")
        if code >= 500
        else T("{proxy} refuses to connect to {target} ({phrase})")
    )
    said = words.filled(proxy=proxy.shown, target=target, phrase=phrase)
    return Unreachable(said, hint=_PROXY_ADVICE)
