"""The words of `import --from-tfstate`: what became of each object, and how Terraform lets go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from smsops.adoption.terraform import release
from smsops.adoption.terraform.claims import NotTaken, Same, Why
from smsops.adoption.terraform.take_over import Outcome, Taken
from smsops.errors import Exit
from smsops.model import Role, Value
from smsops.render.style import review_words, value
from smsops.text.messages import Command, T
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
    lines = [line for item in outcomes for line in _lines(project, item, ci=context.ci)]
    if lines:
        context.show("\n".join(lines))
        left = [
            item.claim.item if isinstance(item, Taken) else item.item
            for item in outcomes
            if not isinstance(item, NotTaken)
        ]
        context.out("\n".join(_release(left, items, ci=context.ci)))
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
            command=Command.of("import", f"{item.kind}.NAME", item.remote_id),
        )
    )


def _lines(project: Project, item: Outcome, *, ci: bool) -> Iterator[str]:
    if isinstance(item, Same):
        source = terminal(item.item.address, ci=ci)
        yield f"{item.address}: {source} in Terraform is the same object"
    elif isinstance(item, Taken):
        yield _headline(item, ci=ci)
        yield from (f"  {line}" for line in _manifest(project, item, ci=ci))


def _headline(item: Taken, *, ci: bool) -> str:
    from smsops.kinds import KINDS

    claim = item.claim
    binding, seen = claim.binding, claim.seen
    kind = KINDS[binding.address.kind]
    words = "is its current object"
    if claim.place is not None:
        already = claim.place is Role.CURRENT
        words = "already was its" if already else "is recorded already as its"
        words += f" {claim.place} object"
    label = value(seen.spec.get(kind.label), ci=ci)
    return (
        f"{binding.address}: {kind.name} {binding.remote_id} {label} "
        f"({review_words(seen.review)}) {words}, {terminal(claim.item.address, ci=ci)} in Terraform"
    )


def _manifest(project: Project, item: Taken, *, ci: bool) -> Iterator[str]:
    """What was written for an object, and what was not."""
    if item.claim.wished is not None:
        yield f"{item.claim.wished} is declared or recorded for something else"
    if item.claim.twin is not None:
        yield (
            f"no manifest: {item.claim.twin} declares the same, of another object; delete one of "
            "the objects, or change its text"
        )
    for words in item.refused:
        yield f"no manifest, since it would be refused: {terminal(words, ci=ci)}"
    if item.path is None or item.known is None:
        return
    yield f"written: {terminal(str(item.path.relative_to(project.root)), ci=ci)}"
    for name in item.known.files:
        path = item.path.parent / name
        yield f"written: {terminal(str(path.relative_to(project.root)), ci=ci)}"
    for each in item.known.differing:
        yield (
            f"{each.field}: {_short(each.terraform, ci=ci)} in Terraform's state; the account has "
            f"{_short(each.account, ci=ci)}, which was written"
        )
    for name, reason in item.known.left_out.items():
        yield f"{name}: left out: {terminal(reason, ci=ci)}"
    if item.exceptions:
        codes = ", ".join(item.exceptions)
        yield f"its text breaks {codes} as it stands; the manifest makes an exception"
    if item.known.missing:
        yield f"not in Terraform's state, left out: {', '.join(item.known.missing)}"


def _short(item: Value, *, ci: bool) -> str:
    if isinstance(item, str) and len(item) > _ENOUGH:
        return value(item[:_ENOUGH] + "…", ci=ci)
    return value(item, ci=ci)


def _release(left: Sequence[Managed], items: Sequence[Managed], *, ci: bool) -> Iterator[str]:
    """How Terraform gives up what smsops has now."""
    yield ""
    yield (
        "Terraform manages these objects as well, and deletes them once their resource blocks are "
        "gone. Take them out of it, in one of two ways:"
    )
    blocks = list(release.removed_blocks(left, items))
    if blocks:
        yield ""
        yield "1. Terraform 1.7 or newer: write this in place of the resource blocks, and apply it."
        for block in blocks:
            yield ""
            yield terminal(block, ci=ci, multiline=True)
        yield ""
        yield "2. Any version: run this, then remove the resource blocks."
    else:
        yield ""
        yield "Run this, then remove the resource blocks of what it names."
    yield ""
    for command in release.commands(left):
        yield terminal(command, ci=ci)
