"""What is wrong with the uses in a file, by what is recorded. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from smsops.errors import Problem, Severity
from smsops.sources.kept import Kept
from smsops.sources.uses import Use, Why
from smsops.text.messages import C, N, T, Text


class Stand(StrEnum):
    """Whether an id may be sent with, now and later."""

    CURRENT = "current"
    YOUNG = "young"
    SUCCESSOR = "successor"
    RETIRING = "retiring"


@dataclass(frozen=True, slots=True)
class Known:
    """An id that the state records. ``params``: how many parameters it takes, if that is known."""

    address: str
    id: str
    params: int | None
    stand: Stand


@dataclass(frozen=True, slots=True)
class Index:
    """The recorded templates, by id and by the name of the constant that output writes."""

    by_id: Mapping[str, Known]
    by_constant: Mapping[str, Known]

    @classmethod
    def of(cls, outputs: Mapping[str, Any], *, live: Collection[str] | None = None) -> Index:
        """Of what output prints; with --all it also tells what is not promoted yet and what
        retires. ``live``: the addresses whose current id may be sent with, by default all.
        """
        found: dict[str, Known] = {}
        constants: dict[str, Known] = {}
        for address, output in outputs.items():
            young = live is not None and address not in live
            for each, stand in _objects(output, Stand.YOUNG if young else Stand.CURRENT):
                if "template_id" not in each:
                    continue
                params = each.get("parameter_count")
                known = Known(
                    address,
                    str(each["template_id"]),
                    params if isinstance(params, int) else None,
                    stand,
                )
                found[known.id] = known
                if stand in (Stand.CURRENT, Stand.YOUNG):
                    name = re.sub(r"[.-]", "_", address).upper()
                    constants[f"{name}_ID"] = known
        return cls(found, constants)


def _objects(
    output: Mapping[str, Any], current: Stand
) -> Iterator[tuple[Mapping[str, Any], Stand]]:
    yield output, current
    successor = output.get("successor")
    if isinstance(successor, Mapping):
        yield successor, Stand.SUCCESSOR
    for each in output.get("retiring") or ():
        if isinstance(each, Mapping):
            yield each, Stand.RETIRING


class Rule(NamedTuple):
    """What a code stands for, and what to do."""

    title: Text
    meaning: Text
    action: Text


RULES: Mapping[str, Rule] = {
    "SMS501": Rule(
        T("An id that is about to be deleted"),
        T("A successor was promoted; the old id is deleted when retireAfter is over."),
        T("Take the id from {command}, and deploy.", command=C("output")),
    ),
    "SMS502": Rule(
        T("An id that cannot send yet"),
        T("It is in review, or approved and not promoted."),
        T("Take the id from {command}, which prints none before its time.", command=C("output")),
    ),
    "SMS503": Rule(
        T("Another number of parameters"),
        T("SendSms refuses a TemplateParamSet of another length than the text has variables."),
        T("Pass as many as the text has variables, or change the text."),
    ),
    "SMS504": Rule(
        T("An id that is not recorded"),
        T("It was deleted, belongs to another account or environment, or was made by hand."),
        T(
            "Take the id from {output}; {import_} takes over what was made by hand.",
            output=C("output"),
            import_=C("import"),
        ),
    ),
    "SMS505": Rule(
        T("An id as a literal"),
        T("It changes with the next edit of the text, and this place with it."),
        T("Take the id from {command}.", command=C("output")),
    ),
    "SMS506": Rule(
        T("A send that the file alone does not tell"),
        T(
            "Its template, or how many parameters it passes, is known when the program runs; or "
            "files of its kind are not read."
        ),
        T(
            "Look at it, or write both as literals or as constants of {command}.",
            command=C("output"),
        ),
    ),
}
_TENCENT = re.compile(
    r"tencent|qcloud|SendSms|TemplateParamSet|sms4j|easy-?sms|sdk[_-]?app[_-]?id", re.IGNORECASE
)
#: E-mail of Tencent Cloud (SES) has templates with numbers, too.
_MAIL = re.compile(r"SendEmail|TemplateData|\bses\b|ses_client", re.IGNORECASE)
_SMS = re.compile(r"sms|TemplateParamSet", re.IGNORECASE)
#: A file that output wrote holds literals on purpose.
_OURS = "Written by `smsops output"
_IGNORED = re.compile(r"smsops:\s*ignore\b")

_UNTOLD: Mapping[str, Text] = {
    Why.ID: T("not judged: the template id is no literal of this file and no constant of output"),
    Why.LIST: T("not judged: how many parameters are passed is not told by this file"),
    Why.NO_ID: T("not judged: no template id belongs to these parameters in this file"),
    Why.NO_LIST: T("not judged: no parameters belong to this template id in this file"),
    Why.TEXT: T("not judged: what follows, since no quotation mark ends the text that begins here"),
    Why.LANGUAGE: T("not judged: this file seems to send, and files of its kind are not read"),
    Why.SEVERAL: T("not judged: several template ids or lists of parameters belong together here"),
}


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What was found in one file. ``sends``: those whose parameters were judged; ``ignored``:
    places with a comment that says so.
    """

    problems: tuple[Problem, ...]
    sends: int
    literals: int
    ignored: int


