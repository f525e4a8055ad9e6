"""Two environments share manifests and nothing else: each has its account, state and plans."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from smsops.manifests import schemas
from tests.support import specs
from tests.support.environments import IDS, KEYS, SETTINGS, Shared, patch
from tests.support.project import Project


def test_the_whole_way_of_two_environments(both: Shared) -> None:
    """Plan, apply, drift, and a difference that ends by removing its patch."""
    project = both.project
    removed = both.patch("prod", "template.news", "present: false")
    both.patch("prod", "template.login", "spec:", '  content: "验证码是{1}，请勿泄露。"')

    plan = project("-e", "prod", "plan")
    assert (plan.code, "template.news" in plan.out) == (0, False)
    assert f"Environment prod. Account {IDS['prod']}, region ap-guangzhou" in plan.out
    both.approved("staging")
    both.approved("prod")

    texts = {
        name: {item.parameters["TemplateContent"] for item in account.items("template")}
        for name, account in both.accounts.items()
    }
    assert texts == {
        "staging": {"您的验证码是{1}。", "订单{1}的验证码已发出。"},
        "prod": {"验证码是{1}，请勿泄露。"},
    }
    for name in both.accounts:
        assert project("plan", "-e", name, "--detailed-exitcode").code == 0
        drift = project("drift", "-e", name, "--format", "json")
        assert (drift.code, drift.json()["environment"]) == (0, name)
        stored = project("-e", name, "state", "pull").json()
        assert (stored["environment"], stored["account_id"]) == (name, IDS[name])

    removed.unlink()
    promoted = project("plan", "-e", "prod", "--format", "json").json()
    due = [
        row["address"] for row in promoted["resource_changes"] if row["smsops"]["action"] != "noop"
    ]
    assert due == ["template.news"]
    assert promoted["environment"] == "prod"
    assert project("plan", "-e", "staging", "--detailed-exitcode").code == 0


def test_there_is_no_default(both: Shared) -> None:
    project = both.project
    for command in (
        ("plan",),
        ("apply", "--auto-approve"),
        ("drift",),
        ("state", "list"),
        ("wait",),
    ):
        ran = project(*command)
        assert (ran.code, "Error: say which environment: staging, prod" in ran.err) == (64, True)
    ran = project("plan", "-e", "prd")
    assert (ran.code, "no environment 'prd'; there are: staging, prod" in ran.err) == (64, True)

    project.environment["SMSOPS_ENVIRONMENT"] = "staging"
    assert "Environment staging." in project("plan").out
    # An option is closer to what is meant than a variable.
    assert "Environment prod." in project("plan", "-e", "prod").out
    assert not any(account.writes() for account in both.accounts.values())


def test_what_is_of_one_environment_is_refused_in_another(both: Shared, tmp_path: Path) -> None:
    project = both.project
    saved = tmp_path / "staging.plan"
    assert project("plan", "-e", "staging", "-o", str(saved)).code == 0

    ran = project("apply", "-e", "prod", str(saved))
    assert (ran.code, "is a plan of staging, and this run is in prod" in ran.err) == (6, True)
    assert not both.accounts["prod"].writes()
    # Nor is it shown as one of another, in a widget of its pipeline.
    ran = project("show", "-e", "prod", str(saved), "--format", "gitlab")
    assert (ran.code, ran.out, "is a plan of staging" in ran.err) == (6, "", True)
    for options in ((), ("-e", "staging")):
        assert "Environment staging." in project("show", *options, str(saved)).out
    assert project("apply", "-e", "staging", str(saved)).code == 0

    shutil.copytree(project.root / ".smsops/staging", project.root / ".smsops/prod")
    ran = project("apply", "--auto-approve", "-e", "prod")
    words = "belongs to environment staging of project works, and this run is in environment prod"
    assert (ran.code, words in ran.err) == (4, True)
    shutil.rmtree(project.root / ".smsops/prod")

    for name, value in zip(("ID", "KEY"), KEYS["staging"], strict=True):
        project.environment[f"PROD__TENCENTCLOUD_SECRET_{name}"] = value
    project.environment["PROD__SMSOPS_ENDPOINT"] = both.accounts["staging"].url
    ran = project("apply", "--auto-approve", "-e", "prod")
    words = f"environment prod is of account {IDS['prod']}, but the credentials belong to account"
    assert (ran.code, words in ran.err) == (4, True)
    assert not both.accounts["prod"].writes()


def test_a_lock_of_one_environment_keeps_nobody_out_of_another(both: Shared) -> None:
    project = both.project
    from smsops.state.backends.local import LocalBackend

    held = LocalBackend(project.root / ".smsops/staging/state.json", clock=project.clock)
    with held.lock("apply"):
        assert project.apply("-e", "staging").code == 5
        assert project.apply("-e", "prod").code == 0


def test_keys_of_an_environment_put_away_every_other_credential(both: Shared) -> None:
    """A token of one account beside the keys of another would be a credential of nobody."""
    project = both.project
    project.environment |= {
        "TENCENTCLOUD_SECRET_ID": "AKIDwrong",
        "TENCENTCLOUD_SECRET_KEY": "wrong",
        "TENCENTCLOUD_TOKEN": "token-of-another",
        "PROD__PATH": "/nowhere",
    }
    ran = project("whoami", "-e", "prod", "--format", "json")
    assert (ran.code, ran.json()["account_id"]) == (0, IDS["prod"])
    assert ran.json()["environment"] == "prod"
    assert schemas.violations("whoami", ran.json()) == []
    applied = project("apply", "-e", "prod", "--auto-approve", "--format", "json").json()
    assert (applied["environment"], schemas.violations("apply", applied)) == ("prod", [])
    for said in project.said:
        assert not any(secret in said for _, secret in KEYS.values())


def test_no_general_credential_stands_beside_one_of_an_environment(both: Shared) -> None:
    """Not even beside a file of it, or beside a secret that this run does not get."""
    project = both.project
    for name in ("ID", "KEY"):
        variable = f"TENCENTCLOUD_SECRET_{name}"
        project.environment[variable] = project.environment.pop(f"PROD__{variable}")
    assert project("whoami", "-e", "prod").code == 0
    path = project.root / "home/.tencentcloud/credentials"
    path.parent.mkdir(parents=True)
    path.write_text("[default]\nsecret_id = {}\nsecret_key = {}\n".format(*KEYS["prod"]), "utf-8")
    path.chmod(0o600)
    role = "qcs::cam::uin/100000000002:roleName/plan"
    for variable, value, said in (
        ("TENCENTCLOUD_SECRET_ID", "", "empty (a secret that this run does not get?)"),
        ("TKE_ROLE_ARN", role, "TKE_ROLE_ARN is set, and TKE_PROVIDER_ID is not"),
        ("TENCENTCLOUD_CREDENTIALS_FILE", "/nowhere/at/all", "/nowhere/at/all, which does not"),
    ):
        project.environment[f"PROD__{variable}"] = value
        ran = project("whoami", "-e", "prod")
        assert (ran.code, said in ran.err) == (4, True), ran
        del project.environment[f"PROD__{variable}"]


def test_whoami_says_that_an_account_is_of_another_environment(both: Shared) -> None:
    project = both.project
    for name in ("ID", "KEY"):
        project.environment[f"PROD__TENCENTCLOUD_SECRET_{name}"] = project.environment[
            f"STAGING__TENCENTCLOUD_SECRET_{name}"
        ]
    project.environment["PROD__SMSOPS_ENDPOINT"] = both.accounts["staging"].url
    ran = project("whoami", "-e", "prod")
    words = f"Warning: environment prod is of account {IDS['prod']}: every other command refuses"
    assert (ran.code, IDS["staging"] in ran.out, words in ran.err) == (0, True, True)
    assert "Warning" not in project("whoami", "-e", "staging").err


def test_the_emulator_is_one_for_each_environment(tmp_path: Path) -> None:
    project = Project(tmp_path / "project").begin()
    (project.root / "smsops.yaml").write_text(SETTINGS, encoding="utf-8")
    for name in IDS:
        project.options = ("--emulator", "-e", name)
        project.approved()
        assert project("plan", "--format", "json").json()["account_id"] == IDS[name]
        assert len(project("emulator", "list").out.splitlines()) == 2
    kept = project.root / ".smsops"
    assert sorted(each.name for each in kept.iterdir()) == ["prod", "staging"]
    assert (kept / "prod/emulator.json").exists()
    assert (kept / "prod/emulator-state.json").exists()

    project.options = ("--emulator",)
    assert project("emulator", "list").code == 64
    assert project("ledger", "check").code == 64


def test_a_project_without_environments_is_what_it_was(tmp_path: Path) -> None:
    project = Project(tmp_path / "project").begin().approved()
    plan = project("plan", "--format", "json").json()
    assert "environment" not in plan
    assert project("plan").out.startswith("Account 100000000001, region ap-guangzhou")
    assert (project.root / ".smsops/emulator-state.json").exists()
    for options, variables in ((("-e", "prod"), {}), ((), {"SMSOPS_ENVIRONMENT": "prod"})):
        project.environment = dict(variables)
        ran = project("plan", *options)
        assert (ran.code, "project shop has no environments" in ran.err) == (64, True)
    project.environment = {}
    ran = project("compare", "staging", "prod")
    assert ran.code == 64
    assert "no environments that could be compared\nDeclare spec.environments" in ran.err


PATCHES = (
    (("spec:", "  remrk: x"), ":5:3: SMS111 unknown field 'spec.remrk'; did you mean 'remark'?"),
    (
        ("spec:", '  content: "您的验证码是{1}。"'),
        ":5:3: SMS141 spec.content of template.login is the same",
    ),
    (
        ("spec:", "  international: false"),
        ":5:3: SMS141 spec.international of template.login is the",
    ),
    (("lifecycle: {protected: false}",), ":4:13: SMS141 lifecycle.protected of template.login is"),
    (("spec:", "  smsType: sms"), ":5:12: SMS114 spec.smsType must be one of"),
    (("spec:", '  content: "验证码是{2}。"'), ":5:12: SMS303"),
    (("present: true",), ":4:1: SMS141 present: true is so without this patch"),
    (("present: false", "spec: {remark: x}"), ":4:1: SMS141 a patch with present: false changes"),
    ((), ":3:21: SMS141 the patch changes nothing"),
    (("labels: {a: b}",), ":4:1: SMS111 unknown field 'labels'"),
)


@pytest.mark.parametrize(("lines", "said"), PATCHES)
def test_what_is_wrong_with_a_patch_is_said_at_its_line(
    both: Shared, lines: tuple[str, ...], said: str
) -> None:
    path = both.patch("prod", "template.login", *lines)
    ran = both.project("validate")
    assert (ran.code, f"{path.relative_to(both.project.root)}{said}" in ran.out) == (3, True), (
        ran.out
    )
    assert both.project("plan", "-e", "prod").code == 3
    assert both.project("plan", "-e", "staging").code == 0


def test_patches_that_meet_nothing_or_each_other(both: Shared) -> None:
    both.patch("prod", "template.nope", "present: false")
    both.patch("prod", "message.login", "present: false")
    both.patch("prod", "template.login", "spec: {remark: 一}")
    twin = both.patch("prod", "template.login", "spec: {remark: 一}")
    twin.rename(twin.with_name("twin.yaml"))
    both.patch("prod", "template.login", "spec: {remark: 二}")
    both.patch("prd", "template.login", "spec: {remark: 二}")
    found = both.project("validate", "--format", "json").json()["problems"]
    assert sorted((each["file"].rpartition("/")[2], each["code"]) for each in found) == [
        ("message.login.yaml", "SMS114"),
        ("smsops.yaml", "SMS143"),
        ("template.nope.yaml", "SMS140"),
        ("twin.yaml", "SMS142"),
    ]


def test_a_problem_of_one_environment_names_it(both: Shared) -> None:
    """A probe of a template that is not there in prod, and of one with an error everywhere."""
    both.project.template("broken", "【x】{1}")
    both.patch("prod", "template.news", "present: false")
    (both.project.root / "probes").mkdir()
    for name, text in PROBES.items():
        (both.project.root / "probes" / name).write_text(text, encoding="utf-8")
    ran = both.project("validate", "--format", "json")
    found = {each["code"]: each["message"] for each in ran.json()["problems"]}
    assert [code for code, words in found.items() if "(environment prod)" in words] == ["SMS406"]
    assert any(code.startswith("SMS3") for code in found)


PROBES = {
    "shop.yaml": "apiVersion: smsops/v1\nkind: Application\nmetadata: {name: shop}\n"
    "spec: {sdkAppId: 1400006666}\n",
    "news.yaml": "apiVersion: smsops/v1\nkind: Probe\nmetadata: {name: news}\n"
    'spec: {channel: tencent, application: shop, sign: acme, template: news, params: ["1"], '
    "to: {env: PHONE}, "
    "expect: {within: 5m}}\n",
}


def test_a_plan_says_whose_protection_ends(both: Shared) -> None:
    """Nothing is written to the account for it, so that no row tells."""
    project = both.project
    path = project.root / "templates/login.yaml"
    lines = [each for each in path.read_text("utf-8").splitlines() if "lifecycle" not in each]
    path.write_text("\n".join([*lines, "lifecycle: {protected: true}"]), "utf-8")
    both.approved("prod")
    words = "Note: the next apply ends the protection of template.login (lifecycle.protected)"
    assert words not in project("plan", "-e", "prod").out
    both.patch("prod", "template.login", "lifecycle: {protected: false}")
    ran = project("plan", "-e", "prod", "--detailed-exitcode")
    assert (ran.code, words in ran.out) == (0, True), ran.out
    assert project.apply("-e", "prod").code == 0
    assert words not in project("plan", "-e", "prod").out


def test_only_leaves_out_what_belongs_to_another_environment(both: Shared) -> None:
    project = both.project
    text = SETTINGS.replace(f'{{account: "{IDS["prod"]}"}}', "{only: {international: true}}")
    (project.root / "smsops.yaml").write_text(text, encoding="utf-8")
    abroad = specs.template_manifest(
        "abroad", templateName="a", content='"Your code is {1}."', international="true"
    )
    (project.root / "templates/abroad.yaml").write_text(abroad, encoding="utf-8")
    (project.root / "probes").mkdir()
    for name, probe in PROBES.items():
        (project.root / "probes" / name).write_text(probe, encoding="utf-8")
    assert project("validate").out == (
        "OK: staging: 1 application, 1 probe, 1 sign, 3 templates; "
        "prod: 1 application, 1 template\n"
    )
    both.patch("prod", "template.login", "spec: {remark: x}")
    assert "SMS140 environment prod leaves template.login out (only)" in project("validate").out


def test_settings_of_environments_are_checked(tmp_path: Path) -> None:
    project = Project(tmp_path / "project").begin()
    text = Project.settings.replace(
        "{region: ap-guangzhou}", "{region: ap-guangzhou, environments: "
    )
    rows = (
        "{Prod: {}, a: {state: {backend: git, name: x}}, b: {state: {backend: git, name: x}}, c: }"
    )
    (project.root / "smsops.yaml").write_text(f"{text.rstrip()} {rows}}}\n", encoding="utf-8")
    ran = project("validate", "--format", "json")
    found = {each["code"]: each["message"] for each in ran.json()["problems"]}
    assert found.keys() == {"SMS114", "SMS144"}
    assert "environments a and b keep their states at the same place" in found["SMS144"]
    rows = "{a: {endpoint: https://example.com}}"
    (project.root / "smsops.yaml").write_text(f"{text.rstrip()} {rows}}}\n", encoding="utf-8")
    assert "SMS111" in project("validate").out


def test_a_repository_asks_for_no_role_of_an_instance(both: Shared) -> None:
    """Not even a file of the machine may; who runs the command may say --profile."""
    path = both.project.root / "smsops.yaml"
    for profile, code in (("prod", 0), ("_prod.2@eu", 0), ("cvm-role:admin", 3)):
        row = f'{{account: "{IDS["prod"]}", profile: "{profile}"}}'
        path.write_text(SETTINGS.replace(f'{{account: "{IDS["prod"]}"}}', row), encoding="utf-8")
        ran = both.project("validate")
        assert (ran.code, "--profile alone asks for the role" in ran.out) == (code, code == 3)


def test_an_image_of_a_patch_is_looked_for_beside_it(both: Shared) -> None:
    path = both.patch("prod", "sign.acme", "spec:", "  proofImage: other.png")
    ran = both.project("validate")
    assert "environments/prod/sign.acme.yaml:5:15: SMS208" in ran.out
    image = (both.project.root / "signs/license.png").read_bytes()
    path.with_name("other.png").write_bytes(image + b"\0")
    ran = both.project("validate")
    assert ran.code == 0, ran.out
    both.approved("prod")
    stored = json.loads(both.project("state", "show", "-e", "prod", "--format", "json").out)
    digest = stored["resources"]["sign.acme"]["current"]["submitted"]["proofImage"]
    assert digest.startswith("sha256:")
    assert both.project("plan", "-e", "prod", "--detailed-exitcode").code == 0


def test_patches_are_no_manifests(tmp_path: Path) -> None:
    """Also where the whole project is a directory of manifests."""
    project = Project(tmp_path / "project").begin()
    text = SETTINGS.replace("region: ap-guangzhou\n", 'region: ap-guangzhou\n  manifests: ["."]\n')
    (project.root / "smsops.yaml").write_text(text, encoding="utf-8")
    made = patch(project.root, "prod", "template.t0", "present: false")
    assert project("validate").code == 0
    made.rename(project.root / "templates/x.yaml")
    assert "kind Patch belongs in environments/NAME/" in project("validate").out


def test_objects_are_taken_over_where_they_are(both: Shared) -> None:
    """Export, adopt and import write the manifests of all, and record the ids of one."""
    project = both.project
    both.approved("staging")
    seeds = [
        {
            "kind": "template",
            "templateName": "旧的",
            "content": "旧{1}的验证码",
            "status": "approved",
        }
    ]
    both.accounts["prod"].emulator.seed(seeds)
    ran = project("adopt", "-e", "prod", "--no-input")
    assert ran.code == 0, ran.err
    made = [path.stem for path in (project.root / "templates").iterdir()]
    assert len(made) == 3
    [adopted] = project("state", "list", "-e", "prod").out.split()[:1]
    assert adopted.startswith("template.")
    assert project("plan", "-e", "prod").code == 0
    assert adopted in project("plan", "-e", "staging").out
    assert not both.accounts["prod"].writes()


def test_the_ledger_is_one_for_each_environment(both: Shared) -> None:
    project = both.project
    assert project("ledger", "check").code == 64
    ran = project("ledger", "check", "-e", "prod")
    assert (ran.code, ".smsops/prod/ledger.db" in ran.err) == (1, True)
    # Who says where it is needs no environment.
    assert project("ledger", "check", "--ledger", "sqlite:x.db").code == 1


def test_what_a_comment_cuts_short_in_a_patch_is_said_there(both: Shared) -> None:
    path = both.patch("prod", "template.login", "spec:", "  remark: 登录 #{1}")
    ran = both.project("validate")
    assert f"{path.relative_to(both.project.root)}:5:14: SMS120" in ran.out


def test_an_emulator_is_served_for_an_environment_or_for_a_file(both: Shared) -> None:
    project = both.project
    for options in (("-e", "prod"), ("--data", str(project.root / "x.json"))):
        served = project.process("emulator", "serve", "--port", "0", "--for", "0.1s", *options)
        assert project.ended(served).code == 0
    served = project.process("emulator", "serve", "--port", "0", "--for", "0.1s")
    assert project.ended(served).code == 64
    assert (project.root / ".smsops/prod").is_dir()


def test_a_patch_that_is_in_no_environment_is_not_lost(both: Shared) -> None:
    """Nobody reads it there, and what it protects or leaves out would be live."""
    path = both.patch("prod", "template.login", "lifecycle: {protected: true}")
    path.rename(both.project.root / "environments/prod.yaml")
    ran = both.project("validate")
    assert (ran.code, "SMS143 environments/prod.yaml is of no environment" in ran.out) == (3, True)
    assert both.project("plan", "-e", "prod").code == 3


def test_what_is_left_out_is_not_changed_elsewhere(both: Shared) -> None:
    both.patch("prod", "template.login", "present: false")
    other = both.patch("prod", "template.login2", "spec: {remark: x}")
    other.write_text(other.read_text("utf-8").replace("login2", "login"), "utf-8")
    ran = both.project("validate")
    words = "template.login2.yaml:3:21: SMS142 template.login is left out in environments/prod/"
    assert (ran.code, words in ran.out) == (3, True), ran.out


def test_what_an_environment_leaves_out_is_not_called_undeclared_alone(both: Shared) -> None:
    """Who finds a live template among the deletes sees that the manifest is there."""
    both.approved("prod")
    project = both.project
    both.patch("prod", "template.news", "present: false")
    words = "left out of environment prod (a patch with present: false, or only): template.news"
    assert words in project("plan", "-e", "prod").out
    text = SETTINGS.replace(f'{{account: "{IDS["prod"]}"}}', "{only: {international: true}}")
    (project.root / "smsops.yaml").write_text(text, encoding="utf-8")
    for path in (project.root / "environments/prod").iterdir():
        path.unlink()
    ran = project("plan", "-e", "prod")
    assert (ran.code, "Environment prod leaves manifests out (only:" in ran.err) == (3, True)


def test_two_environments_of_one_account_are_noticed(both: Shared) -> None:
    """Each would take over the templates of the other, and retire them for it."""
    path = both.project.root / "smsops.yaml"
    one = SETTINGS.replace(IDS["prod"], IDS["staging"])
    rows = (
        (one, True),
        (one.replace('1"}', '1", region: ap-beijing}', 1), False),
        (
            one.replace('1"}', '1", only: {international: true}}', 1)
            .replace('1"}\n', '1", only: {international: false}}\n'),
            False,
        ),
    )  # fmt: skip
    for text, noticed in rows:
        path.write_text(text, encoding="utf-8")
        ran = both.project("validate")
        assert ("environments staging and prod are of one account" in ran.out) is noticed, ran.out
        assert ("SMS145" in ran.out) is noticed


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("SECRET_ID", "PROD__TENCENTCLOUD_SECRET_KEY not set"),
        ("ROLE_ARN", "TENCENTCLOUD_PROVIDER_ID is not"),
    ],
)
def test_no_file_stands_in_for_the_credentials_of_an_environment(
    both: Shared, variable: str, said: str
) -> None:
    """Its keys would be of whichever account somebody worked on last."""
    project = both.project
    path = project.root.parent / "credentials"
    secret_id, secret_key = KEYS["prod"]
    path.write_text(f"[default]\nsecret_id = {secret_id}\nsecret_key = {secret_key}\n", "utf-8")
    path.chmod(0o600)
    project.environment["TENCENTCLOUD_CREDENTIALS_FILE"] = str(path)
    for name in ("ID", "KEY"):
        del project.environment[f"PROD__TENCENTCLOUD_SECRET_{name}"]
    assert project("whoami", "-e", "prod").code == 0
    role = "qcs::cam::uin/100000000002:roleName/plan"
    project.environment[f"PROD__TENCENTCLOUD_{variable}"] = role
    ran = project("whoami", "-e", "prod")
    assert (ran.code, said in ran.err) == (4, True), ran
