"""The pipeline that a command runs in, as its host names it, and what a command there is about."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from smsops.cli.context import Context
from smsops.cli.files import read_named
from smsops.cli.host import prefix
from smsops.errors import SmsopsError
from smsops.text.messages import T, Text

_HTTP = re.compile(r"https?://[!-~]{1,500}")


def repository(environment: Mapping[str, str]) -> str:
    """``owner/name``; empty outside a pipeline."""
    return environment.get("GITHUB_REPOSITORY") or environment.get("CI_PROJECT_PATH") or ""


def run_url(environment: Mapping[str, str]) -> str:
    """The address of this run; empty outside a pipeline."""
    server, run = environment.get("GITHUB_SERVER_URL"), environment.get("GITHUB_RUN_ID")
    url = environment.get("CI_JOB_URL") or environment.get("CI_PIPELINE_URL") or ""
    if server and run:
        url = "/".join((server, environment.get("GITHUB_REPOSITORY", ""), "actions/runs", run))
    return url if _HTTP.fullmatch(url) else ""


def job(environment: Mapping[str, str]) -> str:
    """What people call this job; empty outside a pipeline."""
    return environment.get("GITHUB_WORKFLOW") or environment.get("CI_JOB_NAME") or ""


def subject(context: Context) -> tuple[str, str]:
    """What a comment or an issue is about: a key, and a name for people.

    By place and environment: both are known also where the project file is broken.
    """
    place = prefix(context.options.directory, context.environment)
    environment = context.options.environment or ""
    key = hashlib.sha256(f"{place}\n{environment}".encode()).hexdigest()[:16]
    return key, " ".join(filter(None, (place.rstrip("/"), environment)))


def read_document(path: Path, limit: int, *, hint: Text) -> bytes:
    """The bytes of ``path``, or of standard input for ``-``. Raises :class:`SmsopsError` for one
    that cannot be read or is too large.
    """
    if path == Path("-"):
        stream = getattr(sys.stdin, "buffer", None)
        if stream is not None:
            body = stream.read(limit + 1)
        else:  # in place of a file a text, or nothing: it is closed
            body = sys.stdin.read().encode() if sys.stdin is not None else b""
    else:
        body = read_named(path, limit, hint=hint)
    if len(body) > limit:
        raise SmsopsError(T("{path} is larger than {limit} bytes", path=path, limit=limit))
    return bytes(body)
