"""Sender: a resource unlike the others: ids that are texts, one list, no image, nothing before it.

It stands for the module that somebody adds to ``smsops/kinds``; its API is the account of the test.
"""

from __future__ import annotations

from collections.abc import Mapping

from smsops.kinds.kind import ApiNames, Field, Resource, text
from smsops.model import Effect, Observed, Review, ReviewState, Spec, Value

FIELDS = (
    Field("senderName", "SenderName", Effect.CONTENT, readable=True),
    Field("market", "Market", Effect.NOTE, codes={"eu": 1, "us": 2}),
)

#: Codes unlike those of the other resources.
REVIEWS = {10: ReviewState.IN_REVIEW, 20: ReviewState.ACTIVE}


def decode(item: Mapping[str, object]) -> Observed:
    return Observed(
        kind="sender",
        remote_id=text(item, "SenderId"),
        spec={"senderName": text(item, "SenderName")},
        review=Review(10, "", REVIEWS[10]),
    )


def outputs(spec: Spec) -> Mapping[str, Value]:
    return {"sender_name": spec.get("senderName")}


KIND = Resource(
    name="sender",
    manifest="Sender",
    label="senderName",
    fields=FIELDS,
    api=ApiNames(
        add="AddSender",
        modify="ModifySender",
        delete="DeleteSender",
        describe="DescribeSenders",
        id="SenderId",
        id_set="SenderIdSet",
        added="AddSenderStatus",
        described="DescribeSenderStatusSet",
    ),
    match=("senderName",),
    near=(),
    unique=False,
    decode=decode,
    reviews=REVIEWS,
    outputs=outputs,
    exported="sender_name",
    id_type=str,
)
