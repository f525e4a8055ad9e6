"""The APIs of GitHub and GitLab for comments, labels and issues, as strict as theirs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.servers import http_server

TOKEN = "tok-nobody-knows"
BOT = "github-actions[bot]"
LONGEST = 65_536
#: Status, headers and body.
Answer = tuple[int, dict[str, str], Any]
REPOSITORY, NUMBER = "acme/sms", 5
_ISSUES = ("/repos/acme/sms/issues", "/api/v4/projects/9/issues")
_ISSUE = re.compile(r"(?:/repos/acme/sms|/api/v4/projects/9)/issues/([0-9]+)(/comments|/notes)?")
_COMMENTS = ("/repos/acme/sms/issues/5/comments", "/api/v4/projects/9/merge_requests/5/notes")


@dataclass
class Host:
    """One request, and issues. ``refusals``: answers that come first, by method."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    labels: set[str] = field(default_factory=set)
    hidden: list[str] = field(default_factory=list)
    refusals: dict[str, list[tuple[int, dict[str, str], Any]]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""
    #: Who owns the token: that of a workflow, or of another app.
    login: str = BOT
    hides: bool = True
    #: What GraphQL calls that owner, if it is another name.
    viewer: str = ""

    def say(self, body: str, *, mine: bool = True) -> None:
        number = len(self.comments) + 1
        login, id_ = (self.login, 7) if mine else ("mallory", 8)
        self.comments.append(
            {
                "id": number,
                "node_id": f"IC_{number}",
                "body": body,
                "user": {"login": login},
                "author": {"id": id_},
                "system": False,
            }
        )

    def answer(
        self, method: str, target: str, headers: Any, raw: bytes
    ) -> tuple[int, dict[str, str], Any]:
        parts = urlsplit(target)
        self.calls.append(f"{method} {unquote(parts.path)}")
        given = headers.get("Authorization", "").removeprefix("Bearer ")
        if TOKEN not in (given, headers.get("PRIVATE-TOKEN")):
            return 401, {}, {"message": "Bad credentials"}
        if self.refusals.get(method):
            return self.refusals[method].pop(0)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        body = json.loads(raw) if raw else {}
        said = str(body.get("body") or body.get("description") or "")
        if len(said.encode("utf-16-le")) // 2 > LONGEST:
            return 422, {}, {"message": "Body is too long (maximum is 65536 characters)"}
        return self._routed(method, parts.path, query, body)

    def _routed(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        if path == "/user":
            return 403, {}, {"message": "Resource not accessible by integration"}
        if path == "/api/v4/user":
            return 200, {}, {"id": 7}
        if path == "/graphql" and "viewer" in body["query"]:
            return 200, {}, {"data": {"viewer": {"login": self.viewer or self.login}}}
        if path == "/graphql" and not self.hides:
            return 200, {}, {"data": None, "errors": [{"type": "FORBIDDEN"}]}
        if path == "/graphql":
            self.hidden.append(body["variables"]["id"])
            return 200, {}, {"data": {}}
        if path in _COMMENTS:
            if method == "POST":
                self.say(body["body"])
                return 201, {}, self.comments[-1]
            size, page = int(query.get("per_page", 20)), int(query.get("page", 1))
            found = self.comments if path.startswith("/repos") else self.comments[::-1]
            return 200, {}, found[(page - 1) * size : page * size]
        if one := re.fullmatch(r".*/(?:issues/comments|notes)/([0-9]+)", path):
            self.comments[int(one[1]) - 1]["body"] = body["body"]
            return 200, {}, self.comments[int(one[1]) - 1]
        if path in _ISSUES:
            return self._issue_list(method, query, body)
        one = _ISSUE.fullmatch(path)
        if one and len(self.issues) >= int(one[1]):
            return self._issue(self.issues[int(one[1]) - 1], bool(one[2]), body)
        return self._labels(method, path, body)

    def _issue_list(self, method: str, query: dict[str, str], body: Any) -> Answer:
        if method == "POST":
            self.open_issue(
                body.get("body") or body["description"], body["labels"], title=body["title"]
            )
            return 201, {}, self.issues[-1]
        assert query["state"] in ("open", "opened")
        found = [
            issue
            for issue in self.issues
            if issue["state"] == "open" and query["labels"] in issue["labels"]
        ]
        size, page = int(query.get("per_page", 20)), int(query.get("page", 1))
        return 200, {}, found[(page - 1) * size : page * size]

    def open_issue(
        self, body: str, labels: list[str] | str, *, title: str = "", mine: bool = True
    ) -> None:
        number = len(self.issues) + 1
        login, id_ = (BOT, 7) if mine else ("mallory", 8)
        self.issues.append(
            {
                "number": number,
                "iid": number,
                "title": title,
                "body": body,
                "description": body,
                "labels": labels if isinstance(labels, list) else labels.split(","),
                "state": "open",
                "user": {"login": login},
                "author": {"id": id_},
                "said": [],
            }
        )

    def _issue(self, issue: dict[str, Any], below: bool, body: Any) -> Answer:
        if below:
            issue["said"].append(body["body"])
            return 201, {}, {}
        if text := body.get("body") or body.get("description"):
            issue["body"] = issue["description"] = text
        if body.get("state") == "closed" or body.get("state_event") == "close":
            issue["state"] = "closed"
        return 200, {}, issue

    def _labels(self, method: str, path: str, body: Any) -> Answer:
        if path == "/api/v4/projects/9/merge_requests/5":
            self.labels -= set(body["remove_labels"].split(","))
            self.labels |= set(body["add_labels"].split(","))
            return 200, {}, {}
        if path == "/repos/acme/sms/issues/5/labels":
            self.labels |= set(body.get("labels", ()))
            return 200, {}, [{"name": name} for name in sorted(self.labels)]
        if method == "DELETE":
            self.labels.remove(unquote(path.rpartition("/")[2]))
            return 200, {}, []
        return 404, {}, {"message": "Not Found"}

    def environment(self, host: str) -> dict[str, str]:
        if host == "github":
            return {
                "GITHUB_TOKEN": TOKEN,
                "GITHUB_API_URL": self.url,
                "GITHUB_REPOSITORY": "acme/sms",
                "GITHUB_REF": "refs/pull/5/merge",
                "GITHUB_SERVER_URL": "https://github.example",
                "GITHUB_RUN_ID": "77",
            }
        return {
            "GITLAB_TOKEN": TOKEN,
            "CI_API_V4_URL": f"{self.url}/api/v4",
            "CI_PROJECT_ID": "9",
            "CI_MERGE_REQUEST_IID": "5",
            "CI_JOB_URL": "https://gitlab.example/acme/sms/-/jobs/77",
        }


@contextmanager
def host() -> Iterator[Host]:
    """Both hosts on one port, with one request each: number 5."""
    found = Host()

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, said = found.answer(self.command, self.path, self.headers, raw)
            body = json.dumps(said).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    for method in ("GET", "POST", "PATCH", "PUT", "DELETE"):
        setattr(Handler, f"do_{method}", Handler._do)
    with http_server(Handler) as found.url:
        yield found
