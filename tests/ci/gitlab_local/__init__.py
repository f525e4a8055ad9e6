"""Runs pipelines of GitLab with gitlab-ci-local, installed from the lock file beside this module.

It reads the pipeline as GitLab does: components and their inputs, rules, needs, environments and
their variables, artifacts; and it knows GitLab's schema. Jobs are shells, each in a directory of
its own. The component is where it would have been fetched to; installing smsops is noted and left
out.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
import yaml

from tests.ci.workflows import ROOT
from tests.support.installed import installed

TEMPLATES = ROOT / "templates"
SERVER, PROJECT = "gitlab.example", "acme/sms"
#: What stands in the examples, and the commit that somebody put in its place.
PLACEHOLDER, COMMIT = "0" * 40, "5e3a1b0c" * 5
_HERE = Path(__file__).resolve().parent
_FILES = ("package.json", "package-lock.json")
_STATE = ".gitlab-ci-local"
_COMPONENT = re.compile(r"component: \$CI_SERVER_FQDN/(\S+)/\w+@")
_ENDED = re.compile(r"^(\S+) +finished in .* FAIL (\d+) *$", re.M)
_STARTED = re.compile(r"^(\S+) +starting shell ", re.M)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_PYTHON = """\
#!/bin/sh
case "$1 $2 $3" in
"-m pip install") echo "$*" >> "{log}"; env > "{log}.environment"; exit ;;
"-c import sys, urllib.request;"*) echo "$3" >> "{log}"; exec cp "{archive}" "$4" ;;
esac
exec "{python}" "$@"
"""


def runner() -> tuple[str, ...]:
    """The beginning of its command line. Skips where it cannot run or be installed; in CI, which
    says ``SMSOPS_TEST_GITLAB=required``, that fails.
    """
    command = _runner()
    if isinstance(command, str):
        assert os.environ.get("SMSOPS_TEST_GITLAB") != "required", command
        pytest.skip(f"no pipeline of GitLab is run: {command}")
    return command


@cache
def _runner() -> tuple[str, ...] | str:
    """The command, or why there is none."""
    for program in ("node", "npm", "rsync"):
        if shutil.which(program) is None:
            return f"there is no {program} here"
    told = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
    if not re.match("v(2[0-9]|[3-9][0-9])", told):
        return f"Node.js {told or 'of an unknown version'} is older than 20"
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=0")
    try:
        place = installed(_HERE, "gitlab", _FILES, ("npm", "ci", *quiet))
    except AssertionError as error:
        return f"npm did not install gitlab-ci-local: {str(error).splitlines()[0]}"
    script = place / "node_modules" / "gitlab-ci-local" / "dist" / "index.js"
    return "node", "--import", (_HERE / "older.mjs").as_uri(), str(script)


@dataclass
class Job:
    """How a job ended. ``workspace``: its checkout, as it left it."""

    code: int
    log: str
    workspace: Path


@dataclass
class Refused(Exception):
    """No pipeline was made. ``said``: why."""

    said: str


@dataclass
class GitLab:
    """A project on GitLab. ``environments``: variables by the environment of a job.

    ``variables`` are those of every job; ``smsops``: the shell command that runs it.
    """

    root: Path
    origin: Path
    environments: Mapping[str, Mapping[str, str]]
    variables: Mapping[str, str]
    smsops: str
    command: tuple[str, ...] = field(default_factory=runner)

    def __post_init__(self) -> None:
        self.bin, self.home = self.root / "bin", self.root / "home"
        self.bin.mkdir()
        self.home.mkdir()
        self.installed = self.root / "installed"
        archive = self.root / "smsops.tar.gz"
        with tarfile.open(archive, "w:gz") as tar:
            tar.add(ROOT / "examples" / "ci", f"smsops-{COMMIT}/examples/ci")
        text = _PYTHON.format(log=self.installed, archive=archive, python=sys.executable)
        for name, script in {
            "smsops": f'#!/bin/sh\nexec {self.smsops} "$@"\n',
            "python": text,
        }.items():
            (self.bin / name).write_text(script)
            (self.bin / name).chmod(0o755)

    def begin(
        self, text: str, source: str, *, ref: str = "main", request: int = 0, **variables: str
    ) -> Pipeline:
        """A pipeline for ``text`` as .gitlab-ci.yml. ``request``: the merge request it is for."""
        given = {
            "GITLAB_CI": "true",
            "CI_PIPELINE_SOURCE": source,
            "CI_DEFAULT_BRANCH": "main",
            "CI_COMMIT_REF_NAME": ref,
            **self.variables,
        }
        if request:
            given |= {"CI_MERGE_REQUEST_IID": str(request), "CI_MERGE_REQUEST_TITLE": ref}
            for name in ("CI_MERGE_REQUEST_PROJECT_ID", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID"):
                given[name] = self.variables["CI_PROJECT_ID"]
            given["CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"] = ref
        else:
            given["CI_COMMIT_BRANCH"] = ref
        given |= variables
        text = text.replace(PLACEHOLDER, COMMIT)
        return Pipeline(self, self._checkout(text, ref, given), given)

    def _checkout(self, text: str, ref: str, given: Mapping[str, str]) -> Path:
        """A clone with the pipeline, what it includes, and the variables of the project."""
        place = Path(mkdtemp(prefix="pipeline-", dir=self.root))
        clone = ["git", "clone", "--quiet", "--depth=1", "--branch", ref]
        subprocess.run([*clone, f"file://{self.origin}", str(place)], check=True)
        remote = ["git", "remote", "add", "gcl-origin", f"https://{SERVER}/{PROJECT}.git"]
        subprocess.run(remote, cwd=place, check=True)
        (place / ".gitlab-ci.yml").write_text(text, "utf-8")
        for component in set(_COMPONENT.findall(text)):
            fetched = place / _STATE / "includes" / SERVER / component / COMMIT / "templates"
            shutil.copytree(TEMPLATES, fetched)
        scoped: dict[str, dict[str, Any]] = {}
        for environment, variables in {"*": given, **self.environments}.items():
            for name, value in variables.items():
                row = scoped.setdefault(name, {"type": "variable", "values": {}})
                row["values"][environment] = value
        (place / ".gitlab-ci-local-variables.yml").write_text(yaml.safe_dump(scoped), "utf-8")
        return place


@dataclass
class Pipeline:
    """One pipeline. Its jobs find what earlier ones left for them."""

    host: GitLab
    place: Path
    given: Mapping[str, str]

    def run(self, *jobs: str) -> dict[str, Job]:
        """The jobs that ran, by their names: those that are named, or all that nobody has to start.

        Raises :class:`Refused` for a pipeline that GitLab would not make.
        """
        words = ["--force-shell-executor", "--shell-isolation", "--no-artifacts-to-source"]
        words.append("--no-json-schema-validation")  # half a second; rows() does it
        for name in jobs:
            words += ["--manual", name]  # if it waits for somebody, here it is started
        code, said = self._call(*words, *jobs)
        started = _STARTED.findall(said)
        if code and not started:
            raise Refused(said)
        codes = {name: int(code) for name, code in _ENDED.findall(said)}
        assert bool(codes) == bool(code), said
        state = self.place / _STATE
        return {
            name: Job(
                codes.get(name, 0),
                (state / "output" / f"{name}.log").read_text("utf-8"),
                state / "builds" / name,
            )
            for name in started
        }

    def jobs(self) -> dict[str, str]:
        """When each job of this pipeline runs, by their names."""
        return {name: str(row["when"]) for name, row in self.rows().items()}

    def rows(self) -> dict[str, dict[str, Any]]:
        """What is known of the jobs of this pipeline before it runs. It fits GitLab's schema."""
        code, said = self._call("--list-json")
        if code:
            raise Refused(said)
        found = said[said.index("[\n") :] if "[\n" in said else "[]"
        rows, _ = json.JSONDecoder().raw_decode(found)
        return {row["name"]: row for row in rows if row["when"] != "never"}

    def _call(self, *words: str) -> tuple[int, str]:
        known = ",".join(sorted(self.given))
        command = [*self.host.command, "--home", str(self.host.home), "--ignore-predefined-vars"]
        command.append(known)
        if "CI_COMMIT_BRANCH" not in self.given:
            command += ["--unset-variable", "CI_COMMIT_BRANCH"]
        ran = subprocess.run(
            [*command, *words],
            cwd=self.place,
            env={
                "PATH": f"{self.host.bin}:{os.environ['PATH']}",
                "HOME": str(self.host.home),
                "LANG": "C.UTF-8",
                "NO_COLOR": "1",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=100,
        )
        said = _COLOUR.sub("", ran.stdout)
        for variables in (self.given, *self.host.environments.values()):
            for name, value in variables.items():
                if value and re.search("SECRET|TOKEN|KEY|PHONE|PASSWORD", name):
                    assert value not in said, name
        return ran.returncode, said
