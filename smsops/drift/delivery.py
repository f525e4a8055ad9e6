"""Findings about delivery: objectives that are missed, and probes that did not arrive. Pure.

A probe proves something about a sign or a template only while what it was sent with still stands,
and only where no other cause fits what the vendor said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from smsops.delivery.causes import Cause, causes
from smsops.delivery.model import Vendor
from smsops.delivery.objectives import Judged
from smsops.drift.details import WORDS, Detail
from smsops.drift.findings import DriftClass, Finding, NextAction
from smsops.kinds.application import OF_PACKAGES, Application
from smsops.kinds.probe import Probe
from smsops.model import Address, FinishedSend, RecordedObject, Snapshot
from smsops.model.verdict import Verdict
from smsops.text.messages import T, joined


def missed(promised: Mapping[Application, Sequence[Judged]]) -> Iterator[Finding]:
    """One finding for each objective that is missed; one without data is none."""
    for application, objectives in promised.items():
        for judged in objectives:
            if judged.missed:
                yield _missed(application, judged)


def _missed(application: Application, judged: Judged) -> Finding:
    objective = judged.objective
    wanted, got = objective.min, judged.got or 0
    if objective.name in OF_PACKAGES:
        code = Detail.PACKAGES_MISSED
        wanted, got, detail = int(wanted), int(got), WORDS[code]
    else:
        code = Detail.SHARE_MISSED
        detail = WORDS[code].filled(count=f"{judged.of or 0:,}", hours=objective.window)
    return Finding(
        DriftClass.OBJECTIVE,
        application.address.kind,
        int(application.sdk_app_id),
        application.address,
        objective.name.value,
        wanted,
        got,
        detail,
        NextAction.COUNT,
        code,
    )


def _template(probe: Probe) -> Address | None:
    return Address("template", probe.template) if probe.template else None


def _sign(probe: Probe) -> Address | None:
    return Address("sign", probe.sign) if probe.sign else None


def _same_template(current: RecordedObject, send: FinishedSend) -> bool:
    return str(current.remote_id) == send.template


def _same_sign(current: RecordedObject, send: FinishedSend) -> bool:
    known = {**current.submitted, **current.read_back}
    return known.get("signName") == send.sign


#: Causes that are ours -> whose they are, whether it is still what was sent with, what is next.
_OURS: Mapping[
    Cause,
    tuple[
        Callable[[Probe], Address | None],
        Callable[[RecordedObject, FinishedSend], bool],
        NextAction,
    ],
] = {
    Cause.SIGN: (_sign, _same_sign, NextAction.REGISTER),
    Cause.CONTENT: (_template, _same_template, NextAction.REWORD),
}


def undelivered(probes: Iterable[Probe], state: Snapshot) -> Iterator[Finding]:
    """One finding for each sign or template that the latest finished send of a probe failed for,
    naming the probes.
    """
    found: dict[tuple[Address, NextAction], list[tuple[str, str]]] = {}
    for probe in sorted(probes, key=lambda each: each.name):
        record = state.probes.get(probe.name)
        send = record.finished if record is not None else None
        if send is None or send.verdict not in (Verdict.FAILED, Verdict.REFUSED):
            continue
        for address, action in _blamed(probe, send, state):
            found.setdefault((address, action), []).append((probe.name, send.code))
    for (address, action), failed in found.items():
        current = state.resources[address].current
        assert current is not None
        named = joined(", ", *(T("{name} ({code})", name=name, code=code) for name, code in failed))
        yield Finding(
            DriftClass.DELIVERY,
            address.kind,
            current.remote_id,
            address,
            None,
            None,
            ", ".join(sorted({code for _, code in failed})),
            WORDS[Detail.NOT_DELIVERED].filled(probes=named),
            action,
            Detail.NOT_DELIVERED,
        )


def _blamed(
    probe: Probe, send: FinishedSend, state: Snapshot
) -> Iterator[tuple[Address, NextAction]]:
    # A probe of another vendor names neither of them.
    found = causes(Vendor.TENCENT, send.code)
    if not set(found) <= _OURS.keys():
        return
    for cause in found:
        where, stands, action = _OURS[cause]
        address = where(probe)
        recorded = state.resources.get(address) if address is not None else None
        current = recorded.current if recorded is not None else None
        if address is not None and current is not None and stands(current, send):
            yield address, action
