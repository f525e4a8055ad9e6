"""A team on GitHub whose workflows use the action: its repository, its code host, its chat."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smsops.emulator.app import serving
from smsops.emulator.core import Emulator
from smsops.emulator.settings import Settings
from tests.ci.repository import CREDENTIALS, ID, KEY, Repository
from tests.ci.workflows import GitHub, Job
from tests.support.chats import Chats, chats
from tests.support.clock import FakeClock
from tests.support.forges import Host, host

_WORKFLOW = """\
jobs:
  smsops:
    steps:
      - uses: actions/checkout@df4cb1c069e1874edd31b4311f1884172cec0e10
        with: {persist-credentials: false}
      - uses: OWNER/smsops@0000000000000000000000000000000000000000
        id: smsops
        with: INPUTS
        env:
          TENCENTCLOUD_SECRET_ID: ${{ secrets.TENCENTCLOUD_SECRET_ID }}
          TENCENTCLOUD_SECRET_KEY: ${{ secrets.TENCENTCLOUD_SECRET_KEY }}
    outputs:
      result: ${{ steps.smsops.outputs.result }}
      code: ${{ steps.smsops.outputs.exit-code }}
"""


class Team(Repository):
    """``event``: what a workflow runs for; a directory in it is the action's."""

    def __init__(
        self, root: Path, emulator: Emulator, url: str, smsops: str, forge: Host, robots: Chats
    ) -> None:
        super().__init__(root, emulator, url, "{backend: git, remote: origin, name: prod}")
        self.forge, self.robots = forge, robots
        self.directory = "sms"
        variables = {
            **forge.environment("github"),
            **robots.environment("SLACK"),
            "SMSOPS_ENDPOINT": url,
            "GITHUB_EVENT_NAME": "pull_request",
        }
        self.host = GitHub(root, self.origin, {"": CREDENTIALS}, variables, smsops)

    def run(self, command: str, ref: str = "main", **inputs: object) -> Job:
        """One step with the action, which comments and tells the chat unless ``inputs`` differ."""
        given = {
            "command": command,
            "directory": "${{ github.event.directory }}",
            "comment": True,
            "notify": True,
            **inputs,
        }
        workflow = self.root / "workflow.yml"
        workflow.write_text(_WORKFLOW.replace("INPUTS", json.dumps(given)), "utf-8")
        return self.host.run(workflow, {"directory": self.directory}, ref=ref)["smsops"]

    @property
    def said(self) -> str:
        """What the chat heard last."""
        return str(self.robots.taken["slack"][-1]["text"])

    @property
    def comments(self) -> list[str]:
        """The comments on the pull request."""
        return [str(each["body"]) for each in self.forge.comments]


@contextmanager
def settled(root: Path, smsops: str) -> Iterator[Team]:
    """A team whose first sign and template are applied and approved."""
    emulator = Emulator(None, Settings(limits=False, secret_id=ID, secret_key=KEY))
    with serving(emulator) as url, host() as forge, chats(FakeClock()) as robots:
        team = Team(root, emulator, url, smsops, forge, robots)
        team.apply()
        team.judge(0)
        yield team
