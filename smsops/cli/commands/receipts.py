"""``smsops receipts``: messages of a ledger with their verdicts, by time, id or number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from smsops.cli.command import Failed, Group, command, configure_logging
from smsops.cli.context import Context
from smsops.cli.durations import When
from smsops.cli.ledger_options import (
    begin_of,
    hash_of,
    ledger_option,
    opened,
    say_every_environment,
    since_option,
)
from smsops.cli.options import GLOBAL_NAMES, global_options, merged
from smsops.errors import Exit, SmsopsError, UsageError
from smsops.text.messages import T

if TYPE_CHECKING:
    from smsops.delivery.ledger import Ledger
    from smsops.delivery.model import Message
    from smsops.kinds.application import Application

_A_DAY = 86_400
VERDICTS = ("delivered", "failed", "refused", "pending", "unknown")
CHANNELS = ("tencent", "tencent-2019", "yisha", "huawei")


class _Listing(Group):
    """A group that lists when no command is given."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Arguments as click parses them: none is a listing too."""
        return click.Group.parse_args(self, ctx, args)


@click.group("receipts", cls=_Listing, invoke_without_command=True, subcommand_metavar="[COMMAND]")
@since_option
@click.option(
    "--application",
    metavar="NAME|ID",
    help="Only of this one: its name in manifests, or its SmsSdkAppId.",
)
@click.option("--probe", metavar="NAME", help="Only what this probe sent.")
@click.option("--verdict", type=click.Choice(VERDICTS), help="Only with this verdict.")
@click.option("--cause", metavar="CAUSE", help="Only failures of this class, such as sign.")
@click.option("--message", metavar="ID", help="Only this one: SerialNo, smsMsgId, externalId.")
@click.option(
    "--format", type=click.Choice(("text", "json", "csv")), default="text", show_default=True
)
@ledger_option
@global_options
@click.pass_context
def receipts(click_context: click.Context, /, **values: Any) -> Exit | None:
    """List messages with their verdicts, as their vendors report them.

    Of the last 24 hours unless --since says otherwise: it counts from when smsops first knew of a
    message. Reads the ledger only.
    """
    base: Context = click_context.obj
    context = replace(base, options=merged(base.options, values))
    click_context.obj = context
    own = {name: value for name, value in values.items() if name not in GLOBAL_NAMES}
    if click_context.invoked_subcommand is not None:
        if given := [name for name, value in own.items() if value not in (None, "text")]:
            option = "--ledger" if given[0] == "url" else f"--{given[0]}"
            raise UsageError(
                T(
                    "write {option} behind {name}",
                    option=option,
                    name=click_context.invoked_subcommand,
                )
            )
        return None
    context = context.within(context.options.environment)
    configure_logging(context)
    try:
        return _list(context, **own)
    except SmsopsError as error:
        raise Failed(context, error) from error


def _list(
    context: Context,
    *,
    since: When | None,
    message: str | None,
    format: str,
    url: str | None,
    **wanted: str | None,
) -> Exit:
    from smsops.delivery.listing import heard
    from smsops.render import receipts as render
    from smsops.workspace.applications import known, sdk_app_id, unheard
    from smsops.workspace.environments import elsewhere

    _known_cause(wanted["cause"])
    declared: tuple[Application, ...] = ()
    if (name := wanted["application"]) is not None:
        declared = known(context.settings, [name])
        wanted["application"] = sdk_app_id(declared, name)
    with opened(context, url) as ledger:
        if (probe := wanted["probe"]) is not None:
            from smsops.workspace.probe_names import probe_name

            wanted["probe"] = probe_name(context.settings, ledger, probe)
        say_every_environment(context)
        now = context.clock.now()
        begin = begin_of(since, now, default=now - _A_DAY)
        every = (
            _named(ledger, message, begin if since is not None else 0, now)
            if message is not None
            else heard(ledger, begin, now)
        )
        others = elsewhere(context.options)
        found = [each for each in every if each.project not in others and _fits(each, **wanted)]
        if not found and (id := wanted["application"]) is not None:
            for note in unheard(ledger, declared, [id]):
                context.log(T("Note: {note}.", note=note))
    match format:
        case "json":
            context.out(render.json(found))
        case "csv":
            context.out(render.csv(found, ci=context.ci))
        case _:
            context.show(lambda: render.text(found, ci=context.ci))
    return Exit.OK


def _named(ledger: Ledger, message: str, begin: int, now: float) -> Iterator[Message]:
    from smsops.delivery.folding import messages

    for each in messages(ledger.of_messages([message]), now=now):
        if each.message == message and each.heard_at >= begin:
            yield each


def _fits(
    message: Message,
    *,
    application: str | None,
    probe: str | None,
    verdict: str | None,
    cause: str | None,
) -> bool:
    from smsops.delivery.causes import causes_of

    return (
        application in (None, message.application)
        and probe in (None, message.probe)
        and verdict in (None, message.verdict)
        and (cause is None or cause in causes_of(message))
    )


def _known_cause(cause: str | None) -> None:
    from smsops.delivery.causes import Cause

    if cause is not None and cause not in [*Cause]:
        raise UsageError(
            T(
                "there is no cause {cause}; there are {causes}",
                cause=repr(cause),
                causes=", ".join(Cause),
            )
        )


@command("find", help="List all that is known of one number: messages and replies.")
@click.option(
    "--to",
    "source",
    required=True,
    metavar="env:NAME|file:PATH",
    help="Where the number is; it is compared by its hash.",
)
@click.option("--channel", type=click.Choice(CHANNELS), help="Only of this channel.")
@since_option
@click.option("--format", type=click.Choice(("text", "json")), default="text", show_default=True)
@ledger_option
def find(
    context: Context,
    source: str,
    channel: str | None,
    since: When | None,
    format: str,
    url: str | None,
) -> Exit:
    from smsops.delivery.folding import messages
    from smsops.render import receipts as render

    with opened(context, url) as ledger:
        now = context.clock.now()
        begin = begin_of(since, now, default=0)
        records = ledger.of_number(hash_of(context, ledger, source), begin)
    found = [
        each
        for each in messages(records, now=now)
        if each.heard_at >= begin and channel in (None, each.channel)
    ]
    replies = [each for each in records.replies if channel in (None, each.vendor)]
    replies.sort(key=lambda reply: (reply.heard_at, reply.key))
    if format == "json":
        context.out(render.found_json(found, replies))
    else:
        context.show(lambda: render.found_text(found, replies, ci=context.ci))
    return Exit.OK


@command(
    "pull",
    help="Take the reports and replies that wait for an application, and keep them in the ledger. "
    "The API hands each out once: whoever else pulls by application never gets them.",
)
@click.option(
    "--application",
    required=True,
    metavar="NAME|ID",
    help="Its name in manifests, or its SmsSdkAppId.",
)
@click.option(
    "--consume", is_flag=True, help="Yes, take them away from everybody else who pulls them."
)
@ledger_option
def pull(context: Context, application: str, consume: bool, url: str | None) -> Exit:
    from smsops.render import receipts as render
    from smsops.workspace.pulls import take

    if not consume:
        raise UsageError(
            T("a pull takes reports away from every other program that pulls them"),
            hint=T("Pass --consume if nobody else does; `smsops receive` takes pushed ones."),
        )
    context.out(render.pulled(take(context.settings, context.project(), application, url)))
    return Exit.OK


receipts.add_command(find)
receipts.add_command(pull)

COMMAND = receipts
