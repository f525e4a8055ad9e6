"""``smsops output`` for programs: from the state alone, some addresses, and as source code."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from smsops.render import constants
from tests.support.project import Project

#: Texts that mean something to a compiler, a terminal or a runner.
NASTY = 'a"b\\c\n艾\u202e𝄞\u2028\\u0022*/ ##[error]x ::set-output $x `y` ${z} section_start:1'
DOCUMENT = {
    "format_version": "1.0",
    "outputs": {
        "sign.acme": {"sign_id": 7, "sign_name": NASTY, "review": "active"},
        "template.login-code": {"template_id": 1110, "parameter_count": 2, "review": "active"},
    },
}


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
    return done.stdout.decode()


def needs(program: str) -> str:
    found = shutil.which(program)
    return found or pytest.skip(f"there is no {program} here")


# -- from the state -------------------------------------------------------------------------------


def unplugged(project: Project) -> Project:
    """The project with the state of its emulator, without an emulator and without credentials."""
    state = project.root / ".smsops"
    (state / "emulator-state.json").rename(state / "state.json")
    (state / "emulator.json").unlink()
    return Project(project.root, options=())


def test_the_state_alone_gives_the_same(
    applied_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In every format, an object among them that no manifest declares: nothing was ever submitted
    of it. No socket is opened, no key is looked for.
    """
    seeds = applied_project.root / "seeds.json"
    seeds.write_text('[{"kind": "sign", "id": 77, "signName": "别处的名", "status": 0}]', "utf-8")
    assert applied_project("emulator", "seed", str(seeds)).code == 0
    assert applied_project("import", "sign.odd", "77").code == 0
    formats = ("json", "dotenv", "yaml", *constants.FORMATS)
    asked = {format: applied_project("output", "--format", format).out for format in formats}
    project = unplugged(applied_project)

    def refuse(*_: Any) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr("socket.socket.connect", refuse)
    for format in formats:
        ran = project("output", "--from-state", "--format", format)
        assert (ran.code, ran.out) == (0, asked[format]), ran.err
    assert project("output").code == 4


def test_a_state_of_another_account_is_refused(applied_project: Project) -> None:
    project = unplugged(applied_project)
    ran = project("--account-id", "100000000009", "output", "--from-state")
    assert (ran.code, ran.out) == (4, "")
    assert "belongs to account 100000000001, and account 100000000009 was expected" in ran.err


def test_a_lost_state_is_no_empty_file(project: Project) -> None:
    ran = Project(project.root, options=())("output", "--from-state")
    assert ran.code == 1
    assert "nothing is recorded" in ran.err


def test_a_promotion_is_seen_and_a_held_one_stops_the_gate(applied_project: Project) -> None:
    file = applied_project.root / "ids.ts"
    options = ("output", "--from-state", "--format", "typescript")
    file.write_text(applied_project(*options).out, "utf-8")
    assert applied_project(*options, "--check", str(file)).code == 0
    applied_project.template(content="验证码{1}，{2}分钟内有效。")
    applied_project.apply()
    applied_project.approve()
    applied_project.apply()
    held = applied_project(*options, "--check", str(file))
    assert (held.code, "apply --promote template.t0" in held.err) == (2, True)
    assert applied_project(*options, "sign.acme", "--check", str(file)).code == 2  # another file
    sign = applied_project.root / "sign.ts"
    sign.write_text(applied_project(*options, "sign.acme").out, "utf-8")
    assert applied_project(*options, "sign.acme", "--check", str(sign)).code == 0  # not held
    applied_project("apply", "--auto-approve", "--promote", "template.t0")
    stale = applied_project(*options, "--check", str(file))
    assert stale.code == 2
    assert "TEMPLATE_T0_ID, TEMPLATE_T0_PARAMS: changed" in stale.err
    assert "--from-state" in stale.err  # in the command that writes it again


# -- some addresses -------------------------------------------------------------------------------


def test_named_addresses_are_all_that_is_printed(applied_project: Project) -> None:
    ran = applied_project("output", "template.t0", "--format", "dotenv")
    assert ran.code == 0
    assert ran.out == "SMSOPS_TEMPLATE_T0_ID=1110\nSMSOPS_TEMPLATE_T0_PARAMS=1\n"
    document = applied_project("output", "sign.acme").json()
    assert list(document["outputs"]) == ["sign.acme"]


