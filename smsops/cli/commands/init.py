"""``smsops init``: write a starter project that validates as it is."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import click

from smsops.cli.command import command
from smsops.cli.context import Context
from smsops.errors import Exit, SmsopsError, UsageError
from smsops.model import BACKENDS
from smsops.text.messages import C, T

IGNORE = ".gitignore"


@command("init", help="Write a starter project into the directory of -C; overwrites nothing.")
@click.option(
    "--backend",
    type=click.Choice(BACKENDS),
    default="local",
    show_default=True,
    help="Where the state is kept.",
)
@click.option(
    "--empty",
    is_flag=True,
    help="Without samples, for an account that has signs and templates already (`smsops adopt`).",
)
@click.option(
    "--environments",
    is_flag=False,
    flag_value="staging,prod",
    default="",
    metavar="[NAMES]",
    help="Several accounts that share the manifests, separated by commas; without names staging "
    "and prod.",
)
def init(context: Context, *, backend: str, empty: bool, environments: str) -> Exit:
    from smsops.manifests import schemas, starter
    from smsops.manifests.modeline import SCHEMA

    root = context.options.directory
    begin = starter.empty if empty else starter.files
    places = _names(environments)
    files = dict(begin(Path(os.path.abspath(root)).name, backend, places))
    files[SCHEMA] = schemas.text(schemas.ANY).encode()
    # Nearly every repository has the one already, and the other says the same in every project;
    # only these can be left alone.
    kept = os.path.lexists(root / IGNORE)
    for name in (IGNORE, SCHEMA):
        if os.path.lexists(root / name):
            del files[name]
    taken = [name for name in sorted(files) if os.path.lexists(root / name)]
    if taken:
        names = ", ".join(taken)
        raise SmsopsError(
            T(
                "{names} exists already; init overwrites nothing, and nothing was written",
                names=names,
            )
            if len(taken) == 1
            else T(
                "{names} exist already; init overwrites nothing, and nothing was written",
                names=names,
            ),
            hint=T("Choose an empty directory with -C DIR."),
        )
    if backend == "git" and not _in_repository(root):
        raise SmsopsError(
            T("no git repository has {root} in it, and nothing was written", root=root.absolute()),
            hint=T(
                "The state is kept in one: clone it or run `git init` first, or choose another "
                "--backend."
            ),
        )
    for name, body in sorted(files.items()):
        _write(root / name, body)
    context.out("\n".join(str(T("created {name}", name=name)) for name in sorted(files)))
    if backend != "local":
        for place in map(context.within, places or (None,)):
            _probe(place)
    if kept and not _ignores(root):
        context.log(T("Add .smsops/ to {ignore}: it holds the local state.", ignore=IGNORE))
    where = "" if root == Path() else f"-C {shlex.quote(str(root))} "
    inside = f"{where}-e {places[0]} " if places else where
    if empty:
        context.log(
            T(
                "\nNext:\n  smsops {inside}whoami   show the account that the credentials are of\n"
                "  smsops {inside}adopt    write manifests for what is there, and record the ids",
                inside=inside,
            )
        )
        return Exit.OK
    context.log(
        T(
            "\nNext:\n  smsops {where}validate           check the files\n  "
            "smsops {inside}--emulator plan    try it without an account\nBefore "
            "you apply it to an account, change signs/acme.yaml: the name, the "
            "qualification and the image are examples.",
            where=where,
            inside=inside,
        )
    )
    return Exit.OK


COMMAND = init


def _names(given: str) -> list[str]:
    """The environments of ``--environments``. Raises :class:`UsageError` for what is no name."""
    from smsops.manifests.environments import NAME

    names = list(dict.fromkeys(filter(None, (each.strip() for each in given.split(",")))))
    for name in names:
        if NAME.fullmatch(name) is None:
            raise UsageError(
                T("{name} is no name of an environment", name=repr(name)),
                hint=T("For example: --environments staging,prod"),
            )
    return names


def _probe(context: Context) -> None:
    """Prove that the backend keeps a second run out, before anybody relies on it."""
    from smsops.errors import StateError
    from smsops.state import probe

    project = context.project()
    try:
        where = context.backend(project)
        probe(where)
    except SmsopsError as error:
        failed = StateError(
            T(
                "the files are written, but the backend does not work yet: {message}",
                message=error.message_text,
            ),
            hint=error.hint_text or T("{command} tries it again.", command=C("state list")),
        )
        failed.exit = error.exit
        raise failed from error
    context.log(T("{description} locks as it should.", description=where.description))


def _in_repository(root: Path) -> bool:
    place = Path(os.path.abspath(root))
    return any(os.path.lexists(each / ".git") for each in (place, *place.parents))


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as stream:
        stream.write(body)


def _ignores(root: Path) -> bool:
    try:
        lines = (root / IGNORE).read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    return any(line.strip().strip("/") == ".smsops" for line in lines)
