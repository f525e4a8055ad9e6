"""No module of the core names a kind: what it asks about one is a value of the kind.

Read from the string literals of the source, docstrings apart.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from smsops.kinds import RESOURCES
from smsops.kinds.kind import Kind, Resource
from tests.architecture.code import Module, modules

MODULES = modules()
#: Where kinds are at home: each of these packages has a module, or rows of tables, a kind.
HOME = ("smsops.kinds", "smsops.lint", "smsops.providers", "smsops.emulator")
#: What smsops manages, said in one breath: a new kind changes it wherever it stands.
SUBJECT = re.compile(r"signs and templates|sign or template", re.IGNORECASE)
#: (module, what it names elsewhere) -> why that may be. ``*``: whatever it names.
EXCUSED: dict[tuple[str, str], str] = {
    ("smsops.chats.services", "sign"): "to sign a message",
    ("smsops.chats.services", "content"): "a field of messages",
    ("smsops.cli.commands.emulator", "templates"): "a switch of the emulator, as people read it",
    ("smsops.cli.commands.export", "signs"): "help that says which directories are meant",
    ("smsops.cli.commands.export", "templates"): "help that says which directories are meant",
    ("smsops.cli.commands.init", "signs"): "advice about the sample project",
    ("smsops.cli.commands.output", "template"): "help that says what applications need",
    ("smsops.cli.commands.output", "sign"): "help that says what applications need",
    ("smsops.cli.commands.receipts", "sign"): "the example of a cause",
    ("smsops.delivery.causes", "content"): "a class of failures",
    ("smsops.delivery.causes", "sign"): "a class of failures",
    ("smsops.delivery.conversion.redaction", "sign"): "a field of what a vendor pushes",
    ("smsops.delivery.conversion.tencent", "sign"): "a field of what a vendor pushes",
    ("smsops.delivery.conversion.tencent", "SignName"): "a field of what a vendor answers",
    ("smsops.delivery.conversion.tencent", "Sign"): "a field of what a vendor answers",
    ("smsops.delivery.causes", "Template"): "the beginning of codes",
    ("smsops.delivery.preflight", "*"): "a message has a sign and a template, which may be refused",
    ("smsops.delivery.ledger.migrations", "sign"): "what a message was sent with",
    ("smsops.delivery.ledger.migrations", "template"): "what a message was sent with",
    ("smsops.delivery.model", "sign"): "what a message was sent with",
    ("smsops.delivery.model", "template"): "what a message was sent with",
    ("smsops.drift.findings", "sign"): "only signs have a qualification",
    ("smsops.manifests.starter", "*"): "the sample project",
    ("smsops.model.resources", "content"): "the effect of a field that is called so",
    ("smsops.model.resources", "template"): "the example of an address",
    ("smsops.planning.decisions", "content"): "the effect of a field that is called so",
    ("smsops.reference.lifecycle", "*"): "a page for people, with examples",
    ("smsops.reference.manifests", "*"): "a page for people, with an example of each kind",
    ("smsops.render.ledger", "sign"): "what a message was sent with",
    ("smsops.render.ledger", "template"): "what a message was sent with",
    ("smsops.render.receipts", "sign"): "what a message was sent with",
    ("smsops.reference.rules", "*"): "the headings of a page",
    ("smsops.render.probes.text", "template"): "what a message is sent with",
    ("smsops.cli.commands.check_app", "template"): "help that says what is looked for",
    ("smsops.sources.judge", "*"): "what programs send with",
    ("smsops.sources.kept", "*"): "what names and lists of ids are called",
    ("smsops.sources.other", "template"): "what keys are called",
    ("smsops.sources.settings", "template"): "what keys are called",
    ("smsops.sources.uses", "*"): "what fields are called that programs set",
    ("smsops.state.parse", "sign"): "what a probe was sent with",
    ("smsops.state.parse", "template"): "what a probe was sent with",
    ("smsops.state.snapshot", "sign"): "what a probe was sent with",
    ("smsops.state.snapshot", "template"): "what a probe was sent with",
    ("smsops.drift.delivery", "*"): "a probe names a sign and a template",
    ("smsops.workspace.probes", "*"): "a probe names a sign and a template",
    ("smsops.testing.running", "sign"): "a message is sent under a sign",
    ("smsops.testing.running", "template"): "a message is sent from a template",
}


def names(kind: Kind) -> set[str]:
    """What a kind, its fields and its API are called."""
    found = {kind.name, kind.directory, kind.manifest, *kind.names}
    found |= {item.parameter for item in kind.fields}
    if isinstance(kind, Resource):
        api = kind.api
        found |= {api.add, api.modify, api.delete, api.describe, api.id}
        found |= {api.id_set, api.added, api.described}
    return found


#: What is only declared is named by whoever acts on it; of resources the core must not know.
NAMES = frozenset(name for kind in RESOURCES.values() for name in names(kind)) - {""}
#: In sentences: kinds, their plurals and addresses, and names that no sentence has by chance.
_WORDS = re.compile(r"\b(?i:{})s?\b".format("|".join(RESOURCES)))
_TELLING = re.compile(
    r"\b({})\b".format("|".join(sorted(name for name in NAMES if re.search(r".[A-Z]", name))))
)


def literals(module: Module) -> Iterator[tuple[str, int]]:
    """Every string literal that is no docstring, pieces of f-strings included."""
    docstrings = set()
    for node in module.nodes:
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr):
                docstrings.add(first.value)
    for node in module.nodes:
        if node in docstrings or not isinstance(node, ast.Constant):
            continue
        if isinstance(node.value, str):
            yield node.value, node.lineno


def named(module: Module) -> Iterator[tuple[str, int]]:
    """The names of kinds in the literals of a module, with their lines."""
    for text, line in literals(module):
        if text in NAMES:
            yield text, line
            continue
        rest = SUBJECT.sub("", text)
        for pattern in (_WORDS, _TELLING):
            yield from ((found[0], line) for found in pattern.finditer(rest))


def core() -> list[Module]:
    return [module for module in MODULES if not at_home(module.name)]


def at_home(name: str) -> bool:
    return any(name == home or name.startswith(f"{home}.") for home in HOME)


def test_the_core_names_no_kind() -> None:
    found = [
        f"{module.path}:{line}: {name!r}"
        for module in core()
        if (module.name, "*") not in EXCUSED
        for name, line in named(module)
        if (module.name, name) not in EXCUSED
    ]
    assert found == []


@pytest.mark.parametrize(("name", "word"), EXCUSED)
def test_every_excuse_is_needed(name: str, word: str) -> None:
    (module,) = (module for module in MODULES if module.name == name)
    found = {each for each, _ in named(module)}
    assert word in found or (word == "*" and found)


@pytest.mark.parametrize(
    "line",
    [
        'if kind == "sign": ...',
        'DIRECTORIES = ("signs",)',
        'spec["content"]',
        'spec.get("international")',
        'call("AddSmsTemplate")',
        'raise ValueError(f"{number} is no TemplateId")',
        'print("give it another templateName")',
        'print("no template exists")',
        'print("for example sign.acme")',
    ],
)
def test_a_named_kind_is_noticed(line: str, tmp_path: Path) -> None:
    path = tmp_path / "planner.py"
    path.write_text(f'"""Signs, templates."""\n\n\ndef plan(spec):\n    {line}\n', "utf-8")

    assert [line for _, line in named(Module("smsops.planning.planner", path))] == [5]
