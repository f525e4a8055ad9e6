"""Which probes a run that only reads a ledger may ask for.

Those that a manifest declares, and those of which the ledger has a send.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from smsops.errors import UsageError
from smsops.kinds.probe import KIND
from smsops.manifests.load import load_manifests
from smsops.manifests.project import NAME, read_project
from smsops.text.messages import T, Text, shortened
from smsops.text.numbers import masked_name
from smsops.workspace.environments import located
from smsops.workspace.settings import Settings

if TYPE_CHECKING:
    from smsops.delivery.ledger import Ledger

#: Names of probes in a hint.
_NAMED = 10


def probe_name(settings: Settings, ledger: Ledger, wanted: str) -> str:
    """The name of the probe that was asked for by name or address. One that is not declared any
    more keeps what it sent. Raises :class:`UsageError` for one that nobody knows.
    """
    name = wanted.removeprefix(f"{KIND.name}.")
    declared = _declared(settings)
    if name in declared:
        return name
    sent = ledger.probes()
    if name in sent:
        return name
    raise UsageError(
        T(
            "there is no probe {name}: no manifest declares it, and nothing of it is in {place}",
            name=repr(masked_name(wanted)),
            place=ledger.description,
        ),
        hint=_hint(name, sorted(declared | sent)),
    )


def _declared(settings: Settings) -> frozenset[str]:
    """Also one whose document has errors. Manifests are shared: where no environment is chosen, the
    names of all count.
    """
    options = settings.options
    if options.environment is None and (options.directory / NAME).exists():
        project = read_project(options.directory).value
    else:
        project = located(options)
    if project is None:
        return frozenset()
    claimed = load_manifests(project).claimed
    return frozenset(address.name for address in claimed if address.kind == KIND.name)


def _hint(name: str, known: list[str]) -> Text:
    if near := get_close_matches(name[:80], known, n=3):
        return T("Did you mean {names}?", names=", ".join(near))
    if known:
        return T("Known are: {names}.", names=shortened(known, _NAMED))
    return T("Neither manifests here nor that ledger have a probe.")
