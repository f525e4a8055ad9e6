"""``smsops emulator``: serve the built-in emulator, play its reviewer, look into it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from smsops.cli import garbage
from smsops.cli.command import Group, command
from smsops.cli.context import Context
from smsops.cli.options import global_options, merged
from smsops.clock import to_text
from smsops.emulator.account import KINDS
from smsops.errors import Exit, SmsopsError, UsageError
from smsops.text import sanitise
from smsops.text.messages import C, T, Text
from smsops.workspace.environments import account_of, kept

if TYPE_CHECKING:
    from smsops.clock import Clock
    from smsops.emulator.account import Item, Json
    from smsops.emulator.pushing import Pusher
    from smsops.emulator.settings import Settings
    from smsops.manifests import yaml_tree

DATA = "emulator.json"
_F = TypeVar("_F", bound=Callable[..., Any])
_MAX_FILE = 64 * 1024 * 1024
_VERDICTS = ("delivered", "failed", "reply")
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")

_data = click.option(
    "--data", type=click.Path(path_type=Path), metavar="FILE", help="The emulator's data file."
)


class _Account(Protocol):
    """The reviewer's side of an emulator, in this process or served by another."""

    def review(self, kind: str, number: int, code: int, reply: str = "") -> None: ...
    def judge_qualification(self, number: int, verdict: str) -> None: ...
    def seed(self, objects: object) -> list[int]: ...
    def remove(self, kind: str, number: int) -> None: ...
    def items(self, kind: str) -> list[Item]: ...
    def ledger(self) -> list[Json]: ...
    def report(self, serial: str, verdict: str, code: str = "") -> None: ...
    def reply_from(self, serial: str, text: str) -> None: ...
    def reset(self, what: str = "all") -> None: ...


@click.group("emulator", cls=Group)
@global_options
@click.pass_context
def emulator(click_context: click.Context, /, **values: Any) -> None:
    """Serve, seed and review on the local emulator.

    `smsops --emulator CMD` runs any command against it without a server. Data is in
    .smsops/emulator.json of the project, or in --data FILE; with --endpoint (or SMSOPS_ENDPOINT)
    on loopback, commands talk to the emulator that is served there.
    """
    base: Context = click_context.obj
    click_context.obj = replace(base, options=merged(base.options, values))


def _callback_options(function: _F) -> _F:
    """Options about what is pushed where."""
    for option in reversed(
        (
            click.option("--status-url", metavar="URL", help="Push reports there, as Tencent."),
            click.option("--reply-url", metavar="URL", help="Push replies there, as Tencent."),
            click.option("--huawei-url", metavar="URL", help="Push reports there, as Huawei."),
            click.option(
                "--allow-callback",
                metavar="HOST",
                multiple=True,
                help="A host, not of this machine, that callbacks may be pushed to.",
            ),
            click.option(
                "--callback-faults",
                metavar="LIST",
                default="",
                help="duplicate, reverse, delay:2s, lose-part, or several with commas.",
            ),
        )
    ):
        function = option(function)
    return function


