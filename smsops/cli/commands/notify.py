"""``smsops notify``: a result, told in a chat. Nothing is read but the file."""

from __future__ import annotations

from pathlib import Path

import click

from smsops.cli.command import command
from smsops.cli.context import Context
from smsops.errors import Exit, SmsopsError
from smsops.text.messages import T

_MOST_BYTES = 64 * 1024 * 1024
_HOW = T("It takes what --format json of plan, apply, wait, drift, status, probe and stats prints.")


@command(
    "notify",
    help="Post a result (JSON of plan, apply, wait, drift, status, probe or stats; - is standard "
    "input) to the chats that SMSOPS_NOTIFY_FEISHU_URL, SMSOPS_NOTIFY_DINGTALK_URL, "
    "SMSOPS_NOTIFY_WECOM_URL and "
    "SMSOPS_NOTIFY_SLACK_URL name. Nothing to tell: no message.",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option(
    "--on",
    "on",
    multiple=True,
    type=click.Choice(("drift", "review", "apply")),
    help="Only about this; repeatable. By default everything worth a word.",
)
@click.option("--heartbeat", is_flag=True, help="Also say that there is nothing to tell.")
def notify_command(context: Context, file: Path, on: tuple[str, ...], heartbeat: bool) -> Exit:
    import json

    from smsops.chats.sending import robots, send, undelivered
    from smsops.cli.pipeline import read_document, repository, run_url
    from smsops.render.notices import NoResult, Topic, notice, without_result

    environment = context.environment
    found = robots(environment)
    body = read_document(file, _MOST_BYTES, hint=_HOW)
    place, link = repository(environment), run_url(environment)
    made = bool(body.strip())
    try:
        message = (
            notice(
                json.loads(body),
                on={Topic(each) for each in on},
                heartbeat=heartbeat,
                place=place,
                link=link,
            )
            if made
            else without_result(place=place, link=link)
        )
    except (ValueError, RecursionError, NoResult):
        raise SmsopsError(T("{file} is no result of smsops", file=file), hint=_HOW) from None
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
    if not made:
        context.log(T("Error: {file} is empty: the command that wrote it failed", file=file))
    return Exit.ERROR if failures or not made else Exit.OK


COMMAND = notify_command
