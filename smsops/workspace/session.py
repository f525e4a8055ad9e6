"""Where a run's connection to Tencent Cloud is put together: the composition root."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from smsops import platforms
from smsops.clock import Clock
from smsops.errors import AccountError, StateError
from smsops.kinds import RESOURCES
from smsops.model import BACKENDS, Environment, Plan, Project
from smsops.model.sites import CN
from smsops.planning import estimate
from smsops.providers.errors import ApiError, CallStopped, CredentialsRefused, NotSent, Unknown
from smsops.providers.tencent import endpoints, roles
from smsops.providers.tencent.credentials import Credentials, Provider, chain
from smsops.providers.tencent.limits import rate
from smsops.providers.tencent.sources import PAIR, find
from smsops.state import place, place_of
from smsops.state.backend import Backend
from smsops.text.messages import NOTHING, C, T, Text
from smsops.workspace.settings import Options, Settings
from smsops.workspace.variables import credentials_prefix

if TYPE_CHECKING:
    import httpx

    from smsops.providers.tencent.client import Client

_log = logging.getLogger(__name__)

#: For commands that need no project; GetCallerIdentity is the same everywhere.
ANY_REGION = "ap-guangzhou"
#: What the emulator in this process is called; the name never resolves (RFC 6761).
EMULATED = "http://emulator.invalid"
UNKNOWN_ACCOUNT = T(
    "The account is unknown: sts:GetCallerIdentity is not permitted to these credentials. "
    "Permit it, or say --account-id ID."
)

#: STS was not reached, or nothing came back that could be trusted.
_UNANSWERED = (NotSent, Unknown)


def unchecked(error: ApiError, claimed: str) -> Text:
    """That ``--account-id`` stands alone, since nobody could be asked."""
    return T(
        "The account is {account_id} by --account-id alone: {error}",
        account_id=claimed,
        error=error.message_text,
    )


@contextmanager
def open_client(
    options: Options,
    environment: Mapping[str, str],
    project: Project | None,
    clock: Clock,
    warn: Callable[[Text], None] = _log.warning,
) -> Iterator[Client]:
    """A client for the account of ``environment``, or for the project's emulator; closed at the
    end. Raises :class:`UsageError` and :class:`CredentialsError` before anything is sent.
    """
    from smsops.providers.tencent.client import Client

    site = project.site if project else None
    region, doubt = endpoints.checked_region(project.region if project else ANY_REGION, site or CN)
    transport: httpx.BaseTransport | None = None
    warnings: tuple[Text, ...] = ()
    provider: Provider
    if options.emulator:
        provider, chosen, transport = _emulated(options, project, clock)
    else:
        chosen = endpoints.resolve(options.endpoint, options.allow_endpoint, site)
        found = find(
            environment,
            profile=_profile(options, environment, project),
            now=clock.now(),
            prefix=credentials_prefix(environment, options.environment),
        )
        provider = found.provider
        warnings = found.warnings
    client = Client(
        provider,
        chosen,
        region,
        clock=clock,
        rate_limits=project.rate_limits if project else {},
        environment=environment,
        transport=transport,
        warnings=warnings,
        warn=warn,
    )
    if doubt:
        warn(T("Warning: {warning}", warning=doubt))
    with client:
        yield client


def _profile(
    options: Options, environment: Mapping[str, str], project: Project | None
) -> str | None:
    """The profile to take: of ``--profile``, else of the project's environment, unless variables
    hold credentials, as they do in CI.
    """
    if options.profile or project is None or project.environment is None:
        return options.profile
    named = credentials_prefix(environment, options.environment)
    if named or all(map(environment.get, PAIR)) or roles.asked(environment):
        return None
    return project.environment.profile


def account(
    client: Client, options: Options, project: Project | None = None
) -> tuple[str | None, Sequence[Text]]:
    """The account id, and what to warn of: credentials files, or that nobody could tell the id.

    ``--account-id`` is taken when sts:GetCallerIdentity is not permitted, or STS gives no answer,
    and checked when it does. An account that the project's environment names can only refuse.
    """
    claimed, warnings = options.account_id, client.warnings
    actual: str | None = None
    try:
        actual = client.caller().account_id
    except CredentialsRefused as error:
        if not not_permitted(error):
            raise
    except _UNANSWERED as error:
        if isinstance(error, CallStopped) or not claimed:
            raise
        warnings = (*warnings, unchecked(error, claimed))
    if not claimed and not actual:
        warnings = (*warnings, UNKNOWN_ACCOUNT)
    known = checked(actual, claimed) if actual else claimed
    if project is not None and project.environment is not None:
        of_environment(project.environment, known)
    return known, warnings


def of_environment(environment: Environment, account_id: str | None) -> None:
    """Raises :class:`AccountError` when ``environment`` is of another account than ``account_id``,
    or that one is unknown.
    """
    wanted = environment.account
    if wanted in (None, account_id):
        return
    if account_id is None:
        raise AccountError(
            T(
                "environment {name} is of account {wanted}, and the account of these credentials "
                "is unknown: sts:GetCallerIdentity is not permitted",
                name=environment.name,
                wanted=wanted,
            ),
            hint=T("Permit it, or say --account-id {wanted} if it is that account.", wanted=wanted),
        )
    raise AccountError(
        T(
            "environment {name} is of account {wanted}, but the credentials belong to account "
            "{account_id}",
            name=environment.name,
            wanted=wanted,
            account_id=account_id,
        ),
        hint=T("{command} shows what credentials are in use.", command=C("whoami")),
    )


def caller(client: Client, options: Options, warn: Callable[[Text], None]) -> dict[str, str | None]:
    """Account, ARN and user; all unknown but ``--account-id`` when asking is not permitted."""
    claimed = options.account_id
    try:
        found = client.caller()
    except CredentialsRefused as error:
        if not not_permitted(error):
            raise
        if not claimed:
            warn(T("Warning: {warning}", warning=UNKNOWN_ACCOUNT))
        return {"account_id": claimed, "arn": None, "user_id": None}
    except _UNANSWERED as error:
        if isinstance(error, CallStopped) or not claimed:
            raise
        warn(T("Warning: {warning}", warning=unchecked(error, claimed)))
        return {"account_id": claimed, "arn": None, "user_id": None}
    return {
        "account_id": checked(found.account_id, claimed),
        "arn": found.arn or None,
        "user_id": found.user_id or None,
    }


def foreign(project: Project | None, account_id: str | None) -> Text:
    """What to warn of where an account is not the one of the environment that was chosen."""
    environment = project.environment if project is not None else None
    if environment is None or environment.account in (None, account_id) or account_id is None:
        return NOTHING
    return T(
        "environment {name} is of account {wanted}: every other command refuses these credentials",
        name=environment.name,
        wanted=environment.account,
    )


def links(client: Client) -> list[dict[str, str | None]]:
    """By which steps the client has its credentials: keys, then the roles that they assume."""
    return [link._asdict() for link in chain(client.provider)]


def seconds(plan: Plan, rate_limits: Mapping[str, float]) -> float:
    """How long the rate limits make an apply of ``plan`` take. ``rate_limits``: those of the
    project, calls a second; the documented ones stand for the rest.
    """
    return estimate.seconds(plan, RESOURCES, lambda action: rate(action, rate_limits))


def checked(actual: str, claimed: str | None) -> str:
    """``actual``. Raises :class:`AccountError` when ``--account-id`` claims another one."""
    if claimed and claimed != actual:
        raise AccountError(
            T(
                "--account-id says {claimed}, but the credentials belong to account {actual}",
                claimed=claimed,
                actual=actual,
            )
        )
    return actual


def not_permitted(error: CredentialsRefused) -> bool:
    """Whether credentials are fine, and only may not ask who they are."""
    family = error.code.partition(".")[0]
    return family == "UnauthorizedOperation" or error.code == "AuthFailure.UnauthorizedOperation"


def _emulated(
    options: Options, project: Project | None, clock: Clock
) -> tuple[Credentials, endpoints.Endpoints, httpx.BaseTransport]:
    from smsops.emulator import ACCOUNT_ID, SECRET_ID, SECRET_KEY
    from smsops.emulator.transport import EmulatorTransport

    where = place_of(project) if project else place(options.directory)
    environment = project.environment if project else None
    account_id = (environment and environment.account) or ACCOUNT_ID
    return (
        Credentials(SECRET_ID, SECRET_KEY, None, "emulator"),
        endpoints.Endpoints(EMULATED, EMULATED),
        EmulatorTransport(
            where / "emulator.json",
            clock=clock,
            account_id=account_id,
            site=project.site if project else CN,
        ),
    )


def open_backend(settings: Settings, project: Project, *, hints: bool = True) -> Backend:
    """The backend of ``spec.state``; with the emulator always a file of its own. ``hints``: where
    there is no state, it says which others there are.

    Raises :class:`StateError` when the settings do not make a backend.
    """
    where = place_of(project)
    if settings.options.emulator or project.state.backend == "local":
        from smsops.state.backends.local import LocalBackend

        name = "emulator-state.json" if settings.options.emulator else "state.json"
        return LocalBackend(where / name, clock=settings.clock, warn=settings.warn)
    if project.state.backend == "http":
        from smsops.state.backends.http import HttpBackend
        from smsops.state.backends.httpwire import settings as http_settings

        return HttpBackend(
            http_settings(settings.environment), clock=settings.clock, warn=settings.warn
        )
    if project.state.backend == "git":
        platforms.require(platforms.Needing.GIT_STATE)
        from smsops.state.backends.git import GitBackend, Within
        from smsops.state.backends.predecessor import NAME

        named = project.state.name is not None or project.name == NAME
        made = GitBackend(
            project.root,
            remote=project.state.remote,
            name=project.state.name or project.name,
            environment=settings.environment,
            heir=None if named else project.name,
            within=Within(project.environment.name, _known(project))
            if project.environment
            else None,
            clock=settings.clock,
            warn=settings.warn,
        )
        return made if hints else made.without_hints()
    raise StateError(
        T("there is no state backend {backend}", backend=repr(project.state.backend)),
        hint=T("spec.state.backend is one of {names}.", names=", ".join(BACKENDS)),
    )


def _known(project: Project) -> set[str]:
    """Git states of the other environments, and the one of before there were any."""
    before = project.outside.state.name or project.name if project.outside else ""
    return {before, *(each.state.name or "" for each in project.environments)}


@dataclass(frozen=True, slots=True)
class Connection:
    """A project's backend, and a client for its account. ``account`` asks once whose it is, and
    warns what is doubtful about it.
    """

    backend: Backend
    client: Client
    account: Callable[[], str | None]


@contextmanager
def connected(settings: Settings, project: Project) -> Iterator[Connection]:
    """Connect to the account of ``project``."""
    options = settings.options
    backend = open_backend(settings, project)
    with open_client(
        options, settings.environment, project, settings.clock, settings.warn
    ) as client:

        @cache
        def asked() -> str | None:
            account_id, warnings = account(client, options, project)
            for warning in warnings:
                settings.warn(T("Warning: {warning}", warning=warning))
            return account_id

        yield Connection(backend, client, asked)
