"""A saved plan renders as the plan did, and only a plan that smsops wrote renders at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from smsops.errors import SmsopsError
from smsops.model import Plan, PlanOptions
from smsops.planfile import saved as planfile
from smsops.planfile.document import document as plan_document
from smsops.planfile.saved import SavedPlan, plan_of
from smsops.render.plan import FORMATS
from tests.support import reports
from tests.support.project import Project


@pytest.fixture
def varied(applied_project: Project) -> Project:
    """A project whose plan has several actions, an unmanaged object and a reply."""
    project = applied_project
    project.template("t0", content="换了内容{1}，验证码。")
    project.template("t1")
    seed = project.root / "seed.yaml"
    seed.write_text(
        "- {kind: template, id: 7000, templateName: 手工, content: '手工{1}', reply: 'a|b <x>'}\n",
        "utf-8",
    )
    assert project("emulator", "seed", str(seed)).code == 0
    return project


def test_every_format_is_byte_for_byte_what_plan_printed(varied: Project) -> None:
    """Without asking the API again: no project, no state, no credentials are needed."""
    saved = varied.root / "plan.out"
    assert varied("plan", "-o", str(saved)).code == 0
    elsewhere = Project(varied.root / "nowhere", options=())
    elsewhere.root.mkdir()
    for format in FORMATS:
        shown = elsewhere("show", str(saved), "--format", format)
        assert shown.code == 0, shown.err
        # The commands that a text recommends have the options of their own run.
        ours, theirs = f" -C {varied.root} --emulator", f" -C {elsewhere.root}"
        planned = varied("plan", "--format", format).out
        assert shown.out.replace(theirs, "") == planned.replace(ours, "")


def test_its_commands_are_for_the_project_of_the_run(applied_project: Project) -> None:
    """As in the text of ``plan``; other formats say the plain command."""
    applied_project.template("t1", title="模板t0", content="另一个{1}，验证码。")
    seed = applied_project.root / "seed.yaml"
    seed.write_text("- {kind: template, id: 1500, templateName: 像, content: '像{1}'}\n", "utf-8")
    assert applied_project("emulator", "seed", str(seed)).code == 0
    applied_project.template("t2", title="像", content="不同{1}，验证码。")
    file = str(applied_project.root / "plan.out")
    planned = applied_project("plan", "-o", file)
    assert f"`smsops import template.t2 1500 -C {applied_project.root} --emulator`" in planned.out
    assert applied_project("show", file).out == planned.out
    assert "--emulator" not in applied_project("show", file, "--format", "json").out


def saved(plan: Plan) -> SavedPlan:
    text = planfile.dump(plan, PlanOptions(), lineage="x")
    return planfile.load(text.encode(), source="plan.out")


def test_a_plan_survives_its_file() -> None:
    """Every action and every field of a step; unmanaged objects have what the JSON has."""
    plan = reports.plan("名字")
    back = plan_of(saved(plan))
    assert back.steps == plan.steps
    assert plan_document(back) == plan_document(plan)
    assert [list(step.after or ()) for step in back.steps] == [
        list(step.after or ()) for step in plan.steps
    ]


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where the scalars of a JSON document are."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from paths(item, (*path, name))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from paths(item, (*path, place))
    else:
        yield path


def with_value(document: Any, path: tuple[str | int, ...], value: Any) -> Any:
    changed = json.loads(json.dumps(document))
    target = changed
    for name in path[:-1]:
        target = target[name]
    target[path[-1]] = value
    return changed


def test_a_value_of_a_wrong_type_is_refused_wherever_it_stands() -> None:
    """A list in the place of each scalar of the document, one at a time."""
    document = plan_document(reports.plan("x", reports.SHAPES))
    options = PlanOptions()
    for path in paths(document):
        broken = SavedPlan("plan.out", with_value(document, path, [[]]), options, "x")
        if path == ("smsops_version",):
            continue
        with pytest.raises(SmsopsError, match="is not a plan of this version of smsops"):
            plan_of(broken)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("summary", "create"), 99),
        (("applyable",), False),
        (("applyable",), 1),
        (("resource_changes", 0, "type"), "sign"),
        (("resource_changes", 0, "name"), "other"),
        (("resource_changes", 0, "address"), "nothing.x"),
        (("resource_changes", 0, "change", "actions"), ["create"]),
        (("resource_changes", 0, "change", "after", "evil"), "x"),
        (("resource_changes", 0, "smsops", "action"), "destroy"),
        (("resource_changes", 0, "smsops", "evil"), 1),
        (("resource_changes", 0, "smsops", "review", "state"), "active"),
        (("resource_changes", 0, "smsops", "remote_id"), True),
        (("unmanaged", 0, "type"), "queue"),
    ],
)
def test_what_does_not_fit_together_is_refused(path: tuple[str | int, ...], value: object) -> None:
    """A count, a derived word or an unknown field that smsops would not have written."""
    document = plan_document(reports.plan("x"))
    broken = SavedPlan("plan.out", with_value(document, path, value), PlanOptions(), "lineage")
    with pytest.raises(SmsopsError, match="is not a plan of this version of smsops"):
        plan_of(broken)


def test_a_file_that_is_no_plan_or_was_changed_is_refused(project: Project) -> None:
    """With the exit codes of apply: 1, and 6 for a digest that does not match."""
    path = project.root / "plan.out"
    assert project("show", str(path)).code == 1
    path.write_text("{}", "utf-8")
    assert project("show", str(path)).code == 1
    assert project("plan", "-o", str(path)).code == 0
    path.write_text(path.read_text("utf-8").replace("艾克米", "别人"), "utf-8")
    assert project("show", str(path)).code == 6
