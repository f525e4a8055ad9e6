"""``smsops explain`` as it is typed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest

from smsops.cli import main
from smsops.cli.context import Context
from smsops.errors import Exit
from smsops.explain import Category, catalogue
from smsops.manifests import schemas
from smsops.render.explain import HEADINGS, columns
from smsops.workspace.settings import Options


def run(*arguments: str, environment: dict[str, str] | None = None) -> int:
    return main(["explain", *arguments], context=Context(Options(), environment or {}))


def test_an_error_code_is_explained_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    """What the reader sees, to the character."""
    assert run("FailedOperation.SignIdNotExist") == Exit.OK
    output = capsys.readouterr()
    assert output.out == (
        "API error\n"
        "\n"
        "  FailedOperation.SignIdNotExist  There is no sign with this id\n"
        "    Meaning  The sign that was to be deleted does not exist.\n"
        "    Cause    It was deleted before, by an earlier run or in the console.\n"
        "    Action   Nothing to do: smsops counts the delete as done and drops the id from the "
        "state.\n"
        "    From     DeleteSmsSign\n"
    )
    assert output.err == ""


@pytest.mark.parametrize("arguments", [["-1"], ["--", "-1"], ["--format", "text", "-1"]])
def test_a_negative_code_is_a_value_not_an_option(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """It looks like an option; each category has its heading."""
    assert run(*arguments) == Exit.OK
    lines = capsys.readouterr().out.splitlines()
    headings = [line for line in lines if line and not line.startswith(" ")]
    assert headings == [str(HEADINGS[Category.REVIEW]), str(HEADINGS[Category.RECEIPT])]


def test_every_negative_code_gets_through_the_option_parser(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Receipt codes such as -100520381."""
    negative = {entry.code for entry in catalogue() if entry.code.startswith("-")}
    assert len(negative) > 100
    for code in sorted(negative)[::9]:
        assert run("--format", "json", code) == Exit.OK
        assert {entry["code"] for entry in json.loads(capsys.readouterr().out)["entries"]} == {code}


def test_receipts_that_differ_in_the_carrier_only_are_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """DB:0141 means the same for two carriers."""
    assert run("DB:0141") == Exit.OK
    output = capsys.readouterr().out
    assert output.count("Meaning") == 1
    assert "Carrier  China Mobile (移动), China Unicom (联通)\n" in output


def test_a_family_is_one_line_a_code(capsys: pytest.CaptureFixture[str]) -> None:
    """Longer codes have their title on the next line."""
    assert run("RequestLimit") == Exit.OK
    assert capsys.readouterr().out == (
        "API error\n"
        "  RequestLimitExceeded                        Too many calls a second\n"
        "  RequestLimitExceeded.GlobalRegionUinLimitExceeded\n"
        "                                              Too many calls of this account in all "
        "regions\n"
        "  RequestLimitExceeded.IPLimitExceeded        Too many calls from this address\n"
        "  RequestLimitExceeded.UinLimitExceeded       Too many calls of this account\n"
    )


def test_an_unknown_code_is_an_error_with_near_matches(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit 1, nothing on stdout, and nothing of the query reaches the terminal raw."""
    assert run("FailedOperation.MissingSignatuer\x1b[31m") == Exit.ERROR
    output = capsys.readouterr()
    assert output.out == ""
    assert "no code FailedOperation.MissingSignatuer\\x1b[31m is known" in output.err
    assert "FailedOperation.MissingSignature" in output.err.split("Did you mean")[1]


def test_a_number_in_a_pasted_line_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("8613800000123 refused") == Exit.ERROR
    assert "no code •••••••••0123 refused is known" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], [""], ["--lst"], ["-x"], ["--format", "xml", "1"]])
def test_a_wrong_command_line_is_a_usage_error(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Passing on negative numbers must not swallow misspelt options."""
    assert run(*arguments) == Exit.USAGE
    assert capsys.readouterr().out == ""


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert run(*arguments, "--format", "json") == Exit.OK
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    "arguments", [["-1"], ["FailedOperation"], ["AuthFailure"], ["OtherError"], ["--list"]]
)
def test_json_fits_its_schema(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """In every shape of an answer."""
    assert list(schemas.violations("explain", document(capsys, *arguments))) == []


def test_json_has_everything_about_an_entry(capsys: pytest.CaptureFixture[str]) -> None:
    """The keys are the contract."""
    found = document(capsys, "exit", "5")
    assert (found["format_version"], found["match"], found["family"]) == ("1.0", "exact", [])
    (entry,) = found["entries"]
    assert entry == {
        "code": "5",
        "category": "exit",
        "title": "Locked",
        "meaning": "Another run holds the lock of the state; nothing was done.",
        "cause": "A second pipeline, or the lock of a run that died (http and git backends).",
        "action": "Wait with --lock-timeout. If the holder that the message names is surely gone: "
        "`smsops state unlock ID`.",
    }
    (entry,) = document(capsys, "LimitVerifyFail")["entries"]
    assert entry["actions"][:2] == ["DescribeSmsSignList", "DescribeSmsTemplateList"]
    assert entry["common"] is False
    assert document(capsys, "IpInBlacklist")["entries"][0]["common"] is True
    assert document(capsys, "DELIVRD")["entries"][0]["carrier"] == "all carriers (三网)"
    assert document(capsys, "sign", "-1")["entries"][0]["kinds"] == ["sign"]
    family = document(capsys, "RequestLimitExceeded")["family"]
    assert family[0] == "RequestLimitExceeded.GlobalRegionUinLimitExceeded"


def test_the_list_has_every_code_and_fits_100_columns(capsys: pytest.CaptureFixture[str]) -> None:
    """So do the pages of every code that is not a receipt."""
    assert run("--list") == Exit.OK
    output = capsys.readouterr().out
    listed = {line.split("  ")[1] for line in output.splitlines() if re.match(r"  \S", line)}
    assert listed == {entry.code for entry in catalogue()}
    for code in sorted({e.code for e in catalogue() if e.category is not Category.RECEIPT}):
        assert run(code) == Exit.OK
        output += capsys.readouterr().out
    assert max(columns(line) for line in output.splitlines()) <= 100
    assert re.search(r"[^\x20-\x7e\n\u3001-\u303f\u4e00-\u9fff]", output) is None
    assert not re.search(r" $", output, re.MULTILINE)


def test_the_list_can_be_of_one_category(capsys: pytest.CaptureFixture[str]) -> None:
    """And JSON lists too."""
    assert run("--list", "qualification") == Exit.OK
    assert len(capsys.readouterr().out.splitlines()) == 7
    assert {e["category"] for e in document(capsys, "--list", "exit")["entries"]} == {"exit"}
    assert run("--list", "nonsense") == Exit.ERROR


def test_columns_counts_chinese_twice() -> None:
    """Wrapping is by what the terminal shows."""
    assert columns("资质 ok") == 7


def test_the_command_starts_quickly_and_needs_no_project() -> None:
    """None of the slow libraries is imported for a look-up in a data file."""
    program = (
        "import sys; from smsops.cli import main; code = main(['explain', 'exit', '7']);"
        "slow = {'httpx', 'jsonschema', 'deepdiff', 'rich', 'jinja2', 'asyncio', 'yaml'};"
        "print(sorted(slow & set(sys.modules)), code, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd="/"
    )
    assert done.stderr == "[] 0\n"
    assert done.stdout.startswith("Exit code of smsops\n")
