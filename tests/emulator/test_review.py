"""The reviewer, seeds, and how the service spells texts."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from smsops.emulator.core import Emulator
from smsops.emulator.seed import SeedError
from smsops.emulator.settings import Settings, duration, interval, review_delay
from smsops.errors import UsageError
from tests.support.clock import FakeClock
from tests.support.emulator_api import PNG_BYTES, SEEDED_SIGN, SIGN, TEMPLATE, Refusal, call


def make(clock: FakeClock, **settings: Any) -> Emulator:
    return Emulator(None, Settings(limits=False, **settings), clock=clock.clock)


def described(emulator: Emulator, clock: FakeClock, number: int = 1110) -> dict[str, Any]:
    answer = call(
        emulator,
        "DescribeSmsTemplateList",
        now=clock.moment,
        International=0,
        TemplateIdSet=[number],
    )
    status: dict[str, Any] = answer["DescribeTemplateStatusSet"][0]
    return status


def add(emulator: Emulator, clock: FakeClock, **change: Any) -> None:
    call(emulator, "AddSmsTemplate", now=clock.moment, **{**TEMPLATE, **change})


@pytest.mark.parametrize(
    ("verdict", "code", "modifiable"), [("a", 0, False), ("e", 2, False), ("r", -1, True)]
)
def test_a_verdict_decides_whether_modify_is_possible(
    clock: FakeClock, verdict: str, code: int, modifiable: bool
) -> None:
    """In review and rejected objects can be modified, and are then in review again."""
    emulator = make(clock)
    emulator.seed([SEEDED_SIGN])
    add(emulator, clock)
    emulator.review("template", 1110, code, "回复")
    assert described(emulator, clock)["ReviewReply"] == "回复"
    clock.advance(60)
    changed = {**TEMPLATE, "TemplateContent": "新的验证码{1}"}
    if not modifiable:
        with pytest.raises(Refusal, match="TemplateAlreadyPassedCheck"):
            call(emulator, "ModifySmsTemplate", now=clock.moment, TemplateId=1110, **changed)
        return
    call(emulator, "ModifySmsTemplate", now=clock.moment, TemplateId=1110, **changed)
    status = described(emulator, clock)
    assert (status["StatusCode"], status["ReviewReply"]) == (1, "")
    assert status["TemplateContent"] == "新的验证码{1}"
    assert status["CreateTime"] == int(clock.moment)  # 提交审核时间


def test_manual_review_never_ends_by_itself(clock: FakeClock) -> None:
    emulator = make(clock)
    emulator.seed([SEEDED_SIGN])
    add(emulator, clock)
    clock.advance(10_000_000)
    assert described(emulator, clock)["StatusCode"] == 1


def test_automatic_review_approves_after_its_delay(clock: FakeClock) -> None:
    """Seen by Describe, Modify and duplicates alike; nothing has to run in between."""
    emulator = make(clock, review="auto:2s")
    call(emulator, "AddSmsSign", now=clock.moment, **SIGN)
    add(emulator, clock)
    clock.advance(1.9)
    assert described(emulator, clock)["StatusCode"] == 1
    with pytest.raises(Refusal, match="SignExistAndUnapproved"):
        call(emulator, "AddSmsSign", now=clock.moment, **SIGN)
    clock.advance(0.2)
    assert described(emulator, clock)["StatusCode"] == 0
    with pytest.raises(Refusal, match="SignAlreadyPassedCheck"):
        call(emulator, "AddSmsSign", now=clock.moment, **SIGN)
    with pytest.raises(Refusal, match="TemplateAlreadyPassedCheck"):
        call(emulator, "ModifySmsTemplate", now=clock.moment, TemplateId=1110, **TEMPLATE)


def test_automatic_review_is_not_undone_by_a_restart_in_manual_mode(
    clock: FakeClock, tmp_path: Any
) -> None:
    path = tmp_path / "emulator.json"
    served = Emulator(path, Settings(limits=False, review="auto"), clock=clock.clock)
    served.seed([SEEDED_SIGN])
    add(served, clock)
    manual = Emulator(path, Settings(limits=False), clock=clock.clock)
    assert described(manual, clock)["StatusCode"] == 0


def test_a_verdict_overrules_automatic_review(clock: FakeClock) -> None:
    emulator = make(clock, review="auto:1h")
    emulator.seed([SEEDED_SIGN])
    add(emulator, clock)
    emulator.review("template", 1110, -1, "不行")
    clock.advance(7200)
    assert described(emulator, clock)["StatusCode"] == -1


def test_an_unknown_id_names_the_ids_there_are(clock: FakeClock) -> None:
    emulator = make(clock)
    with pytest.raises(SeedError, match="there are no templates"):
        emulator.review("template", 1110, 0)
    emulator.seed([{"kind": "template", "templateName": "t", "content": "t"}] * 25)
    with pytest.raises(SeedError, match=r"there are 1110, 1111, .* 1129 and 5 more"):
        emulator.review("template", 5, 0)
    with pytest.raises(SeedError, match="there are 1000001, 1000002"):
        emulator.judge_qualification(5, "approved")


def test_a_qualification_may_lose_its_approval(clock: FakeClock) -> None:
    """Signs show it, and new ones cannot be applied for with it."""
    emulator = make(clock)
    call(emulator, "AddSmsSign", now=clock.moment, **SIGN)
    emulator.judge_qualification(1000001, "rejected")
    answer = call(emulator, "DescribeSmsSignList", now=clock.moment, International=0)
    assert answer["DescribeSignListStatusSet"][0]["QualificationStatusCode"] == 2
    with pytest.raises(Refusal, match="QualificationIdNotApproved"):
        call(emulator, "AddSmsSign", now=clock.moment, **{**SIGN, "SignName": "另一个"})


def test_a_sign_in_review_may_keep_its_name(clock: FakeClock) -> None:
    """It is not its own duplicate; another one's name is refused."""
    emulator = make(clock)
    call(emulator, "AddSmsSign", now=clock.moment, **SIGN)
    call(emulator, "ModifySmsSign", now=clock.moment, SignId=1110, **{**SIGN, "Remark": "新"})
    assert emulator.items("sign")[0].parameters["Remark"] == "新"
    emulator.seed([SEEDED_SIGN])
    taken = {**SIGN, "SignName": "已有签名"}
    with pytest.raises(Refusal, match="SignExistAndUnapproved"):
        call(emulator, "ModifySmsSign", now=clock.moment, SignId=1110, **taken)