@command("serve")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True)
@_data
@click.option("--review", default="manual", metavar="manual|auto[:DELAY]", help="Who approves.")
@click.option("--account", metavar="ID", help="The account's id, instead of 100000000001.")
@click.option("--site", type=click.Choice(["cn", "intl"]), default="cn", help="Of which site.")
@click.option("--listing", type=click.Choice(["modern", "legacy"]), default="modern")
@click.option("--subaccount", is_flag=True, help="Refuse to list templates without ids.")
@click.option("--no-limits", is_flag=True, help="Do not limit calls a second.")
@click.option("--number-limits", is_flag=True, help="Limit messages to one number, as documented.")
@click.option("--parameter-length", type=click.IntRange(1), help="Characters of a parameter.")
@click.option("--session-context", is_flag=True, help="Reports repeat it, as support can enable.")
@click.option("--report-delay", metavar="DURATION", default="1s", show_default=True)
@click.option("--keep", type=click.IntRange(1), metavar="N", help="Keep so many messages: 20000.")
@click.option("--latency", metavar="LOW[-HIGH]", help="Delay every reply: 50ms, or 50ms-200ms.")
@click.option(
    "--latency-at",
    type=click.Choice(["after-admission", "before-admission"]),
    default="after-admission",
    show_default=True,
    help="Delay after or before the limiter counts a call.",
)
@click.option("--refuse-identity", is_flag=True, help="Refuse sts:GetCallerIdentity.")
@click.option("--unknown-ids", type=click.Choice(["omit", "fail"]), default="omit")
@click.option("--normalise", multiple=True, metavar="FORM", help="trim, nfc, full-width, ...")
@click.option("--faults", type=click.Path(path_type=Path), metavar="FILE", help="JSON of faults.")
@_callback_options
@click.option("--for", "life", metavar="DURATION", help="Stop by itself after so long.")
@click.option(
    "--ready-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Say in FILE where requests are answered, as JSON.",
)
def serve(
    context: Context,
    port: int,
    data: Path | None,
    faults: Path | None,
    life: str | None,
    ready_file: Path | None,
    **switches: Any,
) -> Exit:
    """Serve the API on loopback until interrupted.

    Point a client at it with SecretId AKIDEMULATOR and SecretKey emulator.
    """
    import threading

    from smsops.emulator.app import Server, interruptible
    from smsops.emulator.claim import claimed
    from smsops.emulator.core import Emulator
    from smsops.emulator.faults import parse
    from smsops.emulator.ready import ready_file as announced
    from smsops.emulator.settings import duration

    # SMSOPS_ENDPOINT may be set for the commands that ask what is served here.
    if context.options.endpoint not in (None, context.environment.get("SMSOPS_ENDPOINT") or None):
        raise UsageError(
            T("serve answers calls itself, and asks no {option}", option="--endpoint"),
            hint=T("Choose where it listens with --port."),
        )
    seconds = duration(life) if life else None
    ordered = parse(_document(faults)) if faults else ()
    if data is None and _in_project(context):
        data = kept(context.options) / DATA
    stopping = threading.Event()
    clock = interruptible(context.clock, stopping)
    callbacks = _pusher(context, clock, data, switches)
    settings = _settings(context, **switches)
    with claimed(data) as note, announced(ready_file) as announce:
        account = Emulator(data, settings, clock=clock, faults=ordered, serves=True)

        def ready(url: str) -> None:
            note(url)
            announce(url)
            context.log(_welcome(url))

        server = Server(account, port=port, ready=ready, seconds=seconds, stopping=stopping)
        garbage.of_a_server()
        with callbacks.following(account) if callbacks else nullcontext():
            server.run()
    return Exit.OK if server.stopped_by is None else Exit(128 + server.stopped_by)


def _pusher(
    context: Context, clock: Clock, data: Path | None, switches: dict[str, Any]
) -> Pusher | None:
    """What pushes callbacks, if any URL is given; takes its options out of ``switches``."""
    from smsops.emulator.callbacks import Kind, disorder, target
    from smsops.emulator.journal import journal
    from smsops.emulator.pushing import Pusher

    allowed, wrong = switches.pop("allow_callback"), switches.pop("callback_faults")
    urls = {kind: switches.pop(kind.option) for kind in Kind}
    targets = [target(kind, url, allowed) for kind, url in urls.items() if url is not None]
    faults = disorder(wrong)
    if not targets:
        for option, given in (("--callback-faults", wrong), ("--allow-callback", allowed)):
            if given:
                raise UsageError(
                    T("{option} is about callbacks, and none are pushed", option=option),
                    hint=T("Say where to, with --status-url, --reply-url or --huawei-url."),
                )
        return None
    return Pusher(
        targets,
        disorder=faults,
        clock=clock,
        say=lambda line: context.log(T("emulator: {line}", line=line)),
        path=journal(data),
    )


def _welcome(url: str) -> Text:
    from smsops.emulator import SECRET_ID, SECRET_KEY

    return T(
        "listening on {url}\n"
        "  in a browser: {url}/\n"
        "  in an SDK:    endpoint {host}, protocol http (not https), SecretId {secret_id}, "
        "SecretKey {secret_key}\n"
        "  in smsops:    export {id}={secret_id} {key}={secret_key}\n"
        "                {command}",
        url=url,
        host=url.removeprefix("http://"),
        id="TENCENTCLOUD_SECRET_ID",
        secret_id=SECRET_ID,
        key="TENCENTCLOUD_SECRET_KEY",
        secret_key=SECRET_KEY,
        command=f"smsops --endpoint {url} plan",
    )


