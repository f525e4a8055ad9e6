"""Application (SmsSdkAppId): what messages are sent through, and its objectives. Only declared.

Applications are made in the console; no action of the API lists or changes one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from smsops.kinds.kind import Field, Kind
from smsops.model import Address, Desired, Effect, Origin

KIND = Kind(
    name="application",
    manifest="Application",
    label="sdkAppId",
    fields=(
        Field("sdkAppId", "SmsSdkAppId", Effect.NOTE, required=False),
        Field("objectives", "", Effect.NOTE, required=False),
    ),
)


class ObjectiveName(StrEnum):
    """What may be declared of an application, by its field in ``spec.objectives``."""

    DELIVERY_RATE = "deliveryRate"
    REPORT_COVERAGE = "reportCoverage"
    PACKAGE_BALANCE = "packageBalance"
    PACKAGE_EXPIRY = "packageExpiry"


#: Those that SmsPackagesStatistics answers.
OF_PACKAGES = (ObjectiveName.PACKAGE_BALANCE, ObjectiveName.PACKAGE_EXPIRY)
#: Defaults of a share: what the schema says too.
WINDOW, LEAST = "24h", 100
_HOURS: Mapping[str, int] = {"h": 1, "d": 24}


@dataclass(frozen=True, slots=True)
class Objective:
    """A declared lower bound: a share of messages, a number of them, or seconds until an expiry.

    A share is one of the last ``window`` hours, and says nothing of fewer than ``least`` messages;
    the others are as of now.
    """

    name: ObjectiveName
    min: float
    window: int = 0
    least: int = 0


@dataclass(frozen=True, slots=True)
class Application:
    """One application. ``sdk_app_id`` is what the API calls SmsSdkAppId: digits, as a text."""

    address: Address
    sdk_app_id: str
    objectives: tuple[Objective, ...] = ()
    origin: Origin | None = None

    @property
    def name(self) -> str:
        """Its name in manifests."""
        return self.address.name


def applications(declared: Iterable[Desired]) -> tuple[Application, ...]:
    """The applications among manifests, in their order."""
    return tuple(_application(item) for item in declared if item.address.kind == KIND.name)


def _application(item: Desired) -> Application:
    spec: Mapping[str, Any] = item.spec
    objectives: Mapping[str, Any] = spec["objectives"] or {}
    return Application(
        address=item.address,
        sdk_app_id=str(spec["sdkAppId"]),
        objectives=tuple(
            _objective(name, objectives[name]) for name in ObjectiveName if name in objectives
        ),
        origin=item.origin,
    )


def _objective(name: ObjectiveName, value: Mapping[str, Any]) -> Objective:
    match name:
        case ObjectiveName.DELIVERY_RATE | ObjectiveName.REPORT_COVERAGE:
            window = str(value.get("window", WINDOW))
            hours = int(window[:-1]) * _HOURS[window[-1]]
            return Objective(name, value["min"], hours, value.get("least", LEAST))
        case ObjectiveName.PACKAGE_EXPIRY:
            least = str(value["min"])
            return Objective(name, int(least[:-1]) * _HOURS[least[-1]] * 3600)
        case ObjectiveName.PACKAGE_BALANCE:
            return Objective(name, value["min"])