@pytest.mark.parametrize(("size", "fits"), [(5 * 1024 * 1024, True), (5 * 1024 * 1024 + 1, False)])
def test_an_image_has_at_most_5_mb(clock: FakeClock, size: int, fits: bool) -> None:
    image = base64.b64encode(PNG_BYTES + bytes(size - len(PNG_BYTES))).decode()
    emulator = make(clock)
    if fits:
        call(emulator, "AddSmsSign", now=clock.moment, **{**SIGN, "ProofImage": image})
        return
    with pytest.raises(Refusal, match="ImageInvalid"):
        call(emulator, "AddSmsSign", now=clock.moment, **{**SIGN, "ProofImage": image})


def test_lists_stay_right_while_objects_come_and_go(clock: FakeClock) -> None:
    """Oldest first, signs and templates apart, whatever order ids came in."""
    emulator = make(clock)
    template = {"kind": "template", "templateName": "t", "content": "t"}

    def listed(action: str, member: str, name: str) -> list[int]:
        answer = call(emulator, action, now=clock.moment, International=0, Limit=100)
        return [item[name] for item in answer[member]]

    def both() -> tuple[list[int], list[int]]:
        return (
            listed("DescribeSmsSignList", "DescribeSignListStatusSet", "SignId"),
            listed("DescribeSmsTemplateList", "DescribeTemplateStatusSet", "TemplateId"),
        )

    assert both() == ([], [])
    emulator.seed([template, template, SEEDED_SIGN])
    assert both() == ([1110], [1110, 1111])
    emulator.seed([{**template, "id": 5}, SEEDED_SIGN], anew=True)
    assert both() == ([1110, 1111], [5, 1110, 1111])
    emulator.remove("template", 1110)
    emulator.seed([template], anew=True)
    assert both() == ([1110, 1111], [5, 1111, 1112])


# ---- seeds -------------------------------------------------------------------------------------


def test_seeds_speak_the_words_of_manifests_and_of_the_api(clock: FakeClock) -> None:
    emulator = make(clock)
    numbers = emulator.seed(
        [
            {"kind": "Sign", "signName": "甲乙", "signType": "trademark", "international": False},
            {
                "kind": "sign",
                "SignName": "AB",
                "SignType": 4,
                "International": 1,
                "status": "rejected",
            },
            {
                "kind": "template",
                "templateName": 2024,
                "content": "t",
                "smsType": "marketing",
                "international": 3,
                "status": 7,
                "reply": "?",
                "id": 2000,
                "created": 1_700_000_000,
                "remark": None,
            },
            {"kind": "template", "TemplateName": "n", "TemplateContent": "c", "status": "pending"},
        ]
    )
    assert numbers == [1110, 1111, 2000, 2001]
    one, two = emulator.items("sign")
    assert (one.parameters["SignType"], one.international, one.status) == (4, 0, 0)
    assert (two.parameters["SignType"], two.international, two.status) == (4, 1, -1)
    first, second = emulator.items("template")
    assert (first.name, first.status, first.reply, first.submitted) == (
        "2024",
        7,
        "?",
        1_700_000_000,
    )
    assert first.parameters["SmsType"] == 1
    assert second.status == 1
    assert emulator.ledger() == []


