"""``smsops state``: look into the state, repair it, and move it to another backend."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from smsops.cli.addresses import address, id_of, known, probe_of
from smsops.cli.command import Group, command
from smsops.cli.commands.state_owner import assign
from smsops.cli.commands.state_transfer import migrate, push
from smsops.cli.context import Context
from smsops.cli.options import global_options, merged
from smsops.cli.state_edit import backend_of, edit, lock_timeout_option, no_state, read, say_whose
from smsops.errors import Exit, UsageError
from smsops.text.messages import C, T

if TYPE_CHECKING:
    from smsops.model import Address, Snapshot

_format = click.option(
    "--format", type=click.Choice(("text", "json")), default="text", show_default=True
)


@click.group("state", cls=Group)
@global_options
@click.pass_context
def state(click_context: click.Context, /, **values: Any) -> None:
    """Inspect and repair the state.

    Nothing here reads or writes the account: an object that the state forgets stays there.
    """
    base: Context = click_context.obj
    click_context.obj = replace(base, options=merged(base.options, values))


@command("list", help="List the recorded addresses.")
@_format
def list_(context: Context, format: str) -> Exit:
    from smsops.model import Snapshot
    from smsops.render import state as render

    snapshot = read(context)
    if format == "json":
        context.out(render.list_json(snapshot or Snapshot(lineage="")))
    elif snapshot is not None:
        context.out(render.list_text(snapshot))
    return Exit.OK


@command("show", help="Show what is recorded of ADDR, or of everything.")
@click.argument("addr", required=False, shell_complete=known)
@_format
def show(context: Context, addr: str | None, format: str) -> Exit:
    from smsops.render import state as render
    from smsops.state import edits, read_snapshot
    from smsops.state.snapshot import excerpt, probes_json

    name = probe_of(addr) if addr is not None else None
    chosen = address(addr) if addr is not None and name is None else None
    project = context.project()
    snapshot = read_snapshot(backend_of(context, project))
    if snapshot is None:
        raise no_state()
    say_whose(context, project, snapshot)
    if name is not None:
        record = edits.probe(snapshot, name)
        document = {"probes": probes_json({name: record})}
        said = render.probe_text(name, record, ci=context.ci)
        context.out(render.show_json(document) if format == "json" else said)
        return Exit.OK
    if chosen is not None and all(intent.address != chosen for intent in snapshot.intents):
        edits.record(snapshot, chosen)
    if format == "json":
        context.out(render.show_json(excerpt(snapshot, chosen)))
    else:
        context.out(render.show_text(snapshot, chosen, ci=context.ci))
    return Exit.OK


@command("rm", help="Forget addresses. Their objects stay in the account, unmanaged.")
@click.argument("addrs", metavar="ADDR...", nargs=-1, required=True, shell_complete=known)
@lock_timeout_option
def rm(context: Context, addrs: tuple[str, ...], lock_timeout: float) -> Exit:
    from smsops.state import edits

    probes = [name for text in addrs if (name := probe_of(text)) is not None]
    chosen = [address(text) for text in addrs if probe_of(text) is None]

    def forget(found: Snapshot) -> Snapshot:
        return edits.forget_probes(edits.forget(found, chosen), probes)

    before = edit(context, "rm", lock_timeout, forget)
    for one in dict.fromkeys(chosen):
        ids = ", ".join(str(item.remote_id) for item in before.resources[one].objects())
        forgot = T(
            "Forgot {address}. Not deleted, still in the account: {kind} {ids}.",
            address=one,
            kind=one.kind,
            ids=ids or "-",
        )
        context.out(str(forgot))
    for name in dict.fromkeys(probes):
        context.out(str(T("Forgot what was sent by probe.{name}.", name=name)))
    return Exit.OK


@command("mv", help="Give the record of OLD, open intents included, to the address NEW.")
@click.argument("old", shell_complete=known)
@click.argument("new", shell_complete=known)
@lock_timeout_option
def mv(context: Context, old: str, new: str, lock_timeout: float) -> Exit:
    from smsops.state import edits

    source, target = address(old), address(new)
    edit(context, "mv", lock_timeout, lambda found: edits.move(found, source, target))
    context.out(str(T("Moved {source} to {target}.", source=source, target=target)))
    return Exit.OK


@command("protect", help="Refuse to delete ADDR, also when its manifest is gone.")
@click.argument("addr", shell_complete=known)
@lock_timeout_option
def protect(context: Context, addr: str, lock_timeout: float) -> Exit:
    return _protect(context, address(addr), lock_timeout, protected=True)


@command("unprotect", help="Allow to delete ADDR, whose manifest is gone or unprotected as well.")
@click.argument("addr", shell_complete=known)
@lock_timeout_option
def unprotect(context: Context, addr: str, lock_timeout: float) -> Exit:
    return _protect(context, address(addr), lock_timeout, protected=False)


def _protect(context: Context, chosen: Address, timeout: float, *, protected: bool) -> Exit:
    from smsops.state import edits

    word = "protect" if protected else "unprotect"
    edit(context, word, timeout, lambda found: edits.protect(found, chosen, protected=protected))
    done = T("{address} is protected.") if protected else T("{address} is not protected any more.")
    context.out(str(done.filled(address=chosen)))
    context.log(
        T("While it has a manifest, the next apply sets what lifecycle.protected says there.")
    )
    return Exit.OK


@command("resolve", help="Say what became of an Add of ADDR that got no answer.")
@click.argument("addr", shell_complete=known)
@click.option("--adopt", "remote_id", metavar="ID", help="It made the object ID.")
@click.option("--abandon", is_flag=True, help="It made nothing.")
@lock_timeout_option
def resolve(
    context: Context, addr: str, remote_id: str | None, abandon: bool, lock_timeout: float
) -> Exit:
    from smsops.state import edits

    if (remote_id is not None) == abandon:
        raise UsageError(T("say either --adopt ID or --abandon"))
    chosen = address(addr)
    if remote_id is None:
        edit(context, "resolve", lock_timeout, lambda found: edits.abandon(found, chosen))
        closed = T("{address}: the open intent is closed; the next plan starts from what is there.")
        context.out(str(closed.filled(address=chosen)))
        return Exit.OK
    number = id_of(chosen.kind, remote_id)
    before = edit(
        context, "resolve", lock_timeout, lambda found: edits.adopt(found, chosen, number)
    )
    made = T(
        "{address}: {kind} {id} is recorded as what the Add made.",
        address=chosen,
        kind=chosen.kind,
        id=number,
    )
    context.out(str(made))
    instead = edits.replaced(before, chosen)
    if instead is not None:
        context.log(
            T(
                "It takes the place of {kind} {instead}, which is forgotten.",
                kind=chosen.kind,
                instead=instead,
            )
        )
    context.log(
        T(
            "The id {number} was not looked up in the account: {command} shows "
            "whether it is there.",
            number=number,
            command=C("status"),
        )
    )
    return Exit.OK


@command("pull", help="Print the stored state.")
def pull(context: Context) -> Exit:
    from smsops.state.snapshot import load
    from smsops.text import sanitise

    project = context.project()
    backend = backend_of(context, project)
    body = backend.read()
    if body is None:
        context.log(T("There is no state yet at {description}.", description=backend.description))
        return Exit.OK
    say_whose(context, project, load(body, source=backend.description))
    context.out(sanitise.json(body.decode()))
    return Exit.OK


@command("unlock", help="Remove the stale lock ID of the http or git backend.")
@click.argument("lock_id", metavar="ID")
def unlock(context: Context, lock_id: str) -> Exit:
    backend = backend_of(context)
    backend.unlock(lock_id)
    removed = T("The lock {id} of {place} is removed.", id=lock_id, place=backend.description)
    context.out(str(removed))
    return Exit.OK


for _command in (
    list_,
    show,
    rm,
    mv,
    protect,
    unprotect,
    resolve,
    pull,
    push,
    assign,
    unlock,
    migrate,
):
    state.add_command(_command)

COMMAND = state
