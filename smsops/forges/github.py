"""A pull request, and issues, on GitHub, by its REST API; only GraphQL hides comments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from smsops.clock import Clock
from smsops.errors import UsageError
from smsops.forges.calls import Calls, ForgeError, secure
from smsops.forges.forge import Comment, Issue, folded
from smsops.text.messages import T, Text

#: Who comments with the token of a workflow, should the host not tell.
_BOT = "github-actions[bot]"
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
_VIEWER = "query { viewer { login } }"
_HIDE = (
    "mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) "
    "{ minimizedComment { isMinimized } } }"
)


class GitHub:
    """The comments and labels of a pull request."""

    def __init__(self, environment: Mapping[str, str], clock: Clock) -> None:
        """Raises :class:`UsageError` outside the workflow of a pull request."""
        allowed = T("The job needs `permissions: pull-requests: write`; forks do not get it.")
        self._calls = _calls(environment, clock, allowed)
        number = _number(environment)
        if not _REPOSITORY.fullmatch(environment.get("GITHUB_REPOSITORY", "")) or number is None:
            raise UsageError(
                T("no pull request: GITHUB_REPOSITORY and GITHUB_EVENT_PATH name it in a workflow"),
                hint=T(
                    "Such a workflow has `on: pull_request`; elsewhere set GITHUB_REPOSITORY to "
                    "OWNER/REPO, and GITHUB_REF to refs/pull/NUMBER/merge."
                ),
            )
        self._graphql = _graphql(self._calls, environment)
        self._repository = f"/repos/{environment['GITHUB_REPOSITORY']}"
        self._issue = f"{self._repository}/issues/{number}"
        self._nodes: dict[str, str] = {}

    def mine(self) -> Iterator[Comment]:
        """The comments of the owner of the token."""
        me = _me(self._calls, self._graphql)
        for item in self._calls.pages(f"{self._issue}/comments", "id"):
            if (item.get("user") or {}).get("login") == me:
                self._nodes[str(item["id"])] = str(item.get("node_id", ""))
                yield Comment(str(item["id"]), str(item.get("body") or ""))

    def create(self, body: str) -> None:
        """Write a comment."""
        self._calls.call("POST", f"{self._issue}/comments", {"body": body})

    def update(self, comment: Comment, body: str) -> None:
        """Replace the text of a comment."""
        path = f"{self._repository}/issues/comments/{comment.id}"
        self._calls.call("PATCH", path, {"body": body})

    def hide(self, comment: Comment, body: str) -> None:
        """Hide a comment as outdated, or fold it where the token may not; take its mark away."""
        asked = {"query": _HIDE, "variables": {"id": self._nodes[comment.id]}}
        try:
            answer = self._calls.call("POST", self._graphql, asked)
            hidden = isinstance(answer, dict) and not answer.get("errors")
        except ForgeError:
            hidden = False
        self.update(comment, body if hidden else folded(body))

    def label(self, wanted: str, others: Iterable[str]) -> None:
        """Put a label on the request and take ``others`` off."""
        there = {str(item["name"]) for item in self._calls.pages(f"{self._issue}/labels", "name")}
        for name in others:
            if name in there:
                self._calls.call("DELETE", f"{self._issue}/labels/{quote(name, safe='')}")
        if wanted not in there:
            self._calls.call("POST", f"{self._issue}/labels", {"labels": [wanted]})


class GitHubIssues:
    """The issues of a repository on GitHub."""

    def __init__(self, environment: Mapping[str, str], clock: Clock) -> None:
        """Raises :class:`UsageError` outside a workflow."""
        allowed = T("The job needs `permissions: issues: write`.")
        self._calls = _calls(environment, clock, allowed)
        repository = environment.get("GITHUB_REPOSITORY", "")
        if not _REPOSITORY.fullmatch(repository):
            raise UsageError(T("no repository: GITHUB_REPOSITORY names it in a workflow"))
        self._graphql = _graphql(self._calls, environment)
        self._issues = f"/repos/{repository}/issues"

    def mine(self, label: str) -> Iterator[Issue]:
        """The open issues with ``label`` of the owner of the token."""
        me = _me(self._calls, self._graphql)
        asked = f"state=open&labels={quote(label, safe='')}"
        for item in self._calls.pages(self._issues, "number", asked):
            # Pull requests are in this list, too.
            if (item.get("user") or {}).get("login") == me and "pull_request" not in item:
                yield Issue(str(item["number"]), str(item.get("body") or ""))

    def open(self, title: str, body: str, label: str) -> None:
        """Open an issue."""
        self._calls.call("POST", self._issues, {"title": title, "body": body, "labels": [label]})

    def update(self, issue: Issue, body: str) -> None:
        """Replace the text of an issue."""
        self._calls.call("PATCH", f"{self._issues}/{issue.id}", {"body": body})

    def close(self, issue: Issue, words: str) -> None:
        """Say ``words`` below an issue, and close it."""
        self._calls.call("POST", f"{self._issues}/{issue.id}/comments", {"body": words})
        closed = {"state": "closed", "state_reason": "completed"}
        self._calls.call("PATCH", f"{self._issues}/{issue.id}", closed)


def _calls(environment: Mapping[str, str], clock: Clock, allowed: Text) -> Calls:
    """The API, with the token of the job."""
    token = (environment.get("GITHUB_TOKEN") or environment.get("GH_TOKEN") or "").strip()
    if not token or not token.isascii() or not token.isprintable():
        raise UsageError(
            T("no token: set GITHUB_TOKEN or GH_TOKEN"),
            hint=T(
                "In a workflow it is github.token, in the `env` of the step. {allowed}",
                allowed=allowed,
            ),
        )
    return Calls(
        environment.get("GITHUB_API_URL", "https://api.github.com").rstrip("/"),
        {
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        },
        environment,
        clock,
        setting="GITHUB_API_URL",
        variable="GITHUB_TOKEN" if environment.get("GITHUB_TOKEN") else "GH_TOKEN",
        allowed=allowed,
    )


def _graphql(calls: Calls, environment: Mapping[str, str]) -> str:
    """Where GraphQL answers, which gets the token too."""
    url = environment.get("GITHUB_GRAPHQL_URL") or f"{calls.base}/graphql"
    secure(url, "GITHUB_GRAPHQL_URL")
    return url


def _me(calls: Calls, graphql: str) -> str:
    """Who writes with the token."""
    try:
        return str(calls.told("/user", "login"))
    except ForgeError as error:
        if error.status != 403:
            raise
    # The token of an app: of the workflow's own, or of another one.
    try:
        answer = calls.call("POST", graphql, {"query": _VIEWER})
        # As comments name apps; no person can be called that.
        return str(answer["data"]["viewer"]["login"]).removesuffix("[bot]") + "[bot]"
    except (ForgeError, KeyError, TypeError):
        return _BOT


def _number(environment: Mapping[str, str]) -> int | None:
    """The number of the pull request that the workflow runs for."""
    if found := re.fullmatch(r"refs/pull/([0-9]{1,10})/.+", environment.get("GITHUB_REF", "")):
        return int(found[1])
    try:
        event: Any = json.loads(Path(environment["GITHUB_EVENT_PATH"]).read_bytes())
        issue = event.get("issue") or {}
        request = event.get("pull_request") or (issue if "pull_request" in issue else {})
        number = request.get("number")
    except (KeyError, OSError, ValueError, AttributeError, TypeError, RecursionError):
        return None
    return number if type(number) is int else None
