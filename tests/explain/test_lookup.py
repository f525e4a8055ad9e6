"""From what people type to entries."""

from __future__ import annotations

import pytest

from smsops.explain import Category, Match, UnknownCode, catalogue, listing, look_up


def found(*words: str) -> list[tuple[str, str]]:
    return [(entry.category.value, entry.code) for entry in look_up(words).entries]


def test_a_whole_code_finds_its_entry() -> None:
    """The plain case."""
    answer = look_up(["FailedOperation.MissingSignature"])
    assert answer.match is Match.EXACT
    assert [str(entry.title) for entry in answer.entries] == ["A template needs a sign first"]
    assert answer.family == ()


@pytest.mark.parametrize(
    "query",
    [
        "failedoperation.missingsignature",
        "FAILEDOPERATION.MISSINGSIGNATURE",
        "`FailedOperation.MissingSignature`,",
        '"FailedOperation.MissingSignature".',
        "(FailedOperation.MissingSignature)",
        "code: FailedOperation.MissingSignature",
        "template.a: AddSmsTemplate refused: FailedOperation.MissingSignature 没有 (RequestId 4f)",
    ],
)
def test_case_punctuation_and_the_words_around_do_not_matter(query: str) -> None:
    """Codes are pasted from messages."""
    expected = [("error", "FailedOperation.MissingSignature")]
    assert found(query) == expected
    assert found(*query.split()) == expected


def test_a_code_with_several_meanings_shows_them_all_by_category() -> None:
    """-1 is a review code of both kinds and a receipt of two carriers."""
    assert found("-1") == [("review", "-1")] * 2 + [("receipt", "-1")] * 2
    assert {category for category, _ in found("1")} == {
        "review",
        "qualification",
        "exit",
        "receipt",
    }


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["exit", "7"], [("exit", "7")]),
        (["exit", "code", "7"], [("exit", "7")]),
        (["EXIT", "7"], [("exit", "7")]),
        (["exit 7"], [("exit", "7")]),
        (["qualification", "5"], [("qualification", "5")]),
        (["sign", "-1"], [("review", "-1")]),
        (["template", "rejected"], [("review", "-1")]),
        (["review", "1"], [("review", "1")]),
        (["receipt", "DELIVRD"], [("receipt", "DELIVRD")]),
        (["error", "OtherError"], [("error", "FailedOperation.OtherError")]),
    ],
)
def test_a_category_in_front_narrows(words: list[str], expected: list[tuple[str, str]]) -> None:
    """As a person would say it."""
    assert found(*words)[: len(expected)] == expected
    assert {category for category, _ in found(*words)} == {expected[0][0]}


@pytest.mark.parametrize(
    ("word", "code"), [("active", "0"), ("in_review", "1"), ("approved", "2"), ("Rejected", "-1")]
)
def test_words_of_review_states_find_their_codes(word: str, code: str) -> None:
    """The words that plans and status print; some are codes of reasons, too."""
    assert {each for each in found(word) if each[0] != "reason"} == {("review", code)}


def test_a_unique_ending_finds_the_code() -> None:
    """The part after the dot, or the end of it."""
    whole = [("error", "InvalidParameterValue.SignAlreadyPassedCheck")]
    assert look_up(["SignAlreadyPassedCheck"]).match is Match.SUFFIX
    assert found("SignAlreadyPassedCheck") == whole
    assert found("signalreadypassedcheck") == whole
    assert found("NotInWhitelist") == [
        ("error", "IpNotInWhitelist"),
        ("error", "UnauthorizedOperation.RequestIpNotInWhitelist"),
    ]


def test_a_last_part_of_several_families_shows_each_and_no_longer_endings() -> None:
    """OtherError is also the end of ParametersOtherError, which nobody asked for."""
    assert found("OtherError") == [
        ("error", "FailedOperation.OtherError"),
        ("error", "InternalError.OtherError"),
    ]


def test_a_general_code_shows_itself_and_its_family() -> None:
    """FailedOperation is a code and the head of others."""
    answer = look_up(["RequestLimitExceeded"])
    assert [entry.code for entry in answer.entries] == ["RequestLimitExceeded"]
    assert [entry.code for entry in answer.family] == [
        "RequestLimitExceeded.GlobalRegionUinLimitExceeded",
        "RequestLimitExceeded.IPLimitExceeded",
        "RequestLimitExceeded.UinLimitExceeded",
    ]
    below = look_up(["InvalidParameter"]).family
    assert {entry.family for entry in below} == {"InvalidParameter"}


