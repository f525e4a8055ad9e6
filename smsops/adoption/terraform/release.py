"""What takes objects out of Terraform without deleting them. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from smsops.adoption.terraform.states import Managed


def removed_blocks(items: Sequence[Managed], all_items: Sequence[Managed]) -> Iterator[str]:
    """A ``removed`` block (Terraform 1.7) for each resource block of ``items``.

    It stands for every instance, since its address may have no keys: there is none where one of
    ``all_items`` would go with the others.
    """
    kept = kept_blocks(items, all_items)
    for block in dict.fromkeys(item.block for item in items):
        if block not in kept:
            yield (f"removed {{\n  from = {block}\n  lifecycle {{\n    destroy = false\n  }}\n}}")


def kept_blocks(items: Sequence[Managed], all_items: Sequence[Managed]) -> tuple[str, ...]:
    """Resource blocks of ``items`` that have to stay where they are: another instance of them is
    still Terraform's, and removing the block would delete every instance.
    """
    gone = {item.address for item in items}
    others = {item.block for item in all_items if item.address not in gone and not item.deposed}
    return tuple(dict.fromkeys(item.block for item in items if item.block in others))


def commands(items: Sequence[Managed]) -> Iterator[str]:
    """What makes Terraform forget each of ``items``, quoted for a shell."""
    for item in items:
        program = "tofu" if item.tofu else "terraform"
        yield shlex.join((program, "state", "rm", item.address))
