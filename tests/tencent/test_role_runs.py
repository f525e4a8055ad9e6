"""Runs without a key of their own: roles, whoever vouches for them, and their renewal."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from smsops.net.transport import Timeouts
from smsops.providers.tencent import tokens
from smsops.providers.tencent.retries import RENEWALS
from tests.support.account import SECRET_ID, SECRET_KEY, Account
from tests.support.project import Ran
from tests.support.served_project import ServedProject, served_project
from tests.support.servers import raw_server, wire

ROOT = Path(__file__).resolve().parents[2]
ROLE = "qcs::cam::uin/100000000001:roleName/deploy"
SECOND = "qcs::cam::uin/100000000001:roleName/second"
REQUEST_TOKEN = "runner-token-0123456789abcdef"
SCHEMA = json.loads((ROOT / "schemas/whoami.schema.json").read_text("utf-8"))


def jwt(**claims: Any) -> str:
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{part}.c2lnbmF0dXJlLW9mLXRoZS1wcm92aWRlcg"


@dataclass
class Issuer:
    """GitHub's token endpoint: a new token each time, and what it was asked."""

    account: Account
    asked: list[bytes] = field(default_factory=list)
    issued: list[str] = field(default_factory=list)
    broken: bool = False

    def answer(self, connection: socket.socket, request: bytes) -> None:
        self.asked.append(request)
        if self.broken:
            connection.sendall(wire(b"no", status="500 Internal Server Error"))
            return
        # GitHub's tokens live ten minutes; a copied one would not last.
        token = jwt(sub="repo:acme/sms:ref:main", exp=self.account.time.clock.now() + 600)
        self.issued.append(token)
        connection.sendall(wire(json.dumps({"value": token}).encode()))


@dataclass
class Scene:
    """A project on an account, run without keys."""

    project: ServedProject
    account: Account
    #: Secrets that were handed out.
    secrets: list[str] = field(default_factory=list)

    def soon(self) -> float:
        """When a token that is fresh now ends."""
        return self.account.time.clock.now() + 600

    def hear(self) -> None:
        """Remember what STS hands out, to search for it."""

        def heard(action: str, body: bytes) -> bytes:
            if action.startswith("AssumeRole"):
                found = json.loads(body)["Response"].get("Credentials", {})
                self.secrets += [found[name] for name in ("TmpSecretKey", "Token") if found]
            return body

        self.account.spoil = heard

    def count(self, action: str) -> int:
        return sum(call.action == action for call in self.account.emulator.calls)

    def told_nothing(self, *more: str) -> None:
        """No secret is in any output, nor in any file of the project."""
        paths = [path for path in self.project.root.rglob("*") if path.is_file()]
        assert self.secrets
        written = [
            path.read_text("utf-8", "replace") for path in paths if "credentials" not in path.name
        ]
        for text in (*self.project.said, *written):
            for secret in (*self.secrets, *more, SECRET_KEY):
                assert secret not in text
                assert all(part not in text for part in secret.split(".") if len(part) > 20)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with Account(tmp_path / "account.json") as account:
        project = served_project(tmp_path / "project", account)
        project.begin(templates=3)
        project.sign("acme", "艾克米")
        project.environment = {}
        made = Scene(project, account)
        made.hear()
        yield made


@contextmanager
def github(scene: Scene) -> Iterator[Issuer]:
    issuer = Issuer(scene.account)
    with raw_server(issuer.answer) as (url, _):
        scene.project.environment = {
            "TENCENTCLOUD_ROLE_ARN": ROLE,
            "TENCENTCLOUD_PROVIDER_ID": "GitHub",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{url}/token?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST_TOKEN,
            "GITHUB_RUN_ID": "4711",
        }
        yield issuer


def profile(scene: Scene, seconds: int, *, chained: bool = False) -> None:
    """The role of a profile whose credentials last so many seconds."""
    path = scene.project.root / "home" / ".tencentcloud" / "credentials"
    path.parent.mkdir(parents=True)
    base = f"[base]\nsecret_id = {SECRET_ID}\nsecret_key = {SECRET_KEY}\n"
    arn, source = (SECOND, "middle") if chained else (ROLE, "base")
    middle = f"[middle]\nrole_arn = {ROLE}\nsource_profile = base\n"
    path.write_text(
        f"[default]\nrole_arn = {arn}\nsource_profile = {source}\nexternal_id = acme-4711\n"
        f"duration_seconds = {seconds}\n{middle}{base}"
    )
    path.chmod(0o600)