def test_a_beginning_shows_the_family() -> None:
    """AuthFailure is no code of its own."""
    answer = look_up(["AuthFailure"])
    assert answer.match is Match.FAMILY
    assert len(answer.entries) == 8
    assert all(entry.code.startswith("AuthFailure.") for entry in answer.entries)
    assert {entry.category for entry in look_up(["FD:"]).entries} == {Category.RECEIPT}


def test_rules_are_found_by_code_and_by_hundred() -> None:
    """The codes that validate prints."""
    assert found("sms201") == [("rule", "SMS201")]
    family = look_up(["SMS2"])
    assert family.match is Match.FAMILY
    assert {entry.code[:4] for entry in family.entries} == {"SMS2"}
    assert found("signs/acme.yaml:7:13:", "SMS201", "signName", "has", "13", "characters") == [
        ("rule", "SMS201")
    ]


def test_digits_never_match_by_their_beginning() -> None:
    """85 is not 8550001: carriers' numbers have no families."""
    with pytest.raises(UnknownCode):
        look_up(["-10052"])


def test_a_receipt_code_with_a_blank_is_found() -> None:
    """The appendix has exactly one."""
    assert found("WORD", "ER") == found("word er") == [("receipt", "WORD ER")]


def test_every_code_finds_itself() -> None:
    """No code is out of reach, whatever scopes, fillers and punctuation do to a query."""
    for code in {entry.code for entry in catalogue() if entry.category is not Category.RECEIPT}:
        assert code in {entry.code for entry in look_up([code]).entries}
    receipts = [entry for entry in catalogue() if entry.category is Category.RECEIPT]
    odd = {entry.code for entry in receipts if not entry.code.replace(":", "").isalnum()}
    for code in {*odd, *(entry.code for entry in receipts[::97])}:
        assert {entry.code for entry in look_up(code.split()).entries} == {code}


@pytest.mark.parametrize(
    ("query", "alike"),
    [
        ("FailedOperation.MisingSignature", "FailedOperation.MissingSignature"),
        ("MisingSignature", "FailedOperation.MissingSignature"),
        ("SignAlreadyPassCheck", "InvalidParameterValue.SignAlreadyPassedCheck"),
        ("AlreadyPassed", "FailedOperation.TemplateAlreadyPassedCheck"),
        ("DELIVERD", "DELIVRD"),
        ("SMS399", "SMS309"),
        ("rejcted", "rejected"),
    ],
)
def test_an_unknown_code_names_those_that_look_alike(query: str, alike: str) -> None:
    """A slip of the finger costs one more line, not a search."""
    with pytest.raises(UnknownCode, match=f"no code {query} is known") as caught:
        look_up([query])
    assert alike in caught.value.hint
    assert "smsops explain --list" in caught.value.hint


def test_an_unknown_member_of_a_known_family_points_to_the_family() -> None:
    """The API adds codes without notice; the family still says something."""
    with pytest.raises(UnknownCode, match=r"no code FailedOperation\.BrandNew is known") as caught:
        look_up(["FailedOperation.BrandNew"])
    assert "smsops explain FailedOperation." in caught.value.hint


@pytest.mark.parametrize("query", ["", " ", "..", "exit 99", "x" * 10_000, "\x1b[31m", "😀"])
def test_nonsense_is_an_unknown_code_and_quick(query: str) -> None:
    """Never another error."""
    with pytest.raises(UnknownCode):
        look_up([query])


def test_a_category_alone_lists_it() -> None:
    """``explain exit`` is ``explain --list exit``."""
    assert look_up(["exit"]) == listing(["exit"])
    assert {entry.category for entry in listing(["exit", "codes"]).entries} == {Category.EXIT}
    assert [entry.code for entry in look_up(["error"]).entries] == ["ERROR"]


def test_listing_everything_is_the_catalogue() -> None:
    """And several categories add up."""
    assert listing([]).entries == catalogue()
    both = {entry.category for entry in listing(["exit", "review"]).entries}
    assert both == {Category.EXIT, Category.REVIEW}
    with pytest.raises(UnknownCode, match="no category nonsense"):
        listing(["nonsense"])
