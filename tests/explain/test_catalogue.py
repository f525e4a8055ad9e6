"""What the shipped data covers, held against the API document's own lists of codes."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from smsops.cli import COMMANDS
from smsops.delivery import preflight
from smsops.delivery.driver import NOT_SENT
from smsops.errors import Exit, Severity
from smsops.explain import Category, Entry, catalogue
from smsops.kinds import KINDS, RESOURCES
from smsops.kinds.reviews import REVIEWS
from smsops.lint import RULES
from smsops.planning.decisions import Guard, Hold
from smsops.planning.reasons import Reason
from smsops.providers.tencent import codes
from smsops.sources.judge import RULES as OF_SOURCES

#: Taken from the API document (2025-06): section 6 of every action, the two lists of signature
#: failures, the public and the product's error codes, and the appendix. ``newer``: since then;
#: ``sts``: what may become of the two calls by which a role is assumed (its own document).
DOCUMENTED: dict[str, Any] = json.loads(
    Path(__file__).with_name("documented_codes.json").read_text("utf-8")
)
CARRIERS = {
    "all": "all carriers (三网)",
    "mobile": "China Mobile (移动)",
    "none": "none, the number is not valid (无效号码)",
    "telecom": "China Telecom (电信)",
    "unicom": "China Unicom (联通)",
}


def of(category: Category) -> list[Entry]:
    return [entry for entry in catalogue() if entry.category is category]


ERRORS = {entry.code: entry for entry in of(Category.ERROR)}


def test_the_document_lists_codes_for_all_eight_actions() -> None:
    """The checked-in list itself is complete: none of the eight sections was lost."""
    actions = [
        getattr(kind.api, verb)
        for kind in RESOURCES.values()
        for verb in ("add", "modify", "delete", "describe")
    ]
    sizes = {action: len(DOCUMENTED["actions"][action]) for action in actions}
    assert sizes == {
        "AddSmsSign": 29,
        "ModifySmsSign": 30,
        "DeleteSmsSign": 17,
        "DescribeSmsSignList": 17,
        "AddSmsTemplate": 29,
        "ModifySmsTemplate": 25,
        "DeleteSmsTemplate": 17,
        "DescribeSmsTemplateList": 23,
    }


@pytest.mark.parametrize(
    "action", [*DOCUMENTED["actions"], *DOCUMENTED["newer"], *DOCUMENTED["sts"]]
)
def test_every_code_of_an_action_has_an_entry_that_names_the_action(action: str) -> None:
    """And no entry claims an action that does not document it."""
    documented = {
        *DOCUMENTED["actions"].get(action, []),
        *DOCUMENTED["newer"].get(action, []),
        *DOCUMENTED["sts"].get(action, []),
    }
    assert {code for code, entry in ERRORS.items() if action in entry.actions} == documented


def test_every_public_code_is_marked_as_common_and_nothing_else_is() -> None:
    """Public codes may be answered by any action."""
    assert {code for code, entry in ERRORS.items() if entry.common} == set(DOCUMENTED["common"])
    assert set(DOCUMENTED["signature"]) <= set(DOCUMENTED["common"])


def test_the_product_table_is_covered_and_nothing_is_invented() -> None:
    """Errors are the public codes, the product's, and those that came since."""
    more = [*DOCUMENTED["newer"].values(), *DOCUMENTED["sts"].values()]
    newer = {code for found in more for code in found}
    assert set(ERRORS) == {*DOCUMENTED["common"], *DOCUMENTED["product"], *newer}


def test_every_code_that_smsops_judges_is_explained() -> None:
    """An error message points to explain; it must not lead nowhere."""
    assert codes.documented() <= set(ERRORS)


def test_every_receipt_row_of_the_appendix_is_there_once() -> None:
    """4200 rows: the digest is over the sorted code and carrier of each."""
    listed = {name: word for word, name in CARRIERS.items()}
    rows = [
        f"{entry.code}\t{listed[entry.carrier]}"
        for entry in of(Category.RECEIPT)
        if entry.carrier in listed
    ]
    expected = DOCUMENTED["receipts"]
    assert len(rows) == expected["rows"]
    assert Counter(row.split("\t")[1] for row in rows) == expected["carriers"]
    digest = hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()
    assert digest == expected["sha256"]


def test_every_send_code_of_the_appendix_is_there() -> None:
    """Those that no carrier reports."""
    own = [entry.code for entry in of(Category.RECEIPT) if entry.carrier.startswith("Tencent")]
    assert sorted(own) == DOCUMENTED["send"]


@pytest.mark.parametrize(
    ("code", "carrier", "title", "term"),
    [
        ("DELIVRD", "all", "Delivered", "用户短信送达成功"),
        ("-1", "mobile", "Stopped by a frequency limit", "运营商频率限制"),
        ("-1", "unicom", "Number not in service, suspended or switched off", "空号/停机/关机"),
        (
            "390",
            "telecom",
            "Blocked for a link or contact detail",
            "电信因管控链接和联系方式导致拦截",
        ),
        ("99", "unicom", "Number not in service, suspended or switched off", "空号/停机/关机"),
        ("NOREG", "all", "Sign not registered with the carrier", "签名未实名完成"),
        ("TX:1012", "all", "Sign malformed or not approved", ""),
        (
            "-100520381",
            "mobile",
            "Blocked by a carrier's keyword filter; or number not valid for delivery",
            "运营商关键字拦截/号码异常",
        ),
    ],
)
def test_receipts_say_what_their_row_says(code: str, carrier: str, title: str, term: str) -> None:
    """Samples of every shape of row: one condition, several, another order, a send code."""
    (found,) = (
        entry
        for entry in of(Category.RECEIPT)
        if entry.code == code and entry.carrier == CARRIERS[carrier]
    )
    assert (str(found.title), term in str(found.meaning)) == (title, True)


