"""The words of `import --from-tfstate`: what became of each object, and how Terraform lets go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from smsops.adoption.terraform import release
from smsops.adoption.terraform.claims import NotTaken, Same, Why
from smsops.adoption.terraform.take_over import Outcome, Taken
from smsops.errors import Exit
from smsops.model import Address, Role, Value
from smsops.render.style import review_words, value
from smsops.text.messages import C, Command, N, T, Text, listed
from smsops.text.sanitise import terminal

if TYPE_CHECKING:
    from smsops.adoption.terraform.states import Managed
    from smsops.cli.context import Context
    from smsops.model import Project

#: Characters of a text that is shown only to be recognised.
_ENOUGH = 60


def say(
    context: Context, project: Project, items: Sequence[Managed], outcomes: Sequence[Outcome]
) -> Sequence[Exit]:
    """Say what became of ``items``, deposed ones too; the exit code of each that asks for more."""
    for item in outcomes:
        if isinstance(item, NotTaken):
            _not_taken(context, item)
    ours = {item.claim.binding.remote_id for item in outcomes if isinstance(item, Taken)}
    for each in items:
        if each.deposed and each.remote_id not in ours:
            _deposed(context, each)

    def lines() -> list[str]:
        return [str(line) for item in outcomes for line in _lines(project, item, ci=context.ci)]

    if lines():
        context.show(lambda: "\n".join(lines()))
        left = [
            item.claim.item if isinstance(item, Taken) else item.item
            for item in outcomes
            if not isinstance(item, NotTaken)
        ]
        context.out("\n".join(_release(left, items, ci=context.ci)))
        _close(context, outcomes)
    elif any(isinstance(item, NotTaken) and item.why is Why.MISSING for item in outcomes):
        context.log(
            T(
                "None of them is in this account, region {region}: Terraform may be about another "
                "one. {command} shows whose account this is.",
                region=project.region,
                command=Command.of("whoami"),
            )
        )
    return [each for item in outcomes for each in _exits(item)]


def _close(context: Context, outcomes: Sequence[Outcome]) -> None:
    """What a person has to know who only reads the end."""
    left = sum(isinstance(item, NotTaken) for item in outcomes)
    if left:
        context.log(
            N(
                left,
                "{count} of {all} resources was not imported: see above.",
                "{count} of {all} resources were not imported: see above.",
                all=len(outcomes),
            )
        )
    context.log(T("Next: {command} shows what is left to do, if anything.", command=C("plan")))


def _exits(item: Outcome) -> Iterator[Exit]:
    if isinstance(item, NotTaken):
        yield item.exit
    elif isinstance(item, Taken) and item.refused:
        yield Exit.INVALID


def _not_taken(context: Context, item: NotTaken) -> None:
    context.log(
        T(
            "Not imported: {source}: {words}.\n  {command} binds it by hand.",
            source=item.item.address,
            words=item.words,
            command=item.command,
        )
    )
    if item.hint:
        context.log(T("  {hint}", hint=item.hint))


def _deposed(context: Context, item: Managed) -> None:
    """An object that Terraform has replaced, and not deleted yet."""
    if item.remote_id is None:
        return
    context.log(
        T(
            "Not imported: {source} (deposed): Terraform has replaced {kind} {remote_id} and wants "
            "to delete it.\n  {command} binds it.",
            source=item.address,
            kind=item.kind,
            remote_id=item.remote_id,
            command=Command.of("import", Address(item.kind, "NAME"), item.remote_id),
        )
    )


def _lines(project: Project, item: Outcome, *, ci: bool) -> Iterator[str]:
    if isinstance(item, Same):
        yield str(
            T(
                "{address}: {source} in Terraform is the same object",
                address=item.address,
                source=terminal(item.item.address, ci=ci),
            )
        )
    elif isinstance(item, Taken):
        yield str(_headline(item, ci=ci))
        yield from (f"  {line}" for line in _manifest(project, item, ci=ci))


#: Where an object is already -> what became of it.
_HEADLINES: Mapping[Role | None, Text] = {
    None: T("{object} is its current object, {source} in Terraform"),
    Role.CURRENT: T("{object} already was its current object, {source} in Terraform"),
    Role.SUCCESSOR: T(
        "{object} is recorded already as its successor object, {source} in Terraform"
    ),
    Role.SUPERSEDED: T(
        "{object} is recorded already as its superseded object, {source} in Terraform"
    ),
}


def _headline(item: Taken, *, ci: bool) -> Text:
    from smsops.kinds import KINDS

    claim = item.claim
    binding, seen = claim.binding, claim.seen
    kind = KINDS[binding.address.kind]
    label = value(seen.spec.get(kind.label), ci=ci)
    named = f"{binding.address}: {kind.name} {binding.remote_id} {label}"
    return _HEADLINES[claim.place].filled(
        object=f"{named} ({review_words(seen.review)})",
        source=terminal(claim.item.address, ci=ci),
    )


def _manifest(project: Project, item: Taken, *, ci: bool) -> Iterator[Text]:
    """What was written for an object, and what was not."""
    if item.claim.wished is not None:
        yield T("{address} is declared or recorded for something else", address=item.claim.wished)
    if item.claim.twin is not None:
        yield T(
            "no manifest: {address} declares the same, of another object; delete one of the "
            "objects, or change its text",
            address=item.claim.twin,
        )
    for words in item.refused:
        yield T("no manifest, since it would be refused: {words}", words=terminal(words, ci=ci))
    if item.path is None or item.known is None:
        return
    for path in (item.path, *(item.path.parent / name for name in item.known.files)):
        yield T("written: {path}", path=terminal(str(path.relative_to(project.root)), ci=ci))
    for each in item.known.differing:
        yield T(
            "{field}: {theirs} in Terraform's state; the account has {ours}, which was written",
            field=each.field,
            theirs=_short(each.terraform, ci=ci),
            ours=_short(each.account, ci=ci),
        )
    for name, reason in item.known.left_out.items():
        yield T("{field}: left out: {reason}", field=name, reason=terminal(reason, ci=ci))
    if item.exceptions:
        yield T(
            "its text breaks {codes} as it stands; the manifest makes an exception",
            codes=", ".join(item.exceptions),
        )
    if item.known.missing:
        yield T(
            "not in Terraform's state, left out: {fields}", fields=", ".join(item.known.missing)
        )


def _short(item: Value, *, ci: bool) -> str:
    if isinstance(item, str) and len(item) > _ENOUGH:
        return value(item[:_ENOUGH] + "…", ci=ci)
    return value(item, ci=ci)


def _release(left: Sequence[Managed], items: Sequence[Managed], *, ci: bool) -> Iterator[str]:
    """How Terraform gives up what smsops has now."""
    blocks = list(release.removed_blocks(left, items))
    kept = release.kept_blocks(left, items)
    commands = [terminal(command, ci=ci) for command in release.commands(left)]
    yield ""
    yield str(_STILL_THERE)
    if kept:
        names = listed(", ", (terminal(block, ci=ci) for block in kept))
        yield f"\n{_KEPT.filled(names=names)}"
    if blocks:
        yield f"\n{T('1. Terraform 1.7 or newer: write this in place of them, and apply it.')}"
        yield from (f"\n{terminal(block, ci=ci, multiline=True)}" for block in blocks)
        yield f"\n{T('2. Any version: run this, then remove the resource blocks.')}\n"
    else:
        yield f"\n{T('Run this, then remove the resource blocks of what it names.')}\n"
    yield from commands


_KEPT = T(
    "Keep the resource block of {names}: another instance of it was not taken over, and Terraform "
    "would delete that one with the block."
)
_STILL_THERE = T(
    "Terraform manages these objects as well, and deletes them once their resource blocks are "
    "gone. Take them out of it:"
)
