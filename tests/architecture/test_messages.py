"""Messages are lazy: no error is built from a finished sentence, and no language reaches JSON."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from smsops import errors, lint
from smsops.errors import SmsopsError, StateError
from smsops.manifests.load import load_manifests, load_project
from smsops.render.problems import text as problems
from smsops.text.messages import T, speak
from tests.architecture.code import Module, modules
from tests.support.manifests import write
from tests.support.project import Project

RULES = {rule.code: (rule.title.plain, rule.explanation.plain) for rule in lint.RULES}

#: Errors whose arguments are parts of a message that they put together, and those of other modules.
CONSTRUCTORS = frozenset(
    name
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, SmsopsError)
) | {"Unbindable", "NotThere", "UnknownCode", "FileRefused", "FileMissing", "FileTooLarge"}

#: What takes a problem of a manifest: its message stands anywhere among the arguments.
PROBLEMS = frozenset(
    {
        *("Problem", "Fault", "Hint", "ImageRefused", "ImageMissing", "_problem"),
        *("problems.add", "self._problems.add", "self._fault"),
    }
)


#: What writes a line to stderr.
LOGS = frozenset({"context.log", "streams.log", "self.streams.log"})


def finished(module: Module) -> Iterator[tuple[str, int]]:
    """Errors and log lines that get a string where a message belongs: (call, line)."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        if name in PROBLEMS and module.name.startswith(("smsops.lint", "smsops.manifests")):
            if any(_sentence(each) and " " in ast.unparse(each) for each in node.args):
                yield name, node.lineno
        elif name in CONSTRUCTORS or name in LOGS:
            given = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "hint")]
            if any(_sentence(each) for each in given):
                yield name, node.lineno


def _sentence(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and bool(re.search("[A-Za-z]", node.value))
    return isinstance(node, ast.JoinedStr)


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_no_error_and_no_log_line_gets_a_finished_sentence(module: Module) -> None:
    """It could not be translated where it is shown."""
    if module.name.startswith("smsops.emulator"):
        return  # it speaks to programs, in the words of the API
    assert list(finished(module)) == []


@pytest.mark.parametrize(
    "line",
    [
        'raise StateError("there is no state")',
        'raise StateError(f"there is no {thing}")',
        'raise StateError(T("gone"), hint="Look again.")',
        'context.log(f"Warning: {thing}")',
    ],
)
def test_a_finished_sentence_is_noticed(line: str, tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(line, "utf-8")
    [(name, number)] = finished(Module("smsops.module", path))
    assert (name in ("StateError", "context.log"), number) == (True, 1)


@pytest.mark.parametrize(
    "line",
    [
        'problems.add(name, WHOLE, "SMS101", "it is gone")',
        'Fault(1, 1, "SMS105", f"YAML syntax: {error}")',
        'Hint(place, "put it in quotes")',
    ],
)
def test_a_finished_problem_is_noticed(line: str, tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(line, "utf-8")
    module = Module("smsops.manifests.module", path)
    assert [number for _, number in finished(module)] == [1]


# -- a language that nobody speaks --------------------------------------------------------------

ACCENTS = str.maketrans("aeiouAEIOU", "áéíóúÁÉÍÓÚ")
_VALUE = re.compile(r"(\{\w+\})")


def accented(template: str) -> str:
    """``template`` with an accent on every vowel outside of its placeholders."""
    parts = _VALUE.split(template)
    return "".join(
        part if number % 2 else part.translate(ACCENTS) for number, part in enumerate(parts)
    )


@pytest.fixture
def pseudo() -> Iterator[None]:
    speak(accented)
    yield
    speak()


@pytest.mark.usefixtures("pseudo")
def test_an_error_is_shown_in_the_language_of_the_reader() -> None:
    error = StateError(T("there is no state at {place}", place="here"), hint=T("Look again."))
    assert (error.message, error.hint) == ("théré ís nó státé át here", "Lóók ágáín.")
    assert (error.message_text.plain, error.hint_text.plain) == (
        "there is no state at here",
        "Look again.",
    )
    assert str(error) == "there is no state at here", "logs and tracebacks are for developers"


def test_no_language_reaches_json(project: Project) -> None:
    commands = (("plan", "--format", "json"), ("drift", "--format", "json"))
    before = [project(*command).out for command in commands]
    saved = project.root / "a.plan"
    assert project("plan", "-o", str(saved)).code == 0
    try:
        speak(accented)
        assert [project(*command).out for command in commands] == before
        assert "nót" in project("plan", "-v").out
        applied = project("apply", str(saved), "--format", "json")
    finally:
        speak()
    assert applied.code == 0, applied.err
    assert not re.search("[áéíóú]", applied.out)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("state", "show"), "there is no state yet"),
        (("show", "nothing.plan"), "nothing.plan"),
        (("import", "template.x", "seven"), "is not an id"),
        (("plan", "--target", "template.nowhere"), "no manifest declares it"),
        (("wait", "template.nowhere"), "no manifest declares it"),
    ],
)
def test_errors_of_commands_are_translated(
    project: Project, arguments: tuple[str, ...], words: str
) -> None:
    plain = project(*arguments)
    try:
        speak(accented)
        foreign = project(*arguments)
    finally:
        speak()
    assert foreign.code == plain.code != 0
    assert words in plain.err
    assert accented(words) in foreign.err or "." in words
    assert foreign.err != plain.err


#: Among the problems of these files are all that reading raises and most that rules find.
CORPUS = Path(__file__).parent.parent / "corpus" / "yaml"


def test_problems_of_manifests_are_translated_and_their_json_is_not(tmp_path: Path) -> None:
    bodies = {path.name: path.read_bytes() for path in sorted(CORPUS.glob("*.yaml"))}
    root = write(tmp_path, {f"templates/{name}": body for name, body in bodies.items()})
    found = load_manifests(load_project(root)).problems
    before = problems.json(found), problems.sarif(found, RULES), problems.codequality(found)
    try:
        speak(accented)
        untouched = [each for each in found if str(each.message) == each.message.plain]
        after = problems.json(found), problems.sarif(found, RULES), problems.codequality(found)
        shown = problems.concise(found)
    finally:
        speak()
    assert len(found) > 100
    assert untouched == []
    assert before == after
    assert shown != problems.concise(found)
