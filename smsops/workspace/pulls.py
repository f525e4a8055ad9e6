"""Where a pull by application is put together: the application, the account and the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smsops.delivery.pulling import pull
from smsops.delivery.runs import Pulled
from smsops.manifests.load import load_manifests
from smsops.model import Project
from smsops.workspace import ledgers
from smsops.workspace.applications import sdk_app_id
from smsops.workspace.session import connected
from smsops.workspace.settings import Settings


def take(settings: Settings, project: Project, application: str, url: str | None) -> Pulled:
    """Take what waits for ``application``: its name in manifests, or its SmsSdkAppId."""
    from smsops.providers.tencent.sending import taken

    id = sdk_app_id(load_manifests(project).applications, application)
    with (
        ledgers.open_ledger(settings, url, create=True) as ledger,
        connected(settings, project) as to,
    ):
        secret = ledgers.secret(settings, ledger)
        to.account()
        client = to.client

        def ask(replies: bool) -> Sequence[Mapping[str, object]]:
            return taken(client, id, replies=replies)

        return pull(ledger, ask, id, secret=secret, clock=settings.clock)