def test_what_was_asked_for_and_is_not_there_is_an_error(applied_project: Project) -> None:
    unknown = applied_project("output", "template.typo")
    assert (unknown.code, unknown.out) == (64, "")
    for kind, said in (("probe", "here it is about objects of the account"), ("x", "no kind x")):
        other = applied_project("output", f"{kind}.login")
        assert (other.code, said in other.err) == (64, True)
    assert "template.typo: no manifest declares it" in unknown.err
    applied_project.template("t1", "您的取件码是{1}。")
    undone = applied_project("output", "template.t1")
    assert (undone.code, undone.json()["outputs"]) == (1, {})
    assert "Error: 1 declared is not recorded" in undone.err
    beside = applied_project("output", "template.t0")
    assert (beside.code, "Warning: 1 declared is not recorded" in beside.err) == (0, True)
    applied_project.apply()
    young = applied_project("output", "template.t1", "sign.acme")
    assert (young.code, list(young.json()["outputs"])) == (1, ["sign.acme"])
    assert "Error: never active so far: template.t1" in young.err
    unasked = applied_project("output")
    assert (unasked.code, "Error" in unasked.err) == (0, False)


# -- as source code -------------------------------------------------------------------------------


def test_python_says_what_was_recorded(tmp_path: Path) -> None:
    file = tmp_path / "sms.py"
    file.write_text(constants.python(DOCUMENT), "utf-8")
    names: dict[str, Any] = {}
    exec(compile(file.read_text("utf-8"), str(file), "exec"), names)
    assert names["SIGN_ACME_NAME"] == NASTY
    assert (names["TEMPLATE_LOGIN_CODE_ID"], names["TEMPLATE_LOGIN_CODE_PARAMS"]) == ("1110", 2)
    run(sys.executable, "-m", "mypy", "--strict", file, cwd=tmp_path)


def test_java_says_what_was_recorded(tmp_path: Path) -> None:
    """Whatever encoding the compiler expects."""
    javac, java = needs("javac"), needs("java")
    place = tmp_path / "com" / "acme"
    place.mkdir(parents=True)
    (place / "Sms.java").write_text(constants.java(DOCUMENT, "com.acme.Sms"), "ascii")
    (tmp_path / "Main.java").write_text(
        "import com.acme.Sms;\n"
        "class Main { public static void main(String[] a) throws Exception {\n"
        '  String all = Sms.SIGN_ACME_NAME + "|" + Sms.TEMPLATE_LOGIN_CODE_ID + "|";\n'
        "  System.out.write((all + (Sms.TEMPLATE_LOGIN_CODE_PARAMS + 1)).getBytes"
        '("UTF-8")); System.out.flush(); } }\n',
        "ascii",
    )
    run(javac, "-encoding", "ASCII", "Main.java", "com/acme/Sms.java", cwd=tmp_path)
    assert run(java, "-cp", ".", "Main", cwd=tmp_path) == f"{NASTY}|1110|3"


def test_typescript_refuses_a_wrong_number_of_parameters(tmp_path: Path) -> None:
    """At compile time; and what is left without types says what was recorded."""
    from tests.cli.typescript import compiler

    tsc = compiler()
    (tmp_path / "sms.ts").write_text(constants.typescript(DOCUMENT), "utf-8")
    use = (
        'import * as sms from "./sms.js";\n'
        # All of the DOM that is needed here: its own types take seconds to read.
        "declare const console: { log(text: string): void };\n"
        "const params: sms.Params<typeof sms.TEMPLATE_LOGIN_CODE_PARAMS> = PARAMS;\n"
        "console.log(JSON.stringify([sms.SIGN_ACME_NAME, sms.TEMPLATE_LOGIN_CODE_ID, params]));\n"
    )
    options = (
        *("--strict", "--erasableSyntaxOnly", "--module", "node16", "--target", "es2022"),
        *("--lib", "es2022", "--skipDefaultLibCheck", "--pretty", "false"),
    )
    (tmp_path / "package.json").write_text('{"type": "module"}', "utf-8")
    (tmp_path / "use.ts").write_text(use.replace("PARAMS;", '["1", "5"];'), "utf-8")
    (tmp_path / "wrong.ts").write_text(use.replace("PARAMS;", '["1"];'), "utf-8")
    with pytest.raises(AssertionError) as refused:
        run(*tsc, *options, "use.ts", "wrong.ts", cwd=tmp_path)
    said = [line for line in str(refused.value).splitlines() if "error TS" in line]
    assert [line.partition(":")[0] for line in said] == ["wrong.ts(3,7)"]
    assert "error TS2322" in said[0]
    assert json.loads(run(needs("node"), "use.js", cwd=tmp_path)) == [NASTY, "1110", ["1", "5"]]


