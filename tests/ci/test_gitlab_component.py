"""templates/pipeline.yml: what a value can do, which job has which key, and who waits for whom."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from smsops.manifests.environments import NAME
from smsops.providers.tencent.roles import FOR_STS
from tests.ci.gitlab_local import PLACEHOLDER, GitLab, Refused
from tests.ci.workflows import ACTION, ROOT

pytestmark = pytest.mark.systems

COMPONENT = ROOT / "templates" / "pipeline.yml"
EXAMPLES = [
    ROOT / "examples" / "ci" / "gitlab" / ".gitlab-ci.yml",
    ROOT / "examples" / "ci" / "environments" / "gitlab-ci.yml",
]
HEAD, JOBS = yaml.safe_load_all(COMPONENT.read_text("utf-8"))
INPUTS: dict[str, dict[str, Any]] = HEAD["spec"]["inputs"]
#: What no input takes: for a shell, for YAML, for GitLab's variables, for an option.
HOSTILE = (
    *(
        "$(id)",
        "`id`",
        "a;id",
        "a|id",
        "a&&id",
        "a\nb",
        "a\n",
        "a'b",
        'a"b',
        "a\\b",
        "$CI_JOB_TOKEN",
    ),
    *(
        "${CI_JOB_TOKEN}",
        "$[[ inputs.image ]]",
        "${{ secrets }}",
        "-rf",
        "--help",
        "a #b",
        "a: b",
        "\0",
    ),
)
INCLUDE = f"""\
include:
  - component: $CI_SERVER_FQDN/OWNER/smsops/pipeline@{PLACEHOLDER}
    inputs: {{%s}}
