"""Files and replies that nobody would write: only our own errors escape, and nothing is lost.

What the first readers take is tried beside them: manifests in tests/manifest, bytes of a state in
tests/state, bytes of a reply in tests/tencent. Here are whole commands on what passes them.
"""

from __future__ import annotations

import copy
import json
import os
import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smsops.errors import Exit, SmsopsError
from smsops.planfile.saved import _digest as digest
from smsops.providers.tencent.sources import find
from tests.support.account import Account
from tests.support.examples import examples
from tests.support.legacy import sealed
from tests.support.served_project import ServedProject, converge, served_project

#: What a machine, a vendor or a prankster may put in the place of any value.
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 3, 1110, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**70), 1.5),
    *("", " ", "x", "0", "1110", "current", "both", "sign.acme", "template.t0", "\x00\x1b[2J"),
    *("\u202e", "\ud800", "::set-output name=a::b", "##[group]", "1.0", "9999-12-31T23:59:59Z"),
    *("x" * 5000, [], {}, [[]], [None], [0], [{}], {"": None}, {"x": {"y": []}}, [1, "1", True]),
)
#: How many variants to try; more by hand: SMSOPS_EXAMPLES=1000 pytest tests/faults/test_fuzz.py
VARIANTS = int(os.environ.get("SMSOPS_EXAMPLES", "40"))
#: The first of them are tried in every run of the test suite.
SEEDS = [
    pytest.param(seed, marks=pytest.mark.faults if seed >= 5 else ()) for seed in range(VARIANTS)
]


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value inside, outer ones first."""
    if path:
        yield path
    if isinstance(value, dict | list):
        items: Any = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            yield from paths(inner, (*path, key))


def mutated(document: Any, chance: random.Random) -> Any:
    """``document`` with one value that is odd, missing, doubled, or another one of its own."""
    changed = copy.deepcopy(document)
    ways = list(paths(changed))
    *way, last = chance.choice(ways)
    place = changed
    for key in way:
        place = place[key]
    deed = chance.randrange(8)
    if deed == 0:
        del place[last]
    elif deed == 1 and isinstance(place, list):
        place.append(copy.deepcopy(place[last]))
    elif deed == 2 and isinstance(place, dict):
        place[f"{last}2"] = place[last]
    elif deed == 3:
        other: Any = document
        for key in chance.choice(ways):
            other = other[key]
        place[last] = copy.deepcopy(other)
    else:
        place[last] = chance.choice(ODD)
    return changed


def survives(project: ServedProject, *command: str) -> int:
    """The exit code of a command; any exception but ours fails the test."""
    ran = project(*command)
    assert ran.code in {code.value for code in Exit}, ran
    assert ran.code == 0 or ran.out or ran.err
    return ran.code


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with Account(tmp_path_factory.mktemp("account") / "account.json") as account:
        yield account


@pytest.fixture(scope="module")
def project(account: Account, tmp_path_factory: pytest.TempPathFactory) -> ServedProject:
    """A sign, a template with a successor in review, one that retires, and one to be added."""
    project = served_project(tmp_path_factory.mktemp("works") / "project", account).begin()
    project.sign("acme", "艾克米")
    for name in ("t0", "t1"):
        project.template(name)
    converge(project, account)
    for name in ("t0", "t1"):
        project.template(name, f"第二版{{1}}，{name}。")
    assert project.apply().code == 0
    account.emulator.review("template", 1113, 0)
    assert project.apply().code == 0
    project.template("t2", retire_after="0s")
    return project


#: Commands that only read the state, and what they can end with.
READERS = (
    ("plan",),
    ("plan", "--format", "json"),
    ("drift",),
    ("status", "--format", "json"),
    ("output",),
    ("output", "--format", "dotenv", "--all"),
    ("state", "show"),
    ("state", "list", "--format", "json"),
)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_well_sealed_state_of_any_content_ends_no_command_in_a_defect(
    seed: int, project: ServedProject, account: Account
) -> None:
    whole = project.state.read_bytes()
    chance = random.Random(seed)
    document = json.loads(whole)
    for _ in range(chance.randrange(1, 4)):
        document = mutated(document, chance)
    try:
        # Half a character cannot be sealed: tests/state has files with one.
        project.state.write_bytes(sealed(json.loads(json.dumps(document).replace("\\ud800", "?"))))
        command = chance.choice(READERS)
        survives(project, *command)
    finally:
        project.state.write_bytes(whole)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_plan_file_of_any_content_is_refused_or_holds(
    seed: int, project: ServedProject, account: Account
) -> None:
    """With a right digest, too: a plan file can only veto."""
    chance = random.Random(seed)
    path = project.root / "plan.json"
    assert project("plan", "-o", str(path)).code == 0
    document = json.loads(path.read_text("utf-8"))
    for _ in range(chance.randrange(1, 3)):
        document = mutated(document, chance)
    if seed % 4:
        document.pop("digest", None)
        document["digest"] = digest(document)
    path.write_text(json.dumps(document), "utf-8")
    survives(project, "show", str(path), "--format", chance.choice(["text", "json", "html"]))
    before = account.writes()
    account.order()
    code = survives(project, "apply", str(path), "--no-input")
    written = account.writes()[len(before) :]
    if written:
        # Nothing but what the honest plan would have done, and then it is undone again.
        assert [action for action, _ in written] == ["AddSmsTemplate"]
        assert code == 0
        project.remove("template", "t2")
        assert project.apply().code == 0
        project.template("t2", retire_after="0s")


@given(body=st.binary(max_size=300))
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
def test_bytes_are_no_plan(body: bytes, project: ServedProject) -> None:
    path = project.root / "bytes.json"
    path.write_bytes(body)
    assert survives(project, "show", str(path)) == 1
    assert survives(project, "apply", str(path), "--no-input") == 1


#: Pieces of credentials files, and of what people take for one.
_WORDS = st.sampled_from(
    [
        *("[default]", "[", "]", "=", "secret_id", "secret_key", "token", "\n", "\r\n", " ", "\t"),
        *("AKID0123456789", "${HOME}", "%(x)s", "\x00", "\ufeff", "#", ";", '"', "é", "[DEFAULT]"),
        *("secretId", "secretKey", "{", "}", ":", ",", "null", "[[", "type", "oauth", "expiresAt"),
    ]
)


@given(words=st.lists(_WORDS, max_size=25), raw=st.none() | st.binary(max_size=60))
@settings(max_examples=examples(50), suppress_health_check=list(HealthCheck))
@pytest.mark.parametrize("name", [".tencentcloud/credentials", ".tccli/default.credential"])
def test_a_credentials_file_of_any_content_gives_credentials_or_our_error(
    words: list[str], raw: bytes | None, name: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes("".join(words).encode() if raw is None else raw)
    path.chmod(0o600)
    with suppress(SmsopsError):
        found = find({"HOME": str(tmp_path)}, profile=None, now=1_763_800_000.0)
        assert found.credentials.secret_id.isascii()
        assert found.credentials.secret_key.isascii()


_JSON: Any = st.recursive(
    st.sampled_from([item for item in ODD if not isinstance(item, list | dict)]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["secretId", "secretKey", "token", "type", "expiresAt", "oauth", "x"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=8,
)


@given(value=_JSON)
@settings(max_examples=examples(50), suppress_health_check=list(HealthCheck))
def test_a_tccli_file_of_any_json_gives_credentials_or_our_error(
    value: Any, tmp_path: Path
) -> None:
    path = tmp_path / ".tccli" / "default.credential"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value), "utf-8")
    path.chmod(0o600)
    with suppress(SmsopsError):
        find({"HOME": str(tmp_path)}, profile=None, now=1_763_800_000.0)


COMMANDS = (("plan",), ("apply", "--auto-approve"), ("drift",), ("status",), ("output",), ("wait",))


@pytest.mark.parametrize("seed", SEEDS)
def test_replies_of_any_content_end_no_command_in_a_defect_and_lose_nothing(
    seed: int, tmp_path: Path
) -> None:
    """Every reply of the account may be odd in one place; then it comes to its senses."""
    chance = random.Random(seed)

    def spoil(action: str, body: bytes) -> bytes:
        # Another account would be another account: its refusal has tests of its own.
        if action == "GetCallerIdentity" or chance.random() < 0.5:
            return body
        changed = mutated(json.loads(body), chance)
        return json.dumps(changed).encode()

    with Account(tmp_path / "account.json") as account:
        project = served_project(tmp_path / "project", account).begin(2)
        project.sign("acme", "艾克米")
        account.spoil = spoil
        for _ in range(4):
            command = chance.choice(COMMANDS)
            options = ("--timeout", "0s") if command == ("wait",) else ()
            survives(project, *command, *options)
        account.spoil = None
        for _ in range(3):
            account.time.advance(700)
            project.apply()
        if any(action != "AddSmsSign" for action, _ in account.writes()):
            converge(project, account)
        adds = account.adds()
        assert len(adds) == len(set(adds)), "made twice"
        assert project.recorded() <= account.ids()
        loose = account.ids() - project.recorded()
        assert not loose or project("plan").out.count("blocked") or project.stored()["intents"]