def test_no_entry_has_an_empty_text_and_none_is_there_twice() -> None:
    """Every entry says what it means, why it happens and what to do, in whole sentences."""
    for entry in catalogue():
        for text in map(str, (entry.meaning, entry.cause, entry.action)):
            assert text.strip() == text, entry
            assert text.endswith((".", ")")), entry
        assert str(entry.title).strip(), entry
        assert bool(entry.actions or entry.common) is (entry.category is Category.ERROR), entry
        assert bool(entry.carrier) is (entry.category is Category.RECEIPT), entry
        assert bool(entry.kinds) is (entry.category is Category.REVIEW), entry
    keys = Counter((e.category, e.code, e.carrier, e.kinds) for e in catalogue())
    assert max(keys.values()) == 1


def test_every_reason_code_of_a_plan_has_an_entry() -> None:
    """From the tables that give it: what it is, and what to do."""
    found = {entry.code: entry for entry in of(Category.REASON)}
    assert found.keys() == {*Reason, *Guard, *Hold}
    replaced = found["approved_differs"]
    assert "replace" in str(replaced.meaning)
    assert "The object is active; what changed: content." in str(replaced.cause)
    assert str(replaced.action).startswith("`smsops apply` does it. A successor")
    assert "HOLDER holds that name (id ID)" in str(found["name_held"].title)
    assert str(found["parameters_change"].action).endswith("`smsops apply --promote ADDRESS`.")


def test_texts_are_ascii_and_chinese() -> None:
    """Any terminal shows them, and the sanitiser has nothing to change."""
    odd = re.compile(r"[^\x20-\x7e\u3001-\u303f\u4e00-\u9fff]")
    for entry in catalogue():
        for text in (entry.code, entry.title, entry.meaning, entry.cause, entry.action):
            assert odd.search(str(text)) is None, entry


def test_titles_differ_where_codes_are_listed_side_by_side() -> None:
    """A list of review, qualification or exit codes tells them apart."""
    for category in (Category.REVIEW, Category.QUALIFICATION, Category.EXIT):
        titles = [entry.title for entry in of(category)]
        assert len(set(titles)) == len(titles)


def test_exit_codes_are_those_of_the_program() -> None:
    """No exit code goes unexplained, none is invented."""
    assert {int(entry.code) for entry in of(Category.EXIT)} == {int(code) for code in Exit}


def test_review_codes_are_those_of_the_model_for_both_kinds() -> None:
    """With their words, as plans and JSON spell them."""
    found = {
        (kind, entry.code, word)
        for entry in of(Category.REVIEW)
        for kind in entry.kinds
        for word in entry.also
    }
    assert found == {
        (kind, str(code), state.value) for kind in RESOURCES for code, state in REVIEWS.items()
    }


def test_qualification_codes_are_0_to_5() -> None:
    """QualificationStatusCode of DescribeSmsSignList."""
    assert [entry.code for entry in of(Category.QUALIFICATION)] == list("012345")


def test_every_rule_of_lint_is_explained() -> None:
    """From lint's own table: there is no second list to keep equal; the rest is of sources."""
    rules = {entry.code: entry for entry in of(Category.RULE)}
    assert set(rules) == {rule.code for rule in RULES} | OF_SOURCES.keys()
    for rule in RULES:
        entry = rules[rule.code]
        words = str(entry.title), str(entry.meaning)
        assert words == (str(rule.title), str(rule.explanation))
        assert ("spec.lint.ignore" in str(entry.action)) is rule.optional
        assert ("exit with 3" in str(entry.action)) is (rule.severity is Severity.ERROR)


def test_advice_names_only_fields_and_commands_that_exist() -> None:
    """``spec.x`` is a field of a kind or of the project, `smsops x` a command, in backticks."""
    fields = {field.name for kind in KINDS.values() for field in kind.fields}
    fields |= {"region", "rateLimits", "lint", "manifests", "environments"}
    bare = re.compile(rf"(?<!`)\bsmsops (?:-\S+ )*(?:{'|'.join(COMMANDS)})\b")
    for entry in catalogue():
        for text in map(str, (entry.meaning, entry.cause, entry.action)):
            assert set(re.findall(r"\bspec\.([A-Za-z]+)", text)) <= fields, text
            named = set(re.findall(r"`smsops (?:--?[a-z]+ )*([a-z][a-z-]*)", text))
            assert named <= set(COMMANDS), text
            assert bare.search(text) is None, text


def test_every_refusal_of_a_probe_is_explained() -> None:
    """Those of the table, and those that stand in the code."""
    written = re.compile(r"\bRefusal\(\s*\"(\w+)\"")
    sources = Path(preflight.__file__).parent.glob("*.py")
    found = {code for path in sources for code in written.findall(path.read_text("utf-8"))}
    assert found >= {"DailyBudget", "TooSoon", "UnderWay", "NotAttempted"}
    found |= {check.code for check in preflight.CHECKS} | {NOT_SENT}
    explained = [entry.code for entry in of(Category.PREFLIGHT)]
    assert sorted(explained) == sorted(found)