def speaks(text: str) -> bool:
    """Whether a file is about Tencent Cloud SMS."""
    of_mail = _MAIL.search(text) is not None and _SMS.search(text) is None
    return _TENCENT.search(text) is not None and not of_mail


def judged(file: str, text: str, found: Iterable[Use], index: Index) -> Verdicts:
    """The problems of one file, each once."""
    lines = enumerate(text.split("\n"), 1)  # as tokens count them
    silenced = {number for number, line in lines if _IGNORED.search(line)}
    problems: set[Problem] = set()
    sends = literals = ignored = 0
    of_sms = speaks(text)
    ours = _OURS in text[:1000]
    for use in found:
        if use.id is not None and use.kept is Kept.NOWHERE and use.id not in index.by_id:
            continue  # any number
        if use.line in silenced:
            ignored += 1
            continue
        literals += use.id is not None
        known = _known(use, index)
        sends += known is not None and known.params is not None and use.passed is not None
        for code, severity, message in _verdicts(use, known, speaks=of_sms, ours=ours):
            problems.add(Problem(file, use.line, use.column, code, severity, message))
    return Verdicts(tuple(sorted(problems)), sends, literals, ignored)


def _known(use: Use, index: Index) -> Known | None:
    if use.id is not None:
        return index.by_id.get(use.id)
    return index.by_constant.get(use.constant) if use.constant is not None else None


def _verdicts(
    use: Use, known: Known | None, *, speaks: bool, ours: bool
) -> Iterator[tuple[str, Severity, Text]]:
    if known is None:
        if use.id is not None and speaks and use.kept is Kept.NAMED:
            yield "SMS504", Severity.ERROR, T("id {id} is not recorded", id=use.id)
        elif use.id is not None:
            words = T("not judged: {id} is not recorded, and may be the id of something else")
            yield "SMS506", Severity.WARNING, words.filled(id=use.id)
        elif use.constant is not None:
            words = T("{constant} is no constant of {command}")
            yield (
                "SMS504",
                Severity.ERROR,
                words.filled(constant=use.constant, command=C("output")),
            )
        if use.why is not None and use.id is None and use.constant is None:
            yield "SMS506", Severity.WARNING, _UNTOLD[use.why]
        return
    if use.id is not None:
        yield from _literal(known, ours=ours)
    if use.passed is not None and known.params is not None and use.passed != known.params:
        words = N(
            known.params,
            "{address} (id {id}) takes {count} parameter, and gets {passed} here",
            "{address} (id {id}) takes {count} parameters, and gets {passed} here",
            address=known.address,
            id=known.id,
            passed=use.passed,
        )
        yield "SMS503", Severity.ERROR, words
    elif use.why == Why.NO_LIST and known.params == 0:
        return
    elif use.why is not None:
        yield "SMS506", Severity.WARNING, _UNTOLD[use.why]
    elif use.passed is not None and known.params is None:
        words = T("not judged: the parameters of {address} are not recorded")
        yield "SMS506", Severity.WARNING, words.filled(address=known.address)


def _literal(known: Known, *, ours: bool) -> Iterator[tuple[str, Severity, Text]]:
    values = {"address": known.address, "id": known.id}
    if known.stand is Stand.RETIRING:
        words = T("id {id} of {address} was superseded, and is deleted when retireAfter is over")
        yield "SMS501", Severity.ERROR, words.filled(**values)
    elif known.stand is Stand.SUCCESSOR:
        words = T("id {id} of {address} is not promoted yet")
        yield "SMS502", Severity.ERROR, words.filled(**values)
    elif known.stand is Stand.YOUNG:
        words = T("id {id} of {address} was never active so far")
        yield "SMS502", Severity.ERROR, words.filled(**values)
    elif not ours:
        words = T("id {id} of {address} is right until its text is edited; take it from {command}")
        yield "SMS505", Severity.INFO, words.filled(**values, command=C("output"))