def test_a_job_on_github_needs_no_key(scene: Scene) -> None:
    with github(scene) as issuer:
        assert scene.project("plan", "-vv").code == 0
        assert scene.project.apply().code == 0
        assert scene.project("plan", "--detailed-exitcode").code == 0
        assert len(scene.account.adds()) == 4
        whoami = scene.project("whoami", "--format", "json").json()
        said = scene.project("whoami").out
    jsonschema.validate(whoami, SCHEMA)
    assert whoami["source"] == f"GitHub -> {ROLE}"
    assert whoami["chain"] == [{"how": "web-identity", "source": "GitHub", "role": ROLE}]
    assert whoami["user_id"] == "deploy:smsops-4711"
    assert "valid until  20" in said
    assert all(
        b"GET /token?api-version=2.0&audience=sts.tencentcloudapi.com HTTP/1.1" in request
        and f"Authorization: bearer {REQUEST_TOKEN}".encode() in request
        for request in issuer.asked
    )
    scene.told_nothing(REQUEST_TOKEN, *issuer.issued)


def test_a_job_on_gitlab_needs_no_key(scene: Scene) -> None:
    token = jwt(sub="project_path:acme/sms:ref_type:branch:ref:main", exp=scene.soon())
    scene.project.environment = {
        "TENCENTCLOUD_ROLE_ARN": ROLE,
        "TENCENTCLOUD_PROVIDER_ID": "GitLab",
        "TENCENT_ID_TOKEN": token,
    }
    assert scene.project.apply("-vv").code == 0
    assert scene.project("whoami").out.splitlines()[5] == f"credentials  GitLab -> {ROLE}"
    scene.told_nothing(token)


@pytest.mark.parametrize("prefix", ["TENCENTCLOUD_", "TKE_"])
def test_a_token_may_be_in_a_file(prefix: str, scene: Scene, tmp_path: Path) -> None:
    token = jwt(sub="system:serviceaccount:sms:smsops", exp=scene.soon())
    path = tmp_path / "token"
    scene.project.environment = {
        f"{prefix}ROLE_ARN": ROLE,
        f"{prefix}PROVIDER_ID": "cluster",
        f"{prefix}WEB_IDENTITY_TOKEN_FILE": str(path),
    }
    ran = scene.project("whoami")
    assert (ran.code, ran.out) == (4, "")
    assert f"is to be in {path}, which does not exist" in ran.err
    path.write_text(f"{token}\n")
    assert scene.project.apply().code == 0
    scene.told_nothing(token)


def test_roles_are_assumed_one_by_the_other(scene: Scene) -> None:
    profile(scene, 900, chained=True)
    assert scene.project.apply().code == 0
    whoami = scene.project("whoami", "--format", "json").json()
    assert [link["role"] for link in whoami["chain"]] == [None, ROLE, SECOND]
    assert [link["how"] for link in whoami["chain"]] == ["keys", "assume-role", "assume-role"]
    scene.told_nothing("acme-4711")


def test_keys_of_15_minutes_last_for_a_wait_of_4_hours(scene: Scene) -> None:
    profile(scene, 900)
    assert scene.project.apply().code == 0
    before, began = scene.count("AssumeRole"), scene.account.time.ahead
    ran = scene.project("wait", "--timeout", "4h")
    assert ran.code == 8, ran.err
    assert scene.account.time.ahead - began > 3.9 * 3600  # the rest passed by itself
    assert 15 <= scene.count("AssumeRole") - before <= 25
    assert "could not be renewed" not in ran.err
    scene.told_nothing()


def test_keys_that_end_in_mid_apply_are_renewed(scene: Scene) -> None:
    """Time passes with every write: none goes unanswered, and none is sent twice."""
    profile(scene, 60)
    scene.hear()
    heard = scene.account.spoil
    assert heard is not None

    def slow(action: str, body: bytes) -> bytes:
        if action.startswith("Add"):
            scene.account.time.advance(70)
        return heard(action, body)

    scene.account.spoil = slow
    ran = scene.project.apply()
    assert ran.code == 0, ran.err
    assert len(scene.account.adds()) == len(set(scene.account.adds())) == 4
    assert scene.project.recorded() == scene.account.ids()
    assert scene.count("AssumeRole") >= 3  # at first, after the sign, after the templates
    scene.told_nothing()


