"""The state of a project without environments becomes that of one environment."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import NamedTuple

from smsops.errors import AccountError, OwnerError, StateError
from smsops.model import Environment, Snapshot
from smsops.state import binding, document, read_snapshot, save_snapshot
from smsops.state.backend import Backend
from smsops.text.messages import Command, T


class Moved(NamedTuple):
    """Where a state was and where it is; ``fresh``: it was moved now, not by an earlier run."""

    source: str
    target: str
    fresh: bool


def move(
    source: Backend,
    target: Backend,
    owner: binding.Owner,
    environment: Environment,
    others: Sequence[Environment],
    *,
    timeout: float,
    former: str | None = None,
) -> Moved | None:
    """Move what ``source`` keeps to ``target``, as the state of ``owner``; ``None`` where there is
    no state to move. ``others``: the environments beside this one; ``former``: the name of an
    environment that is not declared any more, whose state it may be.

    The old place keeps a copy that belongs to the environment, too: whoever still works without
    environments is refused. A move that was interrupted is completed. Raises
    :class:`AccountError` where two accounts would be mixed, :class:`StateError` where another state
    is in the way.
    """
    same = source.description == target.description
    with ExitStack() as stack:
        stack.enter_context(source.lock("state assign", timeout=timeout))
        if not same:
            stack.enter_context(target.lock("state assign", timeout=timeout))
        snapshot = read_snapshot(source)
        if snapshot is None:
            return None
        found = binding.owner_of(snapshot)
        if found not in (None, owner, owner._replace(environment=former)):
            taken = any(owner._replace(environment=each.name) == found for each in others)
            if taken and target.read() is not None:
                return None  # another environment has it, and this one has its own
            if taken:
                raise OwnerError(
                    T(
                        "the state at {source} is that of environment {whose} already; nothing "
                        "was moved",
                        source=source.description,
                        whose=found.environment,
                    ),
                    hint=T(
                        "Environment {name} has none yet: {command} begins it.",
                        name=environment.name,
                        command=Command.of("apply", "-e", environment.name),
                    ),
                )
            raise binding.foreign(found, owner, source=source.description)
        one_account(snapshot, environment, others)
        binding.same_region(snapshot, environment.region)
        wanted = binding.assigned(snapshot, owner)
        fresh = found != owner
        if not same:
            body = target.read()
            document.require_replaceable(body, source=target.description)
            there = read_snapshot(target) if body is not None else None
            if there is None:
                save_snapshot(target, wanted)
            elif there.lineage != snapshot.lineage:
                raise StateError(
                    T(
                        "there is another state at {description} already; nothing was moved",
                        description=target.description,
                    ),
                    hint=T(
                        "{command} shows it.",
                        command=Command.of("state", "list", "-e", environment.name),
                    ),
                )
        if fresh:
            save_snapshot(source, wanted)
        return Moved(source.description, target.description, fresh)


def one_account(
    snapshot: Snapshot, environment: Environment, others: Sequence[Environment]
) -> None:
    """Raises :class:`AccountError` when ``snapshot`` is of another account than ``environment``, or
    of that of another environment.
    """
    account_id = snapshot.account_id
    if account_id is None or environment.account == account_id:
        return
    if environment.account is not None:
        raise AccountError(
            T(
                "the state belongs to account {account_id}, and environment {name} is of account "
                "{account}: nothing was changed",
                account_id=account_id,
                name=environment.name,
                account=environment.account,
            ),
            hint=T("An object of one account is not one of another. Choose its environment."),
        )
    if whose := next((each for each in others if each.account == account_id), None):
        raise AccountError(
            T(
                "the state belongs to account {account_id}, which is that of environment {whose}, "
                "not {name}: nothing was changed",
                account_id=account_id,
                whose=whose.name,
                name=environment.name,
            ),
        )
