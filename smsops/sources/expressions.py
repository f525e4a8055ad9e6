"""Values that a source file says by itself: texts, lists, and names that are set once. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from smsops.sources.lexemes import Sort, Source

#: Calls that say what they are given: common.StringPtr("1"), String.valueOf(1), str(1).
_SAME = frozenset({"stringptr", "string", "str", "valueof", "ptr", "strval", "tostring", "int"})
#: Calls that make a list of what they are given.
_LISTS = frozenset({"array", "aslist", "of"})
#: Calls that are given a list: common.StringPtrs([]string{"1"}).
_SAME_LIST = frozenset({"stringptrs", "list", "tuple"})
#: What changes a list after it was set.
_CHANGES = frozenset({"append", "push", "add", "put", "extend", "insert", "unshift", "concat"})
#: What stands before the bracket of a condition, and before that of parameters.
_BRANCHES = frozenset({"if", "while", "for", "foreach", "switch", "catch", "elseif"})
_DEFINES = frozenset({"def", "func", "function", "fn"})
#: What the type of a result is written with.
_RESULT = frozenset({":", "(", "[", "<", ">", "|", "*", ".", ",", "?"})
_THIS = frozenset({"this", "self", "cls", "static", "$this"})
_SETS = frozenset({"=", ":="})
_OPEN = frozenset({"(", "[", "{"})
_CLOSE = frozenset({")", "]", "}"})
#: Names inside names and calls inside calls, as often as people write them.
_DEPTH = 4
#: Tokens of a type and what is around it: ``: sms.Params<typeof sms.TEMPLATE_LOGIN_PARAMS> =``.
_TYPE = 16
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Expression:
    """Tokens ``start`` to ``end`` of a source, which make a value."""

    source: Source
    start: int
    end: int

    def words(self) -> Iterator[str]:
        """Every name and text in it."""
        for token in self.source.lexemes[self.start : self.end]:
            if token.sort in (Sort.NAME, Sort.TEXT):
                yield token.value


def expression(source: Source, start: int) -> Expression:
    """The value that begins at ``start``: up to a comma, a bracket that closes around it, the end
    of the statement.
    """
    at, depth = start, 0
    while at < len(source.lexemes):
        mark = source.mark(at)
        if depth == 0 and (mark in _CLOSE or mark in (",", ";") or _next_line(source, start, at)):
            break
        depth += (mark in _OPEN) - (mark in _CLOSE)
        at += 1
    return Expression(source, start, at)


def arguments(source: Source, bracket: int) -> list[Expression]:
    """What stands between a bracket and its end, comma by comma."""
    end = source.closing.get(bracket)
    found: list[Expression] = []
    if end is None:
        return found
    start = at = bracket + 1
    while at < end:
        if source.mark(at) in _OPEN and at in source.closing:
            at = source.closing[at]
        elif source.mark(at) == ",":
            found.append(Expression(source, start, at))
            start = at + 1
        at += 1
    if start < end:
        found.append(Expression(source, start, end))
    return found


def literal(value: Expression, depth: int = _DEPTH) -> str | None:
    """The text or number that it is; ``None`` when the file alone does not tell."""
    source, size = value.source, value.end - value.start
    if size == 1 and source.lexemes[value.start].sort in (Sort.TEXT, Sort.NUMBER):
        return source.lexemes[value.start].value
    if (inner := _called(value, _SAME)) is not None:
        given = arguments(source, inner)
        return literal(given[0], depth - 1) if len(given) == 1 and depth else None
    return _by_name(value, literal, depth)


def count(value: Expression, depth: int = _DEPTH) -> int | None:
    """How many elements the list has that it is; ``None`` when the file alone does not tell."""
    source = value.source
    if (inner := _called(value, _SAME_LIST)) is not None:
        given = arguments(source, inner)
        return count(given[0], depth - 1) if len(given) == 1 and depth else None
    bracket = _list(value)
    if bracket is None:
        return _by_name(value, count, depth)
    if source.closing.get(bracket) != value.end - 1:
        return None
    elements = arguments(source, bracket)
    spread = any(source.mark(each.start) in ("...", "*", "**") for each in elements)
    made = any(source.name(at) == "for" for each in elements for at in range(each.start, each.end))
    spread = spread or any(source.mark(each.end - 1) == "..." for each in elements)
    return None if spread or made or _generic(elements) else len(elements)


def _generic(elements: list[Expression]) -> bool:
    """Whether a comma may stand between the types of a call: ``[to<A, B>(code), "5"]``."""
    for each in elements:
        marks = [each.source.mark(at) for at in range(each.start, each.end)]
        if sum("<" in mark for mark in marks) > sum(mark[:1] == ">" for mark in marks):
            return len(elements) > 1
    return False


def _list(value: Expression) -> int | None:
    """The bracket that opens the elements of a list: ``[``, ``{``, ``array(``, ``[]string{``."""
    source, at = value.source, value.start
    if (inner := _called(value, _LISTS)) is not None:
        return inner
    if source.name(at) == "new":
        at += 1
    while source.name(at) and source.mark(at + 1) == "." and source.name(at + 2):
        at += 2
    if source.name(at) and source.mark(at + 1) == "[":
        at += 1
    if source.mark(at) == "[" and source.closing.get(at) == at + 1:
        after = at + 2
        while source.name(after) or source.mark(after) in ("*", "."):
            after += 1
        if after < value.end and source.mark(after) == "{":
            return after
    if at == value.start and source.mark(at) in ("[", "{", "("):
        single = source.mark(at) == "(" and "," not in _marks_in(source, at)
        return None if single else at
    return None


def _marks_in(source: Source, bracket: int) -> list[str]:
    end = source.closing.get(bracket, bracket)
    return [source.mark(at) for at in range(bracket, end) if source.parent[at] == bracket]


def _called(value: Expression, names: frozenset[str]) -> int | None:
    """The bracket of a call of one of ``names``, when the value is nothing but that call."""
    source, at = value.source, value.start
    if source.name(at) == "new":
        at += 1
    while source.name(at) and source.mark(at + 1) in (".", "::", "->") and source.name(at + 2):
        at += 2
    known = bool(source.name(at)) and source.lexemes[at].canonical in names
    if known and source.mark(at + 1) == "(" and source.closing.get(at + 1) == value.end - 1:
        return at + 1
    return None


def _by_name(
    value: Expression, ask: Callable[[Expression, int], _T | None], depth: int
) -> _T | None:
    """What a name stands for that is set once in the file, and never changed."""
    source = value.source
    names = range(value.start, value.end, 2)
    dotted = all(source.name(at) for at in names) and all(
        source.mark(at) in (".", "->", "::") for at in range(value.start + 1, value.end, 2)
    )
    if not dotted or depth == 0 or value.end <= value.start:
        return None
    name, owner = source.name(value.end - 1), _owner(source, value.end - 1)
    if owner[:1].isupper():
        owner = ""  # a class: this one, or one that nothing here tells of
    if (name, owner) not in source.values:
        source.values[name, owner] = _set_once(source, name, owner)
    start = source.values[name, owner]
    return ask(expression(source, start), depth - 1) if start is not None else None


def _owner(source: Source, at: int) -> str:
    """The object that a name belongs to; empty for one of its own, and for this object."""
    owner = source.name(at - 2) if source.mark(at - 1) in (".", "->", "::") else ""
    return "" if owner in _THIS else owner


def _set_once(source: Source, name: str, owner: str) -> int | None:
    """Where the value begins of a name that gets one, and is not changed."""
    found = source.names[name]
    if any(_changed(source, at) or _given(source, at) for at in found):
        return None
    own = (at for at in found if _owner(source, at) == owner)
    values = [start for at in own if (start := assigned(source, at)) is not None]
    return values[0] if len(values) == 1 else None


def assigned(source: Source, at: int) -> int | None:
    """Where the value begins that the name at ``at`` gets: ``a = ``, ``a := ``, ``a: str = ``,
    ``String[] a = ``.
    """
    if source.mark(at + 1) in _SETS:
        return at + 2
    if source.mark(at + 1) == ":":
        for after in range(at + 2, min(at + _TYPE, len(source.lexemes))):
            if source.lexemes[after].line != source.lexemes[after - 1].line:
                return None
            if source.mark(after) == "=":
                return after + 1
            if source.mark(after) in (",", ";", ")", "}", "{", "("):
                return None
    return None


def _changed(source: Source, at: int) -> bool:
    mark = source.mark(at + 1)
    if mark in (".", "->") and source.mark(at + 3) == "(":
        return source.lexemes[at + 2].canonical in _CHANGES
    if mark == "[" and (end := source.closing.get(at + 1)) is not None:
        return source.mark(end + 1) in _SETS
    # Go: a = append(a, x); PHP: array_push($a, x)
    before = source.lexemes[at - 2].canonical if at >= 2 and source.mark(at - 1) == "(" else ""
    return mark in ("+=", ".=") or before in ("append", "arraypush")


def _given(source: Source, at: int) -> bool:
    """Whether a name gets a value that nothing here tells: as a parameter, from a loop, or as one
    of several.
    """
    if source.name(at - 1) in ("for", "as") or source.name(at + 1) in ("in", "of"):
        return True
    after = at + 1
    while source.mark(after) in (",", *_CLOSE):
        after += 2 if source.mark(after) == "," else 1
    # f(a, b, c=1) sets neither a nor b.
    keyword = after < len(source.lexemes) and source.mark(source.parent[after]) == "("
    if after > at + 1 and source.mark(after) in _SETS and not keyword:
        return True
    bracket = source.parent[at]
    if source.mark(bracket) != "(" or source.name(bracket - 1) in _BRANCHES:
        return source.mark(at + 1) == "=>" or source.name(at - 1) == "lambda"
    defined = bool({source.name(bracket - 1), source.name(bracket - 2)} & _DEFINES)
    return defined or _body(source, source.closing.get(bracket, len(source.lexemes)))


def _body(source: Source, end: int) -> bool:
    """Whether a function's body comes after the bracket at ``end``, and what it returns or throws
    on the same line.
    """
    at = end + 1
    while at < len(source.lexemes) and source.lexemes[at].line == source.lexemes[end].line:
        if source.mark(at) in ("{", "=>"):
            return True
        if not source.name(at) and source.mark(at) not in _RESULT:
            return False
        at = source.closing.get(at, at) + 1
    return False


def _next_line(source: Source, start: int, at: int) -> bool:
    """Whether a statement ended before ``at``, in languages that end it with its line."""
    if at == start or source.language in ("java", "php"):
        return False
    before, now = source.lexemes[at - 1], source.lexemes[at]
    if now.line == before.line or source.mark(at) in (".", "?.", "||", "??", "+"):
        return False
    return before.sort is not Sort.MARK or before.value in _CLOSE
