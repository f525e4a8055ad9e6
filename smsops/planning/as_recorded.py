"""The account as the state records it, for whoever may not ask. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from smsops.kinds.kind import Resource
from smsops.model import Listing, Observation, Observed, Snapshot
from smsops.planning.account_index import PRESUMED_IN_REVIEW


def as_recorded(snapshot: Snapshot, kinds: Mapping[str, Resource]) -> Observation:
    """Every recorded object as it was seen last. Nothing is listed: what nobody recorded is not
    known to be there, and what was deleted since is not known to be gone.
    """
    return Observation(
        objects={item.key: item for item in _objects(snapshot, kinds)},
        listing=dict.fromkeys(kinds, Listing.UNLISTED),
    )


def _objects(snapshot: Snapshot, kinds: Mapping[str, Resource]) -> Iterator[Observed]:
    for address, record in snapshot.resources.items():
        readable = {each.name for each in kinds[address.kind].fields if each.readable}
        for item in record.objects():
            spelt = {**item.submitted, **item.read_back}
            yield Observed(
                kind=address.kind,
                remote_id=item.remote_id,
                spec={name: value for name, value in spelt.items() if name in readable},
                review=item.review or PRESUMED_IN_REVIEW,
            )
