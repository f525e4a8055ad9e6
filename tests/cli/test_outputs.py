"""``smsops output`` as variables, through the real command line."""

from __future__ import annotations

import json

import pytest

from tests.support.project import Project
from tests.support.specs import sign_manifest

SPACED = "Tencent Cloud"


@pytest.fixture
def spaced(project: Project) -> Project:
    """A project whose active sign has a space in its name."""
    path = project.root / "signs" / "acme.yaml"
    text = sign_manifest(signName=SPACED, international="true", qualificationId=None, remark="r")
    path.write_text(text, "utf-8")
    project("apply", "--auto-approve")
    project.approve()
    return project


def test_quotation_marks_come_with_a_word_on_who_reads_them(spaced: Project) -> None:
    ran = spaced("output", "--format", "dotenv")
    assert f'SMSOPS_SIGN_ACME_NAME="{SPACED}"\n' in ran.out
    assert "GitLab's dotenv reports and docker --env-file keep them: --plain" in ran.err


def test_plain_values_are_nothing_but_lines_of_variables(spaced: Project) -> None:
    ran = spaced("output", "--format", "dotenv", "--plain")
    assert ran.code == 0
    assert f"SMSOPS_SIGN_ACME_NAME={SPACED}\n" in ran.out
    assert all(line.startswith("SMSOPS_") for line in ran.out.splitlines())
    assert "Note" not in ran.err


def test_without_quotation_marks_there_is_nothing_to_say(applied_project: Project) -> None:
    quoted, plain = (
        applied_project("output", "--format", "dotenv"),
        applied_project("output", "--format", "dotenv", "--plain"),
    )
    assert "Note" not in quoted.err
    assert quoted.out == plain.out


def test_plain_is_a_form_of_dotenv_alone(applied_project: Project) -> None:
    for format in ("json", "yaml"):
        ran = applied_project("output", "--format", format, "--plain")
        assert (ran.code, ran.out) == (64, "")
        assert "--plain is for --format dotenv" in ran.err
    assert applied_project("output", "--plain").code == 64


def test_a_plain_file_is_checked_as_such(spaced: Project) -> None:
    file = spaced.root / "sms.env"
    file.write_text(spaced("output", "--format", "dotenv", "--plain").out, "utf-8")
    assert spaced("output", "--format", "dotenv", "--plain", "--check", str(file)).code == 0
    stale = spaced("output", "--format", "dotenv", "--check", str(file))
    assert stale.code == 2
    file.write_text(spaced("output", "--format", "dotenv").out, "utf-8")
    stale = spaced("output", "--format", "dotenv", "--plain", "--check", str(file))
    assert stale.code == 2
    assert "`smsops output --format dotenv --plain " in stale.err


def test_what_cannot_be_said_plainly_is_refused_by_address(applied_project: Project) -> None:
    """Reviewers would not let such a name pass; an account may hold it all the same."""
    seeds = applied_project.root / "seeds.json"
    seeds.write_text(json.dumps([{"kind": "sign", "id": 77, "signName": "a=$b", "status": 0}]))
    assert applied_project("emulator", "seed", str(seeds)).code == 0
    bound = applied_project("import", "sign.odd", "77")
    assert bound.code == 0, bound.err
    assert "SMSOPS_SIGN_ODD_NAME=" in applied_project("output", "--format", "dotenv").out
    refused = applied_project("output", "--format", "dotenv", "--plain")
    assert (refused.code, refused.out) == (3, "")
    assert "sign.odd: it has a =" in refused.err
    assert "sign.acme" not in refused.err
    assert "--format json" in refused.err
