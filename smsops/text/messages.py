"""Messages: lazy texts (a template and its values) and recommended commands.

A text is built where the fact is known and rendered at the edge, so that nothing is decided from
prose and everything that a person reads can be translated there. Programs get :attr:`Text.plain`,
which no language changes. Templates are Python format strings; one without values is literal.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

#: What a recommended command says where a person has to choose, and its choices fill.
CHOICE = "ID"
#: What stands for something that a person has to fill in: such a command cannot be run as it is.
PLACEHOLDERS = frozenset({CHOICE, "ADDR", "DIR", "FILE", "NAME"})


@dataclass(frozen=True, slots=True)
class Command:
    """A recommended command without its program: ``Command(("apply", "--promote", "sign.a"))``.

    ``choices`` are the values that the placeholder :data:`CHOICE` among the arguments stands for.
    """

    arguments: tuple[str, ...]
    choices: tuple[str, ...] = ()

    @classmethod
    def of(cls, *arguments: object, choices: tuple[object, ...] = ()) -> Command:
        """The command with every argument as text."""
        return cls(tuple(map(str, arguments)), tuple(map(str, choices)))

    def __str__(self) -> str:
        return f"`smsops {shlex.join(self.arguments)}`"

    def filled(self, values: Mapping[str, object]) -> Command:
        """The command with ``values`` for the placeholders among its arguments."""
        found = tuple(
            str(values.get(item[1:-1], item)) if item.startswith("{") else item
            for item in self.arguments
        )
        return self if found == self.arguments else Command(found, self.choices)

    def concrete(self) -> Iterator[tuple[str, ...]]:
        """The argument lists that can be run as they stand: one for each choice, none without."""
        for choice in self.choices or (CHOICE,):
            found = tuple(choice if item == CHOICE else item for item in self.arguments)
            if PLACEHOLDERS.isdisjoint(found):
                yield found


def C(arguments: str) -> Command:  # noqa: N802 - short, as T is
    """A command from its text: ``C("state rm {address}")``; the message's values fill it."""
    return Command(tuple(arguments.split()))


#: Turns a template into the language of the reader.
Translate = Callable[[str], str]


def _same(template: str) -> str:
    return template


class _Language:
    """The language of this process; set at the edge, once."""

    translate: Translate = staticmethod(_same)


def speak(translate: Translate = _same) -> None:
    """Render texts in the language of ``translate`` from now on, by default as they are written."""
    _Language.translate = staticmethod(translate)


@dataclass(frozen=True, slots=True)
class Text:
    """A message. Falsy when it says nothing."""

    template: str = ""
    values: tuple[tuple[str, object], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.template)

    def __str__(self) -> str:
        return self._rendered(_Language.translate)

    @property
    def plain(self) -> str:
        """The message as it is written, for programs."""
        return self._rendered(_same)

    def filled(self, **values: object) -> Text:
        """This message with further values."""
        return Text(self.template, (*self.values, *values.items()))

    def choosing(self, choices: Iterable[str]) -> Text:
        """This message with ``choices`` for the placeholder of its commands."""
        found = tuple(choices)
        return Text(
            self.template,
            tuple(
                (name, Command(value.arguments, found) if isinstance(value, Command) else value)
                for name, value in self.values
            ),
        )

    def commands(self) -> Iterator[Command]:
        """The commands that the message recommends, in the order of its values."""
        values = dict(self.values)
        for value in values.values():
            if isinstance(value, Command):
                yield value.filled(values)
            elif isinstance(value, Text):
                yield from value.commands()

    def _rendered(self, translate: Translate) -> str:
        template = translate(self.template)
        if not self.values:
            return template
        values = dict(self.values)
        return template.format_map(
            {
                name: value._rendered(translate)
                if isinstance(value, Text)
                else str(value.filled(values) if isinstance(value, Command) else value)
                for name, value in self.values
            }
        )


#: Says nothing.
NOTHING = Text()


def T(template: str, **values: object) -> Text:  # noqa: N802 - short, since it stands everywhere
    """A message from ``template``; the name that tools extract templates by."""
    return Text(template, tuple(values.items()))


def quoting(prose: str, commands: Iterable[Sequence[str]]) -> Text:
    """A finished English message as a text again: those of ``commands`` that it holds are values,
    so that they can be completed like any other. Nothing else in it is a placeholder.
    """
    values: dict[str, object] = {}
    template = prose.replace("{", "{{").replace("}", "}}")
    for arguments in commands:
        command = Command(tuple(arguments))
        shown = str(command).replace("{", "{{").replace("}", "}}")
        if shown in template:
            name = f"command{len(values)}"
            template = template.replace(shown, f"{{{name}}}")
            values[name] = command
    return Text(template, tuple(values.items())) if values else Text(prose)


def joined(separator: str, *texts: Text) -> Text:
    """Those of ``texts`` that say something, one after the other."""
    said = [text for text in texts if text]
    if len(said) < 2:
        return said[0] if said else NOTHING
    names = [f"part{number}" for number in range(len(said))]
    template = separator.join(f"{{{name}}}" for name in names)
    return Text(template, tuple(zip(names, said, strict=True)))


def listing(words: Sequence[object]) -> Text:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(words) < 2:
        return T("{word}", word=words[0]) if words else NOTHING
    first = ", ".join(map(str, words[:-1]))
    return T("{first} and {last}", first=first, last=words[-1])


def advice(*texts: Text) -> tuple[tuple[str, ...], ...]:
    """The argument lists of every command that ``texts`` recommend, each once."""
    found: Mapping[tuple[str, ...], None] = dict.fromkeys(
        arguments
        for text in texts
        for command in text.commands()
        for arguments in command.concrete()
    )
    return tuple(found)
