"""Registries: every kind, and those with a remote life. A module here with a ``KIND`` is one."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Mapping
from importlib import import_module

from smsops.kinds.kind import Kind, Resource
from smsops.model.sites import CN, SITES


def load(path: Iterable[str] = __path__) -> Mapping[str, Kind]:
    """Every kind by name: resources in the order in which objects have to exist (``after`` first),
    then those that are only declared.

    ``path``: the directories of their modules.
    """
    names = sorted(module.name for module in pkgutil.iter_modules(path))
    modules = [import_module(f"{__name__}.{name}") for name in names]
    found: list[Kind] = [module.KIND for module in modules if hasattr(module, "KIND")]
    ordered: dict[str, Kind] = {}
    while found:
        ready = [kind for kind in found if all(name in ordered for name in _after(kind))]
        if not ready:
            raise RuntimeError(
                f"kinds wait for each other: {', '.join(kind.name for kind in found)}"
            )
        ordered.update((kind.name, kind) for kind in ready)
        found = [kind for kind in found if kind not in ready]
    return dict(sorted(ordered.items(), key=lambda each: not isinstance(each[1], Resource)))


def _after(kind: Kind) -> tuple[str, ...]:
    return kind.after if isinstance(kind, Resource) else ()


def resources(kinds: Mapping[str, Kind]) -> Mapping[str, Resource]:
    """Those of ``kinds`` whose objects live in an account."""
    return {name: kind for name, kind in kinds.items() if isinstance(kind, Resource)}


#: Every kind of manifest, by name.
KINDS = load()
#: Those that are planned, applied and recorded.
RESOURCES = resources(KINDS)


def on_site(site: str) -> Mapping[str, Resource]:
    """Those that are planned, as they are on a site."""
    return _ON[site]


_ON = {
    site: {name: kind.on(site) for name, kind in RESOURCES.items()} if site != CN else RESOURCES
    for site in SITES
}
