"""No repr tells a secret: reprs end up in tracebacks, in logs and in reports of failing tests."""

from __future__ import annotations

import dataclasses
import importlib
import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from smsops.cli.command import Failed
from smsops.cli.context import Context
from smsops.clock import SYSTEM
from smsops.errors import CredentialsError, UsageError
from smsops.kinds import RESOURCES
from smsops.model import Project, StateSettings
from smsops.net.proxies import route
from smsops.providers.protocol import ReadOnly
from smsops.providers.tencent.sources import find
from smsops.state.backends.httpwire import settings
from smsops.workspace.readonly import ReadOnlyWorkspace
from smsops.workspace.session import open_backend, open_client
from smsops.workspace.settings import Options, Settings
from smsops.workspace.vanished import vanished
from tests.architecture.code import modules

#: Names of fields that hold secrets, or what holds them.
SECRET = re.compile(r"environ|secret|passw|token|credential|authori[sz]ation|headers|\bbody\b")
#: Fields with such a name, and why their values may be seen.
HARMLESS = {
    ("smsops.cli.github", "_Running", "token"): "drawn for one run, and printed by it",
    ("smsops.emulator.settings", "Settings", "secret_id"): "the emulator's own, in its manual",
    ("smsops.emulator.settings", "Settings", "secret_key"): "the emulator's own, in its manual",
    ("smsops.emulator.settings", "Settings", "token"): "the emulator's own, in its manual",
    ("smsops.emulator.wire", "Request", "headers"): "never leaves the emulator",
    ("smsops.emulator.wire", "Request", "body"): "never leaves the emulator",
    ("smsops.emulator.wire", "Reply", "headers"): "never leaves the emulator",
    ("smsops.emulator.wire", "Reply", "body"): "never leaves the emulator",
    ("smsops.drift.findings", "Drift", "environment"): "the name of one",
    ("smsops.manifests.patches", "Patches", "environment"): "the name of one",
    ("smsops.model.outcome", "Outcome", "environment"): "the name of one",
    ("smsops.model.plan", "Plan", "environment"): "the name of one",
    ("smsops.model.project", "Project", "environment"): "what smsops.yaml says of one",
    ("smsops.model.project", "Project", "environments"): "what smsops.yaml says of them",
    ("smsops.model.state", "Snapshot", "environment"): "the name of one",
    ("smsops.workspace.settings", "Options", "environment"): "the name of one",
    ("smsops.render.whoami", "Identity", "environment"): "the name of one",
    ("smsops.render.whoami", "Identity", "secret_id"): "masked",
    ("smsops.providers.tencent.codes", "Row", "credentials"): "whether a code is about them",
}


def dataclass_fields() -> Iterator[tuple[str, str, dataclasses.Field[Any]]]:
    for module in modules():
        if module.name.endswith("__main__"):
            continue
        for name, found in vars(importlib.import_module(module.name)).items():
            own = isinstance(found, type) and found.__module__ == module.name
            if own and dataclasses.is_dataclass(found):
                for item in dataclasses.fields(found):
                    yield module.name, name, item


def test_no_dataclass_shows_a_field_that_is_called_like_a_secret() -> None:
    shown = {
        (module, name, item.name)
        for module, name, item in dataclass_fields()
        if item.repr and SECRET.search(item.name)
    }
    assert shown - HARMLESS.keys() == set()
    assert HARMLESS.keys() - shown == set(), "an excuse that nobody needs"


MARK = "Xq7" * 9
ENVIRONMENT = {
    "HOME": f"/nonexistent/{MARK}",
    "TENCENTCLOUD_SECRET_ID": f"AKID{MARK}",
    "TENCENTCLOUD_SECRET_KEY": MARK,
    "TENCENTCLOUD_TOKEN": MARK,
    "HTTPS_PROXY": f"http://me:{MARK}@127.0.0.1:9",
    "SMSOPS_HTTP_ADDRESS": f"https://git.example.com/s?token={MARK}",
    "SMSOPS_HTTP_USERNAME": MARK,
    "SMSOPS_HTTP_PASSWORD": MARK,
    "SMSOPS_ENDPOINT": f"https://me:{MARK}@sms.example.com",
    "GITHUB_TOKEN": MARK,
}


def ours(value: object, seen: dict[int, object]) -> Iterator[object]:
    """``value`` and every object of smsops, httpx and httpcore that it leads to.

    ``seen`` keeps what it has seen: an object that is gone leaves its id to another one, which
    would then be taken for seen.
    """
    if id(value) in seen:
        return
    seen[id(value)] = value
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        parts = [*value, *value.values()] if isinstance(value, Mapping) else list(value)
    elif type(value).__module__.partition(".")[0] in ("smsops", "httpx", "httpcore"):
        yield value
        slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
        names = [*vars(value)] if hasattr(value, "__dict__") else []
        parts = [getattr(value, name, None) for name in (*names, *slots)]
    else:
        parts = []
    for part in parts:
        yield from ours(part, seen)


def project(tmp_path: Path, backend: str) -> Project:
    return Project(tmp_path, "acme", "ap-guangzhou", (), state=StateSettings(backend=backend))


def roots(tmp_path: Path) -> Iterator[object]:
    context = Context(Options(), ENVIRONMENT)
    yield context
    yield Failed(context, CredentialsError("no"))
    found = find(ENVIRONMENT, profile=None, now=0.0)
    yield found
    yield settings(ENVIRONMENT)
    yield route("sms.tencentcloudapi.com", 443, ENVIRONMENT)
    with open_client(Options(), ENVIRONMENT, project(tmp_path, "local"), SYSTEM) as client:
        yield client
        yield ReadOnlyWorkspace(
            project=project(tmp_path, "git"),
            reader=ReadOnly(client),
            stored=lambda: None,
            source="nowhere",
            account=lambda: None,
            clock=SYSTEM,
            kinds=RESOURCES,
            stop=client.stop,
            vanished=partial(vanished, project(tmp_path, "git"), ENVIRONMENT, emulator=False),
        )
    for backend in ("http", "local"):
        yield open_backend(
            Settings(Options(emulator=False), ENVIRONMENT), project(tmp_path, backend)
        )


def test_no_object_that_knows_a_secret_tells_it(tmp_path: Path) -> None:
    seen: dict[int, object] = {}
    kinds = set()
    for root in roots(tmp_path):
        for value in ours(root, seen):
            kinds.add(type(value).__name__)
            for show in (repr, str, "{}".format):
                assert MARK not in show(value), type(value)
    reached = {
        "Context",
        "Options",
        "Credentials",
        "HttpSettings",
        "Proxy",
        "Client",
        "ApiConnection",
    }
    assert {*reached, "Transport", "Network", "HttpBackend", "LocalBackend"} <= kinds


@pytest.mark.parametrize("name", ["SMSOPS_ENDPOINT", "HTTPS_PROXY"])
def test_no_error_tells_one_either(name: str, tmp_path: Path) -> None:
    broken = {**ENVIRONMENT, "HTTPS_PROXY": f"http://me:{MARK}/@p:1"}
    options = (
        Options(endpoint=broken["SMSOPS_ENDPOINT"]) if name == "SMSOPS_ENDPOINT" else Options()
    )
    with (
        pytest.raises(UsageError) as caught,
        open_client(options, broken, project(tmp_path, "local"), SYSTEM),
    ):
        pass
    error = caught.value
    assert MARK not in repr(error) + str(error) + error.message + error.hint
