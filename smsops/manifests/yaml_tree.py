"""YAML as a tree of texts with positions, safe for hostile input. The one door to PyYAML.

The tree is built from parser events and nothing else: PyYAML's composer segfaults on deep nesting
(before 6.0.4), its constructors turn ``no`` into False and ``0123`` into 83, and both accept
duplicate keys. Here a scalar stays the text that a person wrote; the schema decides its type
(:mod:`smsops.manifests.compiled`).

Refused, each with a position: files that are not UTF-8, control, bidirectional and other invisible
characters (also when an escape makes them), nesting beyond 32, anchors, aliases, tags, directives,
merge keys, duplicate keys (also when they only differ in Unicode normalisation) and keys that are
not plain text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice, pairwise
from typing import NamedTuple
from unicodedata import normalize

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from smsops.manifests import encodings, suspects
from smsops.manifests.yaml_hints import Complaint, Place, meant
from smsops.text.characters import named
from smsops.text.messages import T, Text, joined

MAX_BYTES = 1 << 20
MAX_DEPTH = 32
#: A file with more faults than this is not read to its end: nobody reads on either.
MAX_FAULTS = 1001

#: C0 but \t and \n (\r only before \n), DEL, C1, bidirectional controls, line and paragraph
#: separators, zero-width characters but the joiners that scripts and emoji need, byte order marks,
#: lone surrogates, noncharacters and tag characters.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]|\r(?!\n)"
)
#: Takes the place of what is refused: a letter to YAML, and no rule has an opinion about it.
_REPLACEMENT = "\ufffc"
#: Plain keys that YAML reads as a number, a boolean or nothing.
_NOT_TEXT = re.compile(
    r"~|null|Null|NULL|true|True|TRUE|false|False|FALSE|"
    r"[-+]?(\.\d+|\d[\d_]*(\.\d*)?([eE][-+]?\d+)?|0[xob][\da-fA-F]+|\.(inf|Inf|INF))|\.(nan|NaN|NAN)"
)
#: A comment after a value that looks like a part of it: nobody writes a remark without a space.
_CUT = re.compile(r"[ \t]+(#[^\s#].*)")
#: What every such comment has; searching for the whole of it would take long in much space.
_MAY_CUT = re.compile(r"[ \t]#[^\s#]")
#: So much is kept of what stands around a line break inside a value.
_NEAR = 12
#: Plain scalars that say "nothing".
NULLS = frozenset({"", "~", "null", "Null", "NULL"})
#: libyaml 0.2.6 and newer stop at a depth of their own. Their scanner runs ahead of the events, so
#: it can get there before the reader has seen :data:`MAX_DEPTH` levels.
_LIBRARY_TOO_DEEP = "exceeded maximum nesting depth"
_TOO_DEEP = T("nested deeper than {levels} levels", levels=MAX_DEPTH)


class Scalar(NamedTuple):
    """A text. ``plain``: written without quotes, so it may stand for a number or a boolean.
    ``folds``: what stands before and after each of its line breaks that may be a space in it.
    """

    text: str
    plain: bool
    line: int
    column: int
    folds: tuple[tuple[str, str], ...] = ()


_tuple = tuple.__new__


class Mapping(NamedTuple):
    """Keys in their order. ``keys`` has the position of each key."""

    entries: dict[str, Node]
    keys: dict[str, tuple[int, int]]
    line: int
    column: int


class Sequence(NamedTuple):
    """Items in their order."""

    items: list[Node]
    line: int
    column: int


Node = Scalar | Mapping | Sequence


class Fault(NamedTuple):
    """What is wrong with a file as YAML. Lines and columns count from 1."""

    line: int
    column: int
    code: str
    message: Text


class Doubt(NamedTuple):
    """A fault if the value that begins at ``line`` and ``column`` is a text that anybody writes."""

    line: int
    column: int
    fault: Fault


class Document(NamedTuple):
    """One document. ``sound`` is False when a fault left parts of it unread. ``doubts`` is what
    YAML reads in one way and its writer may have meant in another, ``text`` the whole file's.
    """

    root: Node
    sound: bool
    doubts: tuple[Doubt, ...] = ()
    text: str = ""


def null(node: Node) -> bool:
    """Whether a node says "nothing": ``~``, ``null``, or no value at all."""
    return type(node) is Scalar and node.plain and node.text in NULLS


def read(raw: bytes) -> tuple[list[Document], list[Fault]]:
    """The documents of a file, empty ones left out, with everything that is wrong with it.

    Never raises for any input; the caller has capped its size at :data:`MAX_BYTES`.
    """
    text, faults = _decode(raw)
    if text is None:
        return [], faults
    reader = _Reader(text, faults)
    return reader.documents(), faults


def _decode(raw: bytes) -> tuple[str | None, list[Fault]]:
    if len(raw) > MAX_BYTES:
        message = T("larger than {most} bytes; split the file", most=MAX_BYTES)
        return None, [Fault(1, 1, "SMS102", message)]
    if other := encodings.foreign(raw):
        return None, [Fault(1, 1, "SMS103", other)]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[raw.rfind(b"\n", 0, error.start) + 1 : error.start]
        line = raw.count(b"\n", 0, error.start) + 1
        column = len(before.decode("utf-8", "replace")) + 1
        message = encodings.wrong_byte(raw, error.start)
        return None, [Fault(line, column, "SMS103", message)]
    faults: list[Fault] = []
    line, seen = 1, 0
    for match in islice(_FORBIDDEN.finditer(text), MAX_FAULTS):
        line += text.count("\n", seen, match.start())
        seen = match.start()
        column = seen - text.rfind("\n", 0, seen)
        faults.append(Fault(line, column, "SMS104", _forbidden(match.group())))
    return (_FORBIDDEN.sub(_REPLACEMENT, text) if faults else text), faults


def _forbidden(character: str) -> Text:
    return T("character {character} is not allowed; remove it", character=named(character))


def _escaped(character: str) -> Text:
    return T(
        "an escape in double quotes makes {character}, which is not allowed; remove it, or use "
        "single quotes, and / in paths",
        character=named(character),
    )


class _Stop(Exception):
    """The rest of the file cannot be read."""


class _Reader:
    """Builds documents from the events of one text and collects faults."""

    def __init__(self, text: str, faults: list[Fault]) -> None:
        self._text = text
        self._faults = faults
        self._next: Callable[[], Event | None] = _no_event
        self._sound = True
        self._doubts: list[Doubt] = []
        self._may_cut = _MAY_CUT.search(text) is not None
        #: The lines of a text that may have a value cut short or folded; of others none.
        self._lines = text.split("\n") if self._may_cut else []
        #: Plain keys that passed the checks before; most keys of a file repeat.
        self._known: set[str] = set()

    def documents(self) -> list[Document]:
        found: list[Document] = []
        ended = True
        try:
            self._next = events(self._text)
            while True:
                event = self._next()
                if type(event) is DocumentStartEvent:
                    self._sound = True
                    self._doubts = []
                    ended = False
                    if event.tags:
                        self._fault(
                            event, "SMS107", T("a %TAG directive is not allowed; remove it")
                        )
                elif isinstance(event, NodeEvent):
                    root = self._node(event, 0)
                    if not null(root):
                        found.append(Document(root, self._sound, tuple(self._doubts), self._text))
                elif type(event) is DocumentEndEvent:
                    ended = True
                elif type(event) is StreamEndEvent:
                    break
        except _Stop:
            pass
        except yaml.YAMLError as error:
            self._faults.append(self._syntax(error))
            if found and not ended and type(found[-1].root) is Scalar:
                # What was read as a text is the start of what could not be read.
                found[-1] = found[-1]._replace(sound=False)
        except (ValueError, OverflowError) as error:
            # PyYAML's own scanner lets chr() fail on an escape beyond Unicode.
            self._faults.append(Fault(1, 1, "SMS105", _complaint(str(error))))
        return found

    def _node(self, event: Event | None, depth: int) -> Node:
        if type(event) is ScalarEvent:
            return self._scalar(event)
        if type(event) is AliasEvent:
            self._sound = False
            message = T(
                "an alias (*name) is not allowed; repeat the value, or put a value that starts "
                "with * in quotes"
            )
            self._fault(event, "SMS107", message)
            return Scalar("", False, *_position(event))
        assert isinstance(event, MappingStartEvent | SequenceStartEvent)
        if event.anchor is not None or event.tag is not None:
            self._marked(event)
        if depth == MAX_DEPTH:
            self._fault(event, "SMS106", _TOO_DEEP)
            raise _Stop
        if type(event) is MappingStartEvent:
            return self._mapping(event, depth + 1)
        line, column = _position(event)
        items: list[Node] = []
        while type(inner := self._next()) is not SequenceEndEvent:
            items.append(self._node(inner, depth + 1))
        return Sequence(items, line, column)

    def _scalar(self, event: ScalarEvent) -> Scalar:
        if event.anchor is not None or event.tag is not None:
            self._marked(event)
        text: str = event.value
        style = event.style
        if style == '"' and (match := _FORBIDDEN.search(text)):
            self._fault(event, "SMS104", _escaped(match.group()))
            text = _FORBIDDEN.sub(_REPLACEMENT, text)
        if self._may_cut and not style:
            self._cut_short(event)
        mark, end = event.start_mark, event.end_mark
        assert mark is not None
        assert end is not None
        line = mark.line
        if line != end.line and style != "|" and " " in text:
            folds = self._folds(line, mark.column, end.line)
            return Scalar(text, not style, line + 1, mark.column + 1, folds)
        # What the class does, without its call: there is nothing that a project has more of.
        return _tuple(Scalar, (text, not style, line + 1, mark.column + 1, ()))

    def _folds(self, first: int, column: int, last: int) -> tuple[tuple[str, str], ...]:
        """What stands around the line breaks of a text that are one space in it."""
        if not self._lines:
            self._lines = self._text.split("\n")
        written = [line.strip() for line in self._lines[first : last + 1]]
        written[0] = self._lines[first][column:].strip()
        # An empty line between two others is a line break, and stays one.
        return tuple(
            (line[-_NEAR:], following[:_NEAR])
            for line, following in pairwise(written)
            if line and following
        )

    def _cut_short(self, event: ScalarEvent) -> None:
        """``content: order #{1}`` is the text "order" and a comment."""
        end = event.end_mark
        assert end is not None
        comment = _CUT.match(self._lines[end.line], end.column)
        if comment is None or len(self._doubts) == MAX_FAULTS:
            return
        text = comment[1].rstrip()
        shown = text if len(text) <= 40 else f"{text[:40]}..."
        message = T(
            "{comment} is read as a comment, and the value ends before it; put the whole value "
            "in quotes, or a space after the # of a comment",
            comment=repr(shown),
        )
        at = end.line + 1, comment.start(1) + 1
        self._doubts.append(Doubt(*_position(event), Fault(*at, "SMS120", message)))

    def _mapping(self, start: MappingStartEvent, depth: int) -> Mapping:
        following, known = self._next, self._known
        entries: dict[str, Node] = {}
        keys: dict[str, tuple[int, int]] = {}
        while True:
            event = following()
            if type(event) is ScalarEvent:
                key: str | None = event.value
                if event.style or event.anchor is not None or key not in known:
                    key = self._key(event)
            elif type(event) is MappingEndEvent:
                return Mapping(entries, keys, *_position(start))
            else:
                self._sound = False
                self._node(event, depth)
                key = None
                if type(event) is not AliasEvent:
                    self._fault(event, "SMS109", T("a key is a text, not a list or a mapping"))
            value = following()
            # The commonest node by far gets the shortest way.
            node = self._scalar(value) if type(value) is ScalarEvent else self._node(value, depth)
            if key is None:
                continue
            assert isinstance(event, ScalarEvent)
            if key not in known and not event.style:
                self._plain_key(event, node, start)
            if key in entries:
                message = T(
                    "key {key} is also on line {line}; keep one of them",
                    key=repr(key[:60]),
                    line=keys[key][0],
                )
                self._fault(event, "SMS108", message)
                continue
            mark = event.start_mark
            assert mark is not None
            keys[key] = mark.line + 1, mark.column + 1
            entries[key] = node

    def _key(self, event: ScalarEvent) -> str | None:
        """The text of a key, normalised; ``None`` when its entry cannot be used."""
        text: str = event.value
        if text == "<<" and not event.style:
            self._sound = False
            message = T("a merge key (<<) is not allowed; repeat the fields")
            self._fault(event, "SMS107", message)
            return None
        text = normalize("NFC", self._scalar(event).text)
        if not event.style and text == event.value and text and not _NOT_TEXT.fullmatch(text):
            self._known.add(text)
        return text

    def _plain_key(self, event: ScalarEvent, value: Node, start: MappingStartEvent) -> None:
        text: str = event.value
        if start.flow_style and text.isdigit() and null(value):
            return  # {1} is meant as a variable; whoever wants a text here says so
        if not text:
            self._fault(event, "SMS109", T("a key is missing before the ':'"))
        elif _NOT_TEXT.fullmatch(text):
            message = T("key {key} is not a text; put it in quotes", key=repr(text[:60]))
            self._fault(event, "SMS109", message)

    def _marked(self, event: NodeEvent) -> None:
        if event.anchor is not None:
            message = T(
                "an anchor (&{name}) is not allowed; put a value that starts with & in quotes",
                name=event.anchor[:60],
            )
            self._fault(event, "SMS107", message)
        tag = getattr(event, "tag", None)
        if tag is not None:
            message = T(
                "a tag ({tag}) is not allowed; remove it, or put a value that starts with ! in "
                "quotes",
                tag=tag[:60],
            )
            self._fault(event, "SMS107", message)

    def _fault(self, event: Event | None, code: str, message: Text) -> None:
        assert event is not None
        self._faults.append(Fault(*_position(event), code, message))
        if len(self._faults) >= MAX_FAULTS:
            raise _Stop

    def _syntax(self, error: yaml.YAMLError) -> Fault:
        if not isinstance(error, yaml.MarkedYAMLError):
            return Fault(1, 1, "SMS105", _complaint(str(error)))
        message = ", ".join(part for part in (error.context, error.problem) if part)
        at = _place(error.problem_mark or error.context_mark)
        if error.problem == _LIBRARY_TOO_DEEP:
            return Fault(*at, "SMS106", _TOO_DEEP)
        since = _place(error.context_mark or error.problem_mark)
        lines = self._text.split("\n", at.line)[: at.line]
        complaint = Complaint(message, at, since, lines)
        if hint := suspects.suspected(self._text, complaint) or meant(complaint):
            return Fault(*hint.place, "SMS105", joined("; ", _complaint(message), hint.text))
        return Fault(*at, "SMS105", _complaint(message))


def _complaint(problem: str) -> Text:
    return T("YAML syntax: {problem}", problem=problem)


def events(text: str) -> Callable[[], Event | None]:
    """A function that returns the next event: libyaml's, or PyYAML's own where that is missing."""
    if yaml.__with_libyaml__:
        from yaml._yaml import CParser

        return CParser(text).get_event
    return yaml.SafeLoader(text).get_event


def _no_event() -> None:
    return None


def _place(mark: yaml.Mark | None) -> Place:
    return Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)


def _position(event: Event) -> tuple[int, int]:
    mark = event.start_mark
    assert mark is not None
    return mark.line + 1, mark.column + 1
