"""SMS317 to SMS324: what stands in a text by mistake. Facts: the template review standard."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from smsops.errors import Severity
from smsops.lint.garbled import garbled
from smsops.lint.placeholders import certain, likely
from smsops.lint.rule import Context, context_rule, declared, rule
from smsops.model import Desired, Spec
from smsops.text.characters import between, close, code, named, place, some
from smsops.text.messages import T, Text

#: Of a text only this much is looked at: what is longer is no message (SMS301).
_MOST = 1000

_VARIABLE = re.compile(r"\{([0-9]{1,9})\}", re.ASCII)
#: A character of an emoji, with what may follow it: a skin, a presentation, others joined to it.
_PART = (
    "[\u2190-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
    "[\ufe0f\U0001f3fb-\U0001f3ff]*"
)
_EMOJI = re.compile(
    f"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{_PART}(?:\u200d{_PART})*|[^\\s\ufe0f]\ufe0f"
)
#: The symbols that the standard names and their like: money, stars, marks, pictures, frames, and
#: faces of punctuation. Arrows, ℃, №, ①, → and ○ (written for a zero) are left alone.
_PICTURE = re.compile(
    "[\u00a5\uffe5\u203b\u221a\u2300-\u23ff\u2500-\u25ca\u25cc-\u2775\u2794-\u27bf\u2b00-\u2bff"
    "\u3004\u3012\u3013\u3020\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
#: The same and characters that a selector makes a picture of, which few texts have.
_SYMBOL = re.compile(f"{_PICTURE.pattern}|[0-9#*]\ufe0f?\u20e3|[^\\s\ufe0f]\ufe0f")
_SELECTOR = re.compile("[\ufe0f\u20e3]")
_FACE = re.compile(
    r"\^[_oO.-]{0,2}\^|(?<![A-Za-z])(?:T_T|O_O|o_O|[QT]AQ)(?![A-Za-z])|>[_.]<|=_=|-_-[|!]*|@_@"
    r"|[:;]-[()DPp](?![A-Za-z])|;\)|:\)"
)
#: What each face has and few texts, and that of any symbol.
_OF_FACES = re.compile(r"[\^_=>@]|[:;][-)]|AQ")
_OF_SYMBOLS = re.compile(rf"{_PICTURE.pattern}|{_SELECTOR.pattern}|{_OF_FACES.pattern}")
_DAMAGED = re.compile("[\ufffd\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]")
#: Forms of a character that a font or an old character set needs: radicals, compatibility
#: ideographs, ligatures, letters of mathematics.
_FORM = re.compile(
    "[\u2e80-\u2fdf\uf900-\ufaff\ufb00-\ufb06\U0001d400-\U0001d7ff\U0002f800-\U0002fa1f]"
)
#: Cyrillic and Greek letters that look like Latin ones -> those.
_LATIN = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеорсухіјѕԁһԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧοɑɡ",
    "ABESIJKMHOPCTYXaeopcyxijsdhqwABEZHIKMNOPTYXoag",
)
_WORD = re.compile("[A-Za-z0-9\u0251\u0261\u0370-\u03ff\u0400-\u052f]+")
_FOREIGN = re.compile("[\u0251\u0261\u0370-\u03ff\u0400-\u052f]")
_NOT_USUAL = re.compile(f"{_FORM.pattern[:-1]}{_FOREIGN.pattern[1:]}")
_SPACE = re.compile(
    "[\u00a0\u034f\u115f\u1160\u1680\u2000-\u200d\u202f\u205f\u2800\u3000\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
#: Scripts that need the joiners: Arabic, those of India, of Tibet, of Burma, Khmer, Mongolian.
_JOINED = re.compile("[\u0600-\u0dff\u0f00-\u109f\u1780-\u18af\ufb50-\ufdff\ufe70-\ufefe]")
#: No-break spaces before punctuation, after an opening quote and in numbers; a space of Japanese.
_SET = re.compile(
    ".?[\u00a0\u202f][:;!?»%€]|«[\u00a0\u202f]|[0-9][\u00a0\u202f][0-9]|.\u3000", re.DOTALL
)
#: What encloses a name at the start of a text that is meant as its sign.
_PAIRS = dict(zip("[［〔〖(（「『《<＜", "]］〕〗)）」』》>＞", strict=True))
_OPENING = {closing: opening for opening, closing in _PAIRS.items()}
#: What stands between a name and the text.
_MARKS = re.compile("[:：|｜丨]")
#: A name after a dash at the end of a text.
_SIGNED = re.compile(r"[-—–－]{1,3} ?(?P<name>[^-—–－]{2,15})\Z")
#: Brackets that a name alone stands in where no sign of this name is declared.
_OF_SIGNS = frozenset("[［〔〖")
#: Headings, which are no names.
_HEADING = re.compile(
    "提示|通知|提醒|公告|预警|消息|活动|福利|重要|紧急|注意|必读|须知|更新|专享|特惠|优惠|限时|促销|"
    "上新|新品|会员|折|发货|签收|快递|物流|取件|派送|订单|账单|到账|还款|缴费|预约|会议|考试|天气|升级|"
    "维护|安全|登录|注册|验证|回执|结果|进度|成功|失败|邀请|祝|免费|公益"
)


def content(spec: Spec) -> str:
    """The text, as far as it is looked at."""
    return str(spec["content"])[:_MOST]


def _abroad(spec: Spec) -> bool:
    return spec["international"] is True


@rule(
    "SMS317",
    Severity.WARNING,
    title=T("A verification text without a variable"),
    explanation=T(
        "The code of a verification message is a variable. Without one every customer gets the "
        "same text, and a reviewer rejects it. Placeholders of other services (`#code#`, `%s`, "
        "`$code`, `@1@`, `<%code%>`, `[code]`, `(1)`, XXXX, ****) are sent as they are: write "
        "{1} where they stand."
    ),
    at="template.content",
    behind="SMS314",
)
def without_variable(spec: Spec) -> Text | None:
    text = content(spec)
    if spec["smsType"] != "verification" or _VARIABLE.search(text):
        return None
    found = list(dict.fromkeys(likely(text)))
    if not found:
        return T(
            "a verification text without a variable cannot carry a code; write {variable} where "
            "the code belongs",
            variable="{1}",
        )
    return T(
        "a verification text without a variable cannot carry a code; write {variables}",
        variables=_instead(found, 1),
    )


@rule(
    "SMS318",
    Severity.WARNING,
    title=T("A placeholder of another service"),
    explanation=T(
        "Variables are {1}, {2} and so on. `#code#`, `%s`, `%code%`, `$code`, `@1@`, `<%code%>`, "
        "`[code]` and XXXX are variables of other services and languages; here customers would "
        "see them."
    ),
    at="template.content",
    behind="SMS317",
)
def placeholder(spec: Spec) -> Text | None:
    text = content(spec)
    found = list(dict.fromkeys(certain(text)))
    if not found:
        return None
    following = 1 + max((int(each) for each in _VARIABLE.findall(text)), default=0)
    return T(
        "a placeholder of another service is sent as it is; write {variables}",
        variables=_instead(found, following),
    )


def _instead(placeholders: list[str], first: int) -> Text:
    return some(
        T("{variable} where {placeholder} stands", variable=f"{{{number}}}", placeholder=each[:40])
        for number, each in enumerate(placeholders, start=first)
    )


@context_rule(
    "SMS319",
    Severity.WARNING,
    title=T("A line break of the file became a space"),
    explanation=T(
        "YAML folds a text of several lines, after `>`, in double quotes or without quotes: each "
        "line break becomes a space, and Chinese has none. Write the text on one line. In double "
        "quotes a backslash at the end of a line joins it with the next; formatters that wrap "
        "text (prettier's proseWrap, yamlfmt) should leave manifests alone."
    ),
    at="template.content",
)
def folded(item: Desired, context: Context) -> Text | None:
    text = content(item.spec)
    found = [
        between(before, after)
        for before, after in context.folds(item.address, "content")
        if close(before[-1], after[0]) and f"{before[-1]} {after[0]}" in text
    ]
    if not found:
        return None
    if len(found) == 1:
        return T("the line break became a space {place}; write it on one line", place=found[0])
    return T("line breaks became spaces {places}; write it on one line", places=some(found))


@rule(
    "SMS320",
    Severity.WARNING,
    title=T("Symbols that reviewers refuse"),
    explanation=T(
        "The review standard allows no special symbols in a domestic text: yen signs, stars, check "
        "marks, pointing hands, reference marks, faces such as ^_^, pictures and emoji. Say it in "
        "words, and a price as 199元."
    ),
    at="template.content",
    behind="SMS321",
)
def symbols(spec: Spec) -> Text | None:
    text = content(spec)
    if not _OF_SYMBOLS.search(text) or _abroad(spec):
        return None
    found = [
        T("{symbol} {place}", symbol=symbol, place=place(text, start, end))
        for start, end, symbol in _symbols(text)
    ]
    if not found:
        return None
    return T(
        "reviewers refuse symbols in a domestic text: {symbols}; write words instead",
        symbols=some(found),
    )


def _symbols(text: str) -> Iterator[tuple[int, int, Text]]:
    """The symbols of a text, each kind once: start, end, name."""
    seen: set[str] = set()
    end = 0
    symbol = _SYMBOL if _SELECTOR.search(text) else _PICTURE
    while found := symbol.search(text, end):
        whole = _EMOJI.match(text, found.start()) or found
        end = whole.end()
        if whole.group() not in seen:
            seen.add(whole.group())
            yield whole.start(), end, named(whole.group())
    for face in _FACE.finditer(text) if _OF_FACES.search(text) else ():
        # A half-width colon and bracket end a remark, too: (see below:)
        closes = face.group().endswith(")") and "(" in text[: face.start()]
        if not closes and face.group() not in seen:
            seen.add(face.group())
            yield face.start(), face.end(), T("the face {face}", face=face.group())


@rule(
    "SMS321",
    Severity.WARNING,
    title=T("A damaged character"),
    explanation=T(
        "The text went through a wrong encoding: U+FFFD stands for what was lost, and 鍒嗛挓鍐 is "
        "what GBK makes of the UTF-8 of 分钟内. Characters for private use mean something in one "
        "font only; phones show a box. Type the text again, and save the file as UTF-8."
    ),
    at="template.content",
)
def damaged(spec: Spec) -> Text | None:
    text = content(spec)
    if text.isascii():
        return None
    found = [_misread(text, *each) for each in garbled(text)]
    for each in _DAMAGED.finditer(text):
        where = {"character": named(each.group()), "place": place(text, each.start(), each.end())}
        if each.group() == "\ufffd":
            found.append(T("{character} {place} stands for a character that was lost", **where))
        else:
            found.append(T("{character} {place} is a box on phones", **where))
    return T("{damage}; type it again", damage=some(found, "; ")) if found else None


def _misread(text: str, start: int, end: int, shown: str, meant: str) -> Text:
    first = f"{shown[0]} ({code(shown[0])})"
    values = {"shown": shown[:20], "first": first, "place": place(text, start, end)}
    if not meant:
        return T("'{shown}' {place}, from {first} on, is what a wrong encoding leaves", **values)
    return T(
        "'{shown}' {place}, from {first} on, is '{meant}' in a wrong encoding",
        **values,
        meant=meant[:20],
    )


@rule(
    "SMS322",
    Severity.WARNING,
    title=T("A character that only looks like another one"),
    explanation=T(
        "Radicals (U+2F08 for 人), compatibility ideographs, ligatures (U+FB01 for fi) and letters "
        "of mathematics come from PDF files and old character sets; Cyrillic and Greek letters "
        "look like Latin ones. Phones and filters treat them as other characters, and nobody finds "
        "the text by searching. Type the usual character."
    ),
    at="template.content",
)
def lookalikes(spec: Spec) -> Text | None:
    text = content(spec)
    if text.isascii() or not _NOT_USUAL.search(text):
        return None
    found = [
        T(
            "{character} {place}, which looks like {usual}",
            character=named(text[at]),
            place=place(text, at, at + 1),
            usual=" ".join(f"{each} ({code(each)})" for each in usual),
        )
        for at, usual in (*_forms(text), *_foreign(text, abroad=_abroad(spec)))
    ]
    if not found:
        return None
    return T("{characters}; type what it looks like", characters=some(found, "; "))


def _forms(text: str) -> Iterator[tuple[int, str]]:
    for found in _FORM.finditer(text):
        usual = unicodedata.normalize("NFKC", found.group())
        if usual != found.group():
            yield found.start(), usual


def _foreign(text: str, *, abroad: bool) -> Iterator[tuple[int, str]]:
    """Letters of a word that are not of its script: where, and the letter that is."""
    if not _FOREIGN.search(text):
        return
    for word in _WORD.finditer(text):
        letters = [(word.start() + at, each) for at, each in enumerate(word.group())]
        foreign = [(at, each) for at, each in letters if _FOREIGN.match(each)]
        latin = [(at, each) for at, each in letters if each.isascii() and each.isalpha()]
        usual = [(at, each.translate(_LATIN)) for at, each in foreign]
        alike = all(each != text[at] for at, each in usual)
        # Abroad a word of nothing but such letters may be Russian or Greek, and so may А1.
        if foreign and alike and (latin or not abroad):
            yield from usual
        elif foreign:
            beside = [(at, _of_script(each, foreign[0][1])) for at, each in latin]
            if all(each != text[at] for at, each in beside):
                yield from beside


def _of_script(letter: str, beside: str) -> str:
    """The Cyrillic or Greek letter that looks like a Latin one."""
    script = range(0x400, 0x530) if ord(beside) >= 0x400 else range(0x370, 0x400)
    alike = (chr(each) for each in _LATIN if each in script and chr(_LATIN[each]) == letter)
    return next(alike, letter)


@rule(
    "SMS323",
    Severity.WARNING,
    title=T("White space that is not a space, or cannot be seen"),
    explanation=T(
        "No-break, ideographic and zero-width spaces, joiners and fillers come with text that "
        "was copied from a page or a document. Nobody sees them in a review; on phones they are "
        "boxes or gaps, and one of them turns a GSM-7 message into UCS-2. Joiners stay where emoji "
        "and scripts such as Arabic and Hindi need them."
    ),
    at="template.content",
    behind="SMS321",
)
def spaces(spec: Spec) -> Text | None:
    text = content(spec)
    if text.isascii() or not _SPACE.search(text):
        return None
    found = [
        T("{character} {place}", character=named(text[at]), place=place(text, at, at + 1))
        for at in _unseen(text, abroad=_abroad(spec))
    ]
    if not found:
        return None
    return T("{characters}: write a plain space or nothing", characters=some(found))


def _unseen(text: str, *, abroad: bool) -> Iterator[int]:
    # White space at an end is another rule's (SMS302).
    inner = range(len(text) - len(text.lstrip()), len(text.rstrip()))
    emoji = {at for each in _EMOJI.finditer(text) for at in range(*each.span())}
    for found in _SPACE.finditer(text):
        at = found.start()
        around = text[max(at - 1, 0) : at] + text[at + 1 : at + 2]
        needed = found.group() in "\u200c\u200d" and _JOINED.search(around)
        # French and Japanese are written so.
        needed = needed or (abroad and _SET.match(text, max(at - 1, 0)))
        if at in inner and at not in emoji and not needed:
            yield at


@context_rule(
    "SMS324",
    Severity.WARNING,
    title=T("A text that repeats a sign"),
    explanation=T(
        "The sign is added when a message is sent, in 【】 at home and in [] abroad. A text that "
        "starts or ends with it, in other brackets or before a colon, shows it twice, and a "
        "reviewer rejects it. A name in [] at the start counts although no sign of this name is "
        "declared here."
    ),
    at="template.content",
)
def repeated_sign(item: Desired, context: Context) -> Text | None:
    text = content(item.spec).strip()
    names = context.names[_abroad(item.spec)]
    shown = _sign_at_start(text, names) or _sign_at_end(text, names)
    if shown:
        return T(
            "'{shown}' repeats a sign, which is added when a message is sent; remove it",
            shown=shown,
        )
    name, ends, _ = text[1:40].partition(_PAIRS.get(text[:1], "]"))
    if ends and text[0] in _OF_SIGNS and _like_a_name(name):
        return T(
            "'{shown}' looks like a sign, which is added when a message is sent; remove it",
            shown=text[: len(name) + 2],
        )
    return None


def _sign_at_start(text: str, names: frozenset[str]) -> str:
    closing = _PAIRS.get(text[:1])
    if closing is not None:
        name, ends, _ = text[1:40].partition(closing)
        if ends and _among(name, names):
            return f"{text[0]}{name}{closing}"
    marks: list[str] = _MARKS.findall(text, 0, 40)
    for mark in dict.fromkeys(marks):
        name, _, _ = text.partition(mark)
        if _among(name, names):
            return name + mark
    return ""


def _sign_at_end(text: str, names: frozenset[str]) -> str:
    opening = _OPENING.get(text[-1:])
    if opening is not None:
        _, begins, name = text[-40:-1].rpartition(opening)
        if begins and _among(name, names):
            return f"{opening}{name}{text[-1]}"
    dash = _SIGNED.search(text, max(len(text) - 40, 0))
    return dash.group() if dash and _among(dash["name"], names) else ""


def _among(name: str, names: frozenset[str]) -> bool:
    return name.strip().casefold() in names


def _like_a_name(name: str) -> bool:
    """Whether an undeclared name could be a sign: Chinese, no date, no placeholder, no heading."""
    fits = 2 <= len(name) <= 15 and re.fullmatch("[0-9A-Za-z \u3400-\u9fff]*", name)
    chinese = not name.isascii() and not name[:1].isdigit()
    placeholder = any(certain(f"[{name}]"))
    return bool(fits) and chinese and not placeholder and not _HEADING.search(name)


RULES = declared(globals())
