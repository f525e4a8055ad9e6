"""SMS2xx: what the service takes as a sign."""

from __future__ import annotations

import pytest

from smsops.kinds.sign import DOCUMENT_TYPES, SIGN_TYPES
from tests.support.linting import ABROAD, SIGN, abroad, codes, desired, messages, sign


def test_a_good_sign_has_no_findings() -> None:
    """Domestic and international."""
    assert sign() == []
    assert abroad() == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("艾", ["SMS201"]),
        ("艾克", []),
        ("艾" * 12, []),
        ("艾" * 13, ["SMS201"]),
        ("Acme艾克米2", []),
        ("㐀𠀀〇", []),
        ("艾克米 ", ["SMS202"]),
        ("艾 克米", ["SMS202"]),
        ("艾克米!", ["SMS202"]),
        ("艾克米・", ["SMS202"]),
        ("【艾克米】", ["SMS202"]),
        ("[艾克米]", ["SMS202"]),
        ("Ａｃｍｅ", ["SMS202"]),
        ("Àcme", ["SMS202"]),
        ("艾克米😀", ["SMS202"]),
    ],
)
def test_a_domestic_name(name: str, expected: list[str]) -> None:
    """2 to 12 Chinese characters, letters and digits."""
    assert sign(signName=name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("A", ["SMS201"]),
        ("Tencent Cloud", []),
        ("A" * 15, []),
        ("A" * 16, ["SMS201"]),
        ("Acme & Sons", []),
        (" Acme", ["SMS202"]),
        ("[Acme]", ["SMS202"]),
        ("【Acme】", ["SMS202"]),
    ],
)
def test_an_international_name(name: str, expected: list[str]) -> None:
    """2 to 15 characters, inner spaces allowed, no brackets."""
    assert abroad(signName=name) == expected


DOMESTIC_PAIRS = {
    ("company", "three-in-one"),
    ("company", "business-license"),
    ("trademark", "trademark-certificate"),
    ("government", "organization-code"),
    ("government", "social-credit"),
}
INTERNATIONAL_PAIRS = DOMESTIC_PAIRS | {
    ("app", document)
    for document in (
        "three-in-one",
        "business-license",
        "organization-code",
        "social-credit",
        "app-screenshot",
    )
}
PAPERS = ("three-in-one", "business-license", "organization-code", "social-credit")
SITE_PAIRS = INTERNATIONAL_PAIRS | {
    (kind, document)
    for kind, own in (
        ("website", "website-filing"),
        ("official-account", "official-account-page"),
        ("mini-program", "mini-program-page"),
    )
    for document in (*PAPERS, own)
}


def expected(kind: str, document: str, pairs: set[tuple[str, str]]) -> list[str]:
    if kind not in {each for each, _ in pairs}:
        return ["SMS206"]
    return [] if (kind, document) in pairs else ["SMS203"]


@pytest.mark.parametrize("kind", SIGN_TYPES)
@pytest.mark.parametrize("document", DOCUMENT_TYPES)
def test_the_document_fits_the_type(kind: str, document: str) -> None:
    """Exactly the pairs that the service documents, for each site and scope."""
    given = {"signType": kind, "documentType": document}
    assert sign(**given) == expected(kind, document, DOMESTIC_PAIRS)
    assert abroad(**given) == expected(kind, document, INTERNATIONAL_PAIRS)
    there = expected(kind, document, SITE_PAIRS)
    assert sign("intl", qualificationId=None, **given) == there
    assert abroad("intl", **given) == there


def test_a_qualification_is_for_domestic_signs() -> None:
    """Needed to submit there, refused elsewhere; the international site has none at all."""
    assert sign(qualificationId=None) == ["SMS130"]
    assert abroad(qualificationId=1000001) == ["SMS204"]
    assert sign("intl", qualificationId=None) == []
    assert sign("intl") == abroad("intl", qualificationId=1000001) == ["SMS214"]


def test_a_letter_goes_with_on_behalf() -> None:
    """Needed to submit there, refused elsewhere."""
    assert sign(purpose="on-behalf") == ["SMS130"]
    assert sign(commissionImage="sha256:1") == ["SMS205"]
    assert sign(purpose="on-behalf", commissionImage="sha256:1") == []


def test_two_signs_with_one_name_are_an_error() -> None:
    """The key is signName and international; every sign after the first is named."""
    first, second = desired("sign", "a", SIGN), desired("sign", "b", {**SIGN, "remark": "x"})
    third, abroad_sign = desired("sign", "c", SIGN), desired("sign", "d", ABROAD)

    assert [code for code, _ in codes(first, second, third, abroad_sign)] == ["SMS212", "SMS212"]
    assert messages(first, second) == [
        "SMS212 sign.a (a.yaml:1) has the same signName and international; keep one of them"
    ]
