"""``output --check``: whether a committed file is what ``output`` prints now."""

from __future__ import annotations

import pytest

from smsops.render import constants, outputs
from smsops.render.output_check import stale
from tests.support.project import Project

RENDER = {
    "json": outputs.json,
    "dotenv": outputs.dotenv,
    "yaml": outputs.yaml,
    **constants.FORMATS,
}
FORMATS = tuple(RENDER)
LOGIN = {"template_id": 1110, "parameter_count": 1, "review": "active"}
CONSTANTS = ("TEMPLATE_LOGIN_ID", "SIGN_ACME_NAME", "TEMPLATE_LOGIN_PARAMS")
VARIABLES = tuple(f"SMSOPS_{name}" for name in CONSTANTS)
ADDRESSES = ("template.login", "sign.acme")
#: Name of template.login in each format, of the sign, and what else goes with the template.
NAMES: dict[str, tuple[str, ...]] = {
    "json": ADDRESSES,
    "dotenv": VARIABLES,
    "yaml": ADDRESSES,
    "typescript": CONSTANTS,
    "python": CONSTANTS,
    "java": CONSTANTS,
    "configmap": VARIABLES,
}


def printed(format: str, **changes: object) -> str:
    acme = {"sign_id": 7, "sign_name": "艾克米", "review": "active"}
    there = {"template.login": LOGIN, "sign.acme": acme, **changes}
    kept = {name: value for name, value in there.items() if value is not None}
    return RENDER[format]({"format_version": "1.0", "outputs": kept})


def reasons(now: str, found: bytes, format: str) -> list[str]:
    return [str(reason) for reason in stale(now, found, format)]


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_that_is_as_printed_is_not_stale(format: str) -> None:
    text = printed(format)
    assert list(stale(text, text.encode(), format)) == []
    assert list(stale(text, text.replace("\n", "\r\n").encode(), format)) == []


@pytest.mark.parametrize("format", FORMATS)
def test_a_stale_file_names_what_differs(format: str) -> None:
    login, acme, *more = NAMES[format]
    now = printed(format)
    promoted = printed(format, **{"template.login": {**LOGIN, "template_id": 1109}})
    assert reasons(now, promoted.encode(), format) == [f"{login}: changed"]
    assert reasons(now, printed(format, **{"sign.acme": None}).encode(), format) == [
        f"{acme}: missing"
    ]
    less = printed(format, **{"template.login": None})
    assert reasons(less, now.encode(), format) == [
        f"{', '.join((login, *more))}: not an output any more"
    ]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "body", [b"", b"stale", b"\xff\xfe", b"[]", b"{", b'{"outputs": 7}', b"[" * 5000, b"\x00" * 9]
)
def test_a_file_of_any_content_is_stale(format: str, body: bytes) -> None:
    assert reasons(printed(format), body, format) == [f"it is not what --format {format} prints"]


@pytest.mark.parametrize("written", ["typescript", "python", "java", "configmap"])
def test_a_file_of_another_format_says_so(written: str) -> None:
    """The command that the message above names would write it over."""
    found = reasons(printed("json"), printed(written).encode(), "json")
    assert found == [f"it was written with --format {written}: name that"]


def test_the_same_values_in_another_spelling_are_stale() -> None:
    """Whoever compares bytes would call it stale as well."""
    text = printed("json")
    found = reasons(text, text.replace("  ", "").encode(), "json")
    assert found == ["it is not what --format json prints"]


def test_many_names_are_counted() -> None:
    some = {f"template.t{number:02}": LOGIN for number in range(12)}
    [reason] = reasons(printed("json", **some), printed("json").encode(), "json")
    assert reason.endswith("template.t09 and 2 more: missing")


def test_a_promotion_makes_a_committed_file_stale(applied_project: Project) -> None:
    """The name is on stderr, with the command that was used; stdout stays empty."""
    file = applied_project.root / "ids.env"
    options = ("--format", "dotenv", "--all")
    file.write_text(applied_project("output", *options).out, "utf-8")
    assert applied_project("output", *options, "--check", str(file)).code == 0
    applied_project.template(content="验证码{1}，请勿泄露。")
    assert applied_project("apply", "--auto-approve").code == 0
    applied_project.review("template", 1111, "approved")
    assert applied_project("apply", "--auto-approve").code == 0
    ran = applied_project("output", *options, "--check", str(file))
    assert (ran.code, ran.out) == (2, "")
    assert "  SMSOPS_TEMPLATE_T0_ID: changed" in ran.err.splitlines()
    assert "`smsops output --format dotenv --all -C " in ran.err


def test_a_held_promotion_says_that_the_ids_are_about_to_switch(applied_project: Project) -> None:
    """The file is right and its callers are not ready: exit 2; ``wait`` and ``status`` agree."""
    file = applied_project.root / "ids.json"
    file.write_text(applied_project("output").out, "utf-8")
    applied_project.template(content="验证码{1}，{2}分钟内有效。")
    assert applied_project("apply", "--auto-approve").code == 0
    assert applied_project("output", "--check", str(file)).code == 0
    applied_project.review("template", 1111, "approved")
    assert applied_project("apply", "--auto-approve").code == 0
    ran = applied_project("output", "--check", str(file))
    assert (ran.code, ran.out) == (2, "")
    assert "is stale" not in ran.err
    assert "up to date" not in ran.err
    assert (
        f"`smsops apply --promote template.t0 -C {applied_project.root} --emulator` switches"
        in ran.err
    )
    status, waited = applied_project("status"), applied_project("wait", "--timeout", "0s")
    assert (status.code, waited.code) == (0, 0)
    for said in (status.out, waited.err):
        assert "held: parameters 1 -> 2" in said
        assert "--promote template.t0" in said
        assert "promotes it" not in said

    assert applied_project("apply", "--auto-approve", "--promote", "template.t0").code == 0
    switched = applied_project("output", "--check", str(file))
    assert switched.code == 2
    assert "template.t0: changed" in switched.err


def test_names_in_a_file_cannot_command_a_runner(applied_project: Project) -> None:
    """It stays on its line, and nothing in it is obeyed."""
    file = applied_project.root / "ids.json"
    applied_project.environment["CI"] = "true"
    file.write_text('{"outputs": {"\\u001b[2J\\n::error::x": 1}}', "utf-8")
    ran = applied_project("output", "--check", str(file))
    assert ran.code == 2
    assert "\x1b" not in ran.err
    assert [line for line in ran.err.splitlines() if "error" in line] == [
        r"  \x1b[2J\n::error::x: not an output any more"
    ]


def test_a_held_rollback_is_said_by_everything_that_looks(applied_project: Project) -> None:
    """No successor shows it: the superseded object would come back with another id."""
    applied_project.template(content="验证码{1}，{2}分钟内有效。")
    applied_project("apply", "--auto-approve")
    applied_project.approve()
    applied_project("apply", "--auto-approve", "--promote", "template.t0")
    applied_project.template()
    assert "parameters 2 -> 1" in applied_project("apply", "--auto-approve").out
    file = applied_project.root / "ids.json"
    file.write_text(applied_project("output").out, encoding="utf-8")

    checked = applied_project("output", "--check", str(file))

    assert checked.code == 2
    assert "`smsops apply --promote template.t0" in checked.err
    assert "template.t0 held: parameters 2 -> 1" in applied_project("status").err
    waited = applied_project("wait", "--timeout", "0s")
    assert waited.code == 0
    assert "template.t0 held: parameters 2 -> 1" in waited.err
    applied_project("apply", "--auto-approve", "--promote", "template.t0")
    assert "held" not in applied_project("status").err
