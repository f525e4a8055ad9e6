"""Problems in every format, with names and values that attack the reader."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from urllib.parse import unquote

import pytest

from smsops.errors import Problem, Severity
from smsops.manifests import schemas
from smsops.render.problems import text as render
from smsops.text.messages import T, Text

E, W, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
SOME = [
    Problem("templates/b.yaml", 3, 7, "SMS310", W, Text("no 验证码")),
    Problem("templates/b.yaml", 2, 1, "SMS302", E, Text("white space")),
    Problem("smsops.yaml", 0, 0, "SMS116", E, Text("directory gone")),
    Problem("templates/a.yaml", 9, 3, "SMS312", INFO, Text("2 segments")),
]
HOSTILE = Problem(
    "templates/\x1b]0;x\x07 a,b:c%,##[error]\udcff.yaml",
    1,
    2,
    "SMS104",
    E,
    Text("::error::x\n::add-mask::y\r##[set-env name=A]b <&>\"' \x9b31m \u202e 100%"),
)
RULES = {
    code: (f"title {code}", f"why {code}")
    for code in ("SMS104", "SMS116", "SMS302", "SMS310", "SMS312")
}


def test_text_lists_errors_first_and_counts() -> None:
    """`file:line:col: CODE message`, by position, and a closing line."""
    assert render.text(SOME) == (
        "smsops.yaml:1:1: SMS116 directory gone\n"
        "templates/b.yaml:2:1: SMS302 white space\n"
        "templates/b.yaml:3:7: SMS310 no 验证码 (warning)\n"
        "templates/a.yaml:9:3: SMS312 2 segments (info)\n"
        "2 errors, 1 warning in 2 files\n"
    )


def test_text_without_problems_says_what_was_checked() -> None:
    """Infos are listed and do not change the verdict."""
    assert render.text([], checked=T("1 sign, 5 templates")) == "OK: 1 sign, 5 templates\n"
    assert render.text([]) == "OK\n"
    assert render.text(SOME[3:], checked=T("1 template")).splitlines()[-1] == "OK: 1 template"
    assert render.text(SOME[:1]).splitlines()[-1] == "1 warning in 1 file"


def test_colour_marks_the_code_and_nothing_else() -> None:
    """Red, yellow and cyan; without the codes the text is the same."""
    coloured = render.text(SOME, colour=True)

    assert "\x1b[31mSMS302\x1b[0m" in coloured
    assert "\x1b[33mSMS310\x1b[0m" in coloured
    for escape in ("\x1b[31m", "\x1b[33m", "\x1b[36m", "\x1b[0m"):
        coloured = coloured.replace(escape, "")
    assert coloured == render.text(SOME)


def test_json_holds_every_field_and_fits_its_schema() -> None:
    """A reader gets the values as they are, also hostile ones."""
    document = json.loads(render.json([*SOME, HOSTILE]))

    assert schema_errors(document) == []
    assert document["format_version"] == "1.0"
    assert document["problems"][0] == {
        "file": "smsops.yaml",
        "line": 0,
        "column": 0,
        "code": "SMS116",
        "severity": "error",
        "message": "directory gone",
    }
    assert any(each["message"] == HOSTILE.message.plain for each in document["problems"])
    assert json.loads(render.json([])) == {"format_version": "1.0", "problems": []}


def schema_errors(document: object) -> list[str]:
    from jsonschema import Draft7Validator

    return [
        error.message for error in Draft7Validator(schemas.load("validate")).iter_errors(document)
    ]


def _unescaped(value: str) -> str:
    """What the runner makes of a property or of data."""
    for code in ("%0D", "%0A", "%3A", "%2C", "%25"):
        value = value.replace(code, unquote(code))
    return value


def test_github_annotates_each_line() -> None:
    """One command a problem; a problem of a whole file has no line."""
    assert render.github(SOME, prefix="sms/").splitlines() == [
        "::error file=sms/smsops.yaml,title=SMS116::directory gone",
        "::error file=sms/templates/b.yaml,line=2,col=1,title=SMS302::white space",
        "::warning file=sms/templates/b.yaml,line=3,col=7,title=SMS310::no 验证码",
        "::notice file=sms/templates/a.yaml,line=9,col=3,title=SMS312::2 segments",
        "2 errors, 1 warning in 2 files",
    ]
    assert render.github([], checked=T("1 sign")) == "OK: 1 sign\n"


def test_github_keeps_to_ten_of_a_level_and_lists_the_rest() -> None:
    """GitHub drops what is over the limit; the log does not."""
    many = [Problem("a.yaml", n, 1, "SMS302", E, Text(f"m{n}")) for n in range(1, 15)]
    many += [Problem("a.yaml", n, 1, "SMS310", W, Text(f"m{n}")) for n in range(1, 13)]
    lines = render.github(many).splitlines()

    assert sum(line.startswith("::error ") for line in lines) == 10
    assert sum(line.startswith("::warning ") for line in lines) == 10
    assert [line for line in lines if not line.startswith("::")] == [
        *(f"a.yaml:{n}:1: SMS302 m{n}" for n in range(11, 15)),
        *(f"a.yaml:{n}:1: SMS310 m{n} (warning)" for n in (11, 12)),
        "14 errors, 12 warnings in 1 file",
    ]


def test_github_properties_and_data_cannot_break_out() -> None:
    """One problem is one command with our properties, whatever it holds."""
    command, closing = render.github([HOSTILE]).splitlines()
    head, message = command.split("::", 2)[1:]
    properties = dict(each.split("=", 1) for each in head.removeprefix("error ").split(","))

    assert closing == "1 error in 1 file"
    assert list(properties) == ["file", "line", "col", "title"]
    assert "a,b:c%,#\\#[error]" in _unescaped(properties["file"])
    assert "\\n::add-mask::y" in _unescaped(message)
    assert "##[" not in command


def test_sarif_is_what_code_scanning_takes() -> None:
    """Rules, levels, relative URIs, unique fingerprints."""
    twice = [*SOME, HOSTILE, SOME[0]]
    document = json.loads(render.sarif(twice, RULES, prefix="sms/"))
    (run,) = document["runs"]
    results = run["results"]
    listed = run["tool"]["driver"]["rules"]

    assert document["version"] == "2.1.0"
    assert run["tool"]["driver"]["name"] == "smsops"
    assert [each["id"] for each in listed] == sorted(RULES)
    assert all(listed[each["ruleIndex"]]["id"] == each["ruleId"] for each in results)
    assert {each["level"] for each in results} == {"error", "warning", "note"}
    fingerprints = [each["partialFingerprints"]["smsops/v1"] for each in results]
    assert len(set(fingerprints)) == len(twice)
    places = [each["locations"][0]["physicalLocation"] for each in results]
    assert {"artifactLocation": {"uri": "sms/smsops.yaml"}} in places
    assert {
        "artifactLocation": {"uri": "sms/templates/b.yaml"},
        "region": {"startLine": 2, "startColumn": 1},
    } in places
    assert any("%1B" in each["artifactLocation"]["uri"] for each in places)


def test_a_fingerprint_survives_edits_above() -> None:
    """The line is not part of it: code hosts follow a finding while lines move."""
    moved = SOME[1].__class__("templates/b.yaml", 40, 1, "SMS302", E, Text("white space"))

    def print_of(problem: Problem) -> str:
        (item,) = json.loads(render.codequality([problem]))
        return str(item["fingerprint"])

    assert print_of(SOME[1]) == print_of(moved)
    assert print_of(SOME[1]) != print_of(SOME[0])


def test_codequality_is_what_gitlab_takes() -> None:
    """A list with description, check_name, fingerprint, severity and location."""
    items = json.loads(render.codequality([*SOME, SOME[0]], prefix="sms/"))

    assert items[0]["location"] == {"path": "sms/smsops.yaml", "lines": {"begin": 1}}
    assert [each["severity"] for each in items] == ["major", "major", "minor", "minor", "info"]
    assert len({each["fingerprint"] for each in items}) == 5
    assert set(items[0]) == {"check_name", "description", "fingerprint", "location", "severity"}
    assert json.loads(render.codequality([])) == []


@pytest.mark.parametrize(("strict", "failures"), [(False, 3), (True, 4)])
def test_junit_fails_what_fails_the_run(strict: bool, failures: int) -> None:
    """Warnings fail with --strict only; the XML holds whatever a problem holds."""
    root = ET.fromstring(render.junit([*SOME, HOSTILE], strict=strict))
    (suite,) = root

    assert suite.attrib["tests"] == "5"
    assert suite.attrib["failures"] == str(failures) == str(len(suite.findall(".//failure")))
    assert "<&>\"'" in str(ET.tostring(root, encoding="unicode", method="text"))


def test_junit_without_problems_has_one_passing_case() -> None:
    """Some readers refuse a suite without cases."""
    (suite,) = ET.fromstring(render.junit([]))

    assert suite.attrib["failures"] == "0"
    assert len(suite) == 1


@pytest.mark.parametrize(
    "written",
    [
        render.text([HOSTILE], ci=True),
        render.json([HOSTILE]),
        render.github([HOSTILE]),
        render.sarif([HOSTILE], RULES),
        render.codequality([HOSTILE]),
        render.junit([HOSTILE]),
    ],
    ids=["text", "json", "github", "sarif", "codequality", "junit"],
)
def test_nothing_hostile_reaches_the_log(written: str) -> None:
    """No control character, no bidi, no runner command but our own annotation."""
    written.encode()
    assert not any(character in written for character in "\x1b\x07\x9b\u202e\r")
    assert "##[" not in written
    for line in written.splitlines():
        assert not line.lstrip().startswith("::") or line.startswith("::error file=")
