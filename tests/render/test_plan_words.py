"""What a plan says of assumed values and of objects that no manifest declares yet."""

from __future__ import annotations

from dataclasses import replace

from smsops.model import Plan
from smsops.render.plan.html import html
from smsops.render.plan.markdown import markdown
from smsops.render.plan.text import text
from tests.support.worlds import ADDRESS, World, adopted, record, seen, written


def replaced() -> Plan:
    """The first replacement of an object whose type and remark were assumed."""
    return adopted(content="另一个内容{1}。", smsType="notification").plan()


def bound() -> Plan:
    """An imported object without a manifest."""
    recorded = record(written(1))
    return World(
        recorded={ADDRESS: replace(recorded[ADDRESS], declared=False)}, observed=(seen(1),)
    ).plan()


def test_a_first_replacement_marks_what_was_assumed_and_what_only_goes_along() -> None:
    shown = text(replaced(), seconds=1)
    assert '    content        "您的验证码是{1}。" -> "另一个内容{1}。"\n' in shown
    assert '    smsType        "verification" (assumed) -> "notification"\n' in shown
    assert '    remark         "用户登录" (assumed) (goes along)\n' in shown
    assert '    templateName   "登录" (goes along)\n' in shown
    assert '"verification" (assumed) |' in markdown(replaced(), seconds=1)
    assert "(assumed)" in html(replaced(), seconds=1)


def test_a_bound_object_is_shown_although_nothing_is_done() -> None:
    shown = text(bound(), seconds=0)
    assert 'template.login  (id 1, active)  "登录"\n    why: bound, not declared\n' in shown
    assert shown.endswith("No changes. Signs and templates match the manifests.\n")
    assert "1 bound, not declared" in markdown(bound(), seconds=0)
    assert "bound, not declared" in html(bound(), seconds=0)
