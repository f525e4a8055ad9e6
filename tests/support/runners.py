"""How CI runners look for commands in a log, as oracles for the sanitiser.

Each function is as generous as any version of its runner could be.
"""

from __future__ import annotations

import re
import unicodedata


def lines(text: str) -> list[str]:
    """The runner reads lines that end in \\r, \\n or both."""
    return re.split(r"\r\n|\r|\n", text)


def _ignorable(character: str) -> bool:
    """White space, and what a culture-sensitive comparison of .NET skips."""
    return character.isspace() or unicodedata.category(character) in ("Cf", "Cc", "Zs", "Zl", "Zp")


def github_v2(line: str) -> str | None:
    """``::name properties::data`` after any white space."""
    while line and _ignorable(line[0]):
        line = line[1:]
    if not line.startswith("::"):
        return None
    end = line.find("::", 2)
    if end < 0:
        return None
    return line[2:end].split(" ")[0]


def github_v1(line: str) -> str | None:
    """``##[name properties]data`` anywhere."""
    start = line.find("##[")
    if start < 0:
        return None
    end = line.find("]", start)
    if end < 0:
        return None
    return line[start + 3 : end].split(" ")[0]


def obeyed(text: str) -> list[str]:
    """What GitHub's runner obeys in a log, in order: ``error file=a.yaml,line=1::message``.

    Commands between ``::stop-commands::TOKEN`` and ``::TOKEN::`` are only lines of the log.
    """
    found: list[str] = []
    token = None
    for line in lines(text):
        name = github_v2(line) or github_v1(line)
        if token is not None:
            token = None if name == token else token
        elif name == "stop-commands":
            token = line.rpartition("::")[2]
        elif name is not None:
            found.append(line.strip().removeprefix("::"))
    assert token is None, "the runner was never told to go on"
    return found


def commands(text: str) -> list[str]:
    """Everything that some runner would take for a command, whether it knows it or not."""
    found: list[str] = []
    for line in lines(text):
        found += [name for name in (github_v1(line), github_v2(line)) if name is not None]
        found += re.findall(r"##vso\[|##teamcity\[", line, re.IGNORECASE)
        found += re.findall(r"section_(?:start|end):\d+:[\w.-]+", line)
    return found
