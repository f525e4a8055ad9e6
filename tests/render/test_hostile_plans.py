"""Plan files of any content, well sealed: an error of ours or a right rendering, nothing else."""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from smsops.errors import Exit, SmsopsError, StalePlan
from smsops.kinds import RESOURCES
from smsops.model import PlanOptions
from smsops.planfile.agreement import agree
from smsops.planfile.saved import dump, load, plan_of
from smsops.planning.decisions import Delta
from smsops.planning.estimate import seconds
from smsops.providers.tencent.limits import rate
from smsops.render.plan import FORMATS
from smsops.render.plan.formats import render
from smsops.render.style import value
from smsops.strictjson import loads
from smsops.text import sanitise
from tests.support import reports
from tests.support.examples import examples
from tests.support.runners import obeyed
from tests.support.worlds import ADDRESS, World, desired, record, seen, written

#: More files by hand: SMSOPS_EXAMPLES=5000 pytest tests/render/test_hostile_plans.py
EXAMPLES = examples(200)
#: Stands for so many lists in one another.
DEEP = "@deep"
#: Stands for a number of so many digits.
LONG = "@long"
#: What somebody may put in the place of any value.
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 1110, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**70)),
    *(1.5, float("nan"), float("inf"), "", " ", "x", "0", "30%", "１%", "9" * 30),
    *("sign.acme", "template.login", "queue.x", "template.", "both", "current", "successor"),
    *("create", "retire", "forget", "content", "identity", "in_review", "sha256:", "sha256:\x1b"),
    *("\x00\x1b[2J", "\u202e", "\ud800", "\udfff\ud800", "::set-output name=a::b", "##[group]x"),
    *("x" * 5000, "\n" * 50, "é\r\n::error::x", "<script>", "|`*", [], {}, [[]], [None], [0], [{}]),
    *({"": None}, {"x": {"y": []}}, [1, "1", True], {"\x1b": 1}, {"\ud800": 1}),
    *(f"{LONG}{digits}" for digits in (19, 30, 5000)),
    *(f"{DEEP}{depth}" for depth in (50, 400, 900, 960, 990, 2000, 100_000)),
)

WORLD = World(desired=(desired(Delta.CONTENT),), recorded=record(written(1)), observed=(seen(1),))
FRESH = WORLD.planned()
HONEST = tuple(
    json.loads(dump(plan, options, lineage="x"))
    for plan, options in (
        (reports.plan("名字"), PlanOptions()),
        (FRESH, PlanOptions(targets=(ADDRESS,))),
    )
)


