"""What a person is told about a YAML mistake: where to look and what to do."""

from __future__ import annotations

import pytest

from smsops.manifests import yaml_tree

SPEC = "kind: Template\nspec:\n"


@pytest.mark.parametrize(
    ("mistake", "place", "hint"),
    [
        (
            '  content: "您的验证码\n  remark: x\n',
            (3, 12),
            "the quote that opens here is never closed",
        ),
        ("  remark: 'x\n", (3, 11), "the quote that opens here is never closed"),
        ("  content: {1}是验证码\n", (3, 12), "put a value that starts with { in quotes"),
        ("  content: 验证码: 三分钟\n", (3, 15), "put a value that contains ': ' in quotes"),
        ("  content: 您的验证码: {1}\n", (3, 17), "put a value that contains ': ' in quotes"),
        ("  content: 码：{1}。回复: {2}\n", (3, 20), "put a value that contains ': ' in quotes"),
        ("  content: 亲, {1}。回复: {2}\n", (3, 21), "put a value that contains ': ' in quotes"),
        ("  content: {1}: 验证码\n", (3, 12), "put a value that starts with { in quotes"),
        ("  content: {1}是: {2}\n", (3, 12), "put a value that starts with { in quotes"),
        ("  remark: x\n    content: {1}\n", (4, 12), "indent this line like the one that"),
        ("  content: - {1}\n", (3, 12), "put a value that starts with - in quotes"),
        ("  content:验证码\n  remark: x\n", (3, 10), "put a space after the ':'"),
        ("  remark: x\n    content: y\n", (4, 12), "indent this line like the one that"),
        ("  remark: x\n content: y\n", (4, 2), "indent this line like the one that"),
        ("  remark: x\n  - y\n", (4, 3), "indent this line like the one that"),
        ("  remark: x\n登录\n  content: y\n", (4, 1), "this line is no `key: value`"),
        ("\tremark: x\n", (3, 1), "indent with spaces, not with a tab"),
        ("\tcontent: {1}\n", (3, 1), "indent with spaces, not with a tab"),
        ("  remark: x\n\tcontent: y\n", (4, 1), "indent with spaces, not with a tab"),
        ("  remark: x, {1}\n  \tcontent: y\n", (4, 3), "indent with spaces, not with a tab"),
        ("  remark: |\n\tx\n", (4, 1), "indent with spaces, not with a tab"),
        ("  remark: @登录\n", (3, 11), "put a value that starts with @ in quotes"),
        ("  remark: %登录\n", (3, 11), "put a value that starts with % in quotes"),
        ("  remark: ]登录\n", (3, 11), "put a value that starts with ] in quotes"),
        ("  remark: *\n", (3, 11), "put a value that starts with & or * in quotes"),
        ("  remark: >登录\n", (3, 11), "put a value that starts with | or > in quotes"),
        ("  remark: [登录\nx: y\n", (3, 11), "the [ that opens here is never closed"),
        ("  remark: {登录: x\nx: y\n", (3, 11), "the { that opens here is never closed"),
        ('  remark: "登录" 时\n', (3, 16), "text follows the closing quote"),
        ('  remark: "登\\录"\n', (3, 13), "use single quotes"),
    ],
)
def test_a_mistake_is_shown_where_it_was_made_with_what_to_do(
    mistake: str, place: tuple[int, int], hint: str
) -> None:
    _, faults = yaml_tree.read((SPEC + mistake).encode())
    assert [(fault.line, fault.column, fault.code) for fault in faults] == [(*place, "SMS105")]
    assert f"; {hint}" in faults[0].message.plain
    assert faults[0].message.plain.startswith("YAML syntax: ")


def test_a_complaint_that_no_row_knows_stays_as_it_is() -> None:
    _, faults = yaml_tree.read(b"%YAML 9.9\n---\na: b\n")
    [fault] = faults
    assert (fault.line, fault.column, fault.code) == (1, 1, "SMS105")
    assert fault.message.plain == "YAML syntax: found incompatible YAML document"
