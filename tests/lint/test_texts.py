"""SMS317 to SMS324: what stands in a text by mistake, and what only looks as if it did."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from smsops import lint
from smsops.errors import Severity
from smsops.lint import texts
from smsops.model import Value
from tests.support.linting import ABROAD, SIGN, TEMPLATE, codes, desired, messages
from tests.support.manifests import load
from tests.support.specs import template_manifest

CORPUS = Path(__file__).parent.parent / "corpus" / "texts"
#: The rules of this file.
NEW = {rule.code for rule in texts.RULES}


def real() -> Iterator[tuple[str, str, bool]]:
    """Texts as people write them: content, type, international."""
    for kind in ("verification", "notification", "marketing"):
        for line in (CORPUS / f"{kind}.txt").read_text("utf-8").splitlines():
            yield line, kind, False
    for line in (CORPUS / "international.txt").read_text("utf-8").splitlines():
        kind, _, content = line.partition("\t")
        yield content, kind, True


def said(content: str, kind: str = "notification", *, abroad: bool = False) -> list[str]:
    """Code and message of what the rules of this file find."""
    spec: dict[str, Value] = {
        **TEMPLATE,
        "content": content,
        "smsType": kind,
        "international": abroad,
    }
    names = [("艾克米", False), ("智链", False), ("Acme", True)]
    signs = [
        desired("sign", f"s{at}", {**(ABROAD if out else SIGN), "signName": name})
        for at, (name, out) in enumerate(names)
    ]
    found = messages(*signs, desired("template", "a", spec))
    return [each for each in found if each[:6] in NEW]


# -- nothing to say ----------------------------------------------------------------------------


@pytest.mark.parametrize(("content", "kind", "abroad"), list(real()))
def test_a_text_that_people_write_raises_no_alarm(content: str, kind: str, abroad: bool) -> None:
    assert said(content, kind, abroad=abroad) == []


def test_there_are_fifty_texts_of_each_sort() -> None:
    kinds = [(kind, abroad) for _, kind, abroad in real()]
    for kind in ("verification", "notification", "marketing"):
        assert kinds.count((kind, False)) >= 50
    assert sum(abroad for _, abroad in kinds) >= 50


def test_every_rule_here_is_a_warning_that_may_be_ignored() -> None:
    assert {f"SMS{number}" for number in range(317, 325)} == NEW
    for rule in texts.RULES:
        assert (rule.severity, rule.optional) == (Severity.WARNING, True)


# -- placeholders ------------------------------------------------------------------------------

CANNOT = "SMS317 a verification text without a variable cannot carry a code; write"


@pytest.mark.parametrize(
    "placeholder",
    [
        *("#code#", "#验证码#", "%s", "%d", "%1$s", "%(code)s", "%06d", "%code%", "$code", "$1"),
        *("$CODE", "@1@", "@code@", "@var(code)", "<%code%>", "<%= code %>", "<code>", "[code]"),
        *(
            "[验证码]",
            "［验证码］",
            "【变量】",
            "【】",
            "(1)",
            "（1）",
            "(code)",
            "[]",
            "()",
            "「code」",
        ),
        *("XXXXXX", "xxxx", "XX", "****", "______", "######", "??????", "？？？？"),
        *("__code__", "~code~", ":code", "\\1", "123456", "@code", "&code;", "CODE", "……"),
        *("＃code＃", "％s", "＄code", "［code］", "＜code＞", "＊＊＊＊", "＿＿＿＿", "ＸＸＸＸ"),
    ],
)
def test_a_verification_text_says_where_its_variable_belongs(placeholder: str) -> None:
    text = f"您的验证码是{placeholder}，请勿泄露。"
    assert said(text, "verification") == [f"{CANNOT} {{1}} where {placeholder} stands"]


def test_each_placeholder_gets_the_next_number() -> None:
    assert said("您的验证码是%s，%d分钟内有效，%s勿转发。", "verification") == [
        f"{CANNOT} {{1}} where %s stands, {{2}} where %d stands"
    ]
    assert said("Your code is [code], valid for (2) min.", "verification", abroad=True) == [
        f"{CANNOT} {{1}} where [code] stands, {{2}} where (2) stands"
    ]


@pytest.mark.parametrize(
    "text",
    ["您的验证码已发送，5分钟内有效，请勿泄露。", "请输入验证码（请勿泄露）。客服95000。"],
)
def test_a_verification_text_with_neither(text: str) -> None:
    assert said(text, "verification") == [f"{CANNOT} {{1}} where the code belongs"]
    assert said(text, "notification") == []


@pytest.mark.parametrize("text", ["Your code is 123456.", "Your code: 123456."])
def test_an_example_of_a_code_is_one(text: str) -> None:
    assert said(text, "verification", abroad=True) == [f"{CANNOT} {{1}} where 123456 stands"]


def test_a_sign_in_front_is_no_placeholder() -> None:
    """SMS306 says that it does not belong there."""
    assert said("【智链】验证码已发送", "verification") == [
        f"{CANNOT} {{1}} where the code belongs"
    ]


@pytest.mark.parametrize("text", ["您的验证码是{code}。", "您的验证码是${code}。", "验证码｛1｝。"])
def test_braces_are_said_once(text: str) -> None:
    """SMS314 names them."""
    spec = {**TEMPLATE, "content": text}
    assert codes(desired("template", "a", spec)) == [("SMS314", Severity.ERROR)]
    [finding] = codes(desired("template", "a", spec), ignore=("SMS314", "SMS303"))
    assert finding == ("SMS317", Severity.WARNING)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        *(
            (f"您的订单{{1}}已由{each}发出。", each)
            for each in ("#name#", "%s", "%d", "%1$s", "%name%", "$name", "@2@", "@var(name)")
        ),
        *(
            (f"您的订单{{1}}已由{each}发出。", each)
            for each in ("<%name%>", "[name]", "<name>", "XXXX")
        ),
        ("您好{1}，(2)分钟内到达", "(2)"),
        *((f"{each}您好，订单{{1}}", each) for each in ("[姓名]", "#姓名#", "[变量1]")),
        *((f"尊敬的{each}，订单{{1}}", each) for each in ("XXX", "***", "(1)")),
        ("**先生您好，订单{1}", "**"),
    ],
)
def test_a_placeholder_beside_a_variable(text: str, shown: str) -> None:
    assert said(text) == [
        "SMS318 a placeholder of another service is sent as it is; "
        f"write {{2}} where {shown} stands"
    ]
    assert said(text, "verification") == said(text)


def test_placeholders_without_a_variable() -> None:
    assert said("订单#order#已发货", "notification") == [
        "SMS318 a placeholder of another service is sent as it is; write {1} where #order# stands"
    ]
    assert said("Hi $name, 20% off", "marketing", abroad=True) == [
        "SMS318 a placeholder of another service is sent as it is; write {1} where $name stands"
    ]


# -- line breaks of YAML -----------------------------------------------------------------------


def folded(content: str, root: Path) -> list[str]:
    """Place, code and message of what a template with this YAML as content is told."""
    manifest = template_manifest(content=content)
    found = load(root, {"templates/a.yaml": manifest}).problems
    return [f"{each.line}:{each.column} {each.code} {each.message}" for each in found]


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (">-\n    您的验证码是{1}，5分钟内\n    有效。", "between 内 and 有"),
        (">-\n    您的验证码是{1}，\n    {2}分钟内有效。", "between ， and {2}"),
        (">-\n    您的验证码是{1}，\n    5分钟内有效。", "between ， and 5"),
        (">-  # folded\n    您的验证码是{1}（5分钟\n    ），请勿泄露。", "between 钟 and ）"),
        ('"您的验证码是{1}，5分钟内\n    有效。"', "between 内 and 有"),
        ("'您的验证码是{1}，5分钟内\n    有效。'", "between 内 and 有"),
        ("您的验证码是{1}，5分钟内\n    有效。", "between 内 and 有"),
        ('"您的验证码是{1}，请“保密\n    ”。"', "between 密 and ”"),
        ("\n    您的验证码是{1}，5分钟内\n    有效。", "between 内 and 有"),
    ],
)
def test_a_line_break_that_became_a_space_is_named(
    content: str, where: str, tmp_path: Path
) -> None:
    """Whatever way of YAML folded it."""
    assert [each.partition(" ")[2] for each in folded(content, tmp_path)] == [
        f"SMS319 the line break became a space {where}; write it on one line"
    ]


def test_several_line_breaks_are_said_at_once(tmp_path: Path) -> None:
    content = ">-\n    您的验证码\n    是{1}，\n    5分钟内有效。"
    assert folded(content, tmp_path) == [
        "6:12 SMS319 line breaks became spaces between 码 and 是, between ， and 5; "
        "write it on one line"
    ]


@pytest.mark.parametrize(
    "content",
    [
        "您的验证码 是{1}。",
        '"您的验证码\\\n    是{1}。"',
        "|-\n    您的验证码\n    是{1}。",
        ">-\n    您的验证码\n\n    是{1}。",
        ">-\n    您的验证码：\n      是{1}。",
        ">-\n    您的验证码是 {1}\n    App 内输入，请勿泄露。",
        ">-\n    Your 验证码 is {1}. Do not\n    share it.",
        ">-\n    您的验证码是{1}。",
        '"您的验证码是{1}。\n    "',
    ],
)
def test_line_breaks_that_are_no_space_in_chinese(content: str, tmp_path: Path) -> None:
    assert [each for each in folded(content, tmp_path) if "SMS319" in each] == []


def test_a_folded_text_of_the_starter_is_as_safe_as_any(tmp_path: Path) -> None:
    """Only content is judged: a remark may be wrapped, reviewers read it."""
    manifest = template_manifest(remark=">-\n    用户登录时\n    发送")
    assert load(tmp_path, {"templates/a.yaml": manifest}).problems == ()


# -- symbols -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("★会员日，您好", "★ (U+2605 BLACK STAR) at the start, before 会"),
        ("会员日☆您好", "☆ (U+2606 WHITE STAR) between 日 and 您"),
        ("满￥199可用", "￥ (U+FFE5 FULLWIDTH YEN SIGN) between 满 and 1"),
        ("满¥199可用", "¥ (U+00A5 YEN SIGN) between 满 and 1"),
        ("支付￥{1}", "￥ (U+FFE5 FULLWIDTH YEN SIGN) between 付 and {1}"),
        ("您好☞{1}", "☞ (U+261E WHITE RIGHT POINTING INDEX) between 好 and {1}"),
        ("{1}已签收✓", "✓ (U+2713 CHECK MARK) at the end, after 收"),
        ("{1}已签收√", "√ (U+221A SQUARE ROOT) at the end, after 收"),
        ("※注意您好", "※ (U+203B REFERENCE MARK) at the start, before 注"),
        ("您好 ◆ 再见", "◆ (U+25C6 BLACK DIAMOND) between a space and a space"),
        ("您好😀", "😀 (U+1F600 GRINNING FACE) at the end, after 好"),
        ("您好❤️", "❤️ (U+2764 HEAVY BLACK HEART, with U+FE0F) at the end, after 好"),
        (
            "您好👨\u200d👩\u200d👧",
            "👨\u200d👩\u200d👧 (U+1F468 MAN, with U+200D U+1F469 U+200D U+1F467) "
            "at the end, after 好",
        ),
        ("您好👍🏽", "👍🏽 (U+1F44D THUMBS UP SIGN, with U+1F3FD) at the end, after 好"),
        (
            "您好🇨🇳",
            "🇨🇳 (U+1F1E8 REGIONAL INDICATOR SYMBOL LETTER C, with U+1F1F3) at the end, after 好",
        ),
        ("第1️⃣步", "1️⃣ (U+0031 DIGIT ONE, with U+FE0F U+20E3) between 第 and 步"),
        ("恭喜㊗您", "㊗ (U+3297 CIRCLED IDEOGRAPH CONGRATULATION) between 喜 and 您"),
        ("您好^_^", "the face ^_^ at the end, after 好"),
        ("您好:-)", "the face :-) at the end, after 好"),
        ("谢谢:)再见", "the face :) between 谢 and 再"),
        ("您好T_T", "the face T_T at the end, after 好"),
        ("您好>_<", "the face >_< at the end, after 好"),
    ],
)
def test_symbols_that_reviewers_refuse(text: str, named: str) -> None:
    """In a domestic text; abroad nobody minds."""
    assert said(text) == [
        f"SMS320 reviewers refuse symbols in a domestic text: {named}; write words instead"
    ]
    assert said(text, abroad=True) == []


def test_many_symbols_are_counted() -> None:
    [message] = said("★☆◆■▲●◎¥您好★")
    assert message.count("U+") == 6
    assert "between ▲ and ◎ and 2 more; write words" in message


@pytest.mark.parametrize("text", ["（注:）您好", "您好(见下:)", "35℃，→①№㎡®", "a=1&b=2"])
def test_marks_of_ordinary_texts(text: str) -> None:
    assert said(text) == []


# -- damage ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "您好\ufffd{1}",
            "\ufffd (U+FFFD REPLACEMENT CHARACTER) between 好 and {1} stands for a character that "
            "was lost",
        ),
        ("您好\ue001吗", "U+E001 private use between 好 and 吗 is a box on phones"),
        (
            "{1}锟斤拷",
            "'锟斤拷' at the end, after {1}, from 锟 (U+951F) on, is what a wrong encoding leaves",
        ),
        (
            f"{{1}}{'您的验证码'.encode().decode('gbk', 'ignore')}1",
            "'鎮ㄧ殑楠岃瘉鐮' between {1} and 1, from 鎮 (U+93AE) on, is '您的验证' "
            "in a wrong encoding",
        ),
        (
            f"1{'请勿泄露'.encode().decode('gbk', 'ignore')}",
            "'璇峰嬁娉勯湶' at the end, after 1, from 璇 (U+7487) on, is '请勿泄露' "
            "in a wrong encoding",
        ),
        (
            f"1{'您好'.encode().decode('cp1252')}2",
            "'æ‚¨å¥½' between 1 and 2, from æ (U+00E6) on, is '您好' in a wrong encoding",
        ),
        (
            f"1{'验证码'.encode('gbk').decode('latin-1')}2",
            "'ÑéÖ¤Âë' between 1 and 2, from Ñ (U+00D1) on, is '验证码' in a wrong encoding",
        ),
        (
            "Le café est prÃªt",
            "'Ãª' between r and t, from Ã (U+00C3) on, is 'ê' in a wrong encoding",
        ),
    ],
)
def test_damaged_characters(text: str, expected: str) -> None:
    assert said(text) == [f"SMS321 {expected}; type it again"]
    assert said(text, abroad=True) == said(text)


@pytest.mark.parametrize(
    "text", ["闊度{1}", "来自楠榜，您好", "亲や、", "联通您好", "É« «É» MENÜ»"]
)
def test_rare_characters_are_not_damaged(text: str) -> None:
    """Even where the bytes of two are those of one in another encoding."""
    assert [each for each in said(text) if "SMS321" in each] == []


def test_no_pair_of_everyday_characters_looks_misread() -> None:
    """Chinese of GB 2312's first level in any order; rare words may look like anything."""
    level = [
        bytes((row, at)).decode("gbk") for row in range(0xB0, 0xD7) for at in range(0xA1, 0xFF)
    ]
    for step in (1, 7, 93, 94, 1001):
        ring = "".join(level[(at * step) % len(level)] for at in range(len(level)))
        for start in range(0, len(ring), 50):
            assert said(f"您好，{ring[start : start + 50]}。") == []


