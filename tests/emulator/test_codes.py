"""Every code that the emulator answers is in the API document, for the action it answers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tencentcloud.sts.v20180813 import errorcodes

import smsops.emulator
from tests.emulator.test_sdk import MORE_ERRORS, PURPOSES, SIGN_ERRORS, TEMPLATE_ERRORS

DOCUMENTED = json.loads(
    Path(__file__).parent.parent.joinpath("explain", "documented_codes.json").read_text("utf-8")
)
PUBLIC = set(DOCUMENTED["common"])
STS = {code for name, code in vars(errorcodes).items() if name.isupper()}
ANSWERED = sorted(
    {(action, code) for action, _, code in MORE_ERRORS}
    | {(action, code) for _, code in SIGN_ERRORS for action in ("AddSmsSign", "ModifySmsSign")}
    | {
        (action, code)
        for _, code in TEMPLATE_ERRORS
        for action in ("AddSmsTemplate", "ModifySmsTemplate")
    }
    | set(PURPOSES)
)


def of_action(action: str) -> set[str]:
    return {*DOCUMENTED["actions"][action], *DOCUMENTED["newer"].get(action, ())}


@pytest.mark.parametrize(("action", "code"), ANSWERED)
def test_a_refusal_has_a_code_of_its_action(action: str, code: str) -> None:
    assert code in PUBLIC | of_action(action)


def test_no_code_is_invented() -> None:
    """Codes are found in the source by their shape, so that a new one cannot slip in."""
    used: set[str] = set()
    for file in Path(smsops.emulator.__file__).parent.glob("*.py"):
        found = re.findall(r'"((?:[A-Z][a-z]+){1,3}(?:\.[A-Z]\w+)?)"', file.read_text("utf-8"))
        used.update(code for code in found if "." in code or code in PUBLIC)
    known = PUBLIC.union(STS, *map(of_action, DOCUMENTED["actions"]))
    assert used <= known
    assert len(used) > 30
