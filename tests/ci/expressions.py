"""The part of GitHub's expression language that the examples use, and nothing more of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<operator>&&|\|\||==|!=|!|\(|\)|,|format(?=\())"
    r"|(?P<call>cancelled|failure|success|always)\(\)|(?P<path>[A-Za-z_][\w-]*(?:\.[\w-]+)*))"
)
_STATUS = re.compile(r"\b(?:cancelled|failure|success|always)\(\)")
_PYTHON = {"&&": " and ", "||": " or ", "!": " not "}


@dataclass(frozen=True)
class Expressions:
    """``contexts``: github, secrets, steps, ... ``failed``: whether a step or a job before has
    failed; ``skipped``: whether a job before was skipped.

    A name that a context does not know is an error of the workflow, except for outputs of steps
    and jobs, which may not have been set, and for what only some events have.
    """

    contexts: Mapping[str, Any]
    failed: bool = False
    skipped: bool = False

    def text(self, template: str) -> str:
        """``template`` with every ``${{ }}`` replaced."""
        return re.sub(r"\$\{\{(.*?)\}\}", lambda match: text_of(self.value(match[1])), template)

    def holds(self, condition: str | None) -> bool:
        """Whether a step or a job with ``if: condition`` runs."""
        if condition is None:
            return not (self.failed or self.skipped)
        inner = condition.strip().removeprefix("${{").removesuffix("}}")
        found = bool(self.value(inner))
        return found if _STATUS.search(inner) else found and self.holds(None)

    def value(self, expression: str) -> Any:
        parts, values, at = [], [], 0
        stripped = expression.rstrip()
        while at < len(stripped):
            match = _TOKEN.match(stripped, at)
            assert match, f"not understood: {stripped[at:]!r}"
            at = match.end()
            if operator := match["operator"]:
                parts.append(_PYTHON.get(operator, operator))
                continue
            values.append(self._operand(match))
            parts.append(f"values[{len(values) - 1}]")
        return eval("".join(parts), {"values": values, "format": str.format})

    def _operand(self, match: re.Match[str]) -> Any:
        if match["text"]:
            return match["text"][1:-1].replace("''", "'")
        if name := match["call"]:
            status = {"cancelled": False, "failure": self.failed, "success": self.holds(None)}
            return status.get(name, True)
        value: Any = self.contexts
        names = match["path"].split(".")
        for name in names:
            if isinstance(value, Mapping) and name in value:
                value = value[name]
            elif (len(names) > 2 and names[-2] == "outputs") or names[:2] == ["github", "event"]:
                return ""
            else:
                raise AssertionError(f"there is no {match['path']}")
        return value


def text_of(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