"""


def strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [each for pair in value.items() for item in pair for each in strings(item)]
    return [each for item in value for each in strings(item)] if isinstance(value, list) else []


@pytest.fixture
def host(tmp_path: Path) -> GitLab:
    who = ("-c", "user.name=x", "-c", "user.email=x@example.com")
    origin = tmp_path / "origin"
    for words in (
        ("init", "--quiet", "--initial-branch=main", str(origin)),
        ("-C", str(origin), *who, "commit", "--quiet", "--allow-empty", "--message", "x"),
    ):
        subprocess.run(["git", *words], check=True, capture_output=True)
    return GitLab(tmp_path, origin, {}, {"CI_PROJECT_ID": "9"}, "false")


@pytest.mark.parametrize("name", [name for name in INPUTS if INPUTS[name].get("type") != "boolean"])
def test_an_input_takes_nothing_that_could_be_more_than_a_value(name: str) -> None:
    asked = INPUTS[name]
    assert asked["description"]
    if "options" in asked:
        assert asked["default"] in asked["options"]
        return
    regex = asked["regex"]
    assert regex.startswith("^")
    assert regex.endswith("$")
    assert re.fullmatch(regex, asked["default"])
    for value in HOSTILE:
        assert not re.fullmatch(regex, value), value


def test_inputs_reach_a_script_as_variables_only() -> None:
    for name, job in JOBS.items():
        lines = strings(job.get("before_script", [])) + strings(job.get("script", []))
        assert not any("$[[" in line for line in lines), name
        # No text of a branch, a commit or a request is in any script.
        used = {each for line in lines for each in re.findall(r"\$\{?(CI_\w+)", line)}
        numbers = {"CI_API_V4_URL", "CI_PROJECT_ID", "CI_JOB_TOKEN", "CI_PIPELINE_SOURCE"}
        assert used <= numbers, name
        for variable, value in job.get("variables", {}).items():
            assert variable.startswith("SMSOPS_CI_")
            assert re.fullmatch(r"\$\[\[ (inputs\.[a-z-]+|component\.sha) \]\]", value)


@pytest.mark.parametrize("name", [name for name, job in JOBS.items() if "script" in job])
def test_scripts_are_of_any_shell(name: str) -> None:
    """An image without bash runs them with its sh."""
    common = JOBS[".$[[ inputs.name ]]"]["before_script"]
    text = "\n".join([*common, *JOBS[name]["script"]])
    ran = subprocess.run(["sh", "-n"], input=text, text=True, capture_output=True)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_every_input_is_used_and_every_use_is_an_input() -> None:
    used = set(re.findall(r"\$\[\[ inputs\.([a-z-]+) \]\]", "\n".join(strings(JOBS))))
    assert used == INPUTS.keys()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_an_example_is_the_component_at_one_commit_with_inputs_that_it_has(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 10
    document = yaml.safe_load(text)
    assert document.keys() == {"include"}
    for include in document["include"]:
        where = rf"\$CI_SERVER_FQDN/[\w-]+/smsops/pipeline@{PLACEHOLDER}"
        assert re.fullmatch(where, include["component"])
        assert include["inputs"].keys() <= INPUTS.keys()


def test_it_leaks_nothing_into_the_pipelines_of_others() -> None:
    """No keyword of the whole pipeline, and no name without the prefix."""
    assert all(re.match(r"\.?\$\[\[ inputs\.name \]\]", name) for name in JOBS)


def test_jobs_take_the_key_that_fits() -> None:
    found = {}
    for name, job in JOBS.items():
        short = name.removeprefix("$[[ inputs.name ]]-").replace("$[[ inputs.name ]]-", "")
        if "script" in job:
            place = job.get("environment", {}).get("name", "")
            found[short] = place.removeprefix("$[[ inputs.name ]]/")
            assert (job.get("resource_group") == "$[[ inputs.name ]]") == (found[short] == "write")
            # A job that only reads is no deployment.
            assert job.get("environment", {}).get("action") == (
                "access" if found[short] == "read" else None
            )
    assert found == {
        "validate": "",
        "plan": "read",
        "apply": "write",
        "promote": "write",
        ".probe": "probe",
        "drift": "read",
        "stats": "read",
    }
    asked = JOBS[".$[[ inputs.name ]]-state"]["id_tokens"]
    assert asked == {"TENCENT_ID_TOKEN": {"aud": FOR_STS}}
    assert "id_tokens" not in JOBS[".$[[ inputs.name ]]"]


def test_both_hosts_promote_the_same() -> None:
    """The rule for what may happen without approval is the same command."""
    rule = "run apply --only promote,retire --auto-approve --lock-timeout "
    assert f"{rule}10m" in ACTION.read_text("utf-8")
    assert INPUTS["lock-timeout"]["default"] == "10m"
    assert [line for line in strings(JOBS["$[[ inputs.name ]]-promote"]["script"]) if rule in line]


def test_an_archive_that_is_not_there_is_named_with_what_names_it(tmp_path: Path) -> None:
    [install] = (
        line for line in strings(JOBS[".$[[ inputs.name ]]"]["before_script"]) if "tar -xzf" in line
    )
    source = {"SMSOPS_CI_SOURCE": f"file://{tmp_path}/COMMIT.tar.gz", "SMSOPS_CI_REQUIREMENTS": ""}
    ran = subprocess.run(
        ["sh", "-ec", install],
        env={"PATH": os.environ["PATH"], "SMSOPS_CI_COMMIT": "c0ffee", **source},
        check=False,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 1
    assert (
        f"Error: file://{tmp_path}/c0ffee.tar.gz was not fetched. The input `source`" in ran.stdout
    )


def test_names_are_those_of_environments() -> None:
    for name in ("environment", "name", "after"):
        assert re.fullmatch(INPUTS[name]["regex"], "staging-2")
        assert NAME.fullmatch("staging-2")


def test_a_value_that_fits_no_input_makes_no_pipeline(host: GitLab) -> None:
    """As GitLab itself says it, before any job."""
    for given, said in (
        ('directory: "$(id)"', "does not match required regex"),
        ("comment: always", "not in the list of allowed options"),
        ('probe: "yes"', "not a boolean"),
    ):
        with pytest.raises(Refused) as refused:
            host.begin(INCLUDE % given, "push").jobs()
        assert said in refused.value.said


def test_jobs_can_be_left_out_started_by_themselves_and_ordered(host: GitLab) -> None:
    def jobs(*given: str) -> dict[str, str]:
        text = INCLUDE % given[0] + "".join(
            (INCLUDE % each).removeprefix("include:\n") for each in given[1:]
        )
        rows = host.begin(text, "push").rows()
        needs.update({name: [each["job"] for each in row["needs"]] for name, row in rows.items()})
        return {name: row["when"] for name, row in rows.items()}

    needs: dict[str, list[str]] = {}
    reads = {"smsops-validate": "on_success", "smsops-plan": "on_success"}
    assert jobs("apply: never, probe: true") == reads
    assert jobs("apply: on_success, probe: true") == {
        **reads,
        "smsops-apply": "on_success",
        "smsops-probe": "on_success",
    }
    assert jobs("name: staging, apply: on_success", "name: prod, after: staging") == {
        f"{name}-{each}": when
        for name, last in (("staging", "on_success"), ("prod", "manual"))
        for each, when in (("validate", "on_success"), ("plan", "on_success"), ("apply", last))
    }
    assert needs["prod-apply"] == ["prod-plan", "prod-validate", "staging-apply"]