@pytest.mark.parametrize("format", ["typescript", "python", "java", "configmap"])
@pytest.mark.parametrize("kinds", ["sign template", "sign", ""])
def test_a_comment_names_nothing_that_is_not_in_the_file(format: str, kinds: str) -> None:
    """Somebody copies it from there."""
    outputs = {
        address: output
        for address, output in DOCUMENT["outputs"].items()  # type: ignore[attr-defined]
        if address.split(".")[0] in kinds.split()
    }
    text = constants.FORMATS[format]({"outputs": outputs})
    words = re.compile(r"\b(?:SMSOPS_)?(?:SIGN|TEMPLATE)_[A-Z0-9_]+\b")
    comments = re.findall(r"^(?://|/\*\*|#|\"\"\").*", text, re.MULTILINE)
    named = {name for comment in comments for name in words.findall(comment)}
    assert named <= set(words.findall("".join(set(text.splitlines()) - set(comments))))
    assert named == ({"TEMPLATE_LOGIN_CODE_PARAMS"} if (format, kinds) == TYPED else set())


TYPED = ("typescript", "sign template")


def test_a_configmap_holds_texts(tmp_path: Path) -> None:
    document = {"outputs": {**DOCUMENT["outputs"], "sign.acme": {"sign_name": "no"}}}  # type: ignore[dict-item]
    found = yaml.safe_load(constants.configmap(document, "sms"))
    assert found == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "sms"},
        "data": {
            "SMSOPS_SIGN_ACME_NAME": "no",
            "SMSOPS_TEMPLATE_LOGIN_CODE_ID": "1110",
            "SMSOPS_TEMPLATE_LOGIN_CODE_PARAMS": "2",
        },
    }


@pytest.mark.parametrize("format", ["typescript", "python", "java"])
def test_a_literal_commands_nobody(format: str) -> None:
    from smsops.text import sanitise

    text = constants.FORMATS[format](DOCUMENT)
    assert sanitise.terminal(text, ci=True, multiline=True) == text


@pytest.mark.parametrize(
    ("format", "name", "said"),
    [
        ("java", "com.acme.class", "name of a Java class"),
        ("java", "Sms;x", "name of a Java class"),
        ("java", "a..B", "name of a Java class"),
        ("configmap", "Sms", "name of a ConfigMap"),
        ("configmap", "a\nb", "name of a ConfigMap"),
        ("python", "sms", "--name is for --format java and configmap"),
    ],
)
def test_a_name_that_cannot_be_one_is_refused(
    applied_project: Project, format: str, name: str, said: str
) -> None:
    ran = applied_project("output", "--format", format, "--name", name)
    assert (ran.code, ran.out) == (64, "")
    assert said in ran.err


@pytest.mark.parametrize(
    ("format", "name", "line"),
    [
        ("java", ("--name", "com.acme.Sms"), "package com.acme;"),
        ("java", (), "public final class SmsOutputs {"),
        ("configmap", ("--name", "sms"), "  name: sms"),
        ("configmap", (), "  name: smsops-outputs"),
    ],
)
def test_a_name_stands_in_the_file(
    applied_project: Project, format: str, name: Sequence[str], line: str
) -> None:
    ran = applied_project("output", "--format", format, *name)
    assert ran.code == 0
    assert line in ran.out.splitlines()