def test_a_job_on_github_is_renewed_in_mid_apply_and_in_a_wait_of_4_hours(scene: Scene) -> None:
    """Each time by another token: those of before have ended as well."""
    heard = scene.account.spoil
    assert heard is not None

    def slow(action: str, body: bytes) -> bytes:
        if action.startswith("Add"):
            scene.account.time.advance(70)
        return heard(action, body)

    with github(scene) as issuer:
        scene.project.environment["TENCENTCLOUD_ROLE_SESSION_DURATION"] = "60"
        scene.account.spoil = slow
        ran = scene.project.apply("-vv")
        assert ran.code == 0, ran.err
        assert len(scene.account.adds()) == len(set(scene.account.adds())) == 4
        assert scene.project.recorded() == scene.account.ids()
        assert scene.project.stored()["intents"] == []
        assert len(issuer.asked) >= 3
        scene.project.environment["TENCENTCLOUD_ROLE_SESSION_DURATION"] = "900"
        ran = scene.project("wait", "--timeout", "4h", "-vv")
        assert ran.code == 8, ran.err
        assert len(issuer.issued) >= 18
        assert scene.count("AssumeRoleWithWebIdentity") == len(issuer.issued)
    scene.told_nothing(REQUEST_TOKEN, *issuer.issued)


@pytest.mark.parametrize(("ended", "code"), [(1, 0), (RENEWALS, 0), (RENEWALS + 1, 4)])
def test_credentials_that_are_ended_before_their_time_are_asked_for_anew(
    scene: Scene, ended: int, code: int
) -> None:
    """The service says that a token has ended: nothing was done, so the call is made once more."""
    profile(scene, 7200)
    refused: list[str] = []
    heard = scene.account.spoil
    assert heard is not None

    def ending(action: str, body: bytes) -> bytes:
        if action == "GetCallerIdentity" and len(refused) < ended:
            refused.append(action)
            error = {"Code": "AuthFailure.TokenFailure", "Message": "ended"}
            return json.dumps({"Response": {"Error": error, "RequestId": "r"}}).encode()
        return heard(action, body)

    scene.account.spoil = ending
    assert scene.project("whoami").code == code
    assert len(refused) == ended
    assert scene.count("AssumeRole") == 1 + min(ended, RENEWALS)


def failing_renewal(scene: Scene, run: Callable[[], Ran]) -> Ran:
    """A run in whose course GitHub stops issuing tokens."""
    with github(scene) as issuer:
        scene.project.environment["TENCENTCLOUD_ROLE_SESSION_DURATION"] = "60"
        heard = scene.account.spoil
        assert heard is not None

        def breaking(action: str, body: bytes) -> bytes:
            if action == "AddSmsSign":
                issuer.broken = True
                scene.account.time.advance(120)
            return heard(action, body)

        scene.account.spoil = breaking
        return run()


def test_a_renewal_that_fails_ends_the_run_with_nothing_unknown(scene: Scene) -> None:
    ran = failing_renewal(scene, scene.project.apply)
    assert ran.code == 4, ran.err
    assert "could not be renewed" in ran.out + ran.err
    assert "HTTP 500" in ran.out + ran.err
    assert [action for action, *_ in scene.account.adds()] == ["AddSmsSign"]
    with github(scene):
        assert scene.project.stored()["intents"] == []
        assert scene.project.recorded() == scene.account.ids()
        assert scene.project.apply().code == 0
        assert len(scene.account.adds()) == 4
    scene.told_nothing()


#: What is in each of these answers, and in no message.
SAID = b"said-by-the-code-host"
#: What GitHub may answer in the place of a token.
NO_TOKENS = {
    "an error": wire(SAID, status="403 Forbidden"),
    "a page": wire(b"<html>" + SAID, headers="Content-Type: text/html\r\n"),
    "another object": wire(b'{"token": "' + SAID + b'"}'),
    "no object": wire(b'["' + SAID + b'"]'),
    "half an object": wire(b'{"value": "' + SAID),
    "a token that is none": wire(b'{"value": {"token": "' + SAID + b'"}}'),
    "a redirect": wire(b"", status="302 Found", headers="Location: http://127.0.0.1:1/\r\n"),
    "a token of two lines": wire(b'{"value": "' + SAID + b'\\nb"}'),
    "no HTTP": SAID,
    "too much": wire(b'{"value": "' + b"x" * 70_000 + b'"}'),
    "nothing": b"",
}


