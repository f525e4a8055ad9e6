"""smsops.yaml: settings, defaults and what is refused."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import pytest

from smsops.errors import Exit, InvalidManifests, UsageError
from smsops.kinds import RESOURCES
from smsops.manifests.load import load_project, read_project
from smsops.manifests.schemas import load as load_schema
from smsops.model import DeleteLimit, Project, StateSettings, Suppression
from tests.support.manifests import PROJECT, TEMPLATE, lines, write

FULL = """\
apiVersion: smsops/v1
kind: Project
metadata: {name: acme-sms}
spec:
  region: ap-nanjing
  manifests: [sms]
  state: {backend: git, remote: upstream, name: prod}
  policy: {maxDeletes: 0}
  lint: {ignore: [SMS310, SMS311], templateVariables: error}
  rateLimits: {AddSmsTemplate: 0.5, DescribeSmsTemplateList: 15}
  drift:
    suppressions:
      - {address: sign.acme, class: review, owner: growth, reason: 报备中, expires: 2026-12-31}
"""


def _problems(root: Path) -> list[str]:
    with pytest.raises(InvalidManifests) as caught:
        load_project(root)
    return lines(caught.value.problems)


def test_silence_means_the_defaults(tmp_path: Path) -> None:
    """Region is the only setting without one; directories are those of the default that exist."""
    root = write(tmp_path, {"templates/a.yaml": TEMPLATE})

    assert load_project(root) == Project(
        root=root, name="shop", region="ap-guangzhou", manifests=("templates",)
    )


def test_every_setting_is_read(tmp_path: Path) -> None:
    """Each field of the file arrives in the project."""
    root = write(tmp_path, {"sms/a.yaml": TEMPLATE}, project=FULL)

    assert load_project(root) == Project(
        root=root,
        name="acme-sms",
        region="ap-nanjing",
        manifests=("sms",),
        state=StateSettings("git", "upstream", "prod"),
        max_deletes=DeleteLimit(0, None),
        lint_ignore=("SMS310", "SMS311"),
        template_variables="error",
        rate_limits={"AddSmsTemplate": 0.5, "DescribeSmsTemplateList": 15.0},
        suppressions=(Suppression("sign.acme", "review", "growth", "报备中", "2026-12-31"),),
    )


def test_the_environment_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables in a file stay text: a pull request cannot read secrets of the runner."""
    monkeypatch.setenv("SMSOPS_REGION", "ap-beijing")
    project = PROJECT.replace("name: shop", 'name: "$SMSOPS_REGION"')

    assert _problems(write(tmp_path, {}, project=project)) == ["smsops.yaml:3:18 SMS114"]


def test_a_missing_project_file_says_what_to_run(tmp_path: Path) -> None:
    """No smsops.yaml is a usage error, not an invalid file."""
    with pytest.raises(UsageError, match=r"no smsops.yaml in .*; run `smsops init`") as caught:
        load_project(tmp_path)
    assert caught.value.exit is Exit.USAGE
    with pytest.raises(UsageError, match="no directory"):
        load_project(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("  region: ap-shanghai", "6:11 SMS114"),
        ("  endpoint: https://evil.example", "6:3 SMS111"),
        ("  manifests: []", "6:14 SMS114"),
        ("  manifests: [signs, signs]", "6:14 SMS114"),
        ("  manifests: [nowhere]", "6:15 SMS116"),
        ("  manifests: [../elsewhere]", "6:15 SMS116"),
        ("  manifests: [/etc]", "6:15 SMS116"),
        ("  manifests: [smsops.yaml]", "6:15 SMS116"),
        ("  manifests: [~]", "6:15 SMS113"),
        ("  state: {backend: s3}", "6:20 SMS114"),
        ("  state: {backend: git, remote: 'https://u:p@host/x'}", "6:33 SMS114"),
        ("  state: {backend: git, remote: 'ext::sh -c id'}", "6:33 SMS114"),
        ("  state: {backend: git, remote: --upload-pack=x}", "6:33 SMS114"),
        ("  state: {backend: git, name: ../main}", "6:31 SMS114"),
        ("  state: {backend: http, address: https://x}", "6:26 SMS111"),
        ("  policy: {maxDeletes: -1}", "6:24 SMS114"),
        ("  policy: {maxDeletes: five}", "6:24 SMS114"),
        ("  policy: {maxDeletes: 101%}", "6:24 SMS114"),
        ("  policy: {maxDeletes: 30 %}", "6:24 SMS114"),
        ("  policy: {maxDeletes: 2000000}", "6:24 SMS114"),
        ("  lint: {ignore: [SMS999]}", "6:19 SMS117"),
        ("  lint: {ignore: [SMS310, SMS108]}", "6:27 SMS117"),
        ("  lint: {ignore: [SMS212]}", "6:19 SMS117"),
        ("  lint: {ignore: [sms310]}", "6:19 SMS114"),
        ("  lint: {templateVariables: sometimes}", "6:29 SMS114"),
        ("  rateLimits: {AddSmsTemplate: 0}", "6:32 SMS114"),
        ("  rateLimits: {AddSmsTemplate: fast}", "6:32 SMS113"),
        ("  rateLimits: {SendSms: 1}", "6:16 SMS111"),
        ("  drift: {suppressions: [{address: sign.acme}]}", "6:26 SMS112"),
    ],
)
def test_a_bad_setting_is_named_at_its_place(line: str, expected: str, tmp_path: Path) -> None:
    """Line and column are those of the value, or of the field that does not exist."""
    text = PROJECT.replace("  region: ap-guangzhou\n", "") if "region" in line else PROJECT
    place, code = expected.split()
    if "region" in line:
        place = place.replace("6:", "5:")

    found = _problems(write(tmp_path, {}, project=f"{text}{line}\n"))

    assert set(found) == {f"smsops.yaml:{place} {code}"}


