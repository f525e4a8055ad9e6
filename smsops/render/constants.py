"""Outputs as constants of a program, and as a ConfigMap. Pure.

A review is in none of them: a committed file is stale when an id changes, not when a reviewer is at
work. Ids are texts, which is what SendSms takes.

Whatever a text holds, the literal is one line that its language reads as that text, and that no
terminal or CI runner takes for a command.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from smsops.render.outputs import variables, yaml
from smsops.text import sanitise

NOTICE = "Written by `smsops output --format {format}`: do not edit."
#: What a file is called by default, where its format wants a name.
NAMES = {"java": "SmsOutputs", "configmap": "smsops-outputs"}

_PREFIX = "SMSOPS_"
_TYPESCRIPT = """\
// {notice}

/** TemplateParamSet, with as many texts as SendSms wants{example}. */
export type Params<N extends number, T extends string[] = []> =
  number extends N ? string[] : T["length"] extends N ? T : Params<N, [...T, string]>;

"""


def typescript(document: dict[str, Any], _: str = "") -> str:
    """A TypeScript module; it needs nothing but its types to be stripped."""
    constants = list(_constants(document))
    counted = next((constant for constant, value in constants if isinstance(value, int)), None)
    head = _TYPESCRIPT.format(
        notice=_notice("typescript"), example=f": Params<typeof {counted}>" if counted else ""
    )
    lines = (
        f"export const {constant} = {_literal(value, 'typescript')};\n"
        for constant, value in constants
    )
    return head + "".join(lines)


def python(document: dict[str, Any], _: str = "") -> str:
    """A Python module, typed."""
    lines = (
        f"{constant}: Final = {_literal(value, 'python')}\n"
        for constant, value in _constants(document)
    )
    return f'"""{_notice("python")}"""\n\nfrom typing import Final\n\n' + "".join(lines)


def java(document: dict[str, Any], name: str = NAMES["java"]) -> str:
    """A Java class in ASCII, whatever encoding a compiler expects. ``name`` may have a package."""
    package, _, plain = name.rpartition(".")
    head = f"package {package};\n\n" if package else ""
    types = {str: "String", int: "int"}
    lines = (
        f"    public static final {types[type(value)]} {constant} = {_literal(value, 'java')};\n"
        for constant, value in _constants(document)
    )
    return (
        f"{head}/** {_notice('java')} */\npublic final class {plain} {{\n"
        f"    private {plain}() {{}}\n\n{''.join(lines)}}}\n"
    )


def configmap(document: dict[str, Any], name: str = NAMES["configmap"]) -> str:
    """A ConfigMap of Kubernetes with the variables of dotenv, for ``envFrom``."""
    found = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name},
        "data": {variable: str(value) for _, variable, value in variables(document)},
    }
    return f"# {_notice('configmap')}\n{yaml(found)}"


def _constants(document: dict[str, Any]) -> Iterator[tuple[str, str | int]]:
    for _, variable, value in variables(document):
        yield variable.removeprefix(_PREFIX), value


#: Format -> how it is written.
FORMATS: Mapping[str, Callable[..., str]] = {
    "typescript": typescript,
    "python": python,
    "java": java,
    "configmap": configmap,
}
_JAVA_WORD = r"[A-Za-z_][A-Za-z0-9_]*"
_JAVA_RESERVED = re.compile(
    "_|abstract|assert|boolean|break|byte|case|catch|char|class|const|continue|default|do|double|else"
    "|enum|extends|final|finally|float|for|goto|if|implements|import|instanceof|int|interface|long"
    "|native|new|package|private|protected|public|return|short|static|strictfp|super|switch"
    "|synchronized|this|throw|throws|transient|try|void|volatile|while|true|false|null|record|sealed"
    "|permits|var|yield"
)
_LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_SUBDOMAIN = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})*")


def may_be_called(format: str, name: str) -> bool:
    """Whether ``name`` is one of a Java class, with its package or without, or of a ConfigMap."""
    if format == "configmap":
        return _SUBDOMAIN.fullmatch(name) is not None
    words = name.split(".")
    return all(
        re.fullmatch(_JAVA_WORD, word) and not _JAVA_RESERVED.fullmatch(word) for word in words
    )


def _notice(format: str) -> str:
    return NOTICE.format(format=format)


def _python_escape(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _java_escape(code: int) -> str:
    if code < 0x80:
        return f"\\{code:03o}"  # \u000a would end the line: Java reads \u before anything else
    units = chr(code).encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


#: Format -> (what a literal cannot hold as it is, how such a character is written).
_ESCAPES: Mapping[str, tuple[re.Pattern[str], Callable[[int], str]]] = {
    "typescript": (re.compile(r'["\\]'), lambda code: f"\\u{{{code:x}}}"),
    "python": (re.compile(r'["\\]'), _python_escape),
    "java": (re.compile(r'["\\]|[^ -~]'), _java_escape),
}


def _literal(value: str | int, format: str) -> str:
    if isinstance(value, int):
        return str(value)
    never, escape = _ESCAPES[format]

    def written(more: str = "") -> str:
        return "".join(
            escape(ord(each))
            if never.match(each) or each in more or sanitise.terminal(each) != each
            else each
            for each in value
        )

    plain = written()
    # ``##[command]`` and its like mean something to a CI runner, anywhere in a line.
    return f'"{plain if sanitise.runner(plain) == plain else written("#_:")}"'
