"""What is next about a finding of drift, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from smsops.drift import CLASSES, DriftClass, Finding, NextAction
from smsops.text.messages import C, T, Text

# fmt: off
WORDS: Mapping[NextAction, Text] = {
    NextAction.PLAN: T("{command} shows what apply would do about it; to keep the change, put it into the manifest", command=C("plan")),
    NextAction.CORRECT: T("read the reply, correct the manifest and apply; only an active object can send"),
    NextAction.QUALIFY: T("put the qualification (资质) in order in the console; the API cannot"),
    NextAction.EXPORT: T("{command} takes them over or says why not, {other} binds one; smsops never touches it", command=C("adopt"), other=C("import ADDR ID")),
    NextAction.LOOK: T("look in the console if it matters; the next replacement submits them again"),
    NextAction.COUNT: T("{command} shows failures by class, and packages", command=C("stats")),
    NextAction.REGISTER: T("a carrier does not know it: have it registered (console, 实名报备), then {command} proves it", command=C("probe")),
    NextAction.REWORD: T("carriers block its text: change it and apply, then {command} proves it", command=C("probe")),
    NextAction.DECLARE: T("no manifest has declared it so far, and apply leaves it alone: write one, or put it right in the console"),
    NextAction.VALIDATE: T("manifests with errors may declare it: correct them ({command}), then {other} shows what apply would do", command=C("validate"), other=C("plan")),
    NextAction.CHOOSE: T("objects that may take its place exist: {command} names them, {other} binds one", command=C("plan"), other=C("import {address} ID")),
    NextAction.CHOOSE_SUCCESSOR: T("objects that may take its place exist: {command} names them, {other} binds one", command=C("plan"), other=C("import {address} ID --as successor")),
    NextAction.CONFIRM: T("everything recorded is gone at once, so apply does nothing about it: check the account and the region, or {command}", command=C("apply --allow-recreate")),
    NextAction.RETRY: T("another object of {address} could not be read: run the command again"),
    NextAction.COMPLETE: T("{command} names the fields to fill in; apply submits it then", command=C("plan")),
    NextAction.CREATE: T("{command} creates it again", command=C("apply")),
    NextAction.ADOPT: T("{command} adopts the object that exists exactly as declared", command=C("apply")),
    NextAction.ADOPT_SUCCESSOR: T("{command} adopts the object that exists exactly as declared, as the successor", command=C("apply")),
    NextAction.MOVE: T("a renamed manifest brings another object here: {command} shows which", command=C("plan")),
    NextAction.PROMOTE: T("{command} promotes the successor, and outputs switch to its id", command=C("apply")),
    NextAction.ROLL_BACK: T("{command} promotes the superseded object that is as declared, and outputs switch to its id", command=C("apply")),
    NextAction.RESUBMIT: T("{command} submits another successor; the current object keeps working", command=C("apply")),
    NextAction.ABANDON: T("{command} drops it from the state: the current object is as declared", command=C("apply")),
    NextAction.FORGET: T("{command} forgets it and creates nothing", command=C("apply")),
    NextAction.RECOVER: T("an Add of {address} got no answer so far: {command} looks for what it made first", command=C("apply")),
    NextAction.WAIT: T("another object of {address} is not listed yet: a later plan can tell"),
    NextAction.USED: T("another address still uses just the object that its manifest describes: {command} shows which", command=C("plan")),
    NextAction.RETIRE: T("nothing: it is superseded, and apply deletes it once its retireAfter is over"),
    NextAction.DELETE: T("no manifest declares it any more: {command} shows whether apply deletes it", command=C("plan")),
}
# fmt: on


def following(finding: Finding) -> Text:
    """What is next about ``finding``."""
    return WORDS[finding.next].filled(address=finding.address)


def usually(drift: DriftClass) -> Text:
    """What is next about most findings of a class."""
    return WORDS[CLASSES[drift].next]


def explained(finding: Finding) -> Text:
    """The detail of ``finding``, with what is next where its class says something else."""
    if finding.next is CLASSES[finding.drift].next:
        return finding.detail
    return T("{detail}; next: {next}", detail=finding.detail, next=following(finding))
