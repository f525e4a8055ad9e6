"""Which writing step may start when.

The only order is the one that Tencent Cloud asks for (``FailedOperation.MissingSignature``): a sign
exists before the first template is added, and templates are deleted before signs.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence

from smsops.cancellation import Stop
from smsops.errors import SmsopsError
from smsops.kinds.kind import Resource
from smsops.model import Step
from smsops.model.operations import Operation, operation_of
from smsops.text.messages import T


class Ordering:
    """Who waits for whom: adds for the first object of another kind, deletes for deletes.

    ``existing``: names of kinds of which there is an object. ``unlisted``: kinds that the account
    does not list, so that there may be one.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        *,
        kinds: Mapping[str, Resource],
        existing: Collection[str],
        unlisted: Collection[str],
        stop: Stop,
    ) -> None:
        self._changed = threading.Condition()
        self._kinds = kinds
        self._stop = stop
        self._existing = set(existing)
        self._unlisted = unlisted
        self._pending = {(write, kind): 0 for write in Operation for kind in kinds}
        for step in steps:
            self._pending[operation_of(step), step.address.kind] += 1

    def ready(self, write: Operation, kind: Resource) -> None:
        """Return when a step may start.

        Raises :class:`smsops.errors.SmsopsError` when it never may, and
        :class:`smsops.cancellation.Stopped` when the run is stopping.
        """
        with self._changed:
            self._stop.check()
            while not self._free(write, kind):
                self._changed.wait(0.2)
                self._stop.check()

    def _free(self, write: Operation, kind: Resource) -> bool:
        if write is Operation.ADD:
            for before in kind.after:
                if before in self._existing:
                    continue
                if self._pending[Operation.ADD, before]:
                    return False
                if before not in self._unlisted:
                    raise SmsopsError(
                        T(
                            "no {before} exists, and Tencent Cloud refuses {name}s without one",
                            before=before,
                            name=kind.name,
                        ),
                        hint=T(
                            "Fix the {before} that failed in this run, then apply again.",
                            before=before,
                        ),
                    )
        if write is Operation.DELETE:
            return not any(
                self._pending[Operation.DELETE, other.name]
                for other in self._kinds.values()
                if kind.name in other.after
            )
        return True

    def finished(self, write: Operation, kind: Resource, *, done: bool) -> None:
        """Count a step as over."""
        with self._changed:
            self._pending[write, kind.name] -= 1
            if done and write is Operation.ADD:
                self._existing.add(kind.name)
            self._changed.notify_all()