# -- lookalikes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "您的私\u2f08信息",
            "⼈ (U+2F08 KANGXI RADICAL MAN) between 私 and 信, which looks like 人 (U+4EBA)",
        ),
        (
            "您的\uf90a额",
            "\uf90a (U+F90A CJK COMPATIBILITY IDEOGRAPH-F90A) between 的 and 额, "
            "which looks like 金 (U+91D1)",
        ),
        (
            "您的pro\ufb01le",
            "ﬁ (U+FB01 LATIN SMALL LIGATURE FI) between o and l, which looks like "
            "f (U+0066) i (U+0069)",
        ),
        (
            "打开А\u0440p查看",
            "А (U+0410 CYRILLIC CAPITAL LETTER A) between 开 and р, which looks like A (U+0041); "
            "р (U+0440 CYRILLIC SMALL LETTER ER) between А and p, which looks like p (U+0070)",
        ),
        (
            "打开ΑPP查看",
            "Α (U+0391 GREEK CAPITAL LETTER ALPHA) between 开 and P, which looks like A (U+0041)",
        ),
        (
            "回复ОК",
            "О (U+041E CYRILLIC CAPITAL LETTER O) between 复 and К, which looks like O (U+004F); "
            "К (U+041A CYRILLIC CAPITAL LETTER KA) at the end, after О, "
            "which looks like K (U+004B)",
        ),
        (
            "编号1О0",
            "О (U+041E CYRILLIC CAPITAL LETTER O) between 1 and 0, which looks like O (U+004F)",
        ),
        (
            "您好𝐀",
            "𝐀 (U+1D400 MATHEMATICAL BOLD CAPITAL A) at the end, after 好, "
            "which looks like A (U+0041)",
        ),
    ],
)
def test_characters_that_look_like_others(text: str, expected: str) -> None:
    assert said(text) == [f"SMS322 {expected}; type what it looks like"]


