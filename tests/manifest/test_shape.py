"""The quick check and jsonschema give the same verdict on every document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from smsops.manifests import schemas, yaml_tree
from smsops.manifests.compiled import compile_schema, ecma
from tests.support.examples import examples
from tests.support.manifests import PROJECT, SIGN, TEMPLATE

ROOT = Path(__file__).parent.parent.parent
CORPUS = sorted((ROOT / "tests/corpus/yaml").glob("*.yaml"))
EXAMPLES = sorted((ROOT / "examples").rglob("*.yaml"))
INPUTS = ("project", "sign", "template")


def _agree(name: str, node: yaml_tree.Node) -> bool:
    """Both verdicts; they must be equal."""
    doubts: list[yaml_tree.Node] = []
    value = schemas.reader(name)(node, doubts)
    found = schemas.violations(name, value)

    assert bool(doubts) == bool(found), (value, found)
    return not found


@pytest.mark.parametrize("path", [*CORPUS, *EXAMPLES], ids=lambda path: path.stem)
def test_both_agree_on_every_document_of_the_corpus(path: Path) -> None:
    """Every document against every schema."""
    documents, _ = yaml_tree.read(path.read_bytes())
    for document in documents:
        for name in INPUTS:
            _agree(name, document.root)


_KEYS = st.sampled_from(
    [
        *("apiVersion", "kind", "metadata", "name", "labels", "spec", "lifecycle", "protected"),
        *("retireAfter", "content", "smsType", "international", "signName", "qualificationId"),
        *("region", "manifests", "state", "policy", "maxDeletes", "lint", "ignore", "rateLimits"),
        *("AddSmsSign", "drift", "suppressions", "address", "other"),
    ]
)
_SCALARS = st.builds(
    lambda text, plain: yaml_tree.Scalar(text, plain, 1, 1),
    st.one_of(
        st.sampled_from(
            [
                *("smsops/v1", "Sign", "Template", "Project", "true", "false", "True", "null", "~"),
                *("", "a", "a-b", "a-", "a\n", "0", "1", "-1", "01", "1.5", "1e3", "24h", "0s"),
                *("marketing", "company", "ap-beijing", "signs", "git", "SMS310", "9" * 17),
                *("sign.acme", "2026-01-01", "a\tb", "9007199254740992", "1_0"),
            ]
        ),
        st.text(max_size=5),
    ),
    st.booleans(),
)
_NODES: st.SearchStrategy[yaml_tree.Node] = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: yaml_tree.Sequence(items, 1, 1)),
        st.dictionaries(_KEYS, inner, max_size=6).map(
            lambda entries: yaml_tree.Mapping(entries, dict.fromkeys(entries, (1, 1)), 1, 1)
        ),
    ),
    max_leaves=20,
)


def _mutations(text: str) -> st.SearchStrategy[yaml_tree.Node]:
    """A good document with one place replaced by anything, or taken away."""
    ((root, *_),), _ = yaml_tree.read(text.encode())

    @st.composite
    def mutate(draw: st.DrawFn) -> yaml_tree.Node:
        return _replaced(draw, root)

    return mutate()


def _replaced(draw: st.DrawFn, node: yaml_tree.Node) -> yaml_tree.Node:
    if isinstance(node, yaml_tree.Mapping) and draw(st.integers(0, 4)):
        key = draw(st.sampled_from(sorted(node.entries)))
        entries = dict(node.entries)
        if draw(st.integers(0, 5)):
            entries[key] = _replaced(draw, entries[key])
        else:
            del entries[key]
        return node._replace(entries=entries)
    return draw(_NODES)


@settings(max_examples=examples(200), deadline=None)
@given(
    name=st.sampled_from(INPUTS),
    node=st.one_of(_NODES, *(_mutations(text) for text in (PROJECT, SIGN, TEMPLATE))),
)
def test_both_agree_on_anything(name: str, node: yaml_tree.Node) -> None:
    """Arbitrary trees, and good documents with one place changed. Empty documents are skipped
    before any schema sees them.
    """
    assume(not yaml_tree.null(node))
    _agree(name, node)


@pytest.mark.parametrize(
    ("name", "text"), [("project", PROJECT), ("sign", SIGN), ("template", TEMPLATE)]
)
def test_a_good_document_passes_both(name: str, text: str) -> None:
    """Agreement alone could mean that everything is refused."""
    ((root, *_),), _ = yaml_tree.read(text.encode())

    assert _agree(name, root)


def test_an_unknown_keyword_of_a_schema_is_not_skipped() -> None:
    """A schema that the quick check cannot follow is a defect, found when it is compiled."""
    with pytest.raises(ValueError, match="oneOf"):
        compile_schema({"type": "string", "pattern": "x", "oneOf": []})
    with pytest.raises(ValueError, match="null"):
        compile_schema({"type": "null"})


def test_a_dollar_means_the_very_end() -> None:
    """Python's $ also matches before a last newline, JSON Schema's does not."""
    assert ecma("^a$").search("a")
    assert not ecma("^a$").search("a\n")
    assert ecma(r"a\$").search("a$\n")


def _undescribed(value: Any, path: str = "") -> list[str]:
    """Paths of the parts of a schema that have no description."""
    if not isinstance(value, dict) or not value:
        return []
    here = [path] if ("type" in value or "const" in value or "enum" in value) else []
    missing = [] if "description" in value else here
    inner = {
        **value.get("properties", {}),
        "[]": value.get("items"),
        "*": value.get("additionalProperties"),
    }
    return missing + [
        each for key, child in inner.items() for each in _undescribed(child, f"{path}/{key}")
    ]


@pytest.mark.parametrize("name", [*INPUTS, "validate"])
def test_a_schema_is_draft_07_closed_and_described(name: str) -> None:
    """Editors show the descriptions; an open object would let a typo through."""
    from jsonschema import Draft7Validator

    loaded = json.loads(schemas.text(name))
    Draft7Validator.check_schema(loaded)

    assert loaded["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert _undescribed(loaded) == []
    text = schemas.text(name)
    assert text.count('"type": "object"') == text.count('"additionalProperties"')


def test_the_schemas_take_exactly_the_fields_and_words_of_the_kinds() -> None:
    """A field or a code that one side lacks would be lost between file and API."""
    from smsops.kinds import RESOURCES

    for kind in RESOURCES.values():
        loaded = schemas.load(kind.name)
        spec = loaded["properties"]["spec"]
        assert loaded["properties"]["kind"]["const"] == kind.manifest
        assert set(spec["properties"]) == {field.name for field in kind.fields}
        assert set(spec["required"]) == set(kind.match) - {"international"}
        assert all(kind.field(name).readable for name in spec["required"])
        for field in kind.fields:
            if field.codes is not None:
                assert spec["properties"][field.name]["enum"] == list(field.codes)
