"""``smsops import``: objects that exist take their place at an address. Nothing is written to the
API.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smsops.cli.addresses import address as parsed
from smsops.cli.addresses import id_of, known
from smsops.cli.command import command
from smsops.cli.context import Context
from smsops.cli.durations import Duration
from smsops.errors import Exit, SmsopsError, UsageError, most_serious

if TYPE_CHECKING:
    from smsops.adoption.bind import Binding, Unbindable, Unusable
    from smsops.applying.run import Execution
    from smsops.model import Address, Observation, Observed, Role

#: No honest state of Terraform is larger (bytes).
MAX_SIZE = 256 * 1024 * 1024


@command(
    "import",
    help="Bind the existing object ID to the address ADDR, or all signs and templates in a state "
    "of Terraform to addresses named after its resources.",
)
@click.argument("address", metavar="[ADDR", required=False, shell_complete=known)
@click.argument("remote_id", metavar="ID]", required=False)
@click.option(
    "--as",
    "role",
    type=click.Choice(("current", "successor")),
    show_default="current",
    help="The place it takes at the address.",
)
@click.option(
    "--from-tfstate",
    "tfstate",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Take tencentcloud_sms_sign and tencentcloud_sms_template from `terraform state pull`.",
)
@click.option(
    "--lock-timeout",
    type=Duration(),
    default="0s",
    show_default=True,
    metavar="DURATION",
    help="How long to wait for the lock.",
)
def import_command(
    context: Context,
    address: str | None,
    remote_id: str | None,
    role: str | None,
    tfstate: Path | None,
    lock_timeout: float,
) -> Exit:
    from smsops.applying.run import Execution
    from smsops.cancellation import Stop
    from smsops.workspace.workspace import open_workspace

    wanted = _wanted(address, remote_id, role, tfstate)
    if not wanted:
        context.out("Nothing to import: no signs and templates in that state.")
        return Exit.OK
    project = context.project()
    with (
        open_workspace(context.settings, project) as workspace,
        workspace.backend.lock("import", timeout=lock_timeout),
    ):
        execution = Execution.begin(workspace, Stop(), context.log)
        open_ = [item.error for item in execution.recover() if item.error is not None]
        codes = [error.exit for error in open_]
        codes += _bind(context, execution, wanted)
    return most_serious(codes)


def _wanted(
    address: str | None, remote_id: str | None, role: str | None, tfstate: Path | None
) -> Sequence[Binding | Unusable]:
    """What the command line asks for. Raises :class:`smsops.errors.UsageError`."""
    from smsops.adoption.bind import Binding, from_tfstate
    from smsops.model import Role

    if tfstate is not None:
        if address is not None or role not in (None, Role.CURRENT.value):
            raise UsageError("--from-tfstate takes neither ADDR and ID nor --as")
        return from_tfstate(_read(tfstate), source=str(tfstate))
    if address is None or remote_id is None:
        raise UsageError("import needs ADDR and ID, or --from-tfstate FILE")
    place = Role.CURRENT if role is None else Role(role)
    at = parsed(address)
    return [Binding(at, id_of(at.kind, remote_id), place, named=role is not None)]


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            body = file.read(MAX_SIZE + 1)
    except OSError as error:
        raise SmsopsError(f"{path} cannot be read: {error.strerror}") from error
    if len(body) > MAX_SIZE:
        raise SmsopsError(f"{path} is larger than {MAX_SIZE} bytes")
    return body


def _bind(
    context: Context, execution: Execution, wanted: Sequence[Binding | Unusable]
) -> Sequence[Exit]:
    """Record what can be recorded in one save; the exit code of each that cannot."""
    from smsops.adoption import bind
    from smsops.adoption.bind import Unusable
    from smsops.manifests.load import load_manifests
    from smsops.planning.account_index import AccountIndex
    from smsops.state import changes as recording

    workspace = execution.workspace
    loaded = load_manifests(workspace.project).desired
    desired = {item.address: item for item in loaded}
    bindings = [item for item in wanted if not isinstance(item, Unusable)]
    observation = _look(execution, bindings)
    now = workspace.clock.now()
    state = execution.snapshot
    account_index = AccountIndex(workspace.kinds, state.resources, observation, now)
    free = {
        address
        for address, record in state.resources.items()
        if not record.declared and address not in desired
    }
    changes: list[recording.Change] = []
    failed: list[Exit] = []
    lines: list[str] = []
    bare: list[Address] = []
    for item in wanted:
        if isinstance(item, Unusable):
            context.log(f"Not imported: {item.source}: {item.reason}.")
            failed.append(Exit.ERROR)
            continue
        kind = workspace.kinds[item.address.kind]
        try:
            fresh = bind.check(item, state, observation, account_index, kind, free=free)
        except bind.Unbindable as error:
            if not item.source:
                raise _explained(execution, item, error) from None
            context.log(f"Not imported: {item.source}: {error.message}.")
            failed.append(error.exit)
            continue
        seen = observation.objects.get(item.key)
        if fresh and seen is not None:
            declared = desired.get(item.address)
            changes.append(bind.change(item, kind, seen, declared, now))
        if item.address not in desired:
            bare.append(item.address)
        place = None if fresh else bind.placed_at(state.resources[item.address], item.remote_id)
        lines.append(_line(item, seen, place, ci=context.ci))
    if changes:
        execution.journal.commit(recording.chained(*changes))
    if lines:
        context.out("\n".join(lines))
    if bare:
        # Forgetting is safe advice only where nothing else was recorded before.
        fresh_only = state.resources.keys().isdisjoint(bare)
        context.log(
            f"Note: no valid manifest declares {', '.join(map(str, bare))}: bound, not declared. "
            "Nothing happens to it until a manifest does."
            + (
                " (`smsops state rm ADDR`, then `smsops export DIR`, writes one for you.)"
                if fresh_only
                else ""
            )
        )
    return failed


def _look(execution: Execution, bindings: Sequence[Binding]) -> Observation:
    """Read the objects, and whatever is recorded at their addresses."""
    workspace, recorded = execution.workspace, execution.snapshot.resources
    near = {item.address: recorded[item.address] for item in bindings if item.address in recorded}
    keys = {item.key for item in bindings}
    return workspace.observe_recorded(near, include=keys)


def _explained(execution: Execution, item: Binding, error: Unbindable) -> Unbindable:
    """Says so when the id belongs to an object of another kind."""
    from smsops.adoption.bind import NotThere
    from smsops.model import ObjectId

    if isinstance(error, NotThere):
        workspace = execution.workspace
        kinds = [name for name in workspace.kinds if name != item.address.kind]
        others = {ObjectId(name, item.remote_id) for name in kinds}
        seen = workspace.observe_recorded({}, include=others)
        for kind, number in seen.objects:
            error.hint = f"{number} is a {kind}: its address is {kind}.NAME."
    return error


def _line(item: Binding, seen: Observed | None, place: Role | None, *, ci: bool) -> str:
    """What became of one binding; ``place``: where the object was recorded already."""
    from smsops.kinds import RESOURCES
    from smsops.render.style import review_words, value
    from smsops.text.sanitise import terminal

    kind = RESOURCES[item.address.kind]
    label = f" {value(seen.spec.get(kind.label), ci=ci)}" if seen else ""
    review = f" ({review_words(seen.review)})" if seen else ""
    words = "is" if place is None else "already was"
    if place not in (None, item.role):
        words = "is recorded already as"
    came = f", {terminal(item.source, ci=ci)} in Terraform" if item.source else ""
    return (
        f"{item.address}: {kind.name} {item.remote_id}{label}{review} {words} its "
        f"{place or item.role} object{came}"
    )


COMMAND = import_command
