"""What the actions on signs and on templates have in common.

Every action is a pure function from a :class:`Call` to an :class:`Outcome`; it raises
:class:`smsops.emulator.wire.Refused` with a documented code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from smsops.emulator.account import APPROVED, IN_REVIEW, Contents, Item, Json
from smsops.emulator.normalise import normalised
from smsops.emulator.parameters import Parameters
from smsops.emulator.settings import Settings
from smsops.emulator.wire import Refused

PAGE = 100


@dataclass(frozen=True, slots=True)
class Session:
    """Who a temporary credential speaks for, in which account, until when (epoch seconds)."""

    secret_id: str = field(repr=False)
    account: str
    role: str
    name: str
    expires: int


@dataclass(frozen=True, slots=True)
class Call:
    """An admitted call: what an action sees. ``now`` is epoch seconds.

    ``hidden_for``: objects younger than so many seconds are not listed yet (a fault).
    ``session``: whose temporary credentials signed it, if any did.
    """

    parameters: Parameters
    contents: Contents
    settings: Settings
    now: float
    hidden_for: float = 0.0
    session: Session | None = None

    def integer(self, name: str, default: int = 0) -> int:
        """Value of an Integer parameter, whose type has been checked."""
        value = self.parameters.get(name, default)
        assert isinstance(value, int)
        return value

    def item(self, kind: str, number: int) -> Item | None:
        """The object as it is now, its review ended if that was due."""
        found = self.contents.items[kind].get(number)
        return None if found is None else found.at(self.now, self.settings.review_delay)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call returns and what it changes; ``id`` goes to the ledger.

    ``lost``: the caller gets no answer at all.
    """

    result: Json
    change: Json | None = None
    id: int = 0
    lost: bool = False


def within_quota(call: Call, kind: str, limit: int | None, code: str) -> None:
    """Refuse with ``code`` when the account holds ``limit`` objects of the kind."""
    if limit is not None and len(call.contents.items[kind]) >= limit:
        raise Refused(code, f"The account has {limit} objects already, the most there can be.")


def same_international(call: Call, current: Item) -> None:
    """Refuse a Modify that would change International (3 of a sign means both)."""
    if current.international not in (call.parameters["International"], 3):
        raise Refused(
            "InvalidParameterValue.InvalidInternational",
            "International differs from the object's, which cannot change.",
        )


def submit(
    call: Call,
    kind: str,
    number: int,
    kept: dict[str, object],
    result: Json,
    current: Item | None = None,
) -> Outcome:
    """Take over an Add or a Modify; either begins a review, and CreateTime is its begin."""
    kept.pop("SignId" if kind == "sign" else "TemplateId", None)
    delay = call.settings.review_delay
    submitted = Item(
        kind=kind,
        id=number,
        international=call.integer("International"),
        status=IN_REVIEW,
        reply="",
        added=call.now,
        submitted=call.now,
        parameters=kept,
        approves_at=None if delay is None else call.now + delay,
    )
    if current is not None:
        submitted = submitted._replace(added=current.added, international=current.international)
    return Outcome(result, {"put": submitted.to_json()}, number)


def delete(call: Call, kind: str, name: str, member: str, missing_code: str) -> Outcome:
    """Deleting asks for no state: also approved objects go."""
    number = call.integer(name)
    if number not in call.contents.items[kind]:
        raise Refused(missing_code, f"No {kind} has the id {number}.")
    status = {"DeleteStatus": "return successfully!", "DeleteTime": int(call.now)}
    return Outcome({member: status}, {"delete": [kind, number]}, number)


def described(call: Call, kind: str, id_set: str, default_limit: int) -> list[Item]:
    """The objects that a Describe asks for: by ids, else one page of the list.

    Ids are answered whatever International says, as in the document's own example.
    """
    asked = call.parameters.get(id_set)
    if isinstance(asked, list) and asked:
        if len(asked) > PAGE:
            raise Refused(
                "InvalidParameterValue.LimitVerifyFail", f"{id_set} takes at most {PAGE} ids."
            )
        numbers: Sequence[int] = list(dict.fromkeys(asked))
    else:
        limit, offset = call.integer("Limit", default_limit), call.integer("Offset")
        if not 0 <= limit <= PAGE:
            raise Refused(
                "InvalidParameterValue.LimitVerifyFail", f"Limit is between 0 and {PAGE}."
            )
        if offset < 0:
            raise Refused("InvalidParameter", "Offset is not negative.")
        ids = call.contents.listing(kind, call.integer("International"))
        if call.hidden_for:
            items = call.contents.items[kind]
            ids = [number for number in ids if _visible(call, items[number])]
        numbers = ids[offset : offset + limit]
    found = [call.item(kind, number) for number in numbers]
    seen = [item for item in found if item is not None and _visible(call, item)]
    if len(seen) < len(numbers) and kind == "template" and call.settings.unknown_ids == "fail":
        raise Refused("FailedOperation.MissingTemplateToModify", "One of the ids does not exist.")
    return seen


def _visible(call: Call, item: Item) -> bool:
    return not call.hidden_for or call.now - item.added >= call.hidden_for


def spelled(call: Call, item: Item, name: str) -> str:
    """A text as the service gives it back."""
    text, settings = str(item.parameters.get(name, "")), call.settings
    if settings.normalise and (
        settings.normalise_from == "submission" or item.status in (0, APPROVED)
    ):
        return normalised(text, settings.normalise)
    return text
