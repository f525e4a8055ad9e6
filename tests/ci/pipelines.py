"""Runs pipelines of GitLab as far as the example goes: rules, variables, scripts and artifacts."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import yaml

_COMPARISON = re.compile(r'\$(\w+) (==|!=) (?:"([^"]*)"|\$(\w+))')


@dataclass
class Job:
    """How a job ended, in its own workspace."""

    code: int
    log: str
    workspace: Path
    reports: Mapping[str, Path] = field(default_factory=dict)


@dataclass
class GitLab:
    """A project on GitLab. ``environments``: variables by the environment of a job.

    ``variables`` are those of every pipeline; ``smsops``: the shell command that runs it.
    """

    root: Path
    origin: Path
    environments: Mapping[str, Mapping[str, str]]
    variables: Mapping[str, str]
    smsops: str

    def __post_init__(self) -> None:
        self.bin = self.root / "bin"
        self.bin.mkdir()
        for name, text in {
            "smsops": f'exec {self.smsops} "$@"',
            # What would be installed is under test already, and needs no network.
            "python": f'[ "$1 $2 $3" = "-m pip install" ] && echo "$*" >> "{self.root}/installed" '
            f'&& exit\nexec "{sys.executable}" "$@"',
        }.items():
            (self.bin / name).write_text(f"#!/bin/sh\n{text}\n")
            (self.bin / name).chmod(0o755)

    def run(
        self, file: Path, *, ref: str = "main", manual: tuple[str, ...] = (), **variables: str
    ) -> dict[str, Job]:
        """The jobs of a pipeline that run, by stages; a failure ends it."""
        document = yaml.safe_load(file.read_text("utf-8"))
        given = {**document["variables"], **self.variables, **variables, "CI_COMMIT_BRANCH": ref}
        if not any(holds(rule["if"], given) for rule in document["workflow"]["rules"]):
            return {}
        done: dict[str, Job] = {}
        for stage in document["stages"]:
            for name, raw in document.items():
                if not isinstance(raw, dict) or name.startswith("."):
                    continue
                job = extended(document, raw)
                if job.get("stage") != stage:
                    continue
                rule = next((r for r in job["rules"] if holds(r["if"], given)), None)
                if rule is None or (rule.get("when") == "manual" and name not in manual):
                    continue
                if any(need not in done for need in job.get("needs", [])):
                    continue  # it waits for somebody who starts another
                done[name] = self._job(job, given, done, ref)
            if any(job.code for job in done.values()):
                break
        return done

    def _job(
        self, job: Mapping[str, Any], given: Mapping[str, str], done: Mapping[str, Job], ref: str
    ) -> Job:
        place = Path(mkdtemp(prefix="job-", dir=self.root))
        workspace = place / "work"
        clone = ["git", "clone", "--quiet", "--depth=1", "--branch", ref]
        subprocess.run([*clone, f"file://{self.origin}", str(workspace)], check=True)
        for need in job.get("needs", []):
            assert done[need].code == 0
            for path in done[need].workspace.parent.glob("artifacts/*"):
                shutil.copy(path, workspace)
        scoped = self.environments[job.get("environment", {}).get("name", "")]
        raw = {**given, **job.get("variables", {}), **scoped}
        environment = {
            "PATH": f"{self.bin}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(place),
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "CI": "true",
            "GITLAB_CI": "true",
            "CI_PROJECT_DIR": str(workspace),
            **{name: expanded(str(value), raw) for name, value in raw.items()},
        }
        script = place / "script"
        script.write_text("\n".join([*job["before_script"], *job["script"]]), "utf-8")
        ran = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=workspace,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
        )
        ended = Job(ran.returncode, ran.stdout, workspace)
        artifacts = job.get("artifacts", {})
        if artifacts and (ended.code == 0 or artifacts.get("when") == "always"):
            ended.reports = _kept(artifacts, workspace, place / "artifacts")
        for secret in scoped.values():
            assert not secret or secret not in ended.log
        return ended


def _kept(artifacts: Mapping[str, Any], workspace: Path, target: Path) -> Mapping[str, Path]:
    target.mkdir()
    reports = artifacts.get("reports", {})
    for name in [*artifacts.get("paths", []), *reports.values()]:
        assert (workspace / name).exists(), f"there is no artifact {name}"
        shutil.copy(workspace / name, target)
    return {kind: target / name for kind, name in reports.items()}


def extended(document: Mapping[str, Any], job: Mapping[str, Any]) -> dict[str, Any]:
    """A job with what it extends; mappings are merged."""
    base = extended(document, document[job["extends"]]) if "extends" in job else {}
    merged = {**base, **job}
    if "variables" in base and "variables" in job:
        merged["variables"] = {**base["variables"], **job["variables"]}
    return merged


def holds(rule: str, variables: Mapping[str, str]) -> bool:
    """Whether ``$A == "b" && $C != $D`` holds."""
    for part in rule.split(" && "):
        match = _COMPARISON.fullmatch(part)
        assert match, f"not understood: {part}"
        name, operator, text, other = match.groups()
        wanted = variables.get(other, "") if other else text
        if (variables.get(name, "") == wanted) != (operator == "=="):
            return False
    return True


def expanded(text: str, variables: Mapping[str, str]) -> str:
    """``text`` with the variables it names, and those that these name."""
    for _ in range(5):
        text = re.sub(r"\$(\w+)", lambda match: str(variables.get(match[1], "")), text)
    return text
