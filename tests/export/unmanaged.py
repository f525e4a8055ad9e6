"""An account full of hand-made objects, and a project that knows none of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.support.clock import FakeClock
from tests.support.project import Project
from tests.support.specs import png

LONG_AGO = 1_700_000_000
SIGNS = [
    {"kind": "sign", "id": 2001, "signName": "艾克米", "qualificationId": 1000001},
    {"kind": "sign", "id": 2002, "signName": "艾克米科技", "qualificationId": 1000001},
    {"kind": "sign", "id": 2003, "signName": "Acme", "international": True},
    {"kind": "sign", "id": 2004, "signName": "Acme Shop", "international": True},
]


def templates(count: int = 60) -> list[dict[str, Any]]:
    """Names and contents of all sorts; every one of them is active."""
    made: list[dict[str, Any]] = []
    for number in range(count):
        content = (
            f"您的验证码是{{1}}，第{number}号，请勿泄露。",
            f"Your code is {{1}}, number {number}.",
            f"第{number}期新品上市，拒收请回复R",
            f'含"引号"、\\反斜杠与: 冒号 # 井号 {number}',
        )[number % 4]
        made.append(
            {
                "kind": "template",
                "id": 1500 + number,
                "templateName": f"手工模板 {number}",
                "content": content,
                "international": {1: True, 5: 3}.get(number % 8, False),
            }
        )
    return made


class EmptyProject(Project):
    """A project that declares nothing, with a lint setting."""

    settings = (
        "apiVersion: smsops/v1\nkind: Project\nmetadata: {name: shop}\n"
        "spec: {region: ap-guangzhou, lint: {templateVariables: allow}}\n"
    )


def empty_project(root: Path) -> Project:
    """A project with empty directories, on an emulator whose clock stands still."""
    return EmptyProject(root, clock=FakeClock().clock).begin_empty()


def seeded(root: Path, objects: list[dict[str, Any]]) -> Project:
    """An empty project on an account with ``objects``."""
    project = empty_project(root)
    project.console.seed([{"created": LONG_AGO, **item} for item in objects])
    return project


def missing(project: Project) -> set[tuple[str, str]]:
    """(file, field) of everything that validate finds missing; fails for any error."""
    ran = project("validate", "--format", "json")
    assert ran.code == 0, ran.out
    found = set()
    for row in ran.json()["problems"]:
        if row["code"] == "SMS130":
            fields, _, _ = re.split(r" (?:is|are) not declared", row["message"])[0].partition(";")
            names = re.split(r", | and ", fields)
            found |= {(Path(row["file"]).name, name) for name in names}
    return found


#: What a person fills in, by kind. The guess in the comment is taken for smsType.
VALUES = {
    "signType": "company",
    "documentType": "three-in-one",
    "purpose": "own-use",
    "proofImage": "license.png",
    "remark": "手工创建的模板",
}


def fill(directory: Path) -> None:
    """Do what the comments ask for, in every exported file."""
    (directory / "license.png").write_bytes(png())
    for path in directory.glob("*.yaml"):
        lines = path.read_text("utf-8").splitlines()
        for place, line in enumerate(lines):
            match = re.match(r"  # (\w+): FILL IN (.*)", line)
            if match is None:
                continue
            guess = re.search(r"the text looks like (\w+)", match[2])
            lines[place] = f"  {match[1]}: {guess[1] if guess else VALUES[match[1]]}"
        path.write_text("\n".join(lines) + "\n", "utf-8")
