"""Where statistics come from: the account of a project, or a ledger."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from smsops.delivery import listing, statistics
from smsops.delivery.objectives import Judged, Statistics, about_packages, judge, windows
from smsops.delivery.statistics import Package, Reported, Sums, Window
from smsops.kinds.application import Application
from smsops.model import Project
from smsops.providers.parallel import concurrently
from smsops.providers.tencent import statistics as tencent
from smsops.text.messages import T
from smsops.workspace import applications, ledgers
from smsops.workspace.environments import elsewhere
from smsops.workspace.session import account, open_client
from smsops.workspace.settings import Settings

if TYPE_CHECKING:
    from smsops.providers.tencent.client import Client

#: The site that has no packages: SmsPackagesStatistics is no action there.
_WITHOUT_PACKAGES = "intl"


def of_account(
    settings: Settings, project: Project, names: Collection[str], window: Window, now: float
) -> Sequence[Statistics]:
    """What Tencent Cloud counted of the applications called ``names``, all declared ones if there
    are none; objectives in their own windows, up to ``now``. No state is needed.
    """
    chosen = applications.chosen(applications.declared(project), names)
    if not chosen:
        return ()
    options, environment = settings.options, settings.environment
    with open_client(options, environment, project, settings.clock, settings.warn) as client:
        for warning in account(client, options, project)[1]:
            settings.warn(T("Warning: {warning}", warning=warning))
        read = partial(_of_application, client, project.site, window, now)
        return concurrently(read, chosen)


def _of_application(
    client: Client, site: str, window: Window, now: float, application: Application
) -> Statistics:
    id, about = application.sdk_app_id, _about(application)
    submitted = tencent.submitted(client, id, window, about)
    reported = _reported(client, application, {window, *windows(application.objectives, now)})
    packages = _packages(client, site, application, now)
    return Statistics(
        window,
        Sums(application.name or None, id, submitted, reported[window]),
        packages or (),
        judge(application.objectives, reported, packages, now),
    )


def judged(
    client: Client, site: str, declared: Sequence[Application], now: float
) -> Mapping[Application, Sequence[Judged]]:
    """The objectives of applications that have some, as of now."""

    def read(application: Application) -> Sequence[Judged]:
        objectives = application.objectives
        reported = _reported(client, application, windows(objectives, now))
        needed = about_packages(objectives)
        packages = _packages(client, site, application, now) if needed else None
        return judge(objectives, reported, packages, now)

    return dict(zip(declared, concurrently(read, declared), strict=True))


def _reported(
    client: Client, application: Application, wanted: Collection[Window]
) -> Mapping[Window, Reported]:
    id, about = application.sdk_app_id, _about(application)
    return {each: tencent.reported(client, id, each, about) for each in sorted(wanted)}


def _packages(
    client: Client, site: str, application: Application, now: float
) -> Sequence[Package] | None:
    if site == _WITHOUT_PACKAGES:
        return None
    return tencent.packages(client, application.sdk_app_id, now, _about(application))


def _about(application: Application) -> str:
    return str(application.address) if application.name else application.sdk_app_id


def of_ledger(
    settings: Settings, url: str | None, names: Collection[str], window: Window, now: float
) -> Sequence[Statistics]:
    """What a ledger heard of in ``window``, by application, under the names that a project around
    it has for them.
    """
    known = applications.known(settings, names)
    chosen = applications.chosen(known, names) if names else ()
    wanted = {each.sdk_app_id for each in chosen}
    named = {each.sdk_app_id: each.name for each in known}
    others = elsewhere(settings.options)
    with ledgers.open_ledger(settings, url, create=False) as ledger:
        heard = listing.heard(ledger, window.begin_at, now, until=window.end_at)
        ours = (each for each in heard if each.project not in others)
        found = list(
            statistics.counted(each for each in ours if not names or each.application in wanted)
        )
        silent = wanted - {each.sdk_app_id for each in found}
        for note in applications.unheard(ledger, known, silent):
            settings.warn(T("Note: {note}.", note=note))
    found += [Sums(None, each.sdk_app_id) for each in chosen if each.sdk_app_id in silent]
    return [
        Statistics(window, replace(each, name=named.get(each.sdk_app_id or "", each.name)))
        for each in found
    ]