def _settings(
    context: Context,
    *,
    account: str | None,
    keep: int | None,
    latency: str | None,
    no_limits: bool,
    refuse_identity: bool,
    report_delay: str,
    **same: Any,
) -> Settings:
    from smsops.emulator.history import KEEP
    from smsops.emulator.settings import Settings, duration, interval

    settings = Settings(
        limits=not no_limits,
        identity=not refuse_identity,
        report_delay=duration(report_delay),
        keep=keep or KEEP,
        **same,
    )
    if latency:
        settings = replace(settings, latency=interval(latency))
    if account := account or context.options.account_id or account_of(context.options):
        settings = replace(settings, account_id=account)
    return settings


@command("review")
@click.argument("kind", type=click.Choice([*KINDS, "qualification"]))
@click.argument("number", metavar="ID", type=int)
@click.argument(
    "verdict", type=click.Choice(["approved", "effective-later", "rejected", "pending"])
)
@click.option("--reply", default="", metavar="TEXT", help="What the reviewer answers.")
@_data
def review(
    context: Context, kind: str, number: int, verdict: str, reply: str, data: Path | None
) -> Exit:
    """Play the reviewer: decide about a sign, a template or a qualification."""
    from smsops.emulator.seed import VERDICTS

    account = _account(context, data)
    if kind == "qualification":
        account.judge_qualification(number, verdict)
    else:
        account.review(kind, number, VERDICTS[verdict], reply)
    context.out(str(T("{kind} {id}: {verdict}", kind=kind, id=number, verdict=verdict)))
    return Exit.OK


@command("message")
@click.argument("serial")
@click.argument("verdict", metavar="delivered|failed|reply", type=click.Choice(_VERDICTS))
@click.argument("text", required=False)
@click.option("--code", metavar="CODE", help="Receipt code of a failure, such as NOREG.")
@_data
def message(
    context: Context,
    serial: str,
    verdict: str,
    text: str | None,
    code: str | None,
    data: Path | None,
) -> Exit:
    """Play the carrier or the phone: report a message, or reply TEXT to it.

    SERIAL is the SerialNo that SendSms answered, or the externalId.
    """
    if (verdict == "reply") != (text is not None):
        raise UsageError(
            T("TEXT is what the phone replies, and given with reply alone"),
            hint=T("As in {command}", command=C("emulator message SERIAL reply R")),
        )
    if code is not None and verdict != "failed":
        raise UsageError(T("{option} is for {verdict} alone", option="--code", verdict="failed"))
    account = _account(context, data)
    if text is not None:
        account.reply_from(serial, text)
    else:
        account.report(serial, verdict, code or "")
    context.out(str(T("message {id}: {verdict}", id=serial, verdict=verdict)))
    return Exit.OK


@command("seed")
@click.argument("file", type=click.Path(path_type=Path))
@_data
def seed(context: Context, file: Path, data: Path | None) -> Exit:
    """Put objects into the account, as if they had been there before.

    FILE is a YAML or JSON list of {kind: sign|template|qualification|package, ...fields in the
    words of the manifests or of the API, status, reply, international: false|true|3, id, created}.
    An object whose id exists, or without id its name, is replaced: FILE can be put twice, and that
    is how to play somebody who edits in the console.
    """
    objects = _document(file)
    account = _account(context, data, create=True)
    there = {(kind, item.id) for kind in KINDS for item in account.items(kind)}
    for number, given in zip(account.seed(objects), objects, strict=True):
        kind = str(given["kind"]).lower()
        context.out(" ".join((kind, str(number))))
        if (kind, number) in there:
            context.log(T("{kind} {id} was there already: replaced", kind=kind, id=number))
    return Exit.OK


@command("remove")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("number", metavar="ID", type=int)
@_data
def remove(context: Context, kind: str, number: int, data: Path | None) -> Exit:
    """Play somebody who deletes an object in the console."""
    account = _account(context, data)
    if all(item.id != number for item in account.items(kind)):
        raise SmsopsError(
            T("there is no {kind} {number}", kind=kind, number=number),
            hint=T("{command} shows what is there.", command=C("emulator list")),
        )
    account.remove(kind, number)
    context.out(str(T("{kind} {id}: removed", kind=kind, id=number)))
    return Exit.OK


@command("reset")
@click.option("--all", "everything", is_flag=True, help="Forget signs and templates too.")
@_data
def reset(context: Context, everything: bool, data: Path | None) -> Exit:
    """Forget messages, calls and faults; signs and templates stay.

    Serial numbers begin anew; with --all, ids as well.
    """
    _account(context, data).reset("all" if everything else "messages")
    context.out(str(T("the account is empty") if everything else T("messages: forgotten")))
    return Exit.OK


