"""Actions as an option takes them: ``promote,retire``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from smsops.model.plan import ACTING, Action
from smsops.text.messages import T

if TYPE_CHECKING:
    _Actions = click.ParamType[tuple[Action, ...]]
else:  # generic at run time only since click 8.4
    _Actions = click.ParamType

#: The actions that an apply may be told to do alone, in the order of a plan.
CHOICES = tuple(action for action in Action if action in ACTING)


class Actions(_Actions):
    """A list of actions, comma separated."""

    name = "actions"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Action, ...]:
        """The actions of ``value``, each once. Fails for a word that is none."""
        if isinstance(value, tuple):
            return value
        found: dict[Action, None] = {}
        for word in str(value).split(","):
            try:
                action = Action(word.strip())
            except ValueError:
                action = Action.NOOP
            if action not in ACTING:
                choices = ", ".join(CHOICES)
                words = T("{word} is none of {choices}", word=repr(word), choices=choices)
                self.fail(str(words), param, ctx)
            found[action] = None
        return tuple(found)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The last word of the list completed."""
        before, comma, word = incomplete.rpartition(",")
        return [
            CompletionItem(f"{before}{comma}{action}")
            for action in CHOICES
            if action.startswith(word)
        ]