def test_lookalikes_abroad() -> None:
    """A Russian or Greek word is one; a letter of another script inside it is not."""
    assert said("СМС ОК, 5 μm, 10 kΩ, копроцN", abroad=True) == []
    assert said("Cкидка", abroad=True) == [
        "SMS322 C (U+0043 LATIN CAPITAL LETTER C) at the start, before к, "
        "which looks like С (U+0421); type what it looks like"
    ]
    assert said("\u0430pple", abroad=True) == [
        "SMS322 а (U+0430 CYRILLIC SMALL LETTER A) at the start, before p, "
        "which looks like a (U+0061); type what it looks like"
    ]


# -- spaces ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("character", "name"),
    [
        ("\u00a0", "U+00A0 NO-BREAK SPACE"),
        ("\u2003", "U+2003 EM SPACE"),
        ("\u202f", "U+202F NARROW NO-BREAK SPACE"),
        ("\u200d", "U+200D ZERO WIDTH JOINER"),
        ("\u200c", "U+200C ZERO WIDTH NON-JOINER"),
        ("\u3164", "U+3164 HANGUL FILLER"),
        ("\u2800", "U+2800 BRAILLE PATTERN BLANK"),
        ("\U000e0100", "U+E0100 VARIATION SELECTOR-17"),
    ],
)
def test_white_space_that_is_no_space(character: str, name: str) -> None:
    assert said(f"您好{character}{{1}}") == [
        f"SMS323 {name} between 好 and {{1}}: write a plain space or nothing"
    ]
    assert said(f"Hello{character}{{1}}", abroad=True) == [
        f"SMS323 {name} between o and {{1}}: write a plain space or nothing"
    ]


