"""Detection of the CI host from the environment."""

from __future__ import annotations

from collections.abc import Mapping

from smsops.cli.host import NOBODY, Host


def host_of(environment: Mapping[str, str]) -> Host:
    """The host that ``environment`` speaks of."""
    if environment.get("GITHUB_ACTIONS") != "true":
        return NOBODY
    from smsops.cli.github import GitHub

    return GitHub()
