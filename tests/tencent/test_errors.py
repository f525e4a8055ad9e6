"""What an answer with an error says, to the letter: people read it, and search for it."""

from __future__ import annotations

import pytest

from smsops.errors import Exit
from smsops.providers.errors import CredentialsRefused, Refused, Throttled, Unknown
from smsops.providers.tencent.errors import answered
from smsops.text.messages import T

SAID = "参数错误"


@pytest.mark.parametrize(
    ("code", "said", "note", "kind", "message"),
    [
        (
            "InvalidParameterValue.ContentLengthLimit",
            SAID,
            "",
            Refused,
            f"was refused: InvalidParameterValue.ContentLengthLimit: {SAID}",
        ),
        (
            "InvalidParameterValue.ContentLengthLimit",
            "",
            "",
            Refused,
            "was refused: InvalidParameterValue.ContentLengthLimit",
        ),
        (
            "AuthFailure.SignatureExpire",
            SAID,
            "the clock is 5 min ahead of theirs",
            CredentialsRefused,
            f"was refused: AuthFailure.SignatureExpire: {SAID}; the clock is 5 min ahead of theirs",
        ),
        (
            "RequestLimitExceeded",
            "",
            "",
            Throttled,
            "was refused for its frequency: RequestLimitExceeded",
        ),
        ("InternalError", SAID, "", Unknown, f"failed: InternalError: {SAID}"),
        ("InternalError", "", "", Unknown, "failed: InternalError"),
    ],
)
def test_an_error_names_address_action_code_and_request(
    code: str, said: str, note: str, kind: type[Exception], message: str
) -> None:
    error = answered("AddSmsTemplate", "template.login", code, said, "r-1", note=T(note))
    assert type(error) is kind
    assert error.message == (
        f"template.login: AddSmsTemplate {message} (RequestId r-1). See `smsops explain {code}`"
    )
    assert (error.action, error.address, error.code, error.request_id) == (
        "AddSmsTemplate",
        "template.login",
        code,
        "r-1",
    )
    assert getattr(error, "vendor_message", said) == said


def test_without_a_note_nothing_is_added() -> None:
    error = answered("DescribeSmsSignList", "", "InvalidParameterValue.ContentLengthLimit", "", "")
    assert error.message == (
        "DescribeSmsSignList was refused: InvalidParameterValue.ContentLengthLimit. "
        "See `smsops explain InvalidParameterValue.ContentLengthLimit`"
    )
    assert Refused("A", "", "C", "", "").message == "A was refused: C. See `smsops explain C`"


@pytest.mark.parametrize(
    ("action", "exit"),
    [("AddSmsSign", Exit.UNKNOWN_OUTCOME), ("DescribeSmsSignList", Exit.ERROR)],
)
def test_only_a_write_can_have_an_unknown_outcome(action: str, exit: Exit) -> None:
    assert answered(action, "", "InternalError", "", "").exit is exit
