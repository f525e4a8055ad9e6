"""Text of ``docs/manifests.md``, generated from the JSON Schemas and the tables of kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from smsops.kinds import KINDS
from smsops.kinds.kind import Kind, Resource
from smsops.manifests import schemas as schema
from smsops.manifests.compiled import Schema
from smsops.model import Effect
from smsops.planning import decisions
from smsops.planning.decisions import Delta, Standing

_HEAD = """\
# Manifests

Every field of `smsops.yaml` and of the manifests. `make docs` writes this page from the JSON
Schemas in `schemas/` and the tables in `smsops/kinds/`.

Every `*.yaml` and `*.yml` file under the directories of `spec.manifests` is read, several documents
a file are fine, and names that start with `.` are left out. A field that is not on this page is an
error, and so is a key that is there twice. Null counts as missing. A field that is required *with*
something, or *in each*, is required once that is there. What else has to hold is in the
[rules](rules.md).

A field that is required *to submit* may be left out while nothing is submitted, as in manifests of
objects that were adopted: it has no desired value then, so it is neither a change nor drift. A plan
that would submit the object is blocked and names the fields ([SMS130](rules.md#sms130)).

[Editors](editors.md) complete and check fields by a schema, which the first line of a manifest
names.
"""
_SUPPRESSIONS = """
A suppression keeps the findings of one class about one address from counting: `smsops drift` lists
them apart, with owner and reason, and does not exit 2 because of them. `expires` is its last day,
by UTC. After it the findings count again, and the report names the suppression until it is renewed
or removed. Objectives go by the address of their application, and an unmanaged object goes by the
one that `smsops export` would give it, such as `template.t-1110`.
"""
_CHANGES = """
## What a change means

Only an object that is in review or was rejected can be modified. What a change does to an approved
one depends on who sees the field; where several changed, the weightiest decides. All cases are in
[the life of a sign or template](lifecycle.md).

"""
_RETURNED = """
What the API does not return cannot be compared with the account. Plans and drift reports list such
fields as unverifiable, and `smsops export` leaves them to you.
"""

#: Documents with every field, by the names of their schemas.
EXAMPLES: Mapping[str, str] = {
    "project": """\
apiVersion: smsops/v1
kind: Project
metadata: {name: acme-sms}
spec:
  site: cn                        # or intl: tencentcloud.com
  region: ap-guangzhou
  manifests: [signs, templates]
  state: {backend: git, remote: origin, name: prod}
  environments:                   # optional; docs/environments.md
    staging: {account: "100000000001", profile: staging}
    abroad:
      account: "200000000003"
      site: intl
      region: ap-singapore
      state: {backend: git, remote: origin, name: abroad}
      only: {international: true}
  policy: {maxDeletes: 5}
  lint: {ignore: [SMS310], templateVariables: allow, incomplete: warn}
  rateLimits: {AddSmsTemplate: 1, DescribeSmsTemplateList: 10}   # leaves room for other tools
  drift:
    suppressions:
      - address: sign.acme
        class: review
        owner: growth team
        reason: the carrier filing is being completed
        expires: 2027-03-31
""",
    "sign": """\
apiVersion: smsops/v1
kind: Sign
metadata: {name: acme, labels: {team: growth}}
spec:
  signName: 艾克米
  international: false
  signType: company
  documentType: three-in-one
  purpose: on-behalf
  proofImage: proofs/license.png
  commissionImage: proofs/letter.png   # only because of on-behalf
  qualificationId: 1000001
  remark: 官网登录
lifecycle: {protected: true, retireAfter: 24h, promote: manual}
lint: {ignore: [SMS202], reason: approved before the rule}
""",
    "template": """\
apiVersion: smsops/v1
kind: Template
metadata: {name: login-code, labels: {team: growth}}
spec:
  templateName: 登录验证码
  content: "您的验证码是{1}，{2}分钟内有效，请勿泄露。"
  smsType: verification
  international: false
  remark: 用户登录时发送；{1}为6位数字验证码，{2}为有效分钟数
lifecycle: {protected: false, retireAfter: 24h, promote: auto}
lint: {ignore: [SMS307], reason: approved before the rule}
""",
    "application": """\
apiVersion: smsops/v1
kind: Application
metadata: {name: shop, labels: {team: growth}}
spec:
  sdkAppId: 1400006666
  objectives:
    deliveryRate: {min: 0.95, window: 24h, least: 100}
    reportCoverage: {min: 0.9, window: 24h, least: 100}
    packageBalance: {min: 1000}
    packageExpiry: {min: 14d}
lint: {ignore: [SMS403], reason: one manifest for both sites}
""",
    "probe": """\
apiVersion: smsops/v1
kind: Probe
metadata: {name: login-code-mobile, labels: {team: growth}}
spec:
  channel: tencent
  application: shop
  sign: acme
  template: login-code
  params: [{digits: 6}, "5"]
  to: {env: SMSOPS_PROBE_PHONE}
  expect: {within: 5m, reply: {within: 10m, matches: "^[Yy]"}}
  perDay: 2
  reportConversion: false
lint: {ignore: [SMS410], reason: the template takes letters}
""",
}

_COLUMNS = ("field", "type or allowed values", "default", "required", "meaning")
_SPEC_COLUMNS = (*_COLUMNS[:-1], "[change](#what-a-change-means)", "API returns it", _COLUMNS[-1])


class _Property(NamedTuple):
    """A property of a schema; ``path`` is how one writes about it, such as ``spec.region``."""

    path: str
    schema: Schema
    required: str


def text() -> str:
    """The page."""
    parts = [_HEAD, _opening("smsops.yaml", "project")]
    rows = (_cells(item) for item in _properties(schema.load("project")))
    parts += [_table(_COLUMNS, rows), _SUPPRESSIONS]
    for kind in KINDS.values():
        parts += [_opening(kind.manifest, kind.name), *_tables(kind)]
    return "".join([*parts, _CHANGES, *_changes(), _RETURNED])


def _opening(heading: str, name: str) -> str:
    text = schema.load(name)["description"]
    return f"\n## {heading}\n\n{_inline(text)}\n\n```yaml\n{EXAMPLES[name]}```\n\n"


def _tables(kind: Kind) -> Iterator[str]:
    """What all manifests have, then the spec of this kind."""
    properties = list(_properties(schema.load(kind.name)))
    spec = [item for item in properties if item.path.startswith("spec.")]
    yield _table(_COLUMNS, (_cells(item) for item in properties if item not in spec))
    yield f"\nThe `spec` of {'an' if kind.name[0] in 'aeiou' else 'a'} {kind.name}:\n\n"
    if isinstance(kind, Resource):
        yield _table(_SPEC_COLUMNS, (_spec_cells(kind, item) for item in spec))
    else:
        yield _table(_COLUMNS, map(_cells, spec))


def _properties(node: Schema, path: str = "", *, always: bool = True) -> Iterator[_Property]:
    """Every property below ``node``. ``always``: whoever writes the document has to write it."""
    above = path.rstrip(".").rpartition(".")[2]
    for name, inner in node.get("properties", {}).items():
        needed = name in node.get("required", ())
        when = "in each" if above.endswith("[]") else f"with `{above}`"
        yield _Property(path + name, inner, ("yes" if always else when) if needed else "no")
        yield from _properties(inner, f"{path}{name}.", always=always and needed)
        yield from _properties(inner.get("items", {}), f"{path}{name}[].", always=False)
        if named := inner.get("additionalProperties"):
            yield from _properties(named, f"{path}{name}.NAME.", always=False)


def _cells(item: _Property) -> tuple[str, ...]:
    default = _code(item.schema["default"]) if "default" in item.schema else ""
    meaning = _inline(item.schema["description"])
    return _code(item.path), _type(item.schema), default, item.required, meaning


def _spec_cells(kind: Kind, item: _Property) -> tuple[str, ...]:
    """The cells of a field of the spec, with what the kind says of it."""
    field = kind.field(item.path.removeprefix("spec."))
    path, form, default, required, meaning = _cells(item)
    if required == "no" and not default and field.required:
        required = "to submit" if field.required_by is None else "to submit, where it applies"
    change = f"{field.effect}: {_decision(field.effect).action}"
    return path, form, default, required, change, "yes" if field.readable else "no", meaning


def _type(node: Schema) -> str:
    """What may be written."""
    if "const" in node:
        return _code(node["const"])
    if "enum" in node:
        return ", ".join(map(_code, node["enum"]))
    if isinstance(node["type"], list):
        first = next(name for name in node["type"] if name != "string")
        return f"{_TYPES[first](node)}, or {_TYPES['string'](node)}"
    return _TYPES[node["type"]](node)


def _object(node: Schema) -> str:
    inner = node["additionalProperties"]
    return f"mapping of names to values; each value: {_type(inner)}" if inner else "mapping"


def _array(node: Schema) -> str:
    sizes = ["not empty"] if node.get("minItems") else []
    sizes += ["nothing twice"] if node.get("uniqueItems") else []
    return f"{', '.join(['list', *sizes])}; each: {_type(node['items'])}"


_TYPES: Mapping[str, Callable[[Schema], str]] = {
    "object": _object,
    "array": _array,
    "string": lambda node: _inline(node["patternErrorMessage"]),
    "boolean": lambda _: "`true`, `false`",
    "integer": lambda node: f"whole number from {node['minimum']} to {node['maximum']}",
    "number": lambda node: f"number over {node['exclusiveMinimum']}, at most {node['maximum']}",
}


def _decision(effect: Effect) -> decisions.Decision:
    """What the table of reviews does with an active object when such a field changed."""
    return decisions.REVIEW[Standing.ACTIVE, Delta(effect.value)]


def _changes() -> Iterator[str]:
    for effect in Effect:
        decision = _decision(effect)
        yield f"- **{effect}: {decision.action}**: {decision.reason}; {decision.consequence}.\n"


def _code(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{text}`"


def _inline(text: str) -> str:
    """A plain sentence as Markdown, also inside a table: no tag, no emphasis, no further cell."""
    for mark in "\\`*_|<":
        text = text.replace(mark, f"\\{mark}")
    return text


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = (head, ["---"] * len(head), *rows)
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
