"""A merge request, and issues, on GitLab, by its REST API.

Notes cannot be hidden there: old ones are folded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote

from smsops.clock import Clock
from smsops.errors import UsageError
from smsops.forges.calls import Calls
from smsops.forges.forge import Comment, Issue, folded
from smsops.text.messages import T


class GitLab:
    """The notes and labels of a merge request."""

    def __init__(self, environment: Mapping[str, str], clock: Clock) -> None:
        """Raises :class:`UsageError` outside the pipeline of a merge request."""
        self._calls = _calls(environment, clock)
        project = environment.get("CI_MERGE_REQUEST_PROJECT_ID") or environment.get("CI_PROJECT_ID")
        number = environment.get("CI_MERGE_REQUEST_IID", "")
        if not (project or "").isdigit() or not number.isdigit():
            raise UsageError(
                T(
                    "no merge request: CI_PROJECT_ID and CI_MERGE_REQUEST_IID name it in a "
                    "pipeline for merge requests"
                )
            )
        self._request = f"/projects/{project}/merge_requests/{number}"

    def mine(self) -> Iterator[Comment]:
        """The notes of the owner of the token, oldest first."""
        me = self._calls.told("/user", "id")
        found = [
            item
            for item in self._calls.pages(f"{self._request}/notes", "id")
            if not item.get("system") and (item.get("author") or {}).get("id") == me
        ]
        for item in sorted(found, key=lambda item: int(item["id"])):
            yield Comment(str(item["id"]), str(item.get("body") or ""))

    def create(self, body: str) -> None:
        """Write a note."""
        self._calls.call("POST", f"{self._request}/notes", {"body": body})

    def update(self, comment: Comment, body: str) -> None:
        """Replace the text of a note."""
        self._calls.call("PUT", f"{self._request}/notes/{comment.id}", {"body": body})

    def hide(self, comment: Comment, body: str) -> None:
        """Fold a note, and take its mark away."""
        self.update(comment, folded(body))

    def label(self, wanted: str, others: Iterable[str]) -> None:
        """Put a label on the request and take ``others`` off."""
        # A comma begins another label.
        wanted, *rest = (name.replace(",", " ") for name in (wanted, *others))
        labels = {"add_labels": wanted, "remove_labels": ",".join(rest)}
        self._calls.call("PUT", self._request, labels)


class GitLabIssues:
    """The issues of a project on GitLab."""

    def __init__(self, environment: Mapping[str, str], clock: Clock) -> None:
        """Raises :class:`UsageError` outside a pipeline."""
        self._calls = _calls(environment, clock)
        project = environment.get("CI_PROJECT_ID", "")
        if not project.isdigit():
            raise UsageError(T("no project: CI_PROJECT_ID names it in a pipeline"))
        self._issues = f"/projects/{project}/issues"

    def mine(self, label: str) -> Iterator[Issue]:
        """The open issues with ``label`` of the owner of the token."""
        me = self._calls.told("/user", "id")
        asked = f"state=opened&scope=all&labels={quote(label, safe='')}"
        for item in self._calls.pages(self._issues, "iid", asked):
            if (item.get("author") or {}).get("id") == me:
                yield Issue(str(item["iid"]), str(item.get("description") or ""))

    def open(self, title: str, body: str, label: str) -> None:
        """Open an issue."""
        said = {"title": title, "description": body, "labels": label}
        self._calls.call("POST", self._issues, said)

    def update(self, issue: Issue, body: str) -> None:
        """Replace the text of an issue."""
        self._calls.call("PUT", f"{self._issues}/{issue.id}", {"description": body})

    def close(self, issue: Issue, words: str) -> None:
        """Say ``words`` below an issue, and close it."""
        self._calls.call("POST", f"{self._issues}/{issue.id}/notes", {"body": words})
        self._calls.call("PUT", f"{self._issues}/{issue.id}", {"state_event": "close"})


def _calls(environment: Mapping[str, str], clock: Clock) -> Calls:
    """The API, with a token that was made for it."""
    token = environment.get("GITLAB_TOKEN", "").strip()
    if not token or not token.isascii() or not token.isprintable():
        raise UsageError(
            T("no token: set GITLAB_TOKEN"),
            hint=T(
                "A project access token with the scope api; CI_JOB_TOKEN writes no comments and "
                "no issues."
            ),
        )
    base = environment.get("CI_API_V4_URL", "").rstrip("/")
    if not base:
        raise UsageError(T("no pipeline: CI_API_V4_URL names the API of GitLab in one"))
    return Calls(
        base,
        {"PRIVATE-TOKEN": token},
        environment,
        clock,
        setting="CI_API_V4_URL",
        variable="GITLAB_TOKEN",
        allowed=T("GITLAB_TOKEN needs the scope api and the role Reporter or higher."),
    )
