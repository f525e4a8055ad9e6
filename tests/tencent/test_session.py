"""How a run's connection is put together, and what whoami says of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from smsops.cli import main
from smsops.cli.context import Context
from smsops.clock import SYSTEM
from smsops.errors import AccountError, CredentialsError, UsageError
from smsops.kinds import RESOURCES
from smsops.model import Project, Spec
from smsops.providers.errors import CredentialsRefused
from smsops.workspace.session import account, open_client
from smsops.workspace.settings import Options
from tests.support.scripted_api import ScriptedApi, client_of, error, ok
from tests.support.servers import raw_server, wire

ROOT = Path(__file__).resolve().parents[2]
PAIR = {
    "TENCENTCLOUD_SECRET_ID": "AKIDtest0000000000001234",
    "TENCENTCLOUD_SECRET_KEY": "secretkey-of-the-tests",
}
CALLER = ok(AccountId="100000000001", Arn="qcs::cam::uin/100000000001:uin/1", UserId="1", Type="x")
DENIED = ["UnauthorizedOperation", "UnauthorizedOperation.X", "AuthFailure.UnauthorizedOperation"]


def project(root: Path, **more: Any) -> Project:
    return Project(root, "acme", "ap-beijing", ("signs", "templates"), **more)


def test_the_client_of_a_project(tmp_path: Path) -> None:
    options = Options(directory=tmp_path)
    with open_client(options, PAIR, project(tmp_path), SYSTEM) as client:
        assert client.region == "ap-beijing"
        assert client.credentials.source == "environment"
        assert client.endpoints.sms == "https://sms.tencentcloudapi.com"


def test_an_endpoint_has_to_be_allowed(tmp_path: Path) -> None:
    options = Options(directory=tmp_path, endpoint="https://api.example.com")
    with pytest.raises(UsageError), open_client(options, PAIR, project(tmp_path), SYSTEM):
        pass


def test_no_credentials_is_an_error_before_anything_is_sent(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError), open_client(Options(), {}, project(tmp_path), SYSTEM):
        pass


def test_the_emulator_needs_no_credentials_and_lives_in_the_project(tmp_path: Path) -> None:
    options = Options(directory=tmp_path, emulator=True)
    spec: Spec = {
        "templateName": "n",
        "content": "您的验证码是{1}",
        "smsType": "verification",
        "international": False,
        "remark": "r",
    }
    with open_client(options, {}, project(tmp_path), SYSTEM) as client:
        assert account(client, options) == ("100000000001", ())
        assert client.list(RESOURCES["template"], False) == []
        with pytest.raises(Exception, match="MissingSignature"):
            client.add(RESOURCES["template"], spec, {}, address="template.login")
    assert not (tmp_path / ".tencentcloud").exists()


def test_the_account_id() -> None:
    with client_of(ScriptedApi(lambda *_: CALLER)) as client:
        assert account(client, Options()) == ("100000000001", ())
        assert account(client, Options(account_id="100000000001")) == ("100000000001", ())


def test_a_claimed_account_is_checked() -> None:
    with client_of(ScriptedApi(lambda *_: CALLER)) as client, pytest.raises(AccountError) as caught:
        account(client, Options(account_id="200000000002"))
    assert caught.value.exit == 4


@pytest.mark.parametrize("code", DENIED)
def test_without_permission_the_account_is_unknown_or_claimed(code: str) -> None:
    with client_of(ScriptedApi(lambda *_: error(code))) as client:
        unknown, [warning] = account(client, Options())
        assert unknown is None
        assert "--account-id" in str(warning)
        assert account(client, Options(account_id="7")) == ("7", ())


def test_refused_credentials_are_not_a_missing_permission() -> None:
    api = ScriptedApi(lambda *_: error("AuthFailure.SecretIdNotFound"))
    with client_of(api) as client, pytest.raises(CredentialsRefused):
        account(client, Options(account_id="7"))


def test_a_readable_credentials_file_is_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "credentials"
    path.write_text("[default]\nsecret_id = a\nsecret_key = b\n")
    path.chmod(0o644)
    environment = {"TENCENTCLOUD_CREDENTIALS_FILE": str(path)}
    with open_client(Options(), environment, project(tmp_path), SYSTEM) as client:
        assert "chmod 600" in str(client.warnings[0])


def run(
    arguments: list[str], environment: Mapping[str, str], capsys: pytest.CaptureFixture[str]
) -> tuple[int, str, str]:
    code = main(arguments, context=Context(Options(), environment))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_whoami_on_the_emulator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(["-C", str(tmp_path), "--emulator", "whoami"], {}, capsys)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "account      100000000001",
        "ARN          qcs::cam::uin/100000000001:uin/100000000001",
        "user         100000000001",
        "region       unknown",
        "endpoint     http://emulator.invalid",
        "credentials  emulator",
        "SecretId     ****ATOR",
    ]


def _answering(response: Mapping[str, object]) -> Any:
    body = wire(json.dumps({"Response": response}).encode())
    return raw_server(lambda connection, _: connection.sendall(body))


def test_whoami_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with _answering(CALLER) as (url, received):
        environment = {**PAIR, "SMSOPS_ENDPOINT": url}
        arguments = ["-C", str(tmp_path), "whoami", "--format", "json"]
        code, out, _ = run(arguments, environment, capsys)
    document = json.loads(out)
    assert code == 0
    assert document == {
        "format_version": "1.0",
        "account_id": "100000000001",
        "arn": "qcs::cam::uin/100000000001:uin/1",
        "user_id": "1",
        "region": None,
        "endpoint": url,
        "source": "environment",
        "secret_id": "****1234",
        "chain": [{"how": "keys", "source": "environment", "role": None}],
        "expires_at": None,
    }
    jsonschema.validate(document, json.loads((ROOT / "schemas/whoami.schema.json").read_text()))
    assert b"/sts/tc3_request" in received[0]
    assert PAIR["TENCENTCLOUD_SECRET_KEY"].encode() not in received[0]


def test_whoami_without_permission(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with _answering(error(DENIED[0])) as (url, _):
        environment = {**PAIR, "SMSOPS_ENDPOINT": url}
        code, out, err = run(["-C", str(tmp_path), "whoami"], environment, capsys)
    assert code == 0
    assert out.startswith("account      unknown\n")
    assert "sts:GetCallerIdentity is not permitted" in err


def test_whoami_with_refused_credentials(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with _answering(error("AuthFailure.SignatureFailure", "\x1b[2J no")) as (url, _):
        environment = {**PAIR, "SMSOPS_ENDPOINT": url}
        code, out, err = run(["-C", str(tmp_path), "whoami"], environment, capsys)
    assert (code, out) == (4, "")
    assert "AuthFailure.SignatureFailure" in err
    assert "\x1b" not in err


SECRET = "TopSecretValue0123456789"
#: Environments and files without usable credentials.
UNUSABLE: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "none": ({}, {}),
    "empty": (dict.fromkeys(PAIR, ""), {}),
    "half": ({"TENCENTCLOUD_SECRET_KEY": SECRET}, {}),
    "quoted": ({**PAIR, "TENCENTCLOUD_SECRET_KEY": f'"{SECRET}"'}, {}),
    "masked": ({**PAIR, "TENCENTCLOUD_SECRET_KEY": "***"}, {}),
    "two tokens": (
        {**PAIR, "TENCENTCLOUD_TOKEN": SECRET, "TENCENTCLOUD_SECURITY_TOKEN": SECRET + "x"},
        {},
    ),
    "no such file": ({"TENCENTCLOUD_CREDENTIALS_FILE": "/nonexistent"}, {}),
    "a profile of no name": ({"TCCLI_PROFILE": "../x"}, {}),
    "no section": ({}, {".tencentcloud/credentials": f"secret_key = {SECRET}"}),
    "a role": ({}, {".tencentcloud/credentials": "[default]\nrole_arn = x\nsource_profile = b"}),
    "an instance role": ({}, {".tccli/default.credential": '{"use-cvm-role": "x"}'}),
    "an ended login": (
        {},
        {
            ".tccli/default.credential": json.dumps(
                {"secretId": "AKIDx", "secretKey": SECRET, "expiresAt": 1}
            )
        },
    ),
    "no JSON": ({}, {".tccli/default.credential": SECRET}),
}


@pytest.mark.parametrize(("environment", "files"), UNUSABLE.values(), ids=UNUSABLE)
def test_whatever_is_wrong_with_credentials_exits_4_and_sends_nothing(
    environment: dict[str, str],
    files: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    with _answering(CALLER) as (url, received):
        known = {"HOME": str(tmp_path), "SMSOPS_ENDPOINT": url, **environment}
        code, out, err = run(["-C", str(tmp_path), "whoami"], known, capsys)
    assert (code, out, received) == (4, "", [])
    assert SECRET not in err
    assert len(err.strip().splitlines()) >= 2  # what is wrong, and what to do


def test_a_missing_profile_exits_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = {"HOME": str(tmp_path), **PAIR}
    code, out, err = run(["-C", str(tmp_path), "--profile", "work", "whoami"], known, capsys)
    assert (code, out) == (4, "")
    assert "there is no profile work" in err
    assert "leave out --profile, or `profile` of the environment in smsops.yaml" in err


def test_whoami_on_a_host_that_is_down(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    environment = {**PAIR, "SMSOPS_ENDPOINT": "http://127.0.0.1:9"}
    code, out, err = run(["-C", str(tmp_path), "whoami"], environment, capsys)
    assert (code, out) == (1, "")
    assert "127.0.0.1:9 cannot be reached" in err


def test_whoami_with_an_endpoint_nobody_allowed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = {**PAIR, "SMSOPS_ENDPOINT": "https://user:hunter2@api.example.com"}
    code, _, err = run(["-C", str(tmp_path), "whoami"], environment, capsys)
    assert code == 64
    assert "hunter2" not in err


def test_whoami_at_full_verbosity_tells_no_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token = "token-of-the-tests-0123456789"
    with _answering(CALLER) as (url, _):
        environment = {**PAIR, "TENCENTCLOUD_TOKEN": token, "SMSOPS_ENDPOINT": url}
        code, out, err = run(["-C", str(tmp_path), "-vv", "whoami"], environment, capsys)
    assert code == 0
    assert "GetCallerIdentity" in err
    for secret in (*PAIR.values(), token, "TC3-HMAC"):
        assert secret not in out + err
