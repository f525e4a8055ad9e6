"""SMS3xx: what the service takes as a template."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smsops import lint
from smsops.errors import Severity
from smsops.model import Value
from tests.support.linting import ABROAD, SIGN, TEMPLATE, codes, desired, messages, template

NOTICE: dict[str, Value] = {"smsType": "notification"}
OUT: dict[str, Value] = {"smsType": "notification", "international": True}


def test_a_good_template_has_no_findings() -> None:
    """Of each type, in both scopes."""
    assert template("您的验证码是{1}，{2}分钟内有效，请勿泄露。") == []
    assert template("您的订单{1}已发货。", **NOTICE) == []
    assert template("全场八折，拒收请回复R", smsType="marketing") == []
    assert template("Your code is {1}.", international=True) == []


def test_the_whole_message_counts() -> None:
    """With 【】 and the longest sign of the same scope: 500 pass, 501 do not."""
    ignore = ("SMS312",)

    def check(size: int, abroad: bool, *names: tuple[str, bool]) -> list[str]:
        signs = [
            desired("sign", f"s{index}", {**(ABROAD if out else SIGN), "signName": name})
            for index, (name, out) in enumerate(names)
        ]
        spec = {**TEMPLATE, **NOTICE, "content": "字" * size, "international": abroad}
        found = codes(*signs, desired("template", "t", spec), ignore=ignore)
        return [code for code, _ in found]

    assert check(498, False) == []
    assert check(499, False) == ["SMS301"]
    assert check(495, False, ("艾克米", False), ("艾克", False)) == []
    assert check(496, False, ("艾克", False), ("艾克米", False)) == ["SMS301"]
    assert check(498, False, ("Acme Abroad", True)) == []
    assert check(488, True, ("Acme Board", True), ("艾克米", False)) == []
    assert check(489, True, ("Acme Board", True)) == ["SMS301"]


@pytest.mark.parametrize("text", [" 您好", "您好 ", "您好\n", "\u3000您好", "您好\u00a0"])
def test_no_white_space_at_the_ends(text: str) -> None:
    """Any Unicode white space."""
    assert template(text, **NOTICE) == ["SMS302"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("第{1}和{2}。", []),
        ("第{2}和{1}。", []),
        ("第{1}和{1}。", []),
        ("第{2}。", ["SMS303"]),
        ("第{1}和{3}。", ["SMS303"]),
        ("第{0}和{1}。", ["SMS303"]),
        ("第{0}。", ["SMS303"]),
        ("第{01}。", ["SMS314"]),
        ("、".join(f"第{{{number}}}" for number in range(1, 13)), []),
        ("第{1}{2}。", ["SMS304"]),
        ("第{1} {2}。", []),
        ("{1}", ["SMS305"]),
        ("{1}，{2}！", ["SMS305"]),
        ("：{1}", ["SMS305"]),
        ("{1}元", []),
        ("！！", []),
        ("【艾克米】您好", ["SMS306"]),
        ("您好】", ["SMS306"]),
        ("您好{name}", ["SMS314"]),
        ("您好{}", ["SMS314"]),
        ("您好{ 1 }", ["SMS314"]),
        ("您好{１}", ["SMS314"]),
        ("您好｛1｝", ["SMS314"]),
        ("您好{1", ["SMS314"]),
        ("您好}", ["SMS314"]),
        ("您好{{1}}", ["SMS314"]),
        ("您好{code}，{2}", ["SMS314"]),
        ("您好${code}", ["SMS314"]),
    ],
)
def test_variables_and_braces(text: str, expected: list[str]) -> None:
    """Numbered from 1 without gaps, apart from each other, and not alone."""
    assert template(text, **NOTICE) == expected


NAMED = "is not a variable; variables are {1}, {2} and so on"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("您好{code}，{2}分钟内有效", f"'{{code}}' {NAMED}"),
        ("您好{{1}}，请勿泄露", f"'{{{{1}}}}' {NAMED}"),
        ("您好{1}}，请勿泄露", f"'}}' {NAMED}"),
        ("您好{1，{2}", f"'{{1，{{2}}' {NAMED}"),
        ("您好{01}，请勿泄露", f"'{{01}}' {NAMED}"),
        ("您好{0" + "1" * 50 + "}", f"'{{0{'1' * 18}' {NAMED}"),
        ("您好{" + "x" * 50 + "}", f"'{{{'x' * 11}' {NAMED}"),
        ("您好｛code｝，请勿泄露", f"'｛code｝' {NAMED}"),
        ("您好｛０１｝，请勿泄露", f"'｛０１｝' {NAMED}"),
        ("您好｛1｝，请勿泄露", "'｛1｝' is written with full-width ｛ ｝; type {1}"),
        ("您好{2｝，请勿泄露", "'{2｝' is written with full-width ｝; type {2}"),
        ("您好{１１}，请勿泄露", "'{１１}' is written with full-width １; type {11}"),
        ("您好｛１｝，请勿泄露", "'｛１｝' is written with full-width ｛ １ ｝; type {1}"),
    ],
)
def test_braces_that_are_no_variable_are_shown_and_nothing_else(text: str, said: str) -> None:
    """Up to the closing brace, and where the eye sees no difference with what makes one."""
    spec = {**TEMPLATE, **NOTICE, "content": text}
    assert messages(desired("template", "a", spec)) == [f"SMS314 {said}"]


def test_numbers_are_counted_once_all_braces_are_variables() -> None:
    """Where SMS314 is ignored, they are all that is left to say."""
    item = desired("template", "a", {**TEMPLATE, "content": "验证码{code}，{2}"})
    assert codes(item) == [("SMS314", Severity.ERROR)]
    assert codes(item, ignore=("SMS314",)) == [("SMS303", Severity.ERROR)]


@pytest.mark.parametrize("text", ["“您好{1}”", "‘您好’", "「您好，‘亲’」", "『您好』", "“”"])
def test_quotation_marks_around_the_whole_text(text: str) -> None:
    """They are part of it in YAML; only a warning, because a text may want them."""
    spec = {**TEMPLATE, **NOTICE, "content": text}
    assert codes(desired("template", "a", spec)) == [("SMS315", Severity.WARNING)]
    assert messages(desired("template", "a", spec)) == [
        f"SMS315 the quotes {text[0]} {text[-1]} are part of the text and would be sent; "
        'use straight quotes (") to quote in YAML'
    ]
    assert codes(desired("template", "a", spec), ignore=("SMS315",)) == []


@pytest.mark.parametrize(
    "text",
    [
        *(
            "“您好”，{1}",
            "您好“{1}”",
            "“亲”，您好，“再见”",
            "“您好」",
            "“您“好”",
            "“您”好”",
            "”您好“",
            "“您好",
            "您好”",
        ),
        *('"您好"', "'您好'", "《您好》", "（您好）", "“", ""),
    ],
)
def test_quotation_marks_inside_a_text(text: str) -> None:
    """And other pairs around it."""
    assert template(text, **NOTICE) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("您好${1}", "${1}"),
        ("${1}，您好", "${1}"),
        ("您好，{1}，%{2}和${3}", "${3}"),
        ("您好{1}${2}", "${2}"),
    ],
)
def test_a_variable_as_another_language_writes_it(text: str, shown: str) -> None:
    """Only a warning, for domestic texts: abroad a price looks the same."""
    spec = {**TEMPLATE, **NOTICE, "content": text}
    assert codes(desired("template", "a", spec)) == [("SMS316", Severity.WARNING)]
    assert messages(desired("template", "a", spec)) == [
        f"SMS316 '{shown}': the $ is sent as it is; a variable is {shown[1:]}"
    ]
    assert codes(desired("template", "a", spec), ignore=("SMS316",)) == []
    assert template(text, **OUT) == []


@pytest.mark.parametrize(
    "text",
    [
        *("支付US${1}元", "支付HK${1}", "支付$ {1}", "支付￥{1}", "支付{1}$", "支付{1}%"),
        *("订单#{1}", "编号#{1}", "您的订单 #{1} 已发货", "住址3#{1}室", "住址A#{1}室"),
        *(
            "住址{1}#{2}室",
            "优惠5%{1}",
            "优惠{1}%{2}",
            "取餐号：#{1}",
            "话题#您好#",
            "话题#您好{1}#",
        ),
    ],
)
def test_prices_numbers_and_percentages_are_texts(text: str) -> None:
    """A mark that is meant stands where such a mark stands."""
    assert template(text, **NOTICE) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("全场八折，拒收请回复R", []),
        ("全场八折", ["SMS307"]),
        ("全场八折，拒收请回复r", ["SMS307"]),
        ("全场八折，拒收请回复R。", ["SMS307"]),
        ("全场八折，回T退订", ["SMS307"]),
        ("拒收请回复R，全场八折", ["SMS307"]),
    ],
)
def test_domestic_marketing_ends_with_exactly_the_words(text: str, expected: list[str]) -> None:
    """International marketing need not, other types need not."""
    assert template(text, smsType="marketing") == expected
    assert template(text, smsType="marketing", international=True) == []
    assert template(text, **NOTICE) == []


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ("allow", []),
        ("warn", [("SMS308", Severity.WARNING)]),
        ("error", [("SMS308", Severity.ERROR)]),
    ],
)
def test_variables_that_depend_on_the_account(
    variables: str, expected: list[tuple[str, Severity]]
) -> None:
    """The project says how serious they are in domestic notification and marketing texts."""
    for sms_type, text in (("notification", "订单{1}。"), ("marketing", "减{1}元，拒收请回复R")):
        spec = {**TEMPLATE, "content": text, "smsType": sms_type}
        assert codes(desired("template", "a", spec), variables=variables) == expected
        spec["international"] = True
        assert codes(desired("template", "a", spec), variables=variables) == []
    assert codes(desired("template", "a", TEMPLATE), variables=variables) == []


@pytest.mark.parametrize(
    "text",
    [
        "见https://a.cn/{1}。",
        "见http://{1}.a.cn",
        "见www.{1}.com",
        "见a.com/{1}",
        "见A.CN/x?y={1}&z=2",
        "见{1}.example.com",
        "见https://a.cn/x{1}y",
        "见weixin://dl/{1}",
        "见t.co/{1}",
        "见https://a.cn,{1}",
    ],
)
def test_a_variable_inside_a_link(text: str) -> None:
    """In the host, the path or the query."""
    assert template(text, **OUT) == ["SMS309"]


@pytest.mark.parametrize(
    "text",
    [
        "见https://a.cn/x 编号{1}",
        "见https://a.cn/x，编号{1}",
        "编号{1}，见https://a.cn/x",
        "编号{1}见https://a.cn/x",
        "编号{1}。见a.com",
        "It costs {1}. Done.",
        "Version 1.{1} is out",
        "{1}/{2} done",
        "from {1} to {2}...",
    ],
)
def test_a_variable_beside_a_link(text: str) -> None:
    """Text or a space between is enough, and not every dot makes a link."""
    assert template(text, **OUT) == []


def test_a_verification_text_names_the_code() -> None:
    """验证码 at home, code abroad in any case; only a warning."""
    assert template("您的动态码是{1}。") == ["SMS310"]
    assert template("Your CODE is {1}.", international=True) == []
    assert template("Your PIN is {1}.", international=True) == ["SMS310"]
    assert lint.BY_CODE["SMS310"].severity is Severity.WARNING


def test_two_templates_with_one_name() -> None:
    """Another text: a warning. The same text too: an error, and no warning beside it."""
    one = desired("template", "a", TEMPLATE)
    other_text = desired("template", "b", {**TEMPLATE, "content": "验证码{1}。"})
    same = desired("template", "c", {**TEMPLATE, "smsType": "notification", "remark": "x"})
    abroad = desired(
        "template", "d", {**TEMPLATE, "international": True, "content": "code {1} 验证码"}
    )

    assert codes(one, abroad) == []
    assert codes(one, other_text) == [("SMS311", Severity.WARNING)]
    assert codes(one, same) == [("SMS313", Severity.ERROR)]
    assert messages(one, other_text) == [
        "SMS311 template.a (a.yaml:1) has the same templateName; give each its own"
    ]
    assert messages(one, same) == [
        "SMS313 template.a (a.yaml:1) has the same templateName, content and international; "
        "keep one of them"
    ]
    assert messages(replace(one, origin=None), other_text) == [
        "SMS311 template.a has the same templateName; give each its own"
    ]


@pytest.mark.parametrize(
    ("text", "abroad", "segments"),
    [
        ("字" * 68, False, None),
        ("字" * 69, False, 2),
        ("字" * 132, False, 2),
        ("字" * 133, False, 3),
        ("a" * 156, True, None),
        ("a" * 157, True, 2),
        ("a" * 302, True, 2),
        ("a" * 303, True, 3),
        ("€" * 78, True, None),
        ("€" * 79, True, 2),
        ("字" * 68, True, None),
        ("字" * 69, True, 2),
        ("😀" * 34, True, None),
        ("😀" * 35, True, 2),
    ],
)
def test_segments_are_counted(text: str, abroad: bool, segments: int | None) -> None:
    """70/67 at home; 160/153 in GSM-7 and 70/67 in UCS-2 abroad; 【】 or [] count."""
    spec = {**TEMPLATE, **NOTICE, "content": text, "international": abroad}
    found = lint.run([desired("template", "a", spec)], lint.severities((), "allow"))

    expected = [] if segments is None else [f"the message takes {segments} segments"]
    assert [each.message.plain.split(" (")[0] for each in found] == expected
    assert all(each.severity is Severity.INFO for each in found)
