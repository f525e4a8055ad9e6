"""Results of commands (their JSON) as notices for a chat: what, where, who has to act. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from smsops.chats.notice import Notice
from smsops.model import Address, ReviewState
from smsops.render.endings import ending
from smsops.text.messages import NOTHING, Command, N, T, Text, joined, verbatim

_IN_REVIEW = (ReviewState.IN_REVIEW.value,)
#: Rows of one result that are named; the others are counted.
_MOST = 20
#: Fields that the API never returns are nothing that happened.
_SILENT = frozenset({"unverifiable"})
#: Told after what counts as drift.
_LAST = frozenset({"unmanaged"})


class Topic(StrEnum):
    """What a message can be about."""

    DRIFT = "drift"
    REVIEW = "review"
    APPLY = "apply"
    DELIVERY = "delivery"


class NoResult(Exception):
    """The document is no result that a notice can be made of."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What a result says: for each topic that it touches, the lines. ``urgent``: those that come
    first, so that they are never among what is only counted.
    """

    title: Text
    lines: Mapping[Topic, Sequence[Text]]
    urgent: Collection[Text] = ()


def notice(
    document: object,
    *,
    on: Collection[Topic] = (),
    heartbeat: bool = False,
    place: str = "",
    link: str = "",
) -> Notice | None:
    """The message about ``document``, or of several environments; ``None`` when there is nothing to
    tell of the topics ``on`` (by default all). ``heartbeat``: then say that. Raises
    :class:`NoResult`.
    """
    try:
        told = [(each, _rows(each, on)) for each in _documents(document, None)]
    except (KeyError, TypeError, AttributeError, ValueError, IndexError):
        raise NoResult from None
    lines: list[Text] = []
    titles: list[Text] = []
    for each, rows in told:
        if rows:
            titles.append(each.title)
            lines += [*([each.title] if len(told) > 1 else []), *_few(rows)]
    if not lines:
        if not heartbeat:
            return None
        return Notice(
            _title(place, T("nothing to report")), tuple(each.title for each, _ in told), link
        )
    head = titles[0] if len(told) == 1 else N(len(titles), "{count} result", "{count} results")
    return Notice(_title(place, head), tuple(lines), link)


def failure(code: int, job: str, *, place: str = "", link: str = "") -> Notice:
    """The message about a run that failed and left no result. ``job``: what people call it."""
    what, act = ending(code)
    name = T("{job} failed", job=job) if job else T("failed")
    line = T("{what} (exit code {code}) → {act}", what=what, code=code, act=act)
    return Notice(_title(place, name), (line,), link)


def without_result(*, place: str = "", link: str = "") -> Notice:
    """The message about a command that printed nothing: it failed before there was a result."""
    words = T("a command ended without a result: it failed, and its log says why")
    return Notice(_title(place, T("no result")), (words,), link)


def _title(place: str, what: Text) -> Text:
    if place:
        return T("smsops {place}: {what}", place=place, what=what)
    return T("smsops: {what}", what=what)


def _rows(told: _Told, on: Collection[Topic]) -> list[Text]:
    """What is told of the topics ``on``, by default all, each once and what is urgent first."""
    wanted = (rows for topic, rows in told.lines.items() if not on or topic in on)
    rows = list(dict.fromkeys(row for found in wanted for row in found))
    urgent = frozenset(told.urgent)
    return sorted(rows, key=lambda row: row not in urgent)


def _few(rows: Sequence[Text]) -> list[Text]:
    if len(rows) <= _MOST:
        return list(rows)
    return [*rows[:_MOST], T("{count} more", count=len(rows) - _MOST)]


def _documents(document: Any, environment: str | None) -> Iterator[_Told]:
    if "environments" in document and environment is None:
        for name, each in document["environments"].items():
            if each is None:
                yield _failed(name, (document.get("exit_codes") or {}).get(name))
            else:
                yield from _documents(each, name)
        return
    for key, make in _MAKERS.items():
        if key in document:
            name = document.get("environment") or environment
            told = make(document)
            where = joined(
                ", ",
                T("environment {name}", name=str(name)) if name else NOTHING,
                T("account {id}", id=str(document["account_id"]))
                if document.get("account_id")
                else NOTHING,
            )
            title = T("{what} ({where})", what=told.title, where=where) if where else told.title
            yield _Told(title, told.lines, told.urgent)
            return
    raise NoResult


def _failed(environment: str, code: object) -> _Told:
    """With --all an environment without a result: whatever was asked for, it is told."""
    title = T("environment {name} failed", name=environment)
    row = T("{name}: exit code {code}, and the log says why", name=environment, code=str(code))
    return _Told(title, {topic: [row] for topic in Topic}, [row])


def _act(advice: Sequence[Sequence[str]], fallback: Text) -> Text:
    """Who has to act, and with which command where one is known."""
    if not advice:
        return fallback
    commands = (T("{command}", command=Command.of(*arguments)) for arguments in advice)
    return T("you decide: {commands}", commands=joined(" / ", *commands))


def _row(address: object, what: Text, act: Text = NOTHING) -> Text:
    head = T("{address}: {what}", address=str(address), what=what)
    return T("{head} → {act}", head=head, act=act) if act else head


_DECIDE = T("a person has to decide")
_REVISE = T("change the manifest or ask the reviewers")
_REVIEWERS = T("the reviewers of Tencent Cloud")
_LOOK = T("{command} says what happens now", command=Command.of("plan"))


def _plan(document: Mapping[str, Any]) -> _Told:
    apply: list[Text] = []
    review: list[Text] = []
    urgent: list[Text] = []
    for row in document["resource_changes"]:
        about = row["smsops"]
        action, reason = about["action"], verbatim(about["reason"])
        if action == "blocked":
            act = _act(about.get("advice", ()), _DECIDE)
            urgent.append(_row(row["address"], T("blocked: {reason}", reason=reason), act))
        elif action == "held" and any("--promote" in each for each in about.get("advice", ())):
            # Nothing else ever ends this: callers have to be ready, and somebody has to say so.
            what = T("held: {reason}", reason=reason)
            urgent.append(_row(row["address"], what, _act(about["advice"], _DECIDE)))
        elif action not in ("wait", "held", "noop"):
            what = T("{action}: {reason}", action=action, reason=reason)
            if "replaces" in about:
                ids = f"{about['replaces']} -> {about['remote_id']}"
                what = T("{what} (id {ids})", what=what, ids=ids)
            apply.append(_row(row["address"], what, T("waits for an apply")))
        if (about.get("review") or {}).get("state") == "rejected":
            review.append(_rejected(row["address"], about["review"].get("reply")))
    title = T("plan: {what}", what=_counts(document["summary"]))
    lines = {Topic.APPLY: [*urgent, *apply], Topic.REVIEW: review}
    return _Told(title, lines, [*urgent, *review])


def _rejected(address: object, reply: object) -> Text:
    what = T("rejected: {reply}", reply=str(reply)) if reply else T("rejected")
    return _row(address, what, _REVISE)


def _counts(summary: Mapping[str, int]) -> Text:
    said = [T("{count} {what}", count=n, what=name) for name, n in summary.items() if n]
    return joined(", ", *said) or T("nothing")


def _apply(document: Mapping[str, Any]) -> _Told:
    apply: list[Text] = []
    review: list[Text] = []
    urgent: list[Text] = []
    for row in document["results"]:
        what = T("{action} {outcome}", action=row["action"], outcome=row["outcome"])
        if row["remote_id"] is not None:
            ids = [str(row[each]) for each in ("replaces", "remote_id") if row.get(each)]
            what = T("{what} (id {ids})", what=what, ids=" -> ".join(ids))
        if row["error"]:
            error = row["error"]
            what = T("{what}: {message}", what=what, message=str(error["message"]))
            hint = verbatim(error["hint"]) if error.get("hint") else _DECIDE
            urgent.append(_row(row["address"], what, hint))
        else:
            apply.append(_row(row["address"], what))
    for row in document["blocked"]:
        line = _row(
            row["address"],
            T("blocked: {reason}", reason=str(row["reason"])),
            _act(row.get("advice", ()), _DECIDE),
        )
        urgent.append(line)
        if "reject" in str(row.get("reason_code")):
            review.append(line)
    for error in document["errors"]:
        urgent.append(T("failed: {message} {hint}", message=error["message"], hint=error["hint"]))
    if document["in_review"]:
        review.append(
            N(
                int(document["in_review"]),
                "{count} object in review → the reviewers of Tencent Cloud",
                "{count} objects in review → the reviewers of Tencent Cloud",
            )
        )
    words = T("apply complete: {what}") if document["complete"] else T("apply incomplete: {what}")
    title = words.filled(what=_counts(document["summary"]))
    lines = {Topic.APPLY: [*urgent, *apply], Topic.REVIEW: review}
    return _Told(title, lines, urgent)


def _drift(document: Mapping[str, Any]) -> _Told:
    drift: list[Text] = []
    review: list[Text] = []
    findings = [row for row in document["findings"] if row["class"] not in _SILENT]
    for row in sorted(findings, key=lambda row: row["class"] in _LAST):
        address = row["address"] or verbatim(" ".join((row["type"], str(row["remote_id"]))))
        detail = T("{kind}: {detail}", kind=row["class"], detail=str(row["detail"]))
        if row["field"]:
            detail = T("{detail} ({field})", detail=detail, field=str(row["field"]))
        line = _row(address, detail, _act(row.get("advice", ()), NOTHING))
        drift.append(line)
        if row["class"] in ("review", "qualification"):
            review.append(line)
    unseen: list[Text] = []
    if not document["complete"]:
        unseen.append(T("not everything could be seen"))
        unseen += [verbatim(note) for note in document["notes"]]
    title = T("drift: {what}", what=_counts(document["summary"]))
    return _Told(title, {Topic.DRIFT: [*unseen, *drift], Topic.REVIEW: review}, unseen)


def _status(document: Mapping[str, Any]) -> _Told:
    review: list[Text] = []
    for row in document["resources"]:
        parts = [row, *([row["successor"]] if isinstance(row["successor"], dict) else [])]
        for part in parts:
            if part.get("review") == "rejected":
                review.append(_rejected(row["address"], part.get("reply")))
            elif part.get("review") in _IN_REVIEW:
                review.append(_row(row["address"], T("in review"), _REVIEWERS))
    title = N(len(document["resources"]), "{count} object", "{count} objects")
    return _Told(title, {Topic.REVIEW: review})


def _wait(document: Mapping[str, Any]) -> _Told:
    review: list[Text] = []
    for row in document["awaited"]:
        if row["review"] == "rejected":
            review.append(_rejected(row["address"], row["reply"]))
        elif row["review"] is None:
            review.append(_row(row["address"], T("gone"), _LOOK))
        elif row["review"] in _IN_REVIEW:
            review.append(_row(row["address"], T("in review"), _REVIEWERS))
        elif row["review"] == "active" and row["successor"]:
            review.append(_row(row["address"], T("active"), T("waits for an apply")))
    review += [
        _row(address, T("not applied yet"), T("waits for an apply"))
        for address in document["unapplied"]
    ]
    title = T("wait: {what}", what=N(len(document["awaited"]), "{count} object", "{count} objects"))
    return _Told(title, {Topic.REVIEW: review})


def _stats(document: Mapping[str, Any]) -> _Told:
    rows = []
    for application in document["applications"]:
        name = str(application["application"] or application["sdk_app_id"])
        for each in application["objectives"]:
            if each["met"] is False:
                what = T(
                    "{objective}: want {want}, got {got}",
                    objective=str(each["objective"]),
                    want=str(each["want"]),
                    got=str(each["got"]),
                )
                rows.append(_row(Address("application", name), what, _DECIDE))
    number = len(document["applications"])
    title = T("stats: {what}", what=N(number, "{count} application", "{count} applications"))
    return _Told(title, {Topic.DELIVERY: rows})


def _probes(document: Mapping[str, Any]) -> _Told:
    rows = [
        _row(
            str(Address("probe", row["probe"])),
            T(
                "{verdict} {code} {causes}",
                verdict=str(row["verdict"]),
                code=str(row["code"] or ""),
                causes=", ".join(map(str, row["causes"])),
            ),
            T("look it up with {command}", command=Command.of("explain", row["code"]))
            if row["code"]
            else _DECIDE,
        )
        for row in document["probes"]
        if row["verdict"] != "delivered"
    ]
    title = T("probes: {what}", what=_counts(document["summary"]))
    return _Told(title, {Topic.DELIVERY: rows})


_MAKERS = {
    "awaited": _wait,
    "applications": _stats,
    "resource_changes": _plan,
    "results": _apply,
    "findings": _drift,
    "probes": _probes,
    "resources": _status,
}
