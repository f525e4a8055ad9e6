"""SMS2xx: signs. Facts: API document AddSmsSign and the sign review standard."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from smsops.errors import Severity
from smsops.kinds.sign import DOCUMENTS
from smsops.lint.rule import (
    Context,
    Rule,
    context_rule,
    declared,
    named,
    rule,
    survey_rule,
)
from smsops.model import Desired, Spec
from smsops.model.sites import INTL
from smsops.text.messages import T, Text, either

#: international -> least and most characters of a name
LENGTHS: Mapping[bool, tuple[int, int]] = {False: (2, 12), True: (2, 15)}

#: Chinese characters (with extensions A to H and compatibility), letters and digits.
_DOMESTIC = re.compile(
    "[0-9A-Za-z\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]*"
)
_BREAKS = re.compile("[\\t\\r\\n]")
_BRACKETS = re.compile("[【】\\[\\]]")


#: What reading an image raises (:mod:`smsops.manifests.images`): rules without a check.
_IMAGES = (
    Rule(
        "SMS208",
        Severity.ERROR,
        T("An image cannot be read"),
        T(
            "An image is a regular file inside the project, named relative to its manifest. "
            "Symbolic links, hard links and paths that leave the project are refused: in a pull "
            "request they could send any file of the machine to the reviewer."
        ),
    ),
    Rule(
        "SMS209",
        Severity.ERROR,
        T("An image is not a PNG or JPEG"),
        T("The content counts, not the name of the file. Damaged and cut off files are refused."),
    ),
    Rule(
        "SMS210",
        Severity.ERROR,
        T("An image is too large"),
        T("An image has at most 5 MB (5,242,880 bytes). Scale it down."),
    ),
    Rule(
        "SMS211",
        Severity.ERROR,
        T("The images of a sign do not fit one request"),
        T(
            "A request to the API has at most 10 MB, and base64 makes images a third larger: "
            "both images together have at most about 7.8 MB."
        ),
    ),
)


def names(specs: Iterable[Spec]) -> dict[bool, frozenset[str]]:
    """The sign names of ``specs`` by ``international``."""
    found: dict[bool, set[str]] = {False: set(), True: set()}
    for spec in specs:
        found[_abroad(spec)].add(str(spec["signName"]))
    return {abroad: frozenset(each) for abroad, each in found.items()}


def _abroad(spec: Spec) -> bool:
    return spec["international"] is True


@rule(
    "SMS201",
    Severity.ERROR,
    title=T("The length of a sign name"),
    explanation=T(
        "A domestic sign name has 2 to 12 characters, an international one 2 to 15 (API error "
        "SignNameLengthTooLong)."
    ),
    at="sign.signName",
)
def length(spec: Spec) -> Text | None:
    abroad = _abroad(spec)
    least, most = LENGTHS[abroad]
    size = len(str(spec["signName"]))
    if least <= size <= most:
        return None
    wanted = (
        T("an international sign has {least} to {most}", least=least, most=most)
        if abroad
        else T("a domestic sign has {least} to {most}", least=least, most=most)
    )
    if size == 1:
        return T("signName has {size} character; {wanted}", size=size, wanted=wanted)
    return T("signName has {size} characters; {wanted}", size=size, wanted=wanted)


@rule(
    "SMS202",
    Severity.ERROR,
    title=T("The characters of a sign name"),
    explanation=T(
        "A domestic sign name consists of Chinese characters, letters and digits. An "
        "international one may have inner spaces and other characters, but no brackets. The "
        "brackets 【】 are added when a message is sent."
    ),
    at="sign.signName",
)
def characters(spec: Spec) -> Text | None:
    name = str(spec["signName"])
    if _BRACKETS.search(name):
        return T("signName contains brackets; write the name alone, 【】 are added when sending")
    if not _abroad(spec):
        rest = _DOMESTIC.sub("", name)
        if rest:
            return T(
                "signName contains '{character}'; "
                "a domestic sign has Chinese characters, letters and digits only",
                character=rest[0],
            )
    elif name != name.strip():
        return T("signName has white space at an end; remove it")
    elif _BREAKS.search(name):
        return T("signName has a tab or a line break; write it on one line")
    return None


@context_rule(
    "SMS206",
    Severity.ERROR,
    title=T("The sign type does not exist there"),
    explanation=T(
        "A domestic sign is of type company, trademark or government; the service took app signs "
        "until April 2026 (API document, AddSmsSign), and still takes them for messages abroad. "
        "website, official-account and mini-program are types of the international site only."
    ),
    at="sign.signType",
)
def sign_type(item: Desired, context: Context) -> Text | None:
    abroad, kind = _abroad(item.spec), item.spec["signType"]
    fitting = DOCUMENTS[context.site][abroad]
    if kind is None or kind in fitting:
        return None
    if kind not in DOCUMENTS[context.site][True]:
        return T(
            "signType {kind} is for site intl only; here it is one of {fitting}",
            kind=kind,
            fitting=", ".join(fitting),
        )
    return T(
        "signType {kind} is for international signs only; a domestic sign is one of {fitting}",
        kind=kind,
        fitting=", ".join(fitting),
    )


@context_rule(
    "SMS203",
    Severity.ERROR,
    title=T("The document does not fit the sign type"),
    explanation=T(
        "company: three-in-one or business-license. trademark: trademark-certificate. "
        "government: organization-code or social-credit. app (international only): any of them "
        "but trademark-certificate, or app-screenshot. On site intl also website with "
        "website-filing, official-account with official-account-page, mini-program with "
        "mini-program-page, each also with what a company or a government shows."
    ),
    at="sign.documentType",
)
def document(item: Desired, context: Context) -> Text | None:
    spec, abroad = item.spec, _abroad(item.spec)
    kind, proof = str(spec["signType"]), spec["documentType"]
    fitting = DOCUMENTS[context.site][abroad].get(kind)
    if fitting is None or proof is None or proof in fitting:
        return None
    return T(
        "documentType {proof} does not fit an international {kind} sign; use {fitting}"
        if abroad
        else "documentType {proof} does not fit a domestic {kind} sign; use {fitting}",
        proof=proof,
        kind=kind,
        fitting=either(fitting),
    )


@context_rule(
    "SMS204",
    Severity.ERROR,
    title=T("The qualification of an international sign"),
    explanation=T(
        "A domestic sign has the id of an approved qualification (资质) from the console; an "
        "international sign has none. On site intl no sign has one (SMS214)."
    ),
    at="sign.qualificationId",
)
def qualification(item: Desired, context: Context) -> Text | None:
    if context.site == INTL or not _abroad(item.spec) or item.spec["qualificationId"] is None:
        return None
    return T("qualificationId is for domestic signs only; remove it")


@context_rule(
    "SMS214",
    Severity.ERROR,
    title=T("A qualification on the international site"),
    explanation=T(
        "The international site has no qualifications, and its API no QualificationId. Where the "
        "manifests are shared with an account of the other site, a patch of its environment has it."
    ),
    at="sign.qualificationId",
)
def unqualified(item: Desired, context: Context) -> Text | None:
    if context.site != INTL or item.spec["qualificationId"] is None:
        return None
    return T("site intl has no qualifications; remove qualificationId")


@rule(
    "SMS205",
    Severity.ERROR,
    title=T("The commission image of a sign for own use"),
    explanation=T(
        "A sign on behalf of somebody else has the letter of authorisation; a sign for own use "
        "has none."
    ),
    at="sign.commissionImage",
)
def commission(spec: Spec) -> Text | None:
    given, purpose = spec["commissionImage"] is not None, spec["purpose"]
    if given and purpose not in (None, "on-behalf"):
        return T("commissionImage is only for purpose on-behalf; remove it")
    return None


#: Digests of the pictures that ``smsops init`` writes and wrote.
SAMPLES = frozenset(
    {
        "sha256:5fa39cb29ab80e5dbc2e4505e0e5563ce79856a1aad58c45b309af348ceefa47",
        "sha256:08c96c790faa9243144e16f78cc260abd836839062fe597bd77a381a25501207",
    }
)


@rule(
    "SMS213",
    Severity.ERROR,
    title=T("The sample image of init"),
    explanation=T(
        "The picture that `smsops init` writes stands in for a document. The emulator takes it, "
        "and `smsops validate` says nothing of it; a plan that would submit it to an account is "
        "refused: a reviewer would reject the sign."
    ),
    at="sign.proofImage",
    optional=False,
    submitted=Severity.ERROR,
)
def sample(spec: Spec) -> Text | None:
    if not SAMPLES.intersection((spec["proofImage"], spec["commissionImage"])):
        return None
    return T("this is the sample image of init; put the document of your company in its place")


@survey_rule(
    "SMS212",
    Severity.ERROR,
    title=T("Two signs have one name"),
    explanation=T(
        "The account cannot hold two signs with the same signName and international, and smsops "
        "finds lost signs by these two. Remove one of the manifests."
    ),
    at="sign.signName",
    optional=False,
)
def same(items: Iterable[Desired]) -> Iterator[tuple[Desired, Text]]:
    """Signs after the first with their signName and international."""
    first: dict[tuple[object, object], Desired] = {}
    for item in items:
        key = item.spec["signName"], item.spec["international"]
        other = first.setdefault(key, item)
        if other is not item:
            yield (
                item,
                T(
                    "{other} has the same signName and international; keep one of them",
                    other=named(other),
                ),
            )


RULES = tuple(sorted((*_IMAGES, *declared(globals())), key=lambda each: each.code))
