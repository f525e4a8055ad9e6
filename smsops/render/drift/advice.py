"""What is next about a finding of drift, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from smsops.drift import CLASSES, DriftClass, Finding, NextAction
from smsops.planning.unmanaged import NEXT

WORDS: Mapping[NextAction, str] = {
    NextAction.PLAN: "`smsops plan` shows what apply would do about it; to keep the change, put it "
    "into the manifest",
    NextAction.CORRECT: "read the reply, correct the manifest and apply; only an active object can "
    "send",
    NextAction.QUALIFY: "put the qualification (资质) in order in the console; the API cannot",
    NextAction.EXPORT: f"{NEXT}; smsops never touches it",
    NextAction.LOOK: "look in the console if it matters; the next replacement submits them again",
    NextAction.DECLARE: "no manifest has declared it so far, and apply leaves it alone: write one, "
    "or put it right in the console",
    NextAction.VALIDATE: "manifests with errors may declare it: correct them (`smsops validate`), "
    "then `smsops plan` shows what apply would do",
    NextAction.CHOOSE: "objects that may take its place exist: `smsops plan` names them, "
    "`smsops import {address} ID` binds one",
    NextAction.CHOOSE_SUCCESSOR: "objects that may take its place exist: `smsops plan` names them, "
    "`smsops import {address} ID --as successor` binds one",
    NextAction.CONFIRM: "everything recorded is gone at once, so apply does nothing about it: "
    "check the account and the region, or `smsops apply --allow-recreate`",
    NextAction.RETRY: "another object of {address} could not be read: run the command again",
    NextAction.CREATE: "`smsops apply` creates it again",
    NextAction.ADOPT: "`smsops apply` adopts the object that exists exactly as declared",
    NextAction.ADOPT_SUCCESSOR: "`smsops apply` adopts the object that exists exactly as declared, "
    "as the successor",
    NextAction.MOVE: "a renamed manifest brings another object here: `smsops plan` shows which",
    NextAction.PROMOTE: "`smsops apply` promotes the successor, and outputs switch to its id",
    NextAction.ROLL_BACK: "`smsops apply` promotes the superseded object that is as declared, and "
    "outputs switch to its id",
    NextAction.RESUBMIT: "`smsops apply` submits another successor; the current object keeps "
    "working",
    NextAction.ABANDON: "`smsops apply` drops it from the state: the current object is as declared",
    NextAction.FORGET: "`smsops apply` forgets it and creates nothing",
    NextAction.RECOVER: "an Add of {address} got no answer so far: `smsops apply` looks for what "
    "it made first",
    NextAction.WAIT: "another object of {address} is not listed yet: a later plan can tell",
    NextAction.USED: "another address still uses just the object that its manifest describes: "
    "`smsops plan` shows which",
    NextAction.RETIRE: "nothing: it is superseded, and apply deletes it once its retireAfter is "
    "over",
    NextAction.DELETE: "no manifest declares it any more: `smsops plan` shows whether apply "
    "deletes it",
}


def following(finding: Finding) -> str:
    """What is next about ``finding``."""
    return WORDS[finding.next].format(address=finding.address)


def usually(drift: DriftClass) -> str:
    """What is next about most findings of a class."""
    return WORDS[CLASSES[drift].next]


def explained(finding: Finding) -> str:
    """The detail of ``finding``, with what is next where its class says something else."""
    if finding.next is CLASSES[finding.drift].next:
        return finding.detail
    return f"{finding.detail}; next: {following(finding)}"
