"""Options that name an address and change nothing there: somebody expected otherwise. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from smsops.model import Action, PlanOptions, Step
from smsops.text.messages import T, Text

#: Options that ask for something, by field: the flag, and the action that is then as it should be.
#: ``--target`` only leaves others out.
_WISHES = {
    "replace": ("--replace", Action.REPLACE),
    "promote": ("--promote", Action.PROMOTE),
    "not_renamed": ("--not-renamed", Action.DELETE),
}


def idle(
    steps: Sequence[Step],
    options: PlanOptions,
    without: Callable[[PlanOptions], Sequence[Step]],
) -> Iterator[Text]:
    """What to tell about every wish without which ``steps`` would be the same, and not as it was
    meant; ``without`` plans again with other options.
    """
    actions = {step.address: step.action for step in reversed(steps)}
    for name, (flag, wished) in _WISHES.items():
        addresses = getattr(options, name)
        for address in dict.fromkeys(addresses):
            rest: Any = tuple(other for other in addresses if other != address)
            action = actions.get(address)
            if action is wished or without(replace(options, **{name: rest})) != steps:
                continue
            yield (
                T(
                    "{flag} {address} changes nothing: the step is {action}",
                    flag=flag,
                    address=address,
                    action=action,
                )
                if action is not None
                else T(
                    "{flag} {address} changes nothing: it has no step",
                    flag=flag,
                    address=address,
                )
            )
