"""Messages: lazy texts (a template and its values) and recommended commands.

A text is built where the fact is known and rendered at the edge, so that nothing is decided from
prose and everything that a person reads can be translated there. What a person may type gets the
options of the run there too (:func:`completing`). Programs get :attr:`Text.plain`, which neither
changes. Templates are Python format strings; one without values is literal.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

#: What a recommended command says where a person has to choose, and its choices fill.
CHOICE = "ID"
#: What stands for something that a person has to fill in: such a command cannot be run as it is.
PLACEHOLDERS = frozenset({CHOICE, "ADDR", "DIR", "FILE", "NAME"})


@dataclass(frozen=True, slots=True)
class Command:
    """A recommended command without its program: ``Command(("apply", "--promote", "sign.a"))``.

    ``choices`` are the values that the placeholder :data:`CHOICE` among the arguments stands for.
    ``into``: the file that its output goes to. ``partial``: only named, without what it needs.
    """

    arguments: tuple[str, ...]
    choices: tuple[str, ...] = ()
    into: str = ""
    partial: bool = False

    @classmethod
    def of(cls, *arguments: object, choices: tuple[object, ...] = (), into: object = "") -> Command:
        """The command with every argument as text."""
        return cls(tuple(map(str, arguments)), tuple(map(str, choices)), str(into))

    def __str__(self) -> str:
        return self.completed(_complete.get())

    @property
    def plain(self) -> str:
        """The command as it is written, for programs."""
        return self.completed(_nothing)

    def completed(self, complete: Complete) -> str:
        """The command in backticks, with the options that ``complete`` adds."""
        words = " ".join(["smsops", shlex.join(self.arguments), *complete(self.arguments)])
        return f"`{words} > {shlex.quote(self.into)}`" if self.into else f"`{words}`"

    def filled(self, values: Mapping[str, object]) -> Command:
        """The command with ``values`` for the placeholders among its arguments."""
        found = tuple(
            str(values.get(item[1:-1], item)) if item.startswith("{") else item
            for item in self.arguments
        )
        return self if found == self.arguments else replace(self, arguments=found)

    def concrete(self) -> Iterator[tuple[str, ...]]:
        """The argument lists that can be run as they stand: one for each choice, none without."""
        if self.partial:
            return
        for choice in self.choices or (CHOICE,):
            found = tuple(choice if item == CHOICE else item for item in self.arguments)
            if PLACEHOLDERS.isdisjoint(found):
                yield found


def C(arguments: str) -> Command:  # noqa: N802 - short, as T is
    """A command from its text: ``C("state rm {address}")``; the message's values fill it."""
    return Command(tuple(arguments.split()))


#: The options, spelled for a shell, that a command with these arguments is to be typed with.
Complete = Callable[[tuple[str, ...]], Iterable[str]]


def _nothing(_: tuple[str, ...]) -> Iterable[str]:
    return ()


_complete: ContextVar[Complete] = ContextVar("complete", default=_nothing)


@contextmanager
def completing(complete: Complete) -> Iterator[None]:
    """Render commands with the options that ``complete`` says, inside of this block and thread."""
    token = _complete.set(complete)
    try:
        yield
    finally:
        _complete.reset(token)


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
        return self._rendered(_Language.translate, _complete.get())

    @property
    def plain(self) -> str:
        """The message as it is written, for programs."""
        return self._rendered(_same, _nothing)

    def filled(self, **values: object) -> Text:
        """This message with further values."""
        return Text(self.template, (*self.values, *values.items()))

    def choosing(self, choices: Iterable[str]) -> Text:
        """This message with ``choices`` for the placeholder of its commands."""
        found = tuple(choices)
        return Text(
            self.template,
            tuple(
                (name, replace(value, choices=found) if isinstance(value, Command) else value)
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

    def _rendered(self, translate: Translate, complete: Complete) -> str:
        template = translate(self.template)
        if not self.values:
            return template
        values = dict(self.values)
        for name, value in self.values:
            if isinstance(value, Exception):
                value = said(value)
            if isinstance(value, Text):
                values[name] = value._rendered(translate, complete)
            elif isinstance(value, Command):
                values[name] = value.filled(values).completed(complete)
            else:
                values[name] = str(value)
        return template.format_map(values)


def said(error: Exception) -> Text:
    """What an exception says: the message that it was made from, or its words as they are."""
    first = error.args[0] if error.args else ""
    return first if isinstance(first, Text) else Text(str(error))


#: Says nothing.
NOTHING = Text()


def T(template: str, **values: object) -> Text:  # noqa: N802 - short, since it stands everywhere
    """A message from ``template``; the name that tools extract templates by."""
    return Text(template, tuple(values.items()))


def N(count: int, one: str, many: str, **values: object) -> Text:  # noqa: N802 - short, as T is
    """A message about ``count`` of something, in the words of one or of any other number."""
    return T(one if count == 1 else many, count=count, **values)


def shortened(items: Sequence[object], most: int) -> Text:
    """The first ``most`` of ``items``, and how many more there are."""
    shown = listed(", ", items[:most])
    if len(items) <= most:
        return shown
    return T("{shown} and {count} more", shown=shown, count=len(items) - most)


def quoting(prose: str, commands: Iterable[Sequence[str]]) -> Text:
    """A finished English message as a text again: those of ``commands`` that it holds are values,
    so that they can be completed like any other. Nothing else in it is a placeholder.
    """
    values: dict[str, object] = {}
    template = prose.replace("{", "{{").replace("}", "}}")
    for arguments in commands:
        for command in _as_recommended(tuple(arguments)):
            shown = command.plain.replace("{", "{{").replace("}", "}}")
            if shown in template:
                name = f"command{len(values)}"
                template = template.replace(shown, f"{{{name}}}")
                values[name] = command
    return Text(template, tuple(values.items())) if values else Text(prose)


def _as_recommended(arguments: tuple[str, ...]) -> Iterator[Command]:
    """What a message may have said of a command that is among its advice: the command itself, or
    the one that leaves an argument to choose.
    """
    yield Command(arguments)
    for place in range(1, len(arguments)):
        open_ = (*arguments[:place], CHOICE, *arguments[place + 1 :])
        yield Command(open_, (arguments[place],))


def joined(separator: str, *texts: Text) -> Text:
    """Those of ``texts`` that say something, one after the other."""
    said = [text for text in texts if text]
    if len(said) < 2:
        return said[0] if said else NOTHING
    return listed(separator, said)


def listed(separator: str, items: Iterable[object]) -> Text:
    """``items``, texts or values, one after the other."""
    values = tuple((f"part{number}", item) for number, item in enumerate(items))
    return Text(separator.join(f"{{{name}}}" for name, _ in values), values)


def listing(words: Sequence[object]) -> Text:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(words) < 2:
        return T("{word}", word=words[0]) if words else NOTHING
    first = ", ".join(map(str, words[:-1]))
    return T("{first} and {last}", first=first, last=words[-1])


def verbatim(value: object) -> Text:
    """A message that is ``value`` alone: a word of somebody else, which no language changes."""
    return Text("{value}", (("value", value),))


def either(words: Iterable[object]) -> Text:
    """``a or b or c``."""
    first, *others = words
    found = verbatim(first)
    for other in others:
        found = T("{first} or {second}", first=found, second=other)
    return found


def advice(*texts: Text) -> tuple[tuple[str, ...], ...]:
    """The argument lists of every command that ``texts`` recommend, each once."""
    found: Mapping[tuple[str, ...], None] = dict.fromkeys(
        arguments
        for text in texts
        for command in text.commands()
        for arguments in command.concrete()
    )
    return tuple(found)
