"""Site intl: its signs, regions and hosts, end to end through the command line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import specs
from tests.support.account import ENVIRONMENT, Account
from tests.support.clock import SLEEPLESS
from tests.support.project import Project
from tests.support.served_project import ServedProject

SETTINGS = """\
apiVersion: smsops/v1
kind: Project
metadata: {name: works}
spec:
  site: intl
  region: ap-singapore
  rateLimits: {AddSmsSign: 1000, DescribeSmsSignList: 1000}
"""


class Abroad(ServedProject):
    """A project on the international site."""

    settings = SETTINGS


def declare(project: Project, kind: str, document: str) -> None:
    """A sign for mainland China, of a type and with a document."""
    text = specs.sign_manifest(signType=kind, documentType=document, qualificationId=None)
    (project.root / "signs" / "acme.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
def account() -> Iterator[Account]:
    with Account(None, {"site": "intl"}) as made:
        yield made


@pytest.fixture
def project(tmp_path: Path, account: Account) -> Abroad:
    made = Abroad(tmp_path, options=("--endpoint", account.url), environment={**ENVIRONMENT})
    made.clock = SLEEPLESS
    made.begin()
    return made


@pytest.mark.parametrize(
    ("kind", "document", "codes"),
    [("website", "website-filing", (2, 5)), ("mini-program", "mini-program-page", (6, 6))],
)
def test_signs_that_only_this_site_has(
    project: Abroad, account: Account, kind: str, document: str, codes: tuple[int, int]
) -> None:
    """Submitted without a qualification, and at the end nothing is left to do."""
    declare(project, kind, document)
    assert project("validate", "--strict").code == 0
    ran = project.apply()
    assert ran.code == 0, ran.err
    (sign,) = account.items("sign")
    assert (sign.parameters["SignType"], sign.parameters["DocumentType"]) == codes
    assert sign.parameters.get("QualificationId") is None
    account.approve()
    assert project.apply().code == 0
    assert project("plan", "--detailed-exitcode").code == 0
    assert project("drift").code == 0


def test_lint_is_of_the_site(project: Abroad) -> None:
    """What one site takes the other refuses, with the same manifest."""
    declare(project, "website", "mini-program-page")
    ran = project("validate")
    assert ran.code == 3
    assert "SMS203 documentType mini-program-page does not fit a domestic website sign" in ran.out

    declare(project, "website", "website-filing")
    assert project("validate").code == 0
    settings = project.root / "smsops.yaml"
    settings.write_text(SETTINGS.replace("site: intl", "site: cn"), encoding="utf-8")
    ran = project("validate")
    assert ran.code == 3
    assert "smsops.yaml:6:11: SMS114 spec.region must be one of ap-beijing, ap-guangzhou" in ran.out

    settings.write_text(SETTINGS.replace("  site: intl\n", "").replace("singapore", "guangzhou"))
    ran = project("validate")
    assert ran.code == 3
    assert "SMS206 signType website is for site intl only; here it is one of company" in ran.out

    (project.root / "signs" / "acme.yaml").write_text(specs.sign_manifest(), encoding="utf-8")
    assert project("validate").code == 0
    settings.write_text(SETTINGS, encoding="utf-8")
    ran = project("validate")
    assert ran.code == 3
    assert "SMS214 site intl has no qualifications; remove qualificationId" in ran.out


def test_a_region_that_nobody_documents_is_a_warning(project: Abroad) -> None:
    text = SETTINGS.replace("ap-singapore", "eu-frankfurt")
    (project.root / "smsops.yaml").write_text(text, encoding="utf-8")
    declare(project, "website", "website-filing")
    ran = project("validate")
    assert ran.code == 0
    assert "spec.region is 'eu-frankfurt'; site intl is known to have SMS in ap-beijing" in ran.out
    ran = project("plan")
    assert "Warning: region 'eu-frankfurt' is not known to have SMS on site intl" in ran.err


def test_the_emulator_is_of_the_site(tmp_path: Path) -> None:
    """Without an account, too: the emulator of the project takes what its site takes."""
    project = Abroad(tmp_path, options=("--emulator",), environment={})
    project.begin()
    declare(project, "website", "website-filing")
    assert project.apply().code == 0
    assert project("drift").code == 0


@pytest.mark.parametrize(
    ("site", "host"),
    [("intl", "sms.tencentcloudapi.com"), ("cn", "sms.intl.tencentcloudapi.com")],
)
def test_an_endpoint_of_the_other_site_is_refused(tmp_path: Path, site: str, host: str) -> None:
    project = Abroad(tmp_path, options=("--endpoint", f"https://{host}"), environment=ENVIRONMENT)
    project.begin()
    text = f"{SETTINGS}  drift: {{}}\n".replace("intl", site).replace("singapore", "guangzhou")
    (project.root / "smsops.yaml").write_text(text.replace("  drift: {}\n", ""), encoding="utf-8")
    ran = project("plan")
    assert ran.code == 64
    assert f"the endpoint {host} is of site" in ran.err
    assert f"the project is on site {site}" in ran.err


def test_an_account_that_nobody_can_be_asked_for_is_taken_from_the_option(
    project: Abroad, account: Account
) -> None:
    """STS has no host in some networks: ``--account-id`` serves, and the plan says so."""
    declare(project, "website", "website-filing")

    def silent(action: str, body: bytes) -> bytes:
        return b"<html>" if action == "GetCallerIdentity" else body

    account.spoil = silent
    assert project("plan").code != 0
    for command in ("plan", "whoami"):
        ran = project("--account-id", "200000000003", command)
        assert ran.code == 0, ran.err
        assert "The account is 200000000003 by --account-id alone" in ran.err
        assert "200000000003" in ran.out
