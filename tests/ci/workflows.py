"""Runs workflows of GitHub as far as the examples go: their shell steps, in order, for real.

Checking out is a clone, artifacts are copies, the installation of smsops is noted and left out
(the smsops under test is on the PATH already), and everything else that a step does happens. A job
that uses a workflow of this repository runs its jobs, with the rights, the inputs and the secrets
that the caller gives it and no others.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import yaml

from tests.ci.expressions import Expressions, text_of
from tests.support.forges import TOKEN
from tests.support.github_log import Annotation, annotated, assignments

ROOT = Path(__file__).resolve().parents[2]
ACTION = ROOT / "action.yml"
REPOSITORY = "acme/sms"
#: What a step writes for the runner.
_FILES = ("output", "summary", "env", "path")
WORKFLOWS = ROOT / ".github" / "workflows"
#: The action of this repository, whoever owns it; and to its own workflows, at their own commit.
OURS, SELF = "/smsops", "$/."
#: How a job uses a workflow of this repository.
CALLED = re.compile(r"[\w-]+/smsops/\.github/workflows/([a-z]+\.yml)@[0-9a-f]{40}")
_RIGHTS = ("none", "read", "write")
#: What is understood here. Anything else would be passed over, and stands in no file of ours.
_KEYS = {
    "workflow": {"name", "on", "permissions", "concurrency", "jobs"},
    "job": {
        *("permissions", "runs-on", "timeout-minutes", "needs", "if", "environment", "outputs"),
        "steps",
    },
    "call": {"permissions", "needs", "if", "uses", "with", "secrets"},
    "step": {"name", "id", "if", "uses", "with", "env", "run", "shell"},
    "actions/checkout": {"persist-credentials"},
    "actions/setup-python": {"python-version"},
    "actions/upload-artifact": {"name", "path", "if-no-files-found", "retention-days"},
    "actions/download-artifact": {"name"},
}
#: The contexts that GitHub has where a key stands, as far as they are known here.
_CONTEXTS = {
    "concurrency": ("github", "inputs"),
    "job": ("github", "inputs", "needs"),
    "step": ("github", "inputs", "needs", "steps"),
}
#: What the name of an artifact must not have.
_REFUSED = re.compile(r'[":<>|*?\r\n\\/]')


@dataclass
class Job:
    """How a job ended. ``log`` has the output of all its steps; ``ran`` their names; ``named`` the
    outputs that they set.
    """

    result: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    log: str = ""
    summary: str = ""
    ran: list[str] = field(default_factory=list)
    named: set[str] = field(default_factory=set)
    annotations: list[Annotation] = field(default_factory=list)


@dataclass
class GitHub:
    """A repository on GitHub. ``environments``: secrets by environment, ``""`` of the repository.
    ``smsops``: the shell command that runs it.

    ``variables`` are in the environment of every step, as a runner of one's own may have them.
    ``waiting`` happens before a job that has an environment, while people make up their minds.
    """

    root: Path
    origin: Path
    environments: Mapping[str, Mapping[str, str]]
    variables: dict[str, str]
    smsops: str
    waiting: Callable[[], None] = lambda: None
    runs: int = 0
    jobs: int = 0

    def __post_init__(self) -> None:
        self.artifacts = self.root / "artifacts"
        self.bin = self.root / "bin"
        self.bin.mkdir()
        python = sys.executable
        self._program("smsops", f'exec {self.smsops} "$@"')
        # What would be installed is under test already, and needs no network.
        self._program(
            "python",
            f'[ "$1 $2 $3" = "-m pip install" ] && echo "$*" >> "{self.root}/installed" && exit\n'
            f'exec "{python}" "$@"',
        )

    def _program(self, name: str, text: str) -> None:
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def run(self, workflow: Path, event: Mapping[str, Any], *, ref: str = "main") -> dict[str, Job]:
        """All jobs of a workflow for an event, each after those that it needs; those of called
        workflows by their own names, or as ``caller/name`` where there are several callers.
        """
        self.runs += 1
        self.groups: set[str] = set()
        shutil.rmtree(self.artifacts, ignore_errors=True)
        self.artifacts.mkdir()
        return self._jobs(loaded(workflow), event, ref, None)

    def _jobs(
        self,
        document: Mapping[str, Any],
        event: Mapping[str, Any],
        ref: str,
        call: Call | None,
        before: frozenset[str] = frozenset(),
    ) -> dict[str, Job]:
        """``before``: how the jobs ended that the caller of these needs, however far before."""
        _known("workflow", document)
        if "concurrency" in document:
            self._enter(document["concurrency"], self._contexts(event, ref, call))
        ended: dict[str, Job] = {}
        inner: dict[str, Job] = {}
        #: How a job ended, and everything before it.
        trail: dict[str, frozenset[str]] = {}
        for name, job in document["jobs"].items():
            _known("call" if "uses" in job else "job", job)
            needs = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])
            assert set(needs) <= ended.keys(), "jobs stand after those that they need"
            contexts = self._contexts(event, ref, call)
            contexts["needs"] = {
                need: {"outputs": ended[need].outputs, "result": ended[need].result}
                for need in needs
            }
            # success() is about all jobs before one, however far, those inside called workflows
            # too, and false for one that was skipped: actions/runner#2205, #491. Whether it looks
            # out of a called workflow is written nowhere; here it does.
            past = before.union(*(trail[need] for need in needs)) if needs else frozenset[str]()
            visible = _available("job", contexts)
            expressions = Expressions(visible, "failure" in past, "skipped" in past)
            if not expressions.holds(job.get("if")):
                ended[name], trail[name] = Job("skipped"), past | {"skipped"}
                continue
            if "uses" in job:
                of_call = self._called(job, contexts, event, ref, past)
                results = {each.result for each in of_call.values()}
                # Which of them it is beside one that succeeded is written nowhere; here the worst.
                ended[name] = Job(
                    next(each for each in ("failure", "skipped", "success") if each in results)
                )
                trail[name] = past | results
                several = len(document["jobs"]) > 1
                inner |= {f"{name}/{key}" if several else key: job for key, job in of_call.items()}
                continue
            assert expressions.text(job.get("runs-on", "any"))
            if "environment" in job:
                environment = expressions.text(job["environment"])
                assert environment in self.environments, f"there is no environment {environment}"
                contexts["secrets"] = self._secrets(call, environment)
                self.waiting()
            self.jobs += 1
            ended[name] = _Run(self, job, contexts, ref, call is not None).all()
            trail[name] = past | {ended[name].result}
        return inner or ended

    def _enter(self, concurrency: Mapping[str, Any], contexts: Mapping[str, Any]) -> None:
        """One run that is in a group twice waits for itself, or cancels itself."""
        group = Expressions(_available("concurrency", contexts)).text(concurrency["group"])
        assert group.lower() not in self.groups, f"twice in one run: {group}"
        self.groups.add(group.lower())

    def _called(
        self,
        job: Mapping[str, Any],
        contexts: dict[str, Any],
        event: Mapping[str, Any],
        ref: str,
        before: frozenset[str],
    ) -> dict[str, Job]:
        """The jobs of the workflow that a job uses."""
        used = CALLED.fullmatch(job["uses"])
        assert used, f"not a workflow of this repository: {job['uses']}"
        document = loaded(WORKFLOWS / used[1])
        takes = document["on"]["workflow_call"]
        every = {name: "" for secrets in self.environments.values() for name in secrets}
        expressions = Expressions({**contexts, "secrets": {**every, **contexts["secrets"]}})
        inputs = {name: each["default"] for name, each in takes["inputs"].items()}
        for name, value in job.get("with", {}).items():
            assert type(value) is {"string": str, "boolean": bool}[takes["inputs"][name]["type"]]
            given = Expressions(_available("job", contexts))
            inputs[name] = given.text(value) if isinstance(value, str) else value
        secrets = {name: expressions.text(text) for name, text in job["secrets"].items()}
        assert secrets.keys() <= takes["secrets"].keys()
        for each in document["jobs"].values():
            for right, level in each["permissions"].items():
                granted = job["permissions"].get(right, "none")
                assert _RIGHTS.index(level) <= _RIGHTS.index(granted), f"{right}: {level}"
        call = Call(inputs, secrets, frozenset(takes["secrets"]))
        return self._jobs(document, event, ref, call, before)

    def _contexts(self, event: Mapping[str, Any], ref: str, call: Call | None) -> dict[str, Any]:
        pulled = event.get("pull_request", {}).get("number")
        github = {
            "repository": REPOSITORY,
            "token": TOKEN,
            "event": event,
            "event_name": "pull_request" if pulled else "push",
            "ref": f"refs/heads/{ref}",
        }
        inputs = {} if call is None else call.inputs
        return {"github": github, "secrets": self._secrets(call, ""), "steps": {}, "inputs": inputs}

    def _secrets(self, call: Call | None, environment: str) -> dict[str, str]:
        """What a job sees. A called workflow sees what it declares; of its job's environment,
        what the caller names.
        """
        own = self.environments[environment]
        if call is None:
            return {**self.environments[""], **own}
        named = {name: own.get(name, value) for name, value in call.secrets.items()}
        return {**dict.fromkeys(call.declared, ""), **named}


@dataclass(frozen=True)
class Call:
    """What a called workflow is given; ``declared``: the secrets that it may be given."""

    inputs: Mapping[str, Any]
    secrets: Mapping[str, str]
    declared: frozenset[str]


def _known(kind: str, found: Mapping[str, Any]) -> None:
    unknown = found.keys() - _KEYS[kind]
    assert not unknown, f"the tests do not know, in {kind}: {', '.join(sorted(unknown))}"


def _available(key: str, contexts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: contexts[name] for name in _CONTEXTS[key] if name in contexts}


def loaded(path: Path) -> dict[str, Any]:
    """A workflow, or the action."""
    # YAML 1.1 reads the key `on` as a boolean.
    document: dict[Any, Any] = yaml.safe_load(path.read_text("utf-8"))
    return {"on" if key is True else key: value for key, value in document.items()}


class _Run:
    """One job at work."""

    def __init__(
        self,
        host: GitHub,
        job: Mapping[str, Any],
        contexts: dict[str, Any],
        ref: str,
        called: bool,
    ) -> None:
        self.host, self.job = host, job
        self.contexts, self.ref, self.called = contexts, ref, called
        self.done = Job("success")
        place = Path(mkdtemp(prefix=f"run-{host.runs}-", dir=host.root))
        self.workspace, self.temporary, self.home = place / "work", place / "tmp", place / "home"
        for directory in (self.workspace, self.temporary, self.home):
            directory.mkdir()

    def all(self) -> Job:
        for number, step in enumerate(self.job["steps"]):
            _known("step", step)
            visible = _available("step", self.contexts)
            expressions = Expressions(visible, self.done.result == "failure")
            if not expressions.holds(step.get("if")):
                continue
            self.done.ran.append(step.get("name", step.get("uses", "")))
            if not self._step(step, number, self.contexts):
                self.done.result = "failure"
        expressions = Expressions(self.contexts)
        outputs = self.job.get("outputs", {})
        self.done.outputs = {name: expressions.text(text) for name, text in outputs.items()}
        for secrets in self.host.environments.values():
            for secret in secrets.values():
                assert not secret or secret not in self.done.log + self.done.summary
        return self.done

    def _step(
        self,
        step: Mapping[str, Any],
        number: int,
        contexts: dict[str, Any],
        extra: Mapping[str, str] | None = None,
    ) -> bool:
        if "run" in step:
            return self._shell(step, number, contexts, extra or {})
        used = step["uses"].partition("@")[0]
        given = {
            key: Expressions(contexts).text(text_of(value))
            for key, value in step.get("with", {}).items()
        }
        if used in _KEYS:
            _known(used, given)
        match used:
            case "actions/checkout":
                self._checkout(given)
            case "actions/setup-python":
                assert given["python-version"] >= "3.11"
            case "actions/upload-artifact":
                self._upload(given)
            case "actions/download-artifact":
                found = self.host.artifacts / given["name"]
                shutil.copytree(found, self.workspace, dirs_exist_ok=True)
            case _ if used.endswith(OURS) or (used == SELF and self.called):
                return self._action(step, given)
            case _:
                raise AssertionError(f"the tests do not know the action {used}")
        return True

    def _checkout(self, given: Mapping[str, str]) -> None:
        assert given["persist-credentials"] == "false"
        origin = str(self.host.origin)
        command = ["git", "clone", "--quiet", "--depth=1", "--branch", self.ref]
        subprocess.run([*command, f"file://{origin}", str(self.workspace)], check=True)

    def _upload(self, given: Mapping[str, str]) -> None:
        assert not _REFUSED.search(given["name"]), f"no name of an artifact: {given['name']}"
        target = self.host.artifacts / given["name"]
        target.mkdir()
        for name in given["path"].split():
            assert (self.workspace / name).exists(), f"there is no {name} to upload"
            shutil.copy(self.workspace / name, target)

    def _action(self, step: Mapping[str, Any], given: Mapping[str, str]) -> bool:
        """The action of this repository: its steps see the ``env`` of the step that uses it."""
        action = loaded(ACTION)
        assert given.keys() <= action["inputs"].keys()
        inputs = {
            name: Expressions(self.contexts).text(str(item.get("default", "")))
            for name, item in action["inputs"].items()
        }
        contexts = {"inputs": {**inputs, **given}, "steps": {}}
        extra = {
            name: Expressions(self.contexts).text(text_of(value))
            for name, value in step.get("env", {}).items()
        }
        extra["GITHUB_ACTION_PATH"] = str(ROOT)
        good = True
        for number, each in enumerate(action["runs"]["steps"]):
            assert "run" not in each or each["shell"] == "bash"
            if Expressions(contexts, not good).holds(each.get("if")):
                good &= self._step(each, 1000 + number, contexts, extra)
        if "id" in step:
            outputs = {
                name: Expressions(contexts).text(item["value"])
                for name, item in action["outputs"].items()
            }
            self.contexts["steps"][step["id"]] = {"outputs": outputs}
        return good

    def _event(self) -> dict[str, str]:
        github = self.contexts["github"]
        pulled = github["event"].get("pull_request", {}).get("number")
        found = {"GITHUB_EVENT_NAME": github["event_name"]}
        return found | ({"GITHUB_REF": f"refs/pull/{pulled}/merge"} if pulled else {})

    def _shell(
        self,
        step: Mapping[str, Any],
        number: int,
        contexts: dict[str, Any],
        extra: Mapping[str, str],
    ) -> bool:
        files = {name: self.temporary / f"{number}-{name}" for name in _FILES}
        for file in files.values():
            file.touch()
        script = self.temporary / f"{number}.sh"
        script.write_text(step["run"], "utf-8")
        environment = {
            "PATH": f"{self.host.bin}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_RUN_ID": str(9000 + self.host.runs),
            "GITHUB_OUTPUT": str(files["output"]),
            "GITHUB_STEP_SUMMARY": str(files["summary"]),
            "GITHUB_ENV": str(files["env"]),
            "GITHUB_PATH": str(files["path"]),
            "RUNNER_TEMP": str(self.temporary),
            **self._event(),
            **self.host.variables,
            **extra,
        }
        for name, value in step.get("env", {}).items():
            environment[name] = Expressions(contexts).text(text_of(value))
        assert "${{" not in step["run"], "a script gets its values from the environment"
        # The default with `shell: bash`, which the examples choose.
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.workspace,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
        )
        self.done.log += done.stdout
        self.done.summary += files["summary"].read_text("utf-8")
        self.done.annotations += annotated(done.stdout)
        assert not files["env"].stat().st_size + files["path"].stat().st_size
        outputs = assignments(files["output"].read_text("utf-8"))
        self.done.named |= outputs.keys()
        if "id" in step:
            contexts["steps"][step["id"]] = {"outputs": outputs}
        return done.returncode == 0