@pytest.mark.parametrize("answer", NO_TOKENS.values(), ids=NO_TOKENS)
def test_whatever_github_answers_instead_of_a_token_exits_4(answer: bytes, scene: Scene) -> None:
    with github(scene), raw_server(lambda connection, _: connection.sendall(answer)) as (url, _):
        scene.project.environment["ACTIONS_ID_TOKEN_REQUEST_URL"] = f"{url}/secret-path?key=1"
        for command in (("whoami", "-vv"), ("apply", "--auto-approve", "-vv")):
            ran = scene.project(*command)
            assert (ran.code, ran.out) == (4, "")
            assert f"no credentials of GitHub -> {ROLE}: " in ran.err
            for secret in ("secret-path", "key=1", REQUEST_TOKEN, SAID.decode()):
                assert secret not in ran.err
    assert scene.account.writes() == []


def test_a_code_host_that_never_answers_exits_4(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "TOKEN_TIME", Timeouts(connect=0.2, read=0.2, exchange=0.4))
    done = threading.Event()

    def hang(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")
        done.wait(10)

    with github(scene), raw_server(hang) as (url, _):
        scene.project.environment["ACTIONS_ID_TOKEN_REQUEST_URL"] = f"{url}/secret-path?x=1"
        ran = scene.project("plan", "-vv")
        done.set()
    assert (ran.code, ran.out) == (4, "")
    assert "did not answer: the reply did not come in time" in ran.err
    assert "secret-path" not in ran.err


def test_a_proxy_on_the_way_to_the_token_is_named(scene: Scene) -> None:
    """With what to do about it, and without its password."""
    with github(scene):
        scene.project.environment |= {
            "ACTIONS_ID_TOKEN_REQUEST_URL": "https://runner.invalid/secret-path",
            "HTTPS_PROXY": "http://me:hunter2@127.0.0.1:9",
        }
        ran = scene.project("whoami", "-vv")
    assert (ran.code, ran.out) == (4, "")
    assert "the proxy 127.0.0.1:9 (HTTPS_PROXY) cannot be reached: Connection refused" in ran.err
    assert "Check HTTPS_PROXY." in ran.err
    for secret in ("hunter2", "secret-path", REQUEST_TOKEN):
        assert secret not in ran.err


def test_a_token_of_gitlab_that_ends_is_said_so(scene: Scene) -> None:
    """It is given once, and cannot be asked for again."""
    token = jwt(sub="project_path:acme/sms:ref_type:branch:ref:main", exp=scene.soon())
    scene.project.environment = {
        "TENCENTCLOUD_ROLE_ARN": ROLE,
        "TENCENTCLOUD_PROVIDER_ID": "GitLab",
        "TENCENTCLOUD_ROLE_SESSION_DURATION": "900",
        "TENCENT_ID_TOKEN": token,
    }
    assert scene.project.apply().code == 0
    ran = scene.project("wait", "--timeout", "4h", "-vv")
    assert ran.code == 4, ran.err
    assert f"the credentials of GitLab -> {ROLE} ended at 20" in ran.err
    assert "could not be renewed: AssumeRoleWithWebIdentity " in ran.err
    scene.told_nothing(token)


def test_a_role_that_is_refused_exits_4_and_names_it(scene: Scene) -> None:
    with github(scene):
        scene.project.environment["TENCENTCLOUD_ROLE_ARN"] = ROLE.replace("100000000001", "7")
        ran = scene.project("plan")
    assert ran.code == 4
    assert "AssumeRoleWithWebIdentity failed: ResourceNotFound.RoleNotFound" in ran.err


def metadata(answer: bytes) -> Any:
    return raw_server(lambda connection, _: connection.sendall(answer))


def test_the_role_of_an_instance(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = int(scene.account.time.clock.now()) + 3600
    keys = {"TmpSecretId": SECRET_ID, "TmpSecretKey": SECRET_KEY, "Token": "x" * 20}
    body = json.dumps({**keys, "ExpiredTime": ends, "Code": "Success"}).encode()
    with metadata(wire(body)) as (url, received):
        monkeypatch.setattr(tokens, "METADATA", url)
        scene.project.environment = {"HTTPS_PROXY": "http://127.0.0.1:9"}
        ran = scene.project("--profile", "cvm-role:deploy", "whoami")
    assert received[0].startswith(b"GET /latest/meta-data/cam/security-credentials/deploy HTTP")
    assert ran.code == 4  # the emulator knows no such token
    assert "metadata -> deploy" in ran.err
    assert SECRET_KEY not in ran.err


def test_a_machine_that_is_no_instance_says_so(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "METADATA", "http://127.0.0.1:9")
    ran = scene.project("--profile", "cvm-role:deploy", "whoami")
    assert (ran.code, ran.out) == (4, "")
    assert "works on a CVM instance that has the role" in ran.err
