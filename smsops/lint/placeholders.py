r"""Placeholders of other services and languages, which the API would send as they are. Pure.

#code# (Juhe, Yunpian), %s and %1$s (printf), %code% (SendCloud), $code (PHP, Velocity), @1@ and
@var(code) (Submail), <%code%> and <%=code%> (ERB, JSP), [code], (1), :code (Laravel), XXXX, ****.
Braces that are no variable have a rule of their own (SMS314).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

#: What programs call the values of a message.
_WORDS = (
    "code|otp|pin|name|user|username|nickname|time|date|day|minute|minutes|expire|order|orderid|"
    "orderno|order_id|order_no|no|num|number|mobile|phone|tel|amount|money|price|balance|product|"
    "company|city|address|url|link|app|appname|var[0-9]*|param[0-9]*|value[0-9]*|arg[0-9]*"
)
#: The same in Chinese, as far as no text says them in brackets.
_NAMES = "变量|参数|姓名|用户名|昵称|订单号|运单号|单号|手机号|金额|客户名|商品名|公司名"
_CHINESE_WORDS = "变量|参数|验证码|校验码|动态码|随机码|数字|密码|姓名|用户名|时间|分钟|订单号"

#: What no text means to say, of whatever type it is. Full-width forms are half-width by then.
_CERTAIN = rf"""
      <%[=-]?\ ?\w{{1,30}}\ ?-?%>
    | \#[a-z]\w{{0,30}}\#
    | @var\(\w{{1,30}}\)
    | (?<![\w.])@\w{{1,30}}@(?![\w.])
    | (?<![0-9%])%(?:\(\w{{1,30}}\)|[0-9]\$|0?[0-9]?)[sdifu](?![A-Za-z0-9])
    | (?<![0-9%])%[a-z]\w{{1,30}}%(?!\w)
    | (?<![A-Za-z0-9$])\$[a-z_]\w{{1,30}}
    | \[(?:{_WORDS}|(?:{_NAMES})[0-9]?)\]
    | \#(?:{_NAMES})[0-9]?\#
    | (?<=尊敬的)(?:[Xx×*]{{2,}}|\([0-9]\)) | [Xx×*]{{2,}}(?=先生|女士|老师|用户|客户)
    | <(?:{_WORDS})>
    | \([0-9]\)(?=分钟|秒|小时)
    | (?<![A-Za-z0-9./@_-])(?:X{{4,}}|x{{4,}})(?![A-Za-z0-9./@_-])
"""
#: What stands for a value in a text that has no variable.
_LIKELY = rf"""
      \#[A-Za-z0-9_\u4e00-\u9fff]{{1,30}}\#
    | \$[A-Za-z0-9_]{{1,30}}
    | [\[<〔(「](?:
          [A-Za-z_][A-Za-z0-9_]{{0,30}} | [0-9]{{0,2}} | [Xx*_]{{1,20}}
          | (?:{_CHINESE_WORDS})[0-9]?
      )[\]>〕)」]
    | (?<=.)【[^【】]{{0,12}}】
    | (?P<pair>[@%&~^|*!=+-]{{1,2}}|_{{2}})[A-Za-z][A-Za-z0-9]{{0,30}}(?P=pair)
    | (?<![\w.])@[A-Za-z]\w{{0,30}}(?![\w.])
    | (?<=[\u4e00-\u9fff:]):[a-z]\w{{1,30}}
    | &[a-z]{{1,30}};
    | \\[1-9]
    | [Xx×]{{3,}} | \*{{3,}} | _{{3,}} | \#{{3,}} | \?{{3,}} | [●○•□◯]{{3,}} | [-—…]{{3,}}
    | (?:(?<=码)|(?<=码[是为:]))(?:[Xx×*]{{2,}}|[0-9]{{4,8}}|…{{2,}})
    | (?<=码[是为:])[A-Za-z_]\w{{1,30}}
    | (?:(?<=code\ is\ )|(?<=code:\ ))[0-9]{{4,8}}
"""
_STRICT = re.compile(_CERTAIN, re.VERBOSE | re.ASCII)
_BROAD = re.compile(f"{_CERTAIN} | {_LIKELY}", re.VERBOSE | re.ASCII)
_BRACED = re.compile(r"\{[^{}]{0,1000}\}?")
#: Full-width form of every printable ASCII character -> the character
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
#: What most texts lack and every placeholder of :data:`_STRICT` has, in both widths.
_SIGN = re.compile(r"[#@%$<\[(Xx×*＃＠％＄＜［（Ｘｘ＊]")


def certain(text: str) -> Iterator[str]:
    """Placeholders that no text means to say."""
    if _SIGN.search(text):
        narrow = text.translate(_HALF_WIDTH)
        # What stands in braces is another rule's (SMS314).
        masked = _BRACED.sub(lambda found: "{" * len(found.group()), narrow)
        yield from _written(text, _STRICT.finditer(masked))


def likely(text: str) -> Iterator[str]:
    """What stands for a value in a text that has no variable; also what only may."""
    yield from _written(text, _BROAD.finditer(text.translate(_HALF_WIDTH)))


def _written(text: str, found: Iterable[re.Match[str]]) -> Iterator[str]:
    """What was found, in the width in which it is written."""
    return (text[each.start() : each.end()] for each in found)
