"""Reminders: manifests that say of themselves that something else has to be done. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from smsops.model import SUBMITTING, Address, Desired, Recorded, Step
from smsops.text.messages import NOTHING, C, N, Text, listed, shortened

#: The label of a manifest whose object Terraform manages as well: what it calls it there.
TERRAFORM = "terraform"
_NAMED = 5
#: An address of Terraform, and not what somebody else means by such a label.
_RESOURCE = re.compile(r"\btencentcloud_sms_")


def warned(steps: Iterable[Step], desired: Mapping[Address, Desired]) -> Text:
    """What a plan says of texts that it would submit although rules warn of them."""
    found = [
        problem.code
        for step in steps
        if step.action in SUBMITTING and step.address in desired
        for problem in desired[step.address].cautions
    ]
    if not found:
        return NOTHING
    return N(
        len(found),
        "{count} warning about a text that would be submitted ({codes}): {command} says which",
        "{count} warnings about texts that would be submitted ({codes}): {command} says which",
        codes=listed(", ", sorted(set(found))),
        command=C("validate"),
    )


def unprotected(desired: Iterable[Desired], recorded: Mapping[Address, Recorded]) -> Text:
    """What a plan says where the next apply ends a protection: no step does, as nothing is written
    to the account.
    """
    found = [
        item.address
        for item in desired
        if not item.lifecycle.protected
        if (record := recorded.get(item.address)) and record.lifecycle.protected
    ]
    if not found:
        return NOTHING
    return N(
        len(found),
        "the next apply ends the protection of {names} (lifecycle.protected): without its manifest "
        "it would be deleted",
        "the next apply ends the protection of {names} (lifecycle.protected): without their "
        "manifests they would be deleted",
        names=shortened(found, _NAMED),
    )


def terraform(desired: Iterable[Desired]) -> Text:
    """What every plan says as long as Terraform would delete objects with its resource blocks."""
    left = [
        label
        for item in desired
        if (label := item.labels.get(TERRAFORM)) and _RESOURCE.search(label)
    ]
    if not left:
        return NOTHING
    return N(
        len(left),
        "Terraform still manages {names} and deletes it with its resource block: take it out of "
        "there, then remove the label terraform from its manifest (docs/terraform.md)",
        "Terraform still manages {names} and deletes them with their resource blocks: take them "
        "out of there, then remove the label terraform from their manifests (docs/terraform.md)",
        names=shortened(left, _NAMED),
    )