@command("list")
@click.option("--format", type=click.Choice(["text", "json"]), default="text")
@_data
def list_(context: Context, format: str, data: Path | None) -> Exit:
    """List signs and templates with their ids and review codes."""
    account = _account(context, data)
    items = [item for kind in KINDS for item in account.items(kind)]
    lines = (
        [_line(item.to_json(), ci=context.ci) for item in items]
        if format == "json"
        else _aligned(items, ci=context.ci)
    )
    for line in lines:
        context.out(line)
    return Exit.OK


@command("ledger")
@_data
def ledger(context: Context, data: Path | None) -> Exit:
    """Print every write that API calls committed, as JSON lines."""
    for entry in _account(context, data).ledger():
        context.out(_line(entry, ci=context.ci))
    return Exit.OK


for _command in (serve, review, message, seed, remove, reset, list_, ledger):
    emulator.add_command(_command)

COMMAND = emulator


def _in_project(context: Context) -> bool:
    return (context.options.directory / "smsops.yaml").exists()


def _account(context: Context, data: Path | None, *, create: bool = False) -> _Account:
    """The emulator that a command is about: --data, else --endpoint, else the project's."""
    from smsops.emulator.core import Emulator
    from smsops.emulator.remote import Remote, is_loopback
    from smsops.emulator.settings import EVERYTHING, Settings

    endpoint = context.options.endpoint
    if endpoint and "://" not in endpoint:
        endpoint = "http://" + endpoint  # as SDKs take it
    if data is None and endpoint and is_loopback(endpoint):
        return Remote(endpoint)
    path = data or kept(context.options) / DATA
    settings = Settings(keep=EVERYTHING)  # only who serves the file decides what leaves it
    if create and (data is not None or _in_project(context)):
        return Emulator(path, settings, clock=context.clock)
    if not path.exists():
        raise UsageError(
            T("there is no emulator data at {path}", path=path),
            hint=T(
                "Name a served emulator with --endpoint http://127.0.0.1:PORT, or its file with "
                "--data; in a project, run something with --emulator first."
            ),
        )
    return Emulator(path, settings, clock=context.clock)


def _document(path: Path) -> Any:
    """A JSON or YAML file. Raises :class:`SmsopsError`."""
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_FILE + 1)
    except OSError as error:
        raise SmsopsError(
            T("cannot read {path}: {strerror}", path=path, strerror=error.strerror)
        ) from error
    if len(raw) > _MAX_FILE:
        raise SmsopsError(T("{path} is larger than {size} MiB", path=path, size=_MAX_FILE >> 20))
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return _yaml(path, raw)


def _yaml(path: Path, raw: bytes) -> Any:
    from smsops.manifests import yaml_tree

    documents, faults = yaml_tree.read(raw)
    for fault in faults:
        raise SmsopsError(
            T(
                "{path}:{line}:{column}: {message}",
                path=path,
                line=fault.line,
                column=fault.column,
                message=fault.message,
            )
        )
    if len(documents) != 1:
        raise SmsopsError(
            T("{path} has {count} documents; one is expected", path=path, count=len(documents))
        )
    return _plain(documents[0].root)


def _plain(node: yaml_tree.Node) -> Any:
    """A YAML node as JSON would have it; what is quoted is text."""
    from smsops.manifests import yaml_tree

    if isinstance(node, yaml_tree.Sequence):
        return [_plain(item) for item in node.items]
    if isinstance(node, yaml_tree.Mapping):
        return {key: _plain(value) for key, value in node.entries.items()}
    if not node.plain:
        return node.text
    if yaml_tree.null(node):
        return None
    if node.text in ("true", "false"):
        return node.text == "true"
    return int(node.text) if _INTEGER.fullmatch(node.text) else node.text


def _aligned(items: Sequence[Item], *, ci: bool) -> Iterator[str]:
    """One line an object, in columns."""
    from smsops.kinds.reviews import review_of
    from smsops.text.width import padded, width

    rows = [
        [
            sanitise.terminal(cell, ci=ci)
            for cell in (
                item.kind,
                str(item.id),
                review_of(item.status).state,
                item.place,
                to_text(item.submitted) or "",
                item.name,
                item.reply,
            )
        ]
        for item in items
    ]
    columns = [max(map(width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = map(padded, row, columns)
        yield "  ".join(cells).rstrip()


def _line(document: Mapping[str, object], *, ci: bool) -> str:
    text = json.dumps(document, ensure_ascii=True, sort_keys=True)
    return text.replace("##", "#\\u0023") if ci else text
