"""Addresses on the command line: parsed, and completed by the shell."""

from __future__ import annotations

from dataclasses import replace

import click
from click.shell_completion import CompletionItem

from smsops.cli.context import Context
from smsops.cli.options import merged
from smsops.errors import SmsopsError, UsageError
from smsops.kinds import KINDS, RESOURCES
from smsops.kinds.probe import KIND as PROBE
from smsops.model import Address, RemoteId
from smsops.text.messages import T


def address(text: str) -> Address:
    """An address as typed. Raises :class:`smsops.errors.UsageError`."""
    try:
        found = Address.parse(text)
    except ValueError as error:
        raise UsageError(
            T("{text} is not an address: {error}", text=repr(text), error=error)
        ) from error
    if found.kind not in RESOURCES:
        words = (
            T("{text}: here it is about objects of the account; their kinds are {kinds}")
            if found.kind in KINDS
            else T("{text}: there is no kind {kind}; kinds are {kinds}")
        )
        raise UsageError(words.filled(text=text, kind=found.kind, kinds=", ".join(RESOURCES)))
    return found


def probe_of(text: str) -> str | None:
    """The name of the probe whose address was typed; ``None`` for any other address."""
    try:
        found = Address.parse(text)
    except ValueError:
        return None
    return found.name if found.kind == PROBE.name else None


def id_of(kind: str, text: str) -> RemoteId:
    """A remote id as typed. Raises :class:`smsops.errors.UsageError`."""
    try:
        return RESOURCES[kind].parse_id(text)
    except ValueError as error:
        raise UsageError(str(error)) from error


def known(
    context: click.Context, _: click.Parameter | None, incomplete: str
) -> list[CompletionItem]:
    """Every address of the manifests and of a state on this machine that starts as typed.

    Shells ask at every tab: nothing is read over the network, and what cannot be read offers
    nothing.
    """
    found: set[str] = set()
    for addresses in (_declared, _recorded):
        try:
            found |= addresses(_invocation(context))
        except (SmsopsError, OSError):
            continue
    return [CompletionItem(name) for name in sorted(found) if name.startswith(incomplete)]


def _invocation(context: click.Context) -> Context:
    """What the words typed so far say: which project, and whether the emulator's state counts."""
    base = context.find_object(Context)
    assert base is not None
    options = base.options
    chain = [context]
    while (parent := chain[0].parent) is not None:
        chain.insert(0, parent)
    for each in chain:
        options = merged(options, each.params)
    return replace(base, options=options).within(options.environment)


def _declared(context: Context) -> set[str]:
    from smsops.manifests.load import load_manifests

    return {str(item.address) for item in load_manifests(context.project()).desired}


def _recorded(context: Context) -> set[str]:
    from smsops.state import read_snapshot

    project = context.project()
    if project.state.backend != "local" and not context.options.emulator:
        return set()
    snapshot = read_snapshot(context.backend(project))
    if snapshot is None:
        return set()
    intents = {intent.address for intent in snapshot.intents}
    return {str(address) for address in snapshot.resources.keys() | intents}
