"""SMS2xx: signs. Facts: API document AddSmsSign and the sign review standard."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from smsops.errors import Severity
from smsops.kinds.sign import DOCUMENTS
from smsops.lint.rule import Rule, named
from smsops.model import Desired, Spec

#: international -> least and most characters of a name
LENGTHS: Mapping[bool, tuple[int, int]] = {False: (2, 12), True: (2, 15)}

#: Chinese characters (with extensions A to H and compatibility), letters and digits.
_DOMESTIC = re.compile(
    "[0-9A-Za-z\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]*"
)
_BRACKETS = re.compile("[【】\\[\\]]")


def _scope(spec: Spec) -> tuple[bool, str]:
    abroad = spec["international"] is True
    return abroad, "an international" if abroad else "a domestic"


def longest(specs: Iterable[Spec]) -> dict[bool, int]:
    """Characters of the longest sign name by ``international``; 0 where there is none."""
    found = {False: 0, True: 0}
    for spec in specs:
        abroad = spec["international"] is True
        found[abroad] = max(found[abroad], len(str(spec["signName"])))
    return found


def length(spec: Spec) -> str | None:
    abroad, scope = _scope(spec)
    least, most = LENGTHS[abroad]
    size = len(str(spec["signName"]))
    if least <= size <= most:
        return None
    characters = "character" if size == 1 else "characters"
    return f"signName has {size} {characters}; {scope} sign has {least} to {most}"


def characters(spec: Spec) -> str | None:
    name = str(spec["signName"])
    if _BRACKETS.search(name):
        return "signName contains brackets; write the name alone, 【】 are added when sending"
    if spec["international"] is not True:
        rest = _DOMESTIC.sub("", name)
        if rest:
            return (
                f"signName contains '{rest[0]}'; "
                "a domestic sign has Chinese characters, letters and digits only"
            )
    elif name != name.strip():
        return "signName has white space at an end; remove it"
    return None


def sign_type(spec: Spec) -> str | None:
    abroad, _scope_words = _scope(spec)
    kind = spec["signType"]
    if kind is None or kind in DOCUMENTS[abroad]:
        return None
    fitting = ", ".join(DOCUMENTS[abroad])
    return f"signType {kind} is for international signs only; a domestic sign is one of {fitting}"


def document(spec: Spec) -> str | None:
    abroad, scope = _scope(spec)
    kind, proof = str(spec["signType"]), spec["documentType"]
    fitting = DOCUMENTS[abroad].get(kind)
    if fitting is None or proof is None or proof in fitting:
        return None
    return f"documentType {proof} does not fit {scope} {kind} sign; use {' or '.join(fitting)}"


def qualification(spec: Spec) -> str | None:
    abroad, _scope_words = _scope(spec)
    given = spec["qualificationId"] is not None
    if abroad and given:
        return "qualificationId is for domestic signs only; remove it"
    return None


def commission(spec: Spec) -> str | None:
    given, purpose = spec["commissionImage"] is not None, spec["purpose"]
    if given and purpose not in (None, "on-behalf"):
        return "commissionImage is only for purpose on-behalf; remove it"
    return None


def same(items: Iterable[Desired]) -> Iterator[tuple[Desired, str]]:
    """Signs after the first with their signName and international."""
    first: dict[tuple[object, object], Desired] = {}
    for item in items:
        key = item.spec["signName"], item.spec["international"]
        other = first.setdefault(key, item)
        if other is not item:
            message = f"{named(other)} has the same signName and international; keep one of them"
            yield item, message


RULES = (
    Rule(
        "SMS201",
        Severity.ERROR,
        "The length of a sign name",
        "A domestic sign name has 2 to 12 characters, an international one 2 to 15 (API error "
        "SignNameLengthTooLong).",
        kind="sign",
        field="signName",
        check=length,
        optional=True,
    ),
    Rule(
        "SMS202",
        Severity.ERROR,
        "The characters of a sign name",
        "A domestic sign name consists of Chinese characters, letters and digits. An international "
        "one may have inner spaces and other characters, but no brackets. The brackets 【】 are "
        "added when a message is sent.",
        kind="sign",
        field="signName",
        check=characters,
        optional=True,
    ),
    Rule(
        "SMS203",
        Severity.ERROR,
        "The document does not fit the sign type",
        "company: three-in-one or business-license. trademark: trademark-certificate. government: "
        "organization-code or social-credit. app (international only): any of them but "
        "trademark-certificate, or app-screenshot.",
        kind="sign",
        field="documentType",
        check=document,
        optional=True,
    ),
    Rule(
        "SMS204",
        Severity.ERROR,
        "The qualification of an international sign",
        "A domestic sign has the id of an approved qualification (资质) from the console; an "
        "international sign has none.",
        kind="sign",
        field="qualificationId",
        check=qualification,
        optional=True,
    ),
    Rule(
        "SMS205",
        Severity.ERROR,
        "The commission image of a sign for own use",
        "A sign on behalf of somebody else has the letter of authorisation; a sign for own use has "
        "none.",
        kind="sign",
        field="commissionImage",
        check=commission,
        optional=True,
    ),
    Rule(
        "SMS206",
        Severity.ERROR,
        "The sign type is for international signs only",
        "A domestic sign is of type company, trademark or government; the service took app signs "
        "until April 2026 (API document, AddSmsSign).",
        kind="sign",
        field="signType",
        check=sign_type,
        optional=True,
    ),
    Rule(
        "SMS208",
        Severity.ERROR,
        "An image cannot be read",
        "An image is a regular file inside the project, named relative to its manifest. Symbolic "
        "links, hard links and paths that leave the project are refused: in a pull request they "
        "could send any file of the machine to the reviewer.",
    ),
    Rule(
        "SMS209",
        Severity.ERROR,
        "An image is not a PNG or JPEG",
        "The content counts, not the name of the file. Damaged and cut off files are refused.",
    ),
    Rule(
        "SMS210",
        Severity.ERROR,
        "An image is too large",
        "An image has at most 5 MB (5,242,880 bytes). Scale it down.",
    ),
    Rule(
        "SMS211",
        Severity.ERROR,
        "The images of a sign do not fit one request",
        "A request to the API has at most 10 MB, and base64 makes images a third larger: both "
        "images together have at most about 7.8 MB.",
    ),
    Rule(
        "SMS212",
        Severity.ERROR,
        "Two signs have one name",
        "The account cannot hold two signs with the same signName and international, and smsops "
        "finds lost signs by these two. Remove one of the manifests.",
        kind="sign",
        field="signName",
        survey=same,
    ),
)
