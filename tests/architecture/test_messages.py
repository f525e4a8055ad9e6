"""Messages are lazy: no error is built from a finished sentence, and no language reaches JSON."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from smsops import errors, lint
from smsops.errors import SmsopsError, StateError
from smsops.manifests.load import load_manifests, load_project
from smsops.render.problems import text as problems
from smsops.text.messages import T
from tests.architecture.code import Module, modules
from tests.support.manifests import write
from tests.support.project import Project
from tests.support.pseudo import accented, spoken

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
    for node in module.nodes:
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


def test_no_error_and_no_log_line_gets_a_finished_sentence() -> None:
    """It could not be translated where it is shown."""
    found = {
        module.name: list(finished(module))
        for module in modules()
        if not module.name.startswith("smsops.emulator")  # speaks to programs, as the API does
    }
    assert {name: each for name, each in found.items() if each} == {}


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


# -- words that are no message --------------------------------------------------------------------

#: Which arguments of a call are templates, or the words of a command.
TEMPLATES: dict[str, tuple[int, ...]] = {"T": (0,), "N": (1, 2), "Text": (0,), "C": (0,)}
#: What is translated when it is shown: the help of a command or an option, and tables of it.
HELP = frozenset({"help", "epilog"})
HELP_TABLES = frozenset({"PURPOSES", "BEGINNINGS", "EPILOG"})
#: What only developers see, or nobody.
UNSEEN = frozenset(
    {"re.compile", "AssertionError", "ValueError", "import_module", "log.debug", "socket.gaierror"}
)
_PHRASE = re.compile(r"[A-Za-z]{2,}[,;:.]? +[A-Za-z]{2,}")
_WORD = re.compile("[A-Za-z]{2,}")
#: Markup of pages, of JUnit and of security policies is no prose.
_MARKUP = re.compile(r"</?[a-z-]+|<\?xml|[a-z]+=\"|-src '")
#: What is written with words and is no sentence: names, options, commands for a runner. Every
#: string that a module puts together, ``{}`` for a value.
NAMES = frozenset(
    {
        *("smsops.cli.commands.{}", "smsops.drift.{}", "smsops {}", "smsops --endpoint {} plan"),
        *(
            "--endpoint {}",
            "--allow-endpoint {}",
            "--ca-bundle {}",
            "--profile {}",
            "--account-id {}",
        ),
        *("state {}", "state assign", "state push", "state migrate"),  # operations, in locks
        *(", remote: {}, name: {}", "    started_at: {}"),  # fields of smsops.yaml and of a state
        *(".{}.{}.tmp", "{}.html", "ghadelimiter_{}", "smsops_{}_{}"),
        "## smsops {}",
        *("{}/TOKEN", "forward-{}.db"),  # a path of the receiver, and a file of it
        # What git says, and what is written into a repository.
        *("not our ref", "dubious ownership"),
        *("smsops: serial {}", "smsops: lock {}", "smsops: taken over by project {}, now at {}"),
        *("not read yet", "dict[str, Any]"),
    }
)


def prose(nodes: Sequence[ast.AST], *, put_together: re.Pattern[str]) -> Iterator[tuple[str, int]]:
    """Strings that hold a sentence and are no message: (what, line).

    Two words in a row in any string, and whatever ``put_together`` finds in one that is: what a
    person reads is in a template, where its values have names and a translator finds it.
    """
    messages = {id(node) for call in nodes for part in _said(call) for node in _all(part)}
    for node in nodes:
        if id(node) in messages:
            continue
        if isinstance(node, ast.JoinedStr):
            shape = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
            )
            yield from _unless_named(shape, put_together, node.lineno)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _unless_named(node.value, _PHRASE, node.lineno)


def _unless_named(text: str, words: re.Pattern[str], line: int) -> Iterator[tuple[str, int]]:
    if words.search(text) and text not in NAMES and not _MARKUP.search(text):
        yield text, line


def _all(node: ast.AST) -> Iterator[ast.AST]:
    """``node`` with everything in it, but for what a message's values are made of."""
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _all(child)


