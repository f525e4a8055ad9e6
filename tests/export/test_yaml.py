"""What export writes, smsops reads back identically; what it cannot write, it leaves out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsops.adoption.export import file_name, manifest, scalar
from smsops.kinds import RESOURCES
from smsops.kinds.reviews import review_of
from smsops.manifests import schemas, yaml_tree
from smsops.model import Observed, Value
from tests.support.hostile_texts import CORPUS

#: Texts that are something else in YAML, or end a quoted scalar.
TRAPS = [
    *("null", "~", "yes", "no", "on", "0123", "1_000", "12:30:45", "2026-99-99", "1e3", ".inf"),
    *("- a", "a: b", "a #b", "#a", "{1}", "[1]", "*a", "&a", "!t", "%x", "|", ">", "@", "`", "?"),
    *('"', "'", '\\"', "\\", "\\n", "a\nb", "a\n\nb\n", "\n", "a\r\nb", "\t", " a ", "---", "..."),
    *("<<", "=", "", " ", "\\x41", "\\u202e", "a\u00a0b", "a\u3000b", "\u2003"),
]


def test_every_trap_comes_back_as_it_was() -> None:
    """Quoted and escaped, never interpreted."""
    for text in [*TRAPS, *CORPUS]:
        written = scalar(text)
        if written is None:
            continue
        documents, faults = yaml_tree.read(f"a: {written}\n".encode())
        assert faults == []
        root = documents[0].root
        assert isinstance(root, yaml_tree.Mapping)
        assert root.entries["a"] == yaml_tree.Scalar(text, False, 1, 4)
    assert all(scalar(text) is not None for text in TRAPS)


@pytest.mark.parametrize(
    "text", ["\x1b[2J", "\u202e", "\u200b", "\ufeff", "\ud800", "a\rb", "\x85"]
)
def test_what_no_manifest_may_hold_is_not_written(text: str) -> None:
    """Control, bidirectional and invisible characters, and halves of characters."""
    assert scalar(text) is None
    item = Observed(
        "template", 7, {"templateName": text, "content": "x", "international": False}, review_of(0)
    )
    out = manifest(RESOURCES["template"], item, account_id="1", region="ap-guangzhou")
    documents, faults = yaml_tree.read(out.encode())
    assert faults == []
    assert len(documents) == 1
    assert "\n  # templateName holds characters that a manifest may not hold: " in out
    assert "\n  templateName:" not in out


@pytest.mark.parametrize(
    ("value", "written"), [(True, "true"), (False, "false"), (1000001, "1000001")]
)
def test_booleans_and_numbers_are_plain(value: Value, written: str) -> None:
    """As the schema wants them."""
    assert scalar(value) == written


_TEXTS = st.one_of(st.text(max_size=60), st.sampled_from([*CORPUS, *TRAPS]))


@given(
    name=_TEXTS,
    content=_TEXTS,
    reply=_TEXTS,
    international=st.sampled_from([True, False, "both"]),
    code=st.sampled_from([0, 1, 2, -1, 7]),
)
def test_any_object_becomes_a_file_that_reads_back(
    name: str, content: str, reply: str, international: Value, code: int
) -> None:
    """Whatever people typed into the console: the fields that are there have its very values."""
    spec = {"templateName": name, "content": content, "international": international}
    item = Observed("template", 1110, spec, review_of(code, reply))

    out = manifest(RESOURCES["template"], item, account_id=name, region="ap-guangzhou")

    documents, faults = yaml_tree.read(out.encode())
    assert faults == []
    doubts: list[yaml_tree.Node] = []
    value = schemas.reader("template")(documents[0].root, doubts)
    assert value["apiVersion"] == "smsops/v1"
    assert value["kind"] == "Template"
    assert value["metadata"] == {"name": "t-1110"}
    expected = {
        "international": international is True,
        **{
            field: text
            for field, text in (("templateName", name), ("content", content))
            if scalar(text) is not None
        },
    }
    assert value["spec"] == expected
    assert file_name(item) == "template-1110.yaml"


@given(st.text())
def test_only_what_the_loader_refuses_is_left_out(text: str) -> None:
    """Every printable text can be written, and halves of characters never can."""
    if text.isprintable():
        assert scalar(text) is not None
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        assert scalar(text) is None
