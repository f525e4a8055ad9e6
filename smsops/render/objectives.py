"""Objectives in words: bounds, and what there is. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping

from smsops.delivery.objectives import Judged
from smsops.kinds.application import ObjectiveName
from smsops.text.messages import N, T, Text

#: How the value of an objective is said, by its name.
_SHARES = (ObjectiveName.DELIVERY_RATE, ObjectiveName.REPORT_COVERAGE)
_HOUR, _DAY = 3600, 86_400
#: Whether an objective is met, in a word.
WORDS: Mapping[bool | None, Text] = {
    True: T("met"),
    False: T("missed"),
    None: T("no data"),
}


def share(value: float) -> str:
    """``91.42 %``, never more than it is: 94.999 % is not 95 %."""
    # What is stored of 0.57 times 10,000 is a hair below 5,700.
    hundredths = math.floor(value * 10_000 + 1e-9) / 100
    return f"{hundredths:g} %" if hundredths < 100 else "100 %"


def amount(objective: str, value: float) -> str:
    """A bound, or what there is, as the objective counts."""
    name = ObjectiveName(objective)
    if name in _SHARES:
        return share(value)
    if name is ObjectiveName.PACKAGE_BALANCE:
        return f"{int(value):,}"
    if value < 2 * _DAY:
        return str(T("{count} h", count=int(value // _HOUR)))
    return str(N(int(value // _DAY), "{count} day", "{count} days"))


def wanted(judged: Judged) -> Text:
    """The bound in words: ``at least 95 % of the last 24 h``."""
    objective = judged.objective
    bound = amount(objective.name, objective.min)
    if objective.name in _SHARES:
        return T("at least {bound} in {hours} h", bound=bound, hours=objective.window)
    if objective.name is ObjectiveName.PACKAGE_EXPIRY:
        return T("more than {bound}", bound=bound)
    return T("at least {bound}", bound=bound)


def there(judged: Judged) -> str | Text:
    """What there is in words; without data, why."""
    objective = judged.objective
    if judged.got == 0 and objective.name is ObjectiveName.PACKAGE_EXPIRY:
        return T("none has a balance")
    if judged.got is not None:
        return amount(objective.name, judged.got)
    if judged.of is not None:
        return T(
            "{count} accepted, {least} are needed to say anything",
            count=f"{judged.of:,}",
            least=f"{objective.least:,}",
        )
    return T("there are no packages on this site")
