"""Comments that take a part of a value with them."""

from __future__ import annotations

from collections.abc import Sequence

from smsops.errors import Severity
from smsops.kinds.kind import Kind
from smsops.manifests import schemas, yaml_tree
from smsops.manifests.problems import PatchLine, Problems


def cut_short(
    file: str,
    kind: Kind,
    root: yaml_tree.Mapping,
    doubts: Sequence[yaml_tree.Doubt],
    problems: Problems,
) -> None:
    """Texts that a comment ends; of a number or a word of the schema it is no part."""
    spec = root.entries.get("spec")
    if not doubts or not isinstance(spec, yaml_tree.Mapping):
        return
    fields = schemas.load(kind.name)["properties"]["spec"]["properties"]
    texts = {
        (node.line, node.column)
        for each in kind.fields
        if (node := spec.entries.get(each.name)) is not None
        and not isinstance(node.line, PatchLine)
        and not each.image
        and fields[each.name].get("type") == "string"
        and "enum" not in fields[each.name]
    }
    for line, column, fault in doubts:
        if (line, column) in texts:
            at = fault.line, fault.column
            problems.add(file, at, fault.code, fault.message, Severity.WARNING)
