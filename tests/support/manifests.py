"""Manifests on disk, and what reading them finds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from smsops.errors import Problem
from smsops.manifests.load import Manifests, load_manifests, load_project
from smsops.manifests.starter import picture
from tests.support.specs import sign_manifest, template_manifest

PROJECT = """\
apiVersion: smsops/v1
kind: Project
metadata: {name: shop}
spec:
  region: ap-guangzhou
"""

TEMPLATE = template_manifest(remark="登录")
SIGN = sign_manifest(international=None, proofImage="proof.png")

PNG = picture(8, 8)


#: path inside the project -> content
Files = Mapping[str, str | bytes]


def write(root: Path, files: Files, *, project: str = PROJECT) -> Path:
    """Write a project and return its root."""
    for name, content in {"smsops.yaml": project, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def load(root: Path, files: Files, *, project: str = PROJECT) -> Manifests:
    """Write a project and read its manifests."""
    return load_manifests(load_project(write(root, files, project=project)))


def lines(problems: tuple[Problem, ...] | list[Problem]) -> list[str]:
    """``file:line:col CODE`` of each problem."""
    return [f"{each.file}:{each.line}:{each.column} {each.code}" for each in problems]