def _said(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of ``node`` that may hold words: templates, help, docstrings, what nobody sees."""
    match node:
        case ast.Expr(value=ast.Constant() as docstring):
            yield docstring
        case ast.Assert(msg=ast.AST() as message):
            yield message
        case ast.ClassDef():  # the values of enumerations are codes
            yield from (each for each in node.body if isinstance(each, ast.Assign))
        case ast.JoinedStr():
            yield from (part for part in node.values if isinstance(part, ast.Constant))
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in HELP_TABLES:
            yield value
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.AST() as value):
            if name in HELP_TABLES:
                yield value
        case ast.Call():
            name = ast.unparse(node.func)
            if name in UNSEEN:
                yield node
            chosen = TEMPLATES.get(name, ())
            yield from (part for number, part in enumerate(node.args) if number in chosen)
            yield from (each.value for each in node.keywords if each.arg in HELP)


#: Where everything that a person reads is made last.
EDGE = ("smsops.render", "smsops.cli")
#: Where messages begin.
INSIDE = (
    *("smsops.applying", "smsops.drift", "smsops.explain", "smsops.net", "smsops.planfile"),
    *("smsops.planning", "smsops.providers", "smsops.signals", "smsops.state", "smsops.strictjson"),
    "smsops.workspace",
)
#: What a runner obeys, why the table of error codes is as it is, which only developers read, and
#: source code.
FOR_NOBODY = frozenset(
    {
        "smsops.render.constants",
        "smsops.render.github.commands",
        "smsops.providers.tencent.codes",
    }
)


def within(packages: tuple[str, ...]) -> list[Module]:
    found = [module for module in modules() if module.name.startswith(packages)]
    return [module for module in found if module.name not in FOR_NOBODY]


@pytest.mark.parametrize(
    ("packages", "words"),
    [
        (EDGE, _WORD),
        # Names of files, headers and refs are put together there, too; a single word is none.
        (INSIDE, _PHRASE),
    ],
    ids=["edge", "inside"],
)
def test_every_sentence_is_a_message(packages: tuple[str, ...], words: re.Pattern[str]) -> None:
    modules = within(packages)
    found = {module.name: list(prose(module.nodes, put_together=words)) for module in modules}
    assert {name: each for name, each in found.items() if each} == {}


def test_every_name_that_is_no_sentence_is_used() -> None:
    """A list of excuses only grows, unless something empties it."""
    found = set()
    for module in within(EDGE + INSIDE):
        for node in module.nodes:
            if isinstance(node, ast.JoinedStr):
                found.add(
                    "".join(
                        str(part.value) if isinstance(part, ast.Constant) else "{}"
                        for part in node.values
                    )
                )
            elif isinstance(node, ast.Constant):
                found.add(str(node.value))
    assert NAMES - found == set()


@pytest.mark.parametrize(
    "line",
    [
        'said = f"{count} objects"',
        'said = "nothing was done"',
        'said = T("{what}", what="nothing was done")',
        "said = f\"{T('done')}: {count} blocked\"",
        'lines.append(f"    why: {reason}")',
        'said = "one object" if one else T("{count} objects")',
        'context.out("Nothing to do." + more)',
        'WORDS = {A: "not read so far"}',
    ],
)
def test_a_sentence_that_is_no_message_is_noticed(line: str) -> None:
    assert len(list(prose([*ast.walk(ast.parse(line))], put_together=_WORD))) == 1


@pytest.mark.parametrize(
    "line",
    [
        '"""What this module is about."""',
        'said = T("nothing was done to {what}", what=address)',
        'said = N(count, "{count} object left", "{count} objects left")',
        'said = C("state rm ADDR")',
        'option = click.option("--all", help="Also what is not live yet.")',
        "said = f\"    {T('why: {reason}', reason=reason)}\"",
        'said = f"<td class=\\"key\\">{value}</td>"',
        'said = f"{address}: {value}"',
        'key = "remote_id"',
        'assert found, "there is no such thing"',
        'class Status(StrEnum):\n    NOT_MADE = "not made"',
    ],
)
def test_a_message_and_a_format_are_no_violation(line: str) -> None:
    assert list(prose([*ast.walk(ast.parse(line))], put_together=_WORD)) == []


# -- a language that nobody speaks --------------------------------------------------------------


@pytest.fixture
def pseudo() -> Iterator[None]:
    with spoken():
        yield


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
    with spoken():
        assert [project(*command).out for command in commands] == before
        assert "nót" in project("plan", "-v").out
        applied = project("apply", str(saved), "--format", "json")
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
    with spoken():
        foreign = project(*arguments)
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
    with spoken():
        untouched = [each for each in found if str(each.message) == each.message.plain]
        after = problems.json(found), problems.sarif(found, RULES), problems.codequality(found)
        shown = problems.concise(found)
    assert len(found) > 100
    assert untouched == []
    assert before == after
    assert shown != problems.concise(found)
