"""Bytes that were typed, pasted or left behind where YAML needs something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from smsops.errors import Severity
from tests.support.manifests import PNG, PROJECT, SIGN, TEMPLATE, Files, load, write
from tests.support.project import Project
from tests.support.specs import template_manifest

GOOD = template_manifest()
#: The lines of a good template: apiVersion, kind, metadata, spec, templateName, content, ...
assert GOOD.splitlines()[5].startswith("  content: ")


def said(body: str | bytes, root: Path) -> list[str]:
    """``line:col CODE message`` of every error of one file."""
    found = load(root, {"templates/a.yaml": body}).problems
    return [
        f"{each.line}:{each.column} {each.code} {each.message}"
        for each in found
        if each.severity is Severity.ERROR
    ]


def replaced(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


LETTER = "is a letter to YAML; write"


@pytest.mark.parametrize(
    ("body", "place", "hint"),
    [
        (replaced("kind: ", "kind："), "2:5 SMS105", f"： (U+FF1A FULLWIDTH COLON) {LETTER} ': '"),
        (replaced("apiVersion: ", "apiVersion："), "1:11 SMS105", "： (U+FF1A"),
        (replaced("spec:", "spec："), "4:5 SMS105", "： (U+FF1A"),
        (replaced("  content: ", "  content："), "6:10 SMS105", "： (U+FF1A"),
        (
            replaced("{name: ", "｛name: "),
            "3:11 SMS105",
            "｛ (U+FF5B FULLWIDTH LEFT CURLY BRACKET)",
        ),
        (
            replaced("login}", "login｝"),
            "3:23 SMS105",
            f"｝ (U+FF5D FULLWIDTH RIGHT CURLY BRACKET) {LETTER} '}}'",
        ),
        (
            replaced("login}", "login，labels: {a: b}}"),
            "3:23 SMS105",
            f"， (U+FF0C FULLWIDTH COMMA) {LETTER} ', '",
        ),
        (
            replaced('"您的验证码是{1}。"', "“您的验证码: {1}。”"),
            "6:12 SMS105",
            f"“ (U+201C LEFT DOUBLE QUOTATION MARK) {LETTER} '\"'",
        ),
        (
            replaced("  content", "\u00a0\u00a0content"),
            "6:1 SMS105",
            "U+00A0 NO-BREAK SPACE does not indent; write plain spaces",
        ),
        (
            replaced("  templateName", "\u3000templateName"),
            "5:1 SMS105",
            "U+3000 IDEOGRAPHIC SPACE",
        ),
        (replaced("  content", " \u2003content"), "6:2 SMS105", "U+2003 EM SPACE does not indent"),
        (
            replaced("content: ", "content:\u00a0"),
            "6:11 SMS105",
            "U+00A0 NO-BREAK SPACE is no space to YAML; write a plain one",
        ),
        (replaced("  content", "\tcontent"), "6:1 SMS105", "indent with spaces, not with a tab"),
        ("———\n" + GOOD, "1:1 SMS105", "— (U+2014 EM DASH) is no '-' to YAML; write '---'"),
        ("＃ 登录\n" + GOOD, "1:1 SMS105", "＃ (U+FF03 FULLWIDTH NUMBER SIGN)"),
        (
            replaced("  content", "<<<<<<< HEAD\n  content").replace(
                "  smsType", "=======\n  content: x\n>>>>>>> theirs\n  smsType"
            ),
            "6:1 SMS105",
            "<<<<<<< was left by a merge; keep one side, and remove the lines of <<<<<<<",
        ),
        (f"{GOOD}=======\n", "9:1 SMS105", "======= was left by a merge"),
        (f"{GOOD}=======\n".replace("\n", "\r\n"), "9:1 SMS105", "======= was left by a merge"),
        (f"{GOOD}>>>>>>> theirs\n", "9:1 SMS105", ">>>>>>> was left by a merge"),
        (f"{GOOD}||||||| base\n", "9:1 SMS105", "||||||| was left by a merge"),
        (
            "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 132\n",
            "1:1 SMS113",
            "this is a pointer of Git LFS, not the file; fetch it with `git lfs pull`",
        ),
        ("<!DOCTYPE html>\n<html><body>404</body></html>\n", "1:1 SMS113", "this is a web page"),
        (
            "<!doctype html>\n<title>a: b</title>\n",
            "1:1 SMS105",
            "this is a web page (HTML or XML), not YAML; download the raw file",
        ),
        ("\n<?xml version='1.0'?>\n<a>b: c</a>\n", "1:1 SMS105", "this is a web page"),
        ("$ANSIBLE_VAULT;1.1;AES256\n6231\n", "1:1 SMS113", "this is encrypted by Ansible Vault"),
        (
            "apiVersion：smsops/v1\nkind：Template\n",
            "1:11 SMS113",
            f"： (U+FF1A FULLWIDTH COLON) {LETTER} ': '",
        ),
    ],
)
def test_a_suspicious_byte_is_named_with_what_to_write(
    body: str, place: str, hint: str, tmp_path: Path
) -> None:
    [problem] = said(body, tmp_path)
    assert problem.startswith(f"{place} ")
    assert f"; {hint}" in problem


@pytest.mark.parametrize(
    ("old", "new", "place", "hint"),
    [
        (
            "kind: Template",
            "kind: “Template”",
            "2:7 SMS110",
            f"“ (U+201C LEFT DOUBLE QUOTATION MARK) {LETTER} '\"'",
        ),
        ("verification", "“verification”", "7:12 SMS114", "“ (U+201C"),
        (
            "verification",
            "‘verification’",
            "7:12 SMS114",
            '‘ (U+2018 LEFT SINGLE QUOTATION MARK) is a letter to YAML; write "\'"',
        ),
        (
            "{name: login}",
            "｛name｝",
            "3:11 SMS113",
            f"｛ (U+FF5B FULLWIDTH LEFT CURLY BRACKET) {LETTER} '{{'",
        ),
        (
            "{name: login}",
            "{name: login, labels：x}",
            "3:25 SMS111",
            f"： (U+FF1A FULLWIDTH COLON) {LETTER} ': '",
        ),
        ("  remark", "  \u00a0remark", "8:3 SMS111", "U+00A0 NO-BREAK SPACE does not indent"),
        ("templateName: ", "templateName: #", "5:3 SMS112", "a # after a space starts a comment"),
        (
            "remark: 用户登录",
            'remark: "C:\\temp"',
            "8:11 SMS114",
            "\\t in double quotes is no backslash and a letter; use single quotes, and / in paths",
        ),
    ],
)
def test_a_value_that_breaks_the_schema_says_which_byte_does_it(
    old: str, new: str, place: str, hint: str, tmp_path: Path
) -> None:
    """YAML takes it for a letter and does not complain."""
    found = said(replaced(old, new), tmp_path)
    [problem] = [each for each in found if each.startswith(f"{place} ")]
    assert f"; {hint}" in problem


@pytest.mark.parametrize(
    ("body", "place", "hint"),
    [
        (
            PROJECT.replace("kind: Project", "kind: “Project”"),
            "2:7: SMS114",
            "“ (U+201C LEFT DOUBLE QUOTATION MARK) is a letter to YAML; write '\"'",
        ),
        (
            f"{PROJECT}  manifests:\n    -\u00a0signs\n",
            "7:5: SMS113",
            "U+00A0 NO-BREAK SPACE is no space to YAML; write a plain one",
        ),
        (
            f"{PROJECT}  manifests:\n    － signs\n",
            "7:5: SMS113",
            "－ (U+FF0D FULLWIDTH HYPHEN-MINUS) is no '-' to YAML; write '- '",
        ),
        (
            f"{PROJECT}  manifests: ［signs］\n",
            "6:14: SMS113",
            "［ (U+FF3B FULLWIDTH LEFT SQUARE BRACKET) is a letter to YAML; write '['",
        ),
        (
            f"{PROJECT}  policy: {{maxDeletes： 5, x: [1}}\n",
            "6:22: SMS105",
            "： (U+FF1A FULLWIDTH COLON) is a letter to YAML; write ': '",
        ),
    ],
)
def test_the_project_file_is_explained_too(
    body: str, place: str, hint: str, tmp_path: Path
) -> None:
    write(tmp_path, {}, project=body)
    shown = Project(tmp_path)("validate")
    assert shown.code == 3
    [line] = shown.out.splitlines()[:-1]
    assert line.startswith(f"smsops.yaml:{place} ")
    assert line.endswith(f"; {hint}")


@pytest.mark.parametrize(
    ("value", "first"),
    [
        *(("!您好", "!"), ("! 您好", "!"), ("!a 您好", "!"), ("? 您好", "?"), ("[智链]您好", "[")),
        *(
            ("[智链] 您好", "["),
            ("{name}，您好", "{"),
            ("@您好", "@"),
            ("`您好`", "`"),
            ("%您好", "%"),
        ),
        *(("&a 您好", "&"), ("*a", "*"), ("] 您好", "]"), (", 您好", ","), ("- 您好", "-")),
        *(("&您好", "& or *"), ("*您好", "& or *"), ("|您好", "| or >"), (">您好", "| or >")),
    ],
)
def test_a_value_that_needs_quotes_is_said_to(value: str, first: str, tmp_path: Path) -> None:
    """What it starts with means something to YAML."""
    [problem] = said(replaced('"您的验证码是{1}。"', value), tmp_path)
    assert problem.startswith("6:12 SMS10")
    assert f"put a value that starts with {first} in quotes" in problem


@pytest.mark.parametrize(
    ("value", "place", "hint"),
    [
        (r'"C:\Users\me"', "6:15 SMS105", r"\U in double quotes starts a code of 8 hexadecimal"),
        (
            r'"\user"',
            "6:13 SMS105",
            r"\u in double quotes starts a code of 4 hexadecimal digits; use",
        ),
        (
            r'"a\xyz"',
            "6:14 SMS105",
            r"\x in double quotes starts a code of 2 hexadecimal digits; use",
        ),
        (
            r'"\ud83d\ude00"',
            "6:15 SMS105",
            "no character has this code; write the character itself",
        ),
        (
            r'"C:\temp\me"',
            "6:20 SMS105",
            "a \\ in double quotes starts an escape; write / in paths",
        ),
        (r'"a\proof.png"', "6:14 SMS105", "write / in paths"),
        (r'"您\好"', "6:14 SMS105", "a \\ in double quotes starts an escape; use single quotes"),
        (
            r'"C:\bin"',
            "6:12 SMS104",
            "an escape in double quotes makes U+0008, which is not allowed; remove it, or use "
            "single quotes, and / in paths",
        ),
    ],
)
def test_backslashes_in_double_quotes(value: str, place: str, hint: str, tmp_path: Path) -> None:
    [problem] = said(replaced('"您的验证码是{1}。"', value), tmp_path)
    assert problem.startswith(f"{place} ")
    assert hint in problem


def test_a_path_with_backslashes_names_the_one_with_slashes(tmp_path: Path) -> None:
    sign = SIGN.replace("proof.png", r"proofs\license.png")
    files: Files = {"signs/a.yaml": sign, "signs/proofs/license.png": PNG}
    [problem] = load(tmp_path, files).problems
    assert problem.code == "SMS208"
    assert problem.message.plain.endswith("did you mean 'proofs/license.png'?")


def test_a_path_whose_backslash_became_a_line_break_is_explained(tmp_path: Path) -> None:
    files: Files = {"signs/a.yaml": SIGN.replace("proof.png", r'"proofs\new.png"')}
    [problem] = load(tmp_path, files).problems
    assert problem.code == "SMS114"
    assert problem.message.plain.endswith("use single quotes, and / in paths")


@pytest.mark.parametrize(
    ("body", "place", "hint"),
    [
        (
            GOOD.encode("utf-16"),
            "1:1 SMS103",
            "this is UTF-16, as its first bytes say (FF FE); save the file as UTF-8",
        ),
        (
            b"\xfe\xff" + GOOD.encode("utf-16-be"),
            "1:1 SMS103",
            "this is UTF-16, as its first bytes say (FE FF)",
        ),
        (
            GOOD.encode("utf-32"),
            "1:1 SMS103",
            "this is UTF-32, as its first bytes say (FF FE 00 00)",
        ),
        (GOOD.encode("utf-16-le"), "1:1 SMS103", "this is UTF-16 or binary"),
        (
            GOOD.encode("gbk"),
            "5:17 SMS103",
            "byte 0xb5 is not UTF-8 but GBK, as the rest of the file; save the file as UTF-8 "
            "(iconv -f GBK -t UTF-8)",
        ),
        (
            b"kind: Template # caf\xe9\n",
            "1:21 SMS103",
            "byte 0xe9 is not UTF-8; save the file as UTF-8",
        ),
        (GOOD.encode() + b"# \xff\xfe\xff\n", "9:3 SMS103", "byte 0xff is not UTF-8; save"),
        (PNG, "1:1 SMS103", "this is a PNG image, not a manifest"),
        (b"\xff\xd8\xff\xe0", "1:1 SMS103", "this is a JPEG image"),
        (b"\0\0\xfe\xff" + GOOD.encode("utf-32-be"), "1:1 SMS103", "this is UTF-32, as its"),
        (b"%PDF-1.7\n", "1:1 SMS103", "this is a PDF document, not a manifest"),
        (b"\x1f\x8b\x08\0", "1:1 SMS103", "this is a gzip archive, not a manifest; unpack it"),
        (b"PK\x03\x04\x14\0", "1:1 SMS103", "this is a ZIP archive (.zip, .xlsx, .docx)"),
        (b"\0GITCRYPT\0abc", "1:1 SMS103", "this is encrypted by git-crypt; unlock the repository"),
        (
            GOOD.encode() + b"\xef\xbb\xbf---\n",
            "9:1 SMS104",
            "character U+FEFF ZERO WIDTH NO-BREAK SPACE is not allowed; remove it",
        ),
    ],
)
def test_files_that_are_not_utf_8(body: bytes, place: str, hint: str, tmp_path: Path) -> None:
    assert said(body, tmp_path)[0].startswith(f"{place} {hint}")


def test_a_byte_order_mark_at_the_start_is_fine(tmp_path: Path) -> None:
    assert said(b"\xef\xbb\xbf" + GOOD.encode(), tmp_path) == []


# -- nothing to hint at ------------------------------------------------------------------------

#: Values in which every suspicious byte is meant: its writer would be led astray.
MEANT = [
    *(
        "“登录”：用户",
        "｛登录｝",
        "［登录］，",
        "\u2014\u2014登录",
        "App：登录",
        "＃登录",
        "\\登录\\n",
    ),
    *(
        '"a\\u4f60\\"b"',
        "'C:\\Users'",
        ">-\n    “登录”\n    app：登录",
        "|-\n    - 登录\n    app：x",
    ),
    *('"version https://git-lfs.github.com/"', '"<html>"', "|-\n    =======\n    <html>"),
    "|-\n    <<<<<<< a\n    =======\n    >>>>>>> b",
]


@pytest.mark.parametrize("value", MEANT)
def test_a_file_without_errors_gets_no_hint(value: str, tmp_path: Path) -> None:
    body = template_manifest(remark=value)
    found = load(tmp_path, {"templates/a.yaml": body}).problems
    assert [each for each in found if each.severity is Severity.ERROR] == []
    assert not any("YAML" in each.message.plain for each in found)


@pytest.mark.parametrize("value", MEANT)
def test_an_error_elsewhere_gets_no_hint_about_what_is_meant(value: str, tmp_path: Path) -> None:
    """In the schema before and after it, and in the grammar two lines below."""
    body = template_manifest(remark=value)
    for old, new, count in (
        ("verification", "nothing", 1),
        ("kind: Template", "kind: Templat", 1),
        ("spec:\n", "spec:\n  unknown: x\n", 1),
    ):
        found = said(body.replace(old, new), tmp_path)
        assert len(found) == count
        assert "YAML" not in found[0]
    [problem] = said(f"{body}lifecycle: {{}}\nlabels: [x\n", tmp_path)
    assert "[ that opens here is never closed" in problem


def test_the_hints_pass_through_the_command_line(project: Project) -> None:
    (project.root / "templates/b.yaml").write_text(TEMPLATE.replace("spec:", "spec："), "utf-8")
    shown = project("validate", "--format", "concise")
    assert shown.code == 3
    assert (
        "templates/b.yaml:4:5: SMS105 YAML syntax: while scanning a simple key, could not find "
        "expected ':'; ： (U+FF1A FULLWIDTH COLON) is a letter to YAML; write ': '"
    ) in shown.out
