"""Where a run's connection to Tencent Cloud is put together: the composition root."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from smsops.cli.context import Options
from smsops.clock import Clock
from smsops.errors import AccountError
from smsops.model import Project
from smsops.tencent import endpoints
from smsops.tencent.credentials import Credentials, find
from smsops.tencent.errors import CredentialsRefused

if TYPE_CHECKING:
    import httpx

    from smsops.tencent.client import Client

#: For commands that need no project; GetCallerIdentity is the same everywhere.
ANY_REGION = "ap-guangzhou"
#: What the emulator in this process is called; the name never resolves (RFC 6761).
EMULATED = "http://emulator.invalid"
UNKNOWN_ACCOUNT = (
    "The account is unknown: sts:GetCallerIdentity is not permitted to these credentials. "
    "Permit it, or say --account-id ID."
)


@contextmanager
def open_client(
    options: Options,
    environment: Mapping[str, str],
    project: Project | None,
    clock: Clock,
) -> Iterator[Client]:
    """A client for the account of ``environment``, or for the project's emulator; closed at the
    end. Raises :class:`UsageError` and :class:`CredentialsError` before anything is sent.
    """
    from smsops.tencent.client import Client

    region = endpoints.checked_region(project.region if project else ANY_REGION)
    transport: httpx.BaseTransport | None = None
    warnings: tuple[str, ...] = ()
    if options.emulator:
        credentials, chosen, transport = _emulated(options, project, clock)
    else:
        chosen = endpoints.resolve(options.endpoint, options.allow_endpoint)
        found = find(environment, profile=options.profile, now=clock.now())
        credentials = found.credentials
        warnings = found.warnings
    client = Client(
        credentials,
        chosen,
        region,
        clock=clock,
        rate_limits=project.rate_limits if project else {},
        environment=environment,
        transport=transport,
        warnings=warnings,
    )
    with client:
        yield client


def account(client: Client, options: Options) -> tuple[str | None, str | None]:
    """The account id, and what to warn of: credentials files, or that nobody could tell the id.

    ``--account-id`` is taken when sts:GetCallerIdentity is not permitted, and checked when it is.
    """
    try:
        actual: str | None = client.caller().account_id
    except CredentialsRefused as error:
        if not not_permitted(error):
            raise
        actual = None
    claimed = options.account_id
    warnings = client.warnings
    if not claimed and not actual:
        warnings = (*warnings, UNKNOWN_ACCOUNT)
    known = checked(actual, claimed) if actual else claimed
    return known, "\n".join(warnings) or None


def checked(actual: str, claimed: str | None) -> str:
    """``actual``. Raises :class:`AccountError` when ``--account-id`` claims another one."""
    if claimed and claimed != actual:
        raise AccountError(
            f"--account-id says {claimed}, but the credentials belong to account {actual}"
        )
    return actual


def not_permitted(error: CredentialsRefused) -> bool:
    """Whether credentials are fine, and only may not ask who they are."""
    family = error.code.partition(".")[0]
    return family == "UnauthorizedOperation" or error.code == "AuthFailure.UnauthorizedOperation"


def _emulated(
    options: Options, project: Project | None, clock: Clock
) -> tuple[Credentials, endpoints.Endpoints, httpx.BaseTransport]:
    from smsops.emulator import SECRET_ID, SECRET_KEY
    from smsops.emulator.transport import EmulatorTransport

    root = project.root if project else options.directory
    path = Path(root) / ".smsops" / "emulator.json"
    return (
        Credentials(SECRET_ID, SECRET_KEY, None, "emulator"),
        endpoints.Endpoints(EMULATED, EMULATED),
        EmulatorTransport(path, clock=clock),
    )
