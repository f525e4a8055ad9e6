"""Signs and templates to declare in a laboratory, and what has to hold there in the end."""

from __future__ import annotations

from smsops.kinds import RESOURCES
from smsops.manifests.images import digest
from smsops.model import (
    Action,
    Address,
    DeleteLimit,
    Desired,
    Lifecycle,
    ObjectId,
    PlanOptions,
    Value,
)
from tests.faults.works import IMAGE
from tests.lab import PENDING, Lab, template

__all__ = ["declared", "finish", "sign", "template"]


def sign(lab: Lab, name: str = "acme", title: str = "艾克米", **changes: Value) -> Desired:
    """A sign whose proof image is a file of the laboratory."""
    path = lab.root / "license.png"
    if not path.exists():
        path.write_bytes(IMAGE)
    spec: dict[str, Value] = {
        "signName": title,
        "international": False,
        "signType": "company",
        "documentType": "three-in-one",
        "purpose": "own-use",
        "qualificationId": 1000001,
        "proofImage": digest(IMAGE),
        "commissionImage": None,
        "remark": "官网登录",
        **changes,
    }
    images = {"proofImage": path}
    return Desired(Address("sign", name), spec, Lifecycle(retire_after=3600), images=images)


def declared(lab: Lab, kind: str, name: str, *, version: int = 1) -> Desired:
    """A resource of ``kind``; another version has other content."""
    if kind == "sign":
        return sign(lab, name, f"{name}{version}")
    return template(name, f"您的验证码是{{1}}，第{version}版。")


def recorded(lab: Lab) -> set[ObjectId]:
    """Every object in the state."""
    return {
        ObjectId(address.kind, item.remote_id)
        for address, record in lab.state.resources.items()
        for item in record.objects()
    }


def there(lab: Lab) -> set[tuple[str, int]]:
    """Every object in the account."""
    return {(kind, number) for kind in RESOURCES for number in lab.remote(kind)}


def finish(lab: Lab, desired: list[Desired], runs: int = 8) -> None:
    """Reviewers approve, applies follow, until a plan has nothing to do."""
    lab.emulator.faults.order([])
    options = PlanOptions(max_deletes=DeleteLimit(100, None))
    for _ in range(runs):
        steps = lab.plan(desired, options).steps
        if all(step.action is Action.NOOP for step in steps):
            return
        lab.apply(desired, options)
        for kind in RESOURCES:
            for number, code in lab.remote(kind).items():
                if code == PENDING:
                    lab.review(number, 0, kind=kind)
        lab.time.pass_(4000)
    raise AssertionError([(str(s.address), s.action, s.reason) for s in steps])