def sealed(document: Any) -> bytes:
    """``document`` as a file whose digest is right."""
    body = {name: value for name, value in document.items() if name != "digest"}
    text = json.dumps(body, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    text = re.sub(f'"{DEEP}([0-9]+)"', lambda n: "[" * int(n[1]) + "]" * int(n[1]), text)
    text = re.sub(f'"{LONG}([0-9]+)"', lambda n: "9" * int(n[1]), text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f'{text[:-1]},"digest":"sha256:{digest}"}}'.encode()


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value inside."""
    if path:
        yield path
    if isinstance(value, dict | list):
        items: Any = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            yield from paths(inner, (*path, key))


def at(document: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        document = document[key]
    return document


@st.composite
def hostile(draw: st.DrawFn) -> Any:
    """A saved plan with up to three values that are odd, missing, doubled, renamed or moved."""
    honest = draw(st.sampled_from(HONEST))
    changed = copy.deepcopy(honest)
    for _ in range(draw(st.integers(1, 3))):
        ways = [path for path in paths(changed) if path != ("digest",)]
        *way, last = draw(st.sampled_from(ways))
        place = at(changed, tuple(way))
        deed = draw(
            st.sampled_from(["odd", "odd", "odd", "missing", "doubled", "renamed", "moved"])
        )
        if deed == "missing":
            del place[last]
        elif deed == "doubled" and isinstance(place, list):
            place.append(copy.deepcopy(place[last]))
        elif deed == "renamed" and isinstance(place, dict):
            place[f"{last}2"] = place.pop(last)
        elif deed == "moved":
            place[last] = copy.deepcopy(at(honest, draw(st.sampled_from(list(paths(honest))))))
        else:
            place[last] = copy.deepcopy(draw(st.sampled_from(ODD)))
    return changed


def refusal(error: SmsopsError) -> str:
    """The words of an error that a person can read to its end."""
    assert error.exit in (Exit.ERROR, Exit.STALE)
    assert error.hint
    said = sanitise.terminal(error.message, multiline=True)
    said.encode()
    assert max(map(len, said.splitlines())) < 1000
    return said


def read(body: bytes) -> None:
    """Everything that ``show`` and ``apply FILE`` do with a file before they call anybody."""
    try:
        saved = load(body, source="plan.out")
    except SmsopsError as error:
        refusal(error)
        return
    try:
        agreement = agree(saved, FRESH, lineage="x")
    except StalePlan as error:
        refusal(error)
    else:
        # A file can veto; whatever it asks for, only fresh steps run, and each once.
        assert all(step in FRESH.steps for step in agreement.steps)
        assert len(set(map(id, agreement.steps))) == len(agreement.steps)
    try:
        plan = plan_of(saved)
    except SmsopsError as error:
        refusal(error)
        return
    for format in FORMATS:
        takes = seconds(plan, RESOURCES, lambda action: rate(action, {}))
        shown = render(plan, format, seconds=takes, colour=False, ci=True)
        shown.encode()
        assert sanitise._UNSAFE.search(shown) is None, format
        assert obeyed(shown) == []


@given(document=hostile())
@example(document={**HONEST[0], "notes": ["@deep960"]})
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_well_sealed_plan_file_of_any_content_is_refused_or_rendered(document: Any) -> None:
    if isinstance(document, dict):
        read(sealed(document))


@pytest.mark.parametrize("document", HONEST)
def test_honest_plans_pass_everything(document: Any) -> None:
    """What is tried above is more than refusals."""
    assert plan_of(load(sealed(document), source="plan.out")).steps


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_an_odd_value_in_any_place_is_refused_or_rendered(odd: Any) -> None:
    """Each odd value in each place where a scalar is, one at a time."""
    honest = HONEST[1]
    for path in paths(honest):
        if isinstance(at(honest, path), dict | list) or path == ("digest",):
            continue
        *way, last = path
        document = json.loads(json.dumps(honest))
        at(document, tuple(way))[last] = odd
        read(sealed(document))


@pytest.mark.parametrize("name", ["notes", "account_id", "format_version", "lineage", "options"])
def test_nesting_of_any_depth_is_refused(name: str) -> None:
    """By the decoder, by the encoder that checks the digest, or by whoever would spell it out:
    their limits are not the same.
    """
    for depth in (100, *range(600, 1050)):
        body = sealed({**HONEST[1], name: f"{DEEP}{depth}"})
        with pytest.raises(SmsopsError) as caught:
            agreed_and_parsed(body)
        assert refusal(caught.value)


def agreed_and_parsed(body: bytes) -> None:
    saved = load(body, source="plan.out")
    agree(saved, FRESH, lineage="x")
    plan_of(saved)


def test_escaped_characters_in_any_depth_raise_nothing_else() -> None:
    """They are looked at twice, and the second look has limits of its own."""
    for depth in range(600, 1050):
        body = f'{"[" * depth}"\\ud83d\\ude00"{"]" * depth}'.encode()
        with suppress(ValueError):
            loads(body, most=len(body))


def test_a_text_that_pretends_to_be_an_image_is_a_text() -> None:
    """Only a whole digest is shown as it is: a reply or a content may begin like one."""
    digest = "sha256:" + "0123456789abcdef" * 4
    assert value(digest) == "image sha256:0123456789ab"
    assert value("sha256:\x1b[2J") == r'"sha256:\x1b[2J"'
    assert value(f"{digest}0") == f'"{digest}0"'


def test_a_step_that_stands_there_twice_is_refused() -> None:
    """It would be run twice: two Adds for one wish."""
    document = copy.deepcopy(HONEST[1])
    [row] = document["resource_changes"]
    document["resource_changes"].append(copy.deepcopy(row))
    with pytest.raises(StalePlan, match="resource_changes"):
        load(sealed(document), source="plan.out")


@pytest.mark.parametrize(
    ("path", "value", "word"),
    [
        (("region",), "ap\x1b[2J", "is not a region"),
        (("resource_changes", 0, "smsops", "changed", 0, "field"), "\x1b[2J", "has no field"),
        (("resource_changes", 0, "smsops", "changed", 0, "field"), "signName", "has no field"),
        (("resource_changes", 0, "smsops", "unverifiable"), ["::error::x"], "has no field"),
    ],
)
def test_what_is_printed_as_it_is_can_only_be_ours(
    path: tuple[Any, ...], value: object, word: str
) -> None:
    """Names of fields and of regions pass no sanitiser: nothing else may stand in their place."""
    document = copy.deepcopy(HONEST[1])
    at(document, path[:-1])[path[-1]] = value
    with pytest.raises(SmsopsError, match=word):
        plan_of(load(sealed(document), source="plan.out"))


@pytest.mark.parametrize("name", ["account_id", "region", "lineage", "format_version"])
@pytest.mark.parametrize("value", [[], {"a": 1}, 7, True])
def test_what_the_file_is_about_is_checked(name: str, value: object) -> None:
    """Before it is compared with anything, or spelled out in a message."""
    with pytest.raises(SmsopsError) as caught:
        load(sealed({**HONEST[1], name: value}), source="plan.out")
    assert caught.value.exit is (Exit.ERROR if name == "format_version" else Exit.STALE)


@pytest.mark.parametrize("name", ["targets", "replace", "promote", "not_renamed"])
@pytest.mark.parametrize(
    "value", [["queue.x"], [7], ["sign"], "sign.acme", [["sign.acme"]], [None]]
)
def test_stored_addresses_are_checked(name: str, value: object) -> None:
    document = copy.deepcopy(HONEST[1])
    document["options"][name] = value
    with pytest.raises(StalePlan, match="options") as caught:
        load(sealed(document), source="plan.out")
    assert "Make the plan again" in caught.value.hint
