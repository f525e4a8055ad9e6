"""The kinds smsops knows. Each module here with a ``KIND`` is one; nothing registers itself."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module

from smsops.kinds.kind import Kind


def load() -> Mapping[str, Kind]:
    """Every kind by name, in the order in which objects have to exist (``after`` first)."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [import_module(f"{__name__}.{name}") for name in names]
    found: list[Kind] = [module.KIND for module in modules if hasattr(module, "KIND")]
    ordered: dict[str, Kind] = {}
    while found:
        ready = [kind for kind in found if all(name in ordered for name in kind.after)]
        if not ready:
            raise RuntimeError(
                f"kinds wait for each other: {', '.join(kind.name for kind in found)}"
            )
        ordered.update((kind.name, kind) for kind in ready)
        found = [kind for kind in found if kind not in ready]
    return ordered


KINDS = load()
