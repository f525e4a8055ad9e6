"""Whose state this is, and which state may take its place. Pure."""

from __future__ import annotations

from dataclasses import replace

from smsops.errors import AccountError, StateError
from smsops.model import Snapshot


def bind(snapshot: Snapshot, *, account_id: str | None, region: str) -> Snapshot:
    """``snapshot``, bound to the account and region of this run; what was unbound gets bound.

    ``account_id`` is what sts:GetCallerIdentity or ``--account-id`` said, ``None`` when neither
    did. Raises :class:`StateError` for another region, and :class:`AccountError` for another
    account or for an unknown one on a bound state.
    """
    same_region(snapshot, region)
    if snapshot.account_id is not None and account_id is None:
        raise AccountError(
            f"the state belongs to account {snapshot.account_id}, and the account of these "
            "credentials is unknown: sts:GetCallerIdentity is not permitted",
            hint=f"Permit it, or say --account-id {snapshot.account_id} if it is that account.",
        )
    if snapshot.account_id not in (None, account_id):
        raise AccountError(
            f"the state belongs to account {snapshot.account_id}, but the credentials belong to "
            f"account {account_id}",
            hint="Use credentials of the state's account; `smsops whoami` shows what is in use.",
        )
    return replace(snapshot, account_id=account_id, region=region)


def same_region(snapshot: Snapshot, region: str) -> None:
    """Raises :class:`StateError` when the state is bound to another region than the project's."""
    if snapshot.region not in (None, region):
        raise StateError(
            f"the state is of region {snapshot.region}, but smsops.yaml says {region}: signs and "
            "templates of one region do not exist in another",
            hint=f"Set spec.region back to {snapshot.region}, or make a project of its own for "
            f"{region}.",
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
            f"the file is of lineage {incoming.lineage}, the stored state of {stored.lineage}: "
            "they have nothing to do with each other",
            hint="Check that the file and the project belong together; --force does not help here.",
        )
    if stored == incoming:
        return False
    if incoming.serial > stored.serial or force:
        return True
    relation = "older than" if incoming.serial < stored.serial else "as old as"
    raise StateError(
        f"the file has serial {incoming.serial}, {relation} the stored state with serial "
        f"{stored.serial}",
        hint="Look at `smsops state pull` first; --force puts the file in its place as "
        f"serial {stored.serial + 1}.",
    )
