"""A project of two environments: two accounts on two ports, each with keys of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.account import Account
from tests.support.clock import WallClock
from tests.support.served_project import ServedProject

NAMES = ("staging", "prod")
IDS = {"staging": "100000000001", "prod": "100000000002"}
KEYS = {name: (f"AKID{name}5rQ0wLmZ8yKc", f"kQ7rXv2mTz9LpWc4{name}") for name in NAMES}
_RATES = ", ".join(
    f"{verb}Sms{kind}: 1000"
    for verb in ("Add", "Modify", "Delete")
    for kind in ("Sign", "Template")
)
SETTINGS = f"""\
apiVersion: smsops/v1
kind: Project
metadata: {{name: works}}
spec:
  region: ap-guangzhou
  rateLimits: {{{_RATES}, DescribeSmsSignList: 1000, DescribeSmsTemplateList: 1000}}
  environments:
    staging: {{account: "{IDS["staging"]}"}}
    prod: {{account: "{IDS["prod"]}"}}
"""


class SharedProject(ServedProject):
    """A project whose settings have environments."""

    settings = SETTINGS


def patch(root: Path, environment: str, address: str, *lines: str) -> Path:
    """Write what differs: ``lines`` of YAML below ``metadata``."""
    path = root / "environments" / environment / f"{address}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    head = f"apiVersion: smsops/v1\nkind: Patch\nmetadata: {{address: {address}}}\n"
    path.write_text(head + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


@dataclass
class Shared:
    """One project, and an account for each of its environments, by one clock."""

    project: SharedProject
    accounts: dict[str, Account]

    def patch(self, environment: str, address: str, *lines: str) -> Path:
        return patch(self.project.root, environment, address, *lines)

    def approved(self, name: str) -> None:
        """Apply, approve and apply in one environment."""
        for _ in range(2):
            ran = self.project.apply("-e", name)
            assert ran.code == 0, ran.err
            self.accounts[name].approve()
        assert self.project.apply("-e", name).code == 0


@contextmanager
def shared(root: Path) -> Iterator[Shared]:
    """A project in ``root``, which has no manifests yet."""
    time = WallClock()
    with ExitStack() as stack:
        accounts = {
            name: stack.enter_context(
                Account(
                    None,
                    {
                        "account_id": IDS[name],
                        "secret_id": KEYS[name][0],
                        "secret_key": KEYS[name][1],
                    },
                    time=time,
                )
            )
            for name in NAMES
        }
        variables = {
            f"{name.upper()}__{variable}": value
            for name in NAMES
            for variable, value in (
                ("SMSOPS_ENDPOINT", accounts[name].url),
                ("TENCENTCLOUD_SECRET_ID", KEYS[name][0]),
                ("TENCENTCLOUD_SECRET_KEY", KEYS[name][1]),
            )
        }
        project = SharedProject(root, (), variables, clock=time.clock).begin()
        yield Shared(project, accounts)
