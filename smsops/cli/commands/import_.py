"""``smsops import``: objects that exist take their place at an address. Nothing is written to the
API.
"""

from __future__ import annotations

import sys
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
from smsops.text.messages import NOTHING, C, T

if TYPE_CHECKING:
    from smsops.adoption.adopt import Bound
    from smsops.adoption.bind import Binding
    from smsops.adoption.terraform.states import Managed
    from smsops.applying.run import Execution

#: No honest state of Terraform is larger (bytes).
MAX_SIZE = 256 * 1024 * 1024
_STDIN = Path("-")


@command(
    "import",
    help="Bind the existing object ID to the address ADDR, or all signs and templates in a state "
    "of Terraform to addresses named after its resources, with a manifest for each.",
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
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Take tencentcloud_sms_sign and tencentcloud_sms_template from FILE (or - for stdin), "
    "written by `terraform state pull` or `terraform show -json`.",
)
@click.option(
    "--remind",
    is_flag=True,
    help="With --from-tfstate: label the manifests, so that every plan says what Terraform still "
    "manages until the label is removed.",
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
    remind: bool,
    lock_timeout: float,
) -> Exit:
    from smsops.applying.run import Execution
    from smsops.cancellation import Stop
    from smsops.workspace.workspace import open_workspace

    wanted: Sequence[Binding] = ()
    items: Sequence[Managed] = ()
    if remind and tfstate is None:
        raise UsageError(T("--remind is about --from-tfstate"))
    if tfstate is None:
        wanted = [_wanted(address, remote_id, role)]
    elif address is not None or role not in (None, "current"):
        raise UsageError(T("--from-tfstate takes neither ADDR and ID nor --as"))
    else:
        from smsops.adoption.terraform import states

        source = str(T("standard input") if tfstate == _STDIN else tfstate)
        items = states.read(_read(tfstate), source=source)
        if not items:
            context.out(str(T("Nothing to import: no signs and templates in that state.")))
            return Exit.OK
    project = context.project()
    with (
        open_workspace(context.settings, project) as workspace,
        workspace.backend.lock("import", timeout=lock_timeout),
    ):
        execution = Execution.begin(workspace, Stop(), context.log)
        open_ = [item.error for item in execution.recover() if item.error is not None]
        codes = [error.exit for error in open_]
        codes += _take_over(context, execution, items, remind=remind) if items else ()
        if wanted:
            _bind(context, execution, wanted)
    return most_serious(codes)


def _wanted(address: str | None, remote_id: str | None, role: str | None) -> Binding:
    """What the command line asks for. Raises :class:`smsops.errors.UsageError`."""
    from smsops.adoption.bind import Binding
    from smsops.model import Role

    if address is None or remote_id is None:
        raise UsageError(T("import needs ADDR and ID, or --from-tfstate FILE"))
    place = Role.CURRENT if role is None else Role(role)
    at = parsed(address)
    return Binding(at, id_of(at.kind, remote_id), place, named=role is not None)


def _read(path: Path) -> bytes:
    try:
        if path == _STDIN:
            body = sys.stdin.buffer.read(MAX_SIZE + 1)
        else:
            with path.open("rb") as file:
                body = file.read(MAX_SIZE + 1)
    except OSError as error:
        raise SmsopsError(
            T("{path} cannot be read: {strerror}", path=path, strerror=error.strerror)
        ) from error
    if len(body) > MAX_SIZE:
        raise SmsopsError(T("{path} is larger than {max_size} bytes", path=path, max_size=MAX_SIZE))
    return body


def _take_over(
    context: Context, execution: Execution, items: Sequence[Managed], *, remind: bool
) -> Sequence[Exit]:
    """Take over what Terraform manages, and say so; the exit code of each that asks for more."""
    from smsops.adoption.terraform.take_over import take_over
    from smsops.adoption.writing import directories
    from smsops.cli import taken_over
    from smsops.cli.destinations import new_schemas_named

    project = execution.workspace.project
    with new_schemas_named(context, project, directories(project).values()):
        outcomes = take_over(execution, [item for item in items if not item.deposed], remind=remind)
    return taken_over.say(context, project, items, outcomes)


def _bind(context: Context, execution: Execution, wanted: Sequence[Binding]) -> None:
    """Bind and say so."""
    from smsops.adoption.adopt import bind_all
    from smsops.manifests.load import load_manifests

    before = execution.snapshot.resources
    bound = bind_all(execution, wanted, load_manifests(execution.workspace.project).desired)
    context.out("\n".join(_line(item, ci=context.ci) for item in bound))
    if bare := [item.binding.address for item in bound if not item.declared]:
        # Forgetting is safe advice only where nothing else was recorded before.
        fresh_only = before.keys().isdisjoint(bare)
        advice = T(
            " ({command}, then {other}, writes one for you.)",
            command=C("state rm ADDR"),
            other=C("export DIR"),
        )
        context.log(
            T(
                "Note: no valid manifest declares {names}: bound, not declared. "
                "Nothing happens to it until a manifest does.{advice}",
                names=", ".join(map(str, bare)),
                advice=advice if fresh_only else NOTHING,
            )
        )


def _line(result: Bound, *, ci: bool) -> str:
    """What became of one binding."""
    from smsops.kinds import KINDS
    from smsops.render.style import review_words, value

    item, seen = result.binding, result.seen
    kind = KINDS[item.address.kind]
    about = T("{kind} {id}", kind=kind.name, id=item.remote_id)
    if seen:
        about = T(
            "{about} {label} ({review})",
            about=about,
            label=value(seen.spec.get(kind.label), ci=ci),
            review=review_words(seen.review),
        )
    words = T("{address}: {about} is its {role} object")
    if result.place is not None:
        words = T("{address}: {about} already was its {role} object")
    if result.place not in (None, item.role):
        words = T("{address}: {about} is recorded already as its {role} object")
    return str(words.filled(address=item.address, about=about, role=result.place or item.role))


COMMAND = import_command