@pytest.mark.parametrize(
    ("seed", "says"),
    [
        ("x", "seed 1 is not an object"),
        ({"kind": "stamp"}, "kind 'stamp'"),
        ({"kind": "sign"}, "needs SignName"),
        ({"kind": "template", "templateName": "t"}, "needs TemplateContent"),
        ({"kind": "sign", "signName": "a", "colour": "red"}, "no field 'colour'"),
        ({"kind": "sign", "signName": "a", "signType": "club"}, "signType is company"),
        ({"kind": "sign", "signName": "a", "international": 2}, "international is"),
        ({"kind": "sign", "signName": "a", "status": "great"}, "status is"),
        ({"kind": "sign", "signName": "a", "id": "x"}, "id is not an integer"),
        ({"kind": "sign", "signName": "a", "created": "x"}, "created is not"),
        ({"kind": "sign", "signName": "\ud800"}, "signName: half a character"),
        ({"kind": "sign", "signName": ["a"]}, "signName is neither"),
        ({"kind": "qualification", "id": 7, "status": "great"}, "status 'great'"),
        ({"kind": "qualification"}, "id is not an integer"),
        ({"kind": "qualification", "id": 7, "colour": 1}, "nothing else"),
    ],
)
def test_a_seed_that_means_nothing_is_refused(clock: FakeClock, seed: Any, says: str) -> None:
    with pytest.raises(SeedError) as caught:
        make(clock).seed([seed])
    assert says in caught.value.message


# ---- settings ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("forms", "given", "returned"),
    [
        ((), " a\u0301,(b)！", " a\u0301,(b)！"),
        (("trim",), " x ", "x"),
        (("nfc",), "a\u0301", "\u00e1"),
        (("full-width",), "您好,(测试)!", "您好，（测试）！"),
        (("half-width", "trim"), "您好，（测试）！ ", "您好,(测试)!"),
    ],
)
def test_the_service_may_normalise_what_it_returns(
    clock: FakeClock, forms: tuple[str, ...], given: str, returned: str
) -> None:
    """In names and texts, from submission on."""
    emulator = make(clock, normalise=forms)
    emulator.seed([{**SEEDED_SIGN, "signName": given}])
    add(emulator, clock, TemplateName=given, TemplateContent=given + "x" * 3)
    status = described(emulator, clock)
    assert status["TemplateName"] == returned
    answer = call(emulator, "DescribeSmsSignList", now=clock.moment, International=0)
    assert answer["DescribeSignListStatusSet"][0]["SignName"] == returned


@pytest.mark.parametrize(("code", "returned"), [(1, "a b "), (-1, "a b "), (0, "a b"), (2, "a b")])
def test_the_spelling_may_change_only_with_the_approval(
    clock: FakeClock, code: int, returned: str
) -> None:
    emulator = make(clock, normalise=("trim",), normalise_from="approval")
    emulator.seed([SEEDED_SIGN])
    add(emulator, clock, TemplateName="a b ")
    emulator.review("template", 1110, code)
    assert described(emulator, clock)["TemplateName"] == returned


@pytest.mark.parametrize(
    ("text", "delay"), [("manual", None), ("auto", 0.0), ("auto:2s", 2.0), ("auto:1.5m", 90.0)]
)
def test_review_modes(text: str, delay: float | None) -> None:
    assert review_delay(text) == delay


@pytest.mark.parametrize(
    "settings",
    [
        {"review": "never"},
        {"review": "auto:"},
        {"review": "auto:soon"},
        {"listing": "ancient"},
        {"normalise": ("rot13",)},
        {"normalise_from": "later"},
        {"unknown_ids": "guess"},
        {"latency_at": "after-commit"},
    ],
)
def test_settings_that_mean_nothing_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Settings(**settings)


def test_durations_and_ranges() -> None:
    assert duration("250ms") == 0.25
    assert duration("2h") == 7200
    assert interval("50ms") == (0.05, 0.05)
    assert interval("50ms-1s") == (0.05, 1.0)
    for wrong in ("", "1y", "-1s", "1s-50ms", "x-y"):
        with pytest.raises(UsageError):
            interval(wrong)
