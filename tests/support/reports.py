"""A plan and a drift report with the same foreign text in every place that can hold one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from smsops.delivery.objectives import Judged, Statistics
from smsops.delivery.statistics import Package, Reported, Submitted, Sums, Window
from smsops.drift import Drift, DriftClass, Finding, Suppressed
from smsops.kinds.application import Objective, ObjectiveName
from smsops.kinds.reviews import review_of
from smsops.model import (
    Action,
    Address,
    Effect,
    FieldChange,
    Observed,
    Plan,
    Role,
    Spec,
    Step,
    Suppression,
)
from smsops.text.messages import T

LOGIN, ACME = Address("template", "login"), Address("sign", "acme")


def spec(text: str) -> Spec:
    return {
        "templateName": text,
        "content": text,
        "smsType": "verification",
        "international": False,
        "remark": text,
    }


#: One of each shape that a step can have.
SHAPES = (Action.CREATE, Action.REPLACE, Action.DELETE, Action.RETIRE, Action.BLOCKED)


def plan(text: str, actions: Iterable[Action] = tuple(Action)) -> Plan:
    """A step for each action, with ``text`` in every place that can hold foreign text."""
    steps = [
        Step(
            Address("template", f"t-{action}"),
            action,
            reason=T(f"because {text}"),
            reason_code="as_sampled",
            remote_id=None if action is Action.CREATE else 1110 + number,
            review=None if action is Action.CREATE else review_of(-1, text),
            changed=()
            if action in (Action.CREATE, Action.DELETE)
            else (
                FieldChange("content", Effect.CONTENT, text, f"{text}{text}"),
                FieldChange("remark", Effect.NOTE, None, text),
            ),
            unverifiable=("smsType",),
            before=None if action is Action.CREATE else spec(text),
            after=None if action is Action.DELETE else spec(text),
            consequence=T(f"so {text}"),
            further=action is Action.RETIRE,
            role=Role.SUPERSEDED if action is Action.RETIRE else Role.CURRENT,
        )
        for number, action in enumerate(actions)
    ]
    return Plan(
        account_id=text,
        region="ap-guangzhou",
        complete=False,
        steps=tuple(sorted(steps, key=lambda step: str(step.address))),
        unmanaged=(
            Observed("template", 7000, spec(text), review_of(0)),
            Observed("sign", 7001, {"signName": text, "international": False}, review_of(7, text)),
        ),
        notes=(T(text), T("a note about {text}", text=text)),
    )


def statistics(text: str) -> Sequence[Statistics]:
    """Applications with everything that can be missed, met and unknown; ``text`` in every name."""
    window = Window(500_000, 500_024)
    packages = (Package(1_000_791_745, 1000, 990, 1_800_400_000), Package(7, 10, 0, 1_800_500_000))
    judged = (
        Judged(Objective(ObjectiveName.DELIVERY_RATE, 0.95, 24, 100), 0.7148, 1880),
        Judged(Objective(ObjectiveName.REPORT_COVERAGE, 0.9, 48, 2000), None, 1880),
        Judged(Objective(ObjectiveName.PACKAGE_BALANCE, 1000), 20),
        Judged(Objective(ObjectiveName.PACKAGE_EXPIRY, 86_400), 500_000),
    )
    classes = ("shutdown_error", "invalid_number", "black_list", "internal_error", "other")
    failed = dict(zip(classes, (300, 80, 20, 1, 1), strict=True))
    sums = Sums(text, text, Submitted(1892, 2211), Reported(1880, 1746, 1344, failed))
    return (
        Statistics(window, sums, packages, judged),
        Statistics(window, Sums(None, text)),
        Statistics(window, Sums(text, None, Submitted(1, 0), Reported(1, 1, 1))),
    )


def drift(text: str, *, complete: bool = True) -> Drift:
    """Every class, with ``text`` as value, detail, note, owner, reason and account."""
    findings = tuple(
        Finding(
            each,
            "template",
            1110 + number,
            None if each is DriftClass.UNMANAGED else LOGIN,
            "content" if number % 2 == 0 else None,
            text,
            text,
            T(f"detail {text}"),
            detail_code="as_sampled",
        )
        for number, each in enumerate(DriftClass)
    )
    owned = Suppression("sign.acme", "review", text, text, "2030-01-01")
    return Drift(
        account_id=text,
        region="ap-guangzhou",
        complete=complete,
        findings=findings,
        suppressed=(
            Suppressed(
                Finding(
                    DriftClass.REVIEW,
                    "sign",
                    1,
                    ACME,
                    "reply",
                    text,
                    text,
                    T(text),
                    detail_code="as_sampled",
                ),
                owned,
            ),
        ),
        expired=(owned,),
        unread=() if complete else ((ACME, 5),),
        notes=(T(text),),
        checked=3,
    )