def test_a_suppression_names_a_real_day_and_kind(tmp_path: Path) -> None:
    """Dates are checked against the calendar, addresses against the kinds."""
    text = PROJECT + (
        "  drift:\n    suppressions:\n"
        "      - {address: queue.x, class: config, owner: a, reason: b, expires: 2026-02-30}\n"
    )

    assert _problems(write(tmp_path, {}, project=text)) == [
        "smsops.yaml:8:73 SMS114",
        "smsops.yaml:8:19 SMS114",
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "smsops.yaml:0:0 SMS110"),
        (f"{PROJECT}---\n{PROJECT}", "smsops.yaml:7:1 SMS110"),
        ("- a\n", "smsops.yaml:1:1 SMS113"),
        (TEMPLATE, "smsops.yaml:2:7 SMS114"),
        ("a: [", "smsops.yaml:2:1 SMS105"),
        (PROJECT + "  x: *a\n", "smsops.yaml:6:6 SMS107"),
    ],
)
def test_the_file_holds_exactly_one_project(content: str, expected: str, tmp_path: Path) -> None:
    """Anything else is an error at its place."""
    assert expected in _problems(write(tmp_path, {}, project=content))


def test_a_link_as_project_file_is_refused(tmp_path: Path) -> None:
    """It could show another file's content in an error message."""
    (tmp_path / "secret").write_text("secret_key = abc")
    root = tmp_path / "project"
    root.mkdir()
    (root / "smsops.yaml").symlink_to(tmp_path / "secret")

    assert _problems(root) == ["smsops.yaml:0:0 SMS101"]


def test_a_linked_manifest_directory_is_refused(tmp_path: Path) -> None:
    """Neither as a default nor as a listed directory."""
    root = write(tmp_path / "project", {})
    (root / "templates").symlink_to(tmp_path)
    text = f"{PROJECT}  manifests: [templates]\n"
    (root / "smsops.yaml").write_text(text)

    assert _problems(root) == ["smsops.yaml:6:15 SMS116"]


PROBE = "# ours\napiVersion: smsops/v1\nkind: Probe\n"


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("", []),
        ("  manifests: [templates]\n", ["smsops.yaml:6:14 SMS122"]),
        ("  manifests: [templates, probes/deep]\n", []),
        ("  manifests: [.]\n", []),
        ("  manifests: [templates]\n  lint: {ignore: [SMS122]}\n", []),
    ],
)
def test_a_directory_of_manifests_that_nobody_reads_is_told(
    named: str, found: list[str], tmp_path: Path
) -> None:
    """One with other files is nobody's business."""
    files = {"probes/deep/a.yaml": PROBE, "signs/other.yaml": "a: 1\n"}
    root = write(tmp_path, files, project=f"{PROJECT}{named}")
    (root / "templates").mkdir(exist_ok=True)

    assert lines(read_project(root).problems) == found


def test_problems_beyond_the_schema_leave_a_project_to_go_on_with(tmp_path: Path) -> None:
    """So that validate can show the manifests' problems in the same run."""
    text = f"{PROJECT}  lint: {{ignore: [SMS999]}}\n"
    project = read_project(write(tmp_path, {}, project=text))

    assert isinstance(project.value, Project)
    assert lines(project.problems) == ["smsops.yaml:6:19 SMS117"]
    with pytest.raises(InvalidManifests):
        project.require()


def test_the_schema_offers_every_api_action_a_rate() -> None:
    """The actions of all kinds, no more and no less."""
    spec = load_schema("project")["properties"]["spec"]["properties"]
    apis = [kind.api for kind in RESOURCES.values()]
    actions = {name for api in apis for name in (api.add, api.modify, api.delete)}

    assert set(spec["rateLimits"]["properties"]) == actions | {api.describe for api in apis}


def test_the_schema_and_the_model_agree_on_defaults() -> None:
    """A default is written down once for people and once for the program."""
    spec = load_schema("project")["properties"]["spec"]["properties"]
    model = {each.name: each.default for each in dataclasses.fields(Project)}

    assert model["template_variables"] == spec["lint"]["properties"]["templateVariables"]["default"]
    settings = spec["state"]["properties"]
    state = {name: each["default"] for name, each in settings.items() if name != "name"}
    assert StateSettings(**state) == model["state"]


@pytest.mark.parametrize(
    ("setting", "limits"),
    [
        # recorded objects -> how many of them one plan may delete
        ("", {0: 5, 9: 5, 10: 3, 13: 3, 14: 4, 17: 5, 1000: 5}),
        ("  policy: {maxDeletes: 8}", {0: 8, 10: 8, 1000: 8}),
        ("  policy: {maxDeletes: 0}", {0: 0, 1000: 0}),
        ("  policy: {maxDeletes: 30%}", {1: 1, 3: 1, 7: 2, 10: 3, 1000: 300}),
        ("  policy: {maxDeletes: '100%'}", {1: 1, 1000: 1000}),
        ("  policy: {maxDeletes: 0%}", {1: 0, 1000: 0}),
    ],
)
def test_deletes_are_limited_by_a_number_or_a_share(
    setting: str, limits: Mapping[int, int], tmp_path: Path
) -> None:
    """Without a setting by both; a value that is given replaces both."""
    project = load_project(write(tmp_path, {}, project=PROJECT + setting + "\n"))
    assert {count: project.max_deletes.of(count) for count in limits} == limits
