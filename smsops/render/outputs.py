"""The ids and names that applications use. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from smsops.kinds import RESOURCES
from smsops.kinds.kind import Resource
from smsops.model import (
    Address,
    ObjectId,
    Observation,
    RecordedObject,
    ReviewState,
    Snapshot,
)
from smsops.planfile.document import encode
from smsops.planning.account_index import last_review, presence_of
from smsops.planning.compare import known
from smsops.planning.decisions import Presence
from smsops.text import sanitise
from smsops.text.messages import C, T, Text

FORMAT_VERSION = "1.0"
_PLAIN = re.compile(r"[\w./:@%+,-]*")


def document(
    snapshot: Snapshot,
    seen: Observation,
    *,
    now: float,
    everything: bool = False,
    only: Collection[Address] | None = None,
) -> dict[str, Any]:
    """``{format_version, outputs}``. Without ``everything``: the current objects that are active
    now, or were once; never an id that was not promoted. ``only``: of these addresses.
    """
    outputs: dict[str, Any] = {}
    for address in sorted(snapshot.resources if only is None else only, key=str):
        record = snapshot.resources[address]
        current = record.current
        if current is not None and (everything or _usable(address, current, seen)):
            outputs[str(address)] = _output(address, current, seen, now)
        elif everything:
            outputs[str(address)] = {}
        if everything:
            outputs[str(address)]["successor"] = (
                _output(address, record.successor, seen, now) if record.successor else None
            )
            outputs[str(address)]["retiring"] = [
                _output(address, old, seen, now) for old in record.retiring
            ]
    return {"format_version": FORMAT_VERSION, "outputs": outputs}


def _usable(address: Address, item: RecordedObject, seen: Observation) -> bool:
    object_ = seen.objects.get(ObjectId(address.kind, item.remote_id))
    active = object_ is not None and object_.review.state is ReviewState.ACTIVE
    return active or item.activated_at is not None


def _output(
    address: Address, item: RecordedObject, seen: Observation, now: float
) -> dict[str, Any]:
    kind = RESOURCES[address.kind]
    object_ = seen.objects.get(ObjectId(address.kind, item.remote_id))
    review = last_review(address.kind, item, seen, now)
    presence = presence_of(address.kind, item, seen, now)
    if presence is Presence.YOUNG and review is not None and review.state is ReviewState.ACTIVE:
        review = None  # not called gone, but nobody should send with what was there and is not
    return {
        kind.id_output: item.remote_id,
        "review": review.state.value if review else None,
        **kind.outputs(known(kind, item, object_)),
    }


def doubts(document: dict[str, Any]) -> Iterator[Text]:
    """What is handed out although nobody can send with it now."""
    for address, output in document["outputs"].items():
        remote_id = output.get(_kind_of(address).id_output)
        if remote_id is None or output["review"] == ReviewState.ACTIVE:
            continue
        state = output["review"]
        words = (
            T("{address} (id {id}) is {review} and cannot send; {command} says what to do")
            if state
            else T("{address} (id {id}) was not found and cannot send; {command} says what to do")
        )
        review = ReviewState(state).words if state else None
        yield words.filled(address=address, id=remote_id, review=review, command=C("plan"))


def json(document: dict[str, Any]) -> str:
    """JSON document of the outputs."""
    return encode(document)


def dotenv(document: dict[str, Any]) -> str:
    """``SMSOPS_TEMPLATE_LOGIN_ID=1110``, ``SMSOPS_TEMPLATE_LOGIN_PARAMS=2`` and
    ``SMSOPS_SIGN_ACME_NAME=...``, one line each, quoted where shells and dotenv libraries need it.
    """
    return "".join(f"{name}={_quoted(str(value))}\n" for _, name, value in variables(document))


def quoted(document: dict[str, Any]) -> list[str]:
    """The addresses whose value :func:`dotenv` puts into quotation marks."""
    return [where for where, _, value in variables(document) if _quoted(str(value)) != str(value)]


def plain(document: dict[str, Any]) -> str:
    """:func:`dotenv` without quotation marks, for readers that would keep them: nothing but
    ``NAME=value`` lines, since some of them take no comments either. Only without :func:`unplain`.
    """
    return "".join(f"{name}={value}\n" for _, name, value in variables(document))


def unplain(document: dict[str, Any]) -> Iterator[Text]:
    """Which values cannot be said without quotation marks, and why not."""
    for where, _, found in variables(document):
        value = str(found)
        why = next((words for pattern, words in _NOT_PLAIN if pattern.search(value)), None)
        if why is None and sanitise.terminal(value, ci=True) != value:
            why = T("a terminal or a CI runner would take a part of it for a command")
        if why is not None:
            yield T("{where}: {why}", where=where, why=why)


#: Values that GitLab's dotenv reports or one of docker, podman and nerdctl read as another one.
_NOT_PLAIN = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (
            r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]",
            T("it has a line break, and every line is a variable"),
        ),
        (r"\A\s|\s\Z", T("it has white space at an end, which GitLab takes away")),
        (r"\A[\"'`]|[\"'`]\Z", T("it has a quotation mark at an end, which podman takes away")),
        (r"=", T("it has a =, at which GitLab may end the name")),
        (r"\$", T("it has a $, at which GitLab puts in other variables")),
    )
)


def variables(document: dict[str, Any]) -> Iterator[tuple[str, str, str | int]]:
    """(address, name of the variable, value): what is sent with, a text always; then, where there
    are some, the number of parameters.
    """
    for address, output in document["outputs"].items():
        kind = _kind_of(address)
        value = output.get(kind.sent)
        if value in (None, ""):
            continue
        stem = f"smsops_{address}_{kind.sent.removeprefix(f'{kind.name}_')}"
        yield address, _variable(stem), str(value)
        if (count := output.get("parameter_count")) is not None:
            yield address, _variable("_".join(("smsops", address, "params"))), count


def _variable(words: str) -> str:
    return re.sub(r"[.-]", "_", words).upper()


def _kind_of(address: str) -> Resource:
    return RESOURCES[address.partition(".")[0]]


def _quoted(text: str) -> str:
    shown = sanitise.terminal(text)
    if _PLAIN.fullmatch(shown):
        return shown
    escaped = (
        shown.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("`", "\\`")
    )
    return '"' + escaped.replace("\n", "\\n") + '"'


def yaml(document: dict[str, Any]) -> str:
    """YAML document, sorted."""
    import yaml as library

    text: str = library.safe_dump(document, allow_unicode=True, sort_keys=True, width=float("inf"))
    return text
