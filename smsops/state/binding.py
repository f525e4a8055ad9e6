"""Whose state this is, and which state may take its place. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from smsops.errors import AccountError, OwnerError, StateError
from smsops.model import Project, Snapshot
from smsops.text.messages import C, Command, T, Text


class Owner(NamedTuple):
    """Who a state belongs to: a project (``metadata.name``), and one environment of it."""

    project: str
    environment: str | None = None

    @classmethod
    def of(cls, project: Project) -> Owner:
        """Who a run in ``project`` works for."""
        return cls(project.name, project.environment.name if project.environment else None)

    @property
    def key(self) -> str:
        """What a ledger calls it: environments may share one, and a phone."""
        return "/".join(part for part in self if part)

    def __str__(self) -> str:
        if self.environment is None:
            return str(T("project {project}", project=self.project))
        words = T("environment {environment} of project {project}")
        return str(words.filled(environment=self.environment, project=self.project))


def bind(
    snapshot: Snapshot, *, owner: Owner, account_id: str | None, region: str, source: str
) -> Snapshot:
    """``snapshot``, bound to the project, account and region of this run; what was unbound gets
    bound. ``source`` names the place of the state.

    ``account_id`` is what sts:GetCallerIdentity or ``--account-id`` said, ``None`` when neither
    did. Raises :class:`OwnerError` for another project, :class:`StateError` for another region,
    and :class:`AccountError` for another account or for an unknown one on a bound state.
    """
    snapshot = owned(snapshot, owner, source=source)
    same_region(snapshot, region)
    if snapshot.account_id is not None and account_id is None:
        raise AccountError(
            T(
                "the state belongs to account {account_id}, and the account of "
                "these credentials is unknown: sts:GetCallerIdentity is not "
                "permitted",
                account_id=snapshot.account_id,
            ),
            hint=T(
                "Permit it, or say --account-id {account_id} if it is that account.",
                account_id=snapshot.account_id,
            ),
        )
    if snapshot.account_id not in (None, account_id):
        raise AccountError(
            T(
                "the state belongs to account {account_id}, but the credentials "
                "belong to account {own_account}",
                account_id=snapshot.account_id,
                own_account=account_id,
            ),
            hint=T(
                "Use credentials of the state's account; {command} shows what is in use.",
                command=C("whoami"),
            ),
        )
    return replace(snapshot, account_id=account_id, region=region)


def owner_of(snapshot: Snapshot) -> Owner | None:
    """Whose state it is; ``None`` for one of 0.1 that nobody has saved since."""
    if snapshot.project is None:
        return None
    return Owner(snapshot.project, snapshot.environment)


def owned(snapshot: Snapshot, owner: Owner, *, source: str) -> Snapshot:
    """``snapshot`` as a state of ``owner``; one without an owner gets this one.

    Raises :class:`OwnerError` for a state of somebody else.
    """
    found = owner_of(snapshot)
    if found is None:
        return assigned(snapshot, owner)
    if found != owner:
        raise foreign(found, owner, source=source)
    return snapshot


def assigned(snapshot: Snapshot, owner: Owner) -> Snapshot:
    """``snapshot`` with another owner. Another project has declared nothing of it yet: what its
    manifests do not declare is bound, and not deleted for that.
    """
    resources = snapshot.resources
    if snapshot.project not in (None, owner.project):
        resources = {
            address: replace(record, declared=False, manifest=None)
            for address, record in resources.items()
        }
    return replace(
        snapshot, project=owner.project, environment=owner.environment, resources=resources
    )


def foreign(found: Owner, owner: Owner, *, source: str) -> OwnerError:
    """The refusal of a state of ``found`` that is kept at ``source``, in a run of ``owner``."""
    mine = ("--environment", owner.environment) if owner.environment else ("--environment",)
    if found.project == owner.project:
        here = (
            T("in environment {environment}", environment=owner.environment)
            if owner.environment
            else T("in none")
        )
        return OwnerError(
            T(
                "the state at {source} belongs to {found}, and this run is {here}",
                source=source,
                found=found,
                here=here,
            ),
            hint=T(
                "If the state is to change hands on purpose: {command}",
                command=Command.of("state", "assign", *mine),
            ),
        )
    differs = found.environment != owner.environment
    options = ["--project", owner.project, *(mine if differs else ())]
    return OwnerError(
        T(
            "the state at {source} belongs to {found}, and this is project {project}",
            source=source,
            found=found,
            project=owner.project,
        ),
        hint=T(
            "{own_place} If {project} is to take this state over from {holder}: {command}",
            own_place=_own_place(source, owner.project),
            project=owner.project,
            holder=found.project,
            command=Command.of("state", "assign", *options),
        ),
    )


def _own_place(source: str, project: str) -> Text:
    """How a project gets a state of its own, seen from where another one's is kept."""
    if source.startswith("refs/"):
        return T(
            "Give this project a state of its own: spec.state.name in smsops.yaml ({project}).",
            project=project,
        )
    if source.startswith(("http://", "https://")):
        return T("Give this project a state of its own: another address in SMSOPS_HTTP_ADDRESS.")
    return T("Is this the right directory (-C), and the right metadata.name in smsops.yaml?")


def same_region(snapshot: Snapshot, region: str) -> None:
    """Raises :class:`StateError` when the state is bound to another region than the project's."""
    if snapshot.region not in (None, region):
        raise StateError(
            T(
                "the state is of region {region}, but smsops.yaml says {declared}: "
                "signs and templates of one region do not exist in another",
                region=snapshot.region,
                declared=region,
            ),
            hint=T(
                "Set spec.region back to {region}, or make a project of its own for {declared}.",
                region=snapshot.region,
                declared=region,
            ),
        )


def replaceable(stored: Snapshot | None, incoming: Snapshot, *, force: bool) -> bool:
    """Whether ``incoming`` is to be written over ``stored``; false when it is there already.

    | stored | incoming | |
    |---|---|---|
    | none | any | write |
    | other lineage | any | refused, always |
    | same serial | the same content | nothing to do |
    | same serial | other content | refused, unless forced |
    | newer serial | any | refused, unless forced |
    | older serial | any | write |

    Raises :class:`StateError` for what is refused.
    """
    if stored is None:
        return True
    if stored.lineage != incoming.lineage:
        raise StateError(
            T(
                "the file is of lineage {lineage}, the stored state of {stored_lineage}: "
                "they have nothing to do with each other",
                lineage=incoming.lineage,
                stored_lineage=stored.lineage,
            ),
            hint=T(
                "Check that the file and the project belong together; --force does not help here."
            ),
        )
    if stored == incoming:
        return False
    if incoming.serial > stored.serial or force:
        return True
    words = (
        T("the file has serial {serial}, older than the stored state with serial {stored_serial}")
        if incoming.serial < stored.serial
        else T(
            "the file has serial {serial}, as old as the stored state with serial {stored_serial}"
        )
    )
    raise StateError(
        words.filled(serial=incoming.serial, stored_serial=stored.serial),
        hint=T(
            "Look at {command} first; --force puts the file in its place as serial {next_serial}.",
            next_serial=stored.serial + 1,
            command=C("state pull"),
        ),
    )
