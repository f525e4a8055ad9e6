"""What a number is kept under: a name that speaks of templates, or is around it. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from enum import Enum, auto

from smsops.sources.lexemes import Sort, Source

#: Ids of an account are longer than most numbers of a program.
LONG = 6
_TEMPLATE = re.compile(r"template|tpl")
#: What a class or an enum of ids is called.
_ALL_OF_THEM = re.compile(r"(?:template|tpl)s?(?:ids?|codes?|enum|consts?|constants|types?)?")
_CLASSES = frozenset({"class", "enum", "interface", "object", "namespace"})
#: Last words of a name whose number is no id of a template, whatever else it speaks of.
_MEASURES = frozenset(
    {
        *("params", "timeout", "ttl", "size", "limit", "count", "length", "max", "min", "version"),
        *("interval", "expire", "expires", "expiry", "delay", "retries", "seconds", "minutes"),
        *("ms", "days", "width", "height", "generation", "hash", "cache", "port", "level", "index"),
        *("phone", "mobile", "tel", "uin", "at", "time", "timestamp", "date", "created", "updated"),
    }
)
#: Ends of names, without ``_`` and ``-``, of what stands beside an id.
_BESIDE = re.compile(r"(?:app|secret|user|account|sign|sender|key|group|client)(?:id|uid)$")
#: Other vendors, by which a list of ids is often ordered, and e-mail, which has templates, too.
_ELSEWHERE = re.compile(
    r"mail|aliyun|alibaba|aliyunrest|yunpian|huawei|qiniu|twilio|luosimao|submail|jdcloud|netease|"
    r"ucloud|ctyun|baidu|volc|juhe|zhutong|unisms|yunxin|emay|lianlu|dingzhong"
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
#: Operators between a value and the name that gets it, and how far a name is looked for.
_BETWEEN = frozenset({"=", ":=", ":", "=>"})
_GOES_ON = frozenset({"||", "??", "?", ":", "=", ":=", "=>", ".", "+", "?:", "|"})
_FAR = 16
#: Brackets around it that are looked at.
_AROUND = 4


class Kept(Enum):
    """How surely a number is the id of a template."""

    NAMED = auto()
    #: In a list, a class, a default or a call that speaks of templates.
    NEAR = auto()
    NOWHERE = auto()


def of_templates(name: str) -> bool:
    """Whether a name is one that ids of templates are kept under."""
    return _TEMPLATE.search(_canonical(name)) is not None and not of_else(name)


def of_else(name: str) -> bool:
    """Whether a name is that of something which is no id of a template."""
    words = [word.lower() for word in _WORD.findall(name)]
    found = _canonical(name)
    return bool(
        (words and words[-1] in _MEASURES) or _BESIDE.search(found) or _ELSEWHERE.search(found)
    )


def kept(source: Source, at: int) -> Kept:
    """What the number at ``at`` is kept under."""
    name = _name_before(source, at) if source.mark(at - 1) in _BETWEEN else ""
    if of_templates(name):
        return Kept.NAMED
    digits = source.lexemes[at].value
    return Kept.NEAR if len(digits) >= LONG and _near(source, at) else Kept.NOWHERE


def _canonical(name: str) -> str:
    return re.sub(r"[_.$-]", "", name).lower()


def _name_before(source: Source, at: int) -> str:
    """The name that gets the value at ``at``: ``a =``, ``a: str =``, ``a string =``."""
    token = source.lexemes[at - 2] if at >= 2 else None
    if token is None or token.sort is Sort.MARK:
        return ""
    if source.mark(at - 1) == "=" and not of_templates(token.value):
        for before in range(at - 3, max(at - _FAR, -1), -1):
            same = source.lexemes[before].line == token.line
            if not same or source.mark(before) in (",", ";", "(", "{", "}", "="):
                break
            typed = source.name(before + 1) or source.mark(before + 1) == ":"
            if source.name(before) and typed and of_templates(source.name(before)):
                return source.name(before)
    return token.value


def _near(source: Source, at: int) -> bool:
    for _ in range(_AROUND):
        told = _labelled(source, at)
        if told is not None:
            return told
        bracket = source.parent[at]
        if bracket < 0:
            return _in_class(source, at)
        if source.mark(bracket) == "{" and (told := _headed(source, bracket)) is not None:
            return told
        called = source.name(bracket - 1) if source.mark(bracket) == "(" else ""
        if called and (of_templates(called) or of_else(called)):
            return of_templates(called) and source.lexemes[at].sort is Sort.TEXT
        at = bracket
    return False


def _labelled(source: Source, at: int) -> bool | None:
    """Whether what gets the value at ``at`` speaks of templates; ``None`` when nothing tells."""
    around = source.parent[at]
    for before in range(at - 1, max(at - _FAR, -1), -1):
        mark = source.mark(before)
        if before == around or _ends(source, before):
            return None
        if source.parent[before] != around:
            continue
        if mark in (",", ";"):
            return None
        if mark not in _BETWEEN:
            continue
        name = _name_before(source, before + 1)
        if of_templates(name) or of_else(name):
            return of_templates(name)
    return None


def _ends(source: Source, at: int) -> bool:
    """Whether a statement ends with the token at ``at``, as its line does."""
    now, after = source.lexemes[at], source.lexemes[at + 1]
    return (
        now.line != after.line
        and source.mark(at) not in _GOES_ON
        and source.mark(at + 1) not in _GOES_ON
        and source.name(at + 1) != "or"
    )


def _headed(source: Source, brace: int) -> bool | None:
    """Whether a class of ids begins with ``brace``; ``False`` for the body of a function."""
    if source.mark(brace - 1) in (")", "=>"):
        return False
    for at in range(brace - 1, max(brace - _FAR, 0), -1):
        if source.lexemes[at].line != source.lexemes[brace].line or source.mark(at) in (";", "}"):
            return None
        if source.name(at - 1) in _CLASSES and source.name(at):
            return _names_all(source.name(at))
    return None


def _names_all(name: str) -> bool:
    found = list(_ALL_OF_THEM.finditer(_canonical(name)))
    return bool(found) and found[-1].end() == len(_canonical(name))


def _last(source: Source, word: str, at: int) -> int:
    """Where ``word`` stands before ``at`` for the last time; -1 where it does not."""
    found = source.names.get(word, ())
    before = bisect_left(found, at)
    return found[before - 1] if before else -1


def _in_class(source: Source, at: int) -> bool:
    """Whether a class of ids is what the line belongs to, in a language without braces."""
    if source.language != "python":
        return False
    head, first = max(_last(source, word, at) for word in ("class", "def")), at
    if source.name(head) != "class":
        return False
    while first > head and source.lexemes[first - 1].line == source.lexemes[at].line:
        first -= 1
    inside = source.lexemes[first].column > source.lexemes[head].column
    return inside and _names_all(source.name(head + 1))
