"""The grammars of RFC 3987, built when something asks for them."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from types import ModuleType

_NAME = "rfc3987_syntax"


def build_later() -> None:
    """``import jsonschema`` builds them, for seconds, where a tool of releases has installed them.
    Nothing but the check of an SBOM looks at an IRI; users of smsops do not have them at all.
    """
    if _NAME in sys.modules or importlib.util.find_spec(_NAME) is None:
        return
    module = ModuleType(_NAME)
    module.__dict__["is_valid_syntax"] = _is_valid_syntax
    sys.modules[_NAME] = module
    importlib.import_module("jsonschema")
    del sys.modules[_NAME]


def _is_valid_syntax(rule: str, text: str) -> bool:
    valid: bool = importlib.import_module(_NAME).is_valid_syntax(rule, text)
    return valid