def test_spaces_that_a_language_is_set_with() -> None:
    """French and Japanese, but not Chinese."""
    french = "Bonjour\u00a0! Votre code\u202f: {1} (1\u202f000\u00a0€, «\u00a0oui\u00a0»)"
    assert said(french, abroad=True) == []
    assert said("確認：\u3000{1}様", abroad=True) == []
    assert said("您好\u3000{1}") == [
        "SMS323 U+3000 IDEOGRAPHIC SPACE between 好 and {1}: write a plain space or nothing"
    ]
    assert len(said(french)) == 1


@pytest.mark.parametrize(
    "text", ["Hi 👨\u200d👩\u200d👧 ❤️ {1}", "می\u200cخواهم {1}", "क्\u200dष {1}", "\u3000Hi\u3000"]
)
def test_joiners_have_their_uses(text: str) -> None:
    """And white space at an end is said to be just that (SMS302)."""
    assert said(text, abroad=True) == []


# -- signs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[智链]您好{1}", "[智链]"),
        ("(智链)您好{1}", "(智链)"),
        ("（智链）您好{1}", "（智链）"),
        ("「智链」您好{1}", "「智链」"),
        ("智链：您好{1}", "智链："),
        ("智链:您好{1}", "智链:"),
        ("您好{1}。[智链]", "[智链]"),
        ("您好{1}。（智链）", "（智链）"),
        ("智链｜您好{1}", "智链｜"),
        ("您好{1}——智链", "——智链"),
        ("您好{1} -- 智链", "-- 智链"),
    ],
)
def test_a_sign_in_a_text(text: str, shown: str) -> None:
    """A declared one in any brackets or before a colon."""
    assert said(text) == [
        f"SMS324 '{shown}' repeats a sign, which is added when a message is sent; remove it"
    ]


