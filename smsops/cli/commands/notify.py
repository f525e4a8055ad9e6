"""``smsops notify``: a result, told in a chat. Nothing is read but the file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from smsops.cli.command import command
from smsops.cli.context import Context
from smsops.errors import Exit, SmsopsError
from smsops.text.messages import T

if TYPE_CHECKING:
    from smsops.chats.notice import Notice

_MOST_BYTES = 64 * 1024 * 1024
_HOW = T("It takes what --format json of plan, apply, wait, drift, status, probe and stats prints.")


@command(
    "notify",
    help="Post a result (JSON of plan, apply, wait, drift, status, probe or stats; - is standard "
    "input) to the chats that SMSOPS_NOTIFY_FEISHU_URL, SMSOPS_NOTIFY_DINGTALK_URL, "
    "SMSOPS_NOTIFY_WECOM_URL and SMSOPS_NOTIFY_SLACK_URL name. Nothing to tell: no message.",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option(
    "--on",
    "on",
    multiple=True,
    type=click.Choice(("drift", "review", "apply")),
    help="Only about this; repeatable. By default everything worth a word.",
)
@click.option(
    "--exit-code",
    "ended",
    type=click.IntRange(0, 255),
    metavar="CODE",
    help="How the command that made FILE ended. When it failed and FILE says nothing, or is not "
    "there, the message says what the code means.",
)
@click.option("--heartbeat", is_flag=True, help="Also say that there is nothing to tell.")
def notify_command(
    context: Context, file: Path, on: tuple[str, ...], ended: int | None, heartbeat: bool
) -> Exit:
    from smsops.chats.sending import robots, send, undelivered
    from smsops.cli.pipeline import job, read_document, repository, run_url
    from smsops.render.notices import failure, without_result

    environment = context.environment
    found = robots(environment)
    place, link = repository(environment), run_url(environment)
    failed = ended not in (None, Exit.OK, Exit.DIFFERENCES)
    # A run that failed before it wrote anything has left no file, or an empty one.
    body = b"" if failed and not _there(file) else read_document(file, _MOST_BYTES, hint=_HOW)
    told = bool(body.strip())
    message = None
    if told:
        message = _result(context, file, body, on, heartbeat=heartbeat and not failed)
    if message is None and failed and ended is not None:
        message = failure(ended, job(environment), place=place, link=link)
    elif not told:
        message = without_result(place=place, link=link)
    if message is None:
        context.log(T("Nothing to tell; no message was sent."))
        return Exit.OK
    failures = []
    for robot in found:
        why = send(robot, message, environment, context.clock)
        if why is None:
            context.log(T("{name}: sent.", name=robot.service.name))
        else:
            failures.append((robot, why))
    for line in undelivered(failures):
        context.log(T("Error: {line}", line=line))
    silent = not told and not failed
    if silent:
        context.log(T("Error: {file} is empty: the command that wrote it failed", file=file))
    return Exit.ERROR if failures or silent else Exit.OK


def _there(file: Path) -> bool:
    return file == Path("-") or file.exists()


def _result(
    context: Context, file: Path, body: bytes, on: tuple[str, ...], *, heartbeat: bool
) -> Notice | None:
    """What FILE tells; ``None`` when there is nothing to tell."""
    import json

    from smsops.cli.formats import refuse_newer
    from smsops.cli.pipeline import repository, run_url
    from smsops.render.notices import NoResult, Topic, notice

    try:
        document = json.loads(body)
        refuse_newer(file, document)
        return notice(
            document,
            on={Topic(each) for each in on},
            heartbeat=heartbeat,
            place=repository(context.environment),
            link=run_url(context.environment),
        )
    except (ValueError, RecursionError, NoResult):
        raise SmsopsError(T("{file} is no result of smsops", file=file), hint=_HOW) from None


COMMAND = notify_command
