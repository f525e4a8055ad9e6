"""GitLab at one address, as a job sees it: its states, its notes and its issues."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from tests.support.forges import Host, host
from tests.support.servers import http_server
from tests.support.state_server import PASSWORD, StateServer

ID = "9"
_STATES = f"/api/v4/projects/{ID}/terraform/state/"


@dataclass
class Server:
    """``states`` by their names; ``forge`` is all of the rest."""

    forge: Host
    states: dict[str, StateServer]
    url: str = ""

    @property
    def variables(self) -> dict[str, str]:
        """What GitLab sets in every job."""
        forge = self.forge.environment("gitlab")
        return {
            "CI_API_V4_URL": f"{self.url}/api/v4",
            "CI_PROJECT_ID": ID,
            "CI_JOB_TOKEN": PASSWORD,
            "CI_JOB_URL": forge["CI_JOB_URL"],
        }

    def target(self, path: str) -> str:
        """Where a request is answered."""
        if path.startswith(_STATES):
            name, *rest = path.removeprefix(_STATES).partition("/")
            name, _, query = name.partition("?")
            if name in self.states:
                base = self.states[name].address + "".join(rest)
                return f"{base}?{query}" if query else base
        return self.forge.url + path


@contextmanager
def gitlab(*names: str) -> Iterator[Server]:
    """A GitLab with a state for each of ``names``, and merge request 5 of project 9."""
    with ExitStack() as stack:
        states = {name: stack.enter_context(StateServer()) for name in names}
        found = Server(stack.enter_context(host()), states)

        class Handler(BaseHTTPRequestHandler):
            def _pass_on(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                target = urlsplit(found.target(self.path))
                connection = HTTPConnection(target.netloc, timeout=10)
                connection.request(
                    self.command,
                    f"{target.path}?{target.query}".rstrip("?"),
                    self.rfile.read(length),
                    {name: value for name, value in self.headers.items() if name != "Host"},
                )
                answer = connection.getresponse()
                body = answer.read()
                self.send_response(answer.status)
                if answer.status != 204:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                connection.close()

            def log_message(self, *_: object) -> None:
                pass

        for method in ("GET", "POST", "PUT", "DELETE", "LOCK", "UNLOCK"):
            setattr(Handler, f"do_{method}", Handler._pass_on)
        found.url = stack.enter_context(http_server(Handler))
        yield found
