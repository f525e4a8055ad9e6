"""Snapshots of a state to store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from smsops.kinds.reviews import review_of
from smsops.model import (
    Address,
    Commit,
    Intent,
    Lifecycle,
    Promotion,
    Recorded,
    RecordedObject,
    Role,
    Snapshot,
    Value,
)
from tests.support import specs

LOGIN = Address("template", "login")
SIGN = Address("sign", "acme")
LINEAGE = "5c1b0b0e-6a39-4a27-9c1c-2f6f3f0c5a11"

TEMPLATE_SPEC: dict[str, Value] = {**specs.TEMPLATE_SPEC, "templateName": "登录验证码"}


def small(serial: int = 1) -> Snapshot:
    """One template in review."""
    item = RecordedObject(1110, TEMPLATE_SPEC, review=review_of(1), submitted_at=1_800_000_000)
    return Snapshot(LINEAGE, serial, "100000000001", "ap-guangzhou", {LOGIN: Recorded(item)})


def full(serial: int = 7) -> Snapshot:
    """Every part of a state in use."""
    current = RecordedObject(
        1110,
        TEMPLATE_SPEC,
        {"templateName": "登录验证码", "content": "您的验证码是{1}。 ", "international": "both"},
        ("remark", "smsType"),
        review_of(0, "好\n的"),
        1_800_000_000,
        1_800_007_200,
        1_800_007_300,
        listed=True,
    )
    successor = RecordedObject(1111, TEMPLATE_SPEC, review=review_of(-1, "签名与内容不符"))
    old = RecordedObject(1109, superseded_at=1_800_007_300)
    sign = RecordedObject(1110, {"signName": "艾克米", "commissionImage": None})
    return Snapshot(
        LINEAGE,
        serial,
        "100000000001",
        "ap-guangzhou",
        {
            LOGIN: Recorded(
                current,
                successor,
                (old,),
                Lifecycle(True, 0, Promotion.MANUAL),
                declared=True,
                manifest="templates/login.yaml",
            ),
            SIGN: Recorded(sign),
        },
        (intent("a1", Address("template", "news")),),
        project="p",
        commit=Commit("0123456789abcdef0123456789abcdef01234567", 1_800_000_000),
    )


def intent(name: str, address: Address, role: Role = Role.CURRENT) -> Intent:
    """An Add that got no answer."""
    return Intent(name, address, "AddSmsTemplate", role, TEMPLATE_SPEC, (1108,), 1_800_000_000)


def with_intents(*intents: Intent) -> Snapshot:
    return replace(small(), intents=intents)


def words(errors: Sequence[str]) -> str:
    """Warnings as one text."""
    return "\n".join(errors)
