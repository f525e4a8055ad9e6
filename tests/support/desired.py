"""Desired signs and templates of a test harness, and what has to hold there in the end."""

from __future__ import annotations

from smsops.kinds import RESOURCES
from smsops.manifests.images import digest
from smsops.model import Action, Address, DeleteLimit, Desired, Lifecycle, PlanOptions, Value
from tests.support.applying import PENDING, Harness, template
from tests.support.specs import IMAGE, SIGN_SPEC

__all__ = ["declared", "finish", "sign", "template"]


def sign(harness: Harness, name: str = "acme", title: str = "艾克米", **changes: Value) -> Desired:
    """A sign whose proof image is a file of the harness."""
    path = harness.root / "license.png"
    if not path.exists():
        path.write_bytes(IMAGE)
    spec = {
        **SIGN_SPEC,
        "signName": title,
        "proofImage": digest(IMAGE),
        "remark": "官网登录",
        **changes,
    }
    images = {"proofImage": path}
    return Desired(Address("sign", name), spec, Lifecycle(retire_after=3600), images=images)


def declared(harness: Harness, kind: str, name: str, *, version: int = 1) -> Desired:
    """A resource of ``kind``; another version has other content."""
    if kind == "sign":
        return sign(harness, name, f"{name}{version}")
    return template(name, f"您的验证码是{{1}}，第{version}版。")


def recorded(harness: Harness) -> set[tuple[str, int]]:
    """Every object in the state."""
    return {
        (address.kind, int(item.remote_id))
        for address, record in harness.state.resources.items()
        for item in record.objects()
    }


def there(harness: Harness) -> set[tuple[str, int]]:
    """Every object in the account."""
    return {(kind, number) for kind in RESOURCES for number in harness.remote(kind)}


def finish(harness: Harness, desired: list[Desired], runs: int = 8) -> None:
    """Reviewers approve, applies follow, until a plan has nothing to do."""
    harness.emulator.faults.order([])
    options = PlanOptions(max_deletes=DeleteLimit(100, None))
    for _ in range(runs):
        steps = harness.plan(desired, options).steps
        if all(step.action is Action.NOOP for step in steps):
            return
        harness.apply(desired, options)
        for kind in RESOURCES:
            for number, code in harness.remote(kind).items():
                if code == PENDING:
                    harness.review(number, 0, kind=kind)
        harness.time.advance(4000)
    raise AssertionError([(str(s.address), s.action, s.reason) for s in steps])