@pytest.mark.parametrize("shown", ["[别的公司]", "［别的公司］", "〔别的〕"])
def test_a_name_in_the_place_of_a_sign(shown: str) -> None:
    """The sign may be declared in another project."""
    assert said(f"{shown}您好{{1}}") == [
        f"SMS324 '{shown}' looks like a sign, which is added when a message is sent; remove it"
    ]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "智链提醒您：{1}",
            "欢迎使用智链（{1}）",
            "感谢您使用(智链)服务{1}",
            "（别的公司）您好{1}",
            "您好{1}——别的公司",
        ),
        *(
            "[温馨提示]您好{1}",
            "[通知]您好{1}",
            "{1}：您好",
            "您好：智链",
            "[1]您好{1}",
            "别的公司：您好",
        ),
    ],
)
def test_a_name_that_a_text_may_say(text: str) -> None:
    assert said(text) == []


def test_signs_of_the_other_scope_do_not_count() -> None:
    assert said("Acme: hello {1}", abroad=True) == [
        "SMS324 'Acme:' repeats a sign, which is added when a message is sent; remove it"
    ]
    assert said("ACME：您好{1}") == []
    assert said("智链: hello {1}", abroad=True) == []


def test_the_rules_find_nothing_in_what_is_ignored() -> None:
    item = desired("template", "a", {**TEMPLATE, "content": "★您好{1}验证码"})
    assert codes(item) == [("SMS320", Severity.WARNING)]
    assert codes(item, ignore=("SMS320",)) == []
    assert lint.BY_CODE["SMS320"].kind == "template"
