"""``smsops receive``: take what vendors push, and acknowledge it when it is durable."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import click

from smsops.cli import garbage
from smsops.cli.command import command
from smsops.cli.context import Context
from smsops.cli.ledger_options import ledger_option
from smsops.errors import Exit, SmsopsError, UsageError
from smsops.text.messages import C, T, Text


@command("receive")
@click.option(
    "--port", type=click.IntRange(0, 65535), required=True, help="Where to listen; 0: a free one."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@ledger_option
@click.option(
    "--forward",
    multiple=True,
    metavar="[WHAT=]URL",
    help="Pass bodies on; WHAT is tencent, tencent/APP or huawei.",
)
@click.option(
    "--spool",
    "spool_directory",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="For what has to wait; required with PostgreSQL.",
)
@click.option("--keep-replies", is_flag=True, help="Store the texts of replies.")
@click.option("--metrics", "show_metrics", is_flag=True, help="Answer GET /metrics.")
@click.option("--no-token", is_flag=True, help="Paths without a token, on loopback only.")
def receive(
    context: Context,
    host: str,
    port: int,
    url: str | None,
    forward: tuple[str, ...],
    spool_directory: Path | None,
    no_token: bool,
    **switches: bool,
) -> Exit:
    """Receive what vendors push: status reports and replies.

    Answers only after they are durable. Vendors push to /TOKEN/tencent/SDKAPPID, /TOKEN/tencent,
    /TOKEN/huawei and /TOKEN/huawei/replies; TOKEN is in SMSOPS_RECEIVE_TOKEN. Needs the extra
    smsops[server]. SIGTERM ends it after what is under way.
    """
    from smsops import platforms
    from smsops.net.loopback import is_loopback

    platforms.require(platforms.Needing.RECEIVER)
    from smsops.receiving.app import Parts, Receiver, Server
    from smsops.receiving.bodies import Reader
    from smsops.receiving.forwarding import Forwarder, target
    from smsops.receiving.keeping import PATIENCE, Keeper
    from smsops.receiving.metrics import Metrics
    from smsops.receiving.paths import VARIABLE, Paths, tokens_of
    from smsops.receiving.quarantine import Quarantine
    from smsops.receiving.queue import Queue
    from smsops.receiving.spool import Place, Spool
    from smsops.workspace.ledgers import receiving

    given = context.environment.get(VARIABLE)
    tokens = tokens_of(given, none=no_token, loopback=is_loopback(host))
    applications = _applications(context)
    targets = [target(each, applications) for each in forward]
    if any(each.reaches(host, port) for each in targets):
        raise UsageError(
            T("--forward names this receiver: a body would go round for ever"),
            hint=T("Name the program that wants the bodies too."),
        )
    names = {id: name for name, id in applications.items()}
    found = receiving(context.settings, url, spool_directory, patience=PATIENCE)
    with ExitStack() as failing:
        if found.ledger is not None:
            failing.callback(found.ledger.close)
        place = Place(found.spool)
        queue = Queue(place.path(f"forward-{place.owner}.db")) if targets else None
        failing.pop_all()
    spool = Spool(place, found.fingerprint, found.open_file, context.clock)
    metrics = Metrics(names)
    forwarder = None
    if queue is not None:
        forwarder = Forwarder(
            *(targets, queue),
            environment=context.environment,
            clock=context.clock,
            metrics=metrics,
            say=context.log,
        )
    paths = Paths(tokens)
    reader = Reader(found.secret, switches["keep_replies"])
    quarantine = Quarantine(place.path("quarantine.jsonl"))
    receiver = Receiver(
        Parts(
            *(paths, reader, quarantine, metrics, forwarder, context.clock),
            show_metrics=switches["show_metrics"],
            say=context.log,
        )
    )
    keeper = receiver.keeper = Keeper(
        *(found.open, found.ledger, spool, queue),
        clock=context.clock,
        say=context.log,
        settled=receiver.settled,
    )

    def ready(url: str) -> None:
        context.log(_welcome(url, tokens, names))

    try:  # where it cannot listen, what is open is closed all the same
        server = Server(receiver, host, port, ready)
        keeper.start()
        if forwarder is not None:
            forwarder.start()
        garbage.of_a_server()
        server.run()
    finally:
        if forwarder is not None:
            forwarder.close()
        keeper.close()
    return Exit.OK if server.stopped_by is None else Exit(128 + server.stopped_by)


def _applications(context: Context) -> dict[str, str]:
    """Name -> SmsSdkAppId of every application of the project, if there is one. Names are for
    people: no mistake in a manifest keeps a vendor out.
    """
    from smsops.manifests.load import load_manifests
    from smsops.manifests.project import NAME

    if not (context.options.directory / NAME).exists():
        return {}
    try:
        found = load_manifests(context.project())
    except SmsopsError as error:
        context.log(T("Warning: applications have no names here: {why}", why=error.message_text))
        return {}
    if found.errors:
        context.log(
            T("Warning: some manifests have errors: {command} says which.").filled(
                command=C("validate")
            )
        )
    return {each.name: each.sdk_app_id for each in found.applications}


def _welcome(url: str, tokens: tuple[str, ...], names: Mapping[str, str]) -> Text:
    begin = f"{url}/TOKEN" if tokens else url
    known = ", ".join(sorted(names.values()))
    return T(
        "Receiving on {begin}/tencent/SDKAPPID, {begin}/tencent, {begin}/huawei and "
        "{begin}/huawei/replies{known}",
        begin=begin,
        known=T(" for {names}", names=known) if known else "",
    )


COMMAND = receive
