"""Every documented error code is classified, and nothing undocumented counts as definite."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsops.errors import CredentialsError, Exit
from smsops.kinds import RESOURCES
from smsops.providers import errors
from smsops.providers.errors import Meaning
from smsops.providers.tencent import codes
from smsops.providers.tencent.codes import Certainty
from smsops.providers.tencent.errors import answered

DOCUMENTED = json.loads((Path(__file__).parent / "documented_codes.json").read_text())
ACTIONS: dict[str, list[str]] = DOCUMENTED["actions"]
EVERY = sorted({code for listed in ACTIONS.values() for code in listed} | {*DOCUMENTED["public"]})


def test_the_eight_actions_are_documented() -> None:
    apis = [kind.api for kind in RESOURCES.values()]
    assert set(ACTIONS) == {
        action for api in apis for action in (api.add, api.modify, api.delete, api.describe)
    }


@pytest.mark.parametrize("code", EVERY)
def test_every_documented_code_has_a_row_of_its_own(code: str) -> None:
    assert code in codes.documented()


def test_no_code_has_two_rows() -> None:
    listed = [code for row in codes.ROWS for code in row.codes]
    assert len(listed) == len(set(listed))


def test_every_row_gives_a_reason() -> None:
    assert all(row.why for row in (*codes.ROWS, *codes.PREFIXES))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("RequestLimitExceeded", Certainty.THROTTLED),
        ("RequestLimitExceeded.UinLimitExceeded", Certainty.THROTTLED),
        ("RequestLimitExceeded.SomethingNew", Certainty.THROTTLED),
        ("AuthFailure.SignatureExpire", Certainty.REJECTED),
        ("AuthFailure.SomethingNew", Certainty.REJECTED),
        ("UnauthorizedOperation.SomethingNew", Certainty.REJECTED),
        ("InvalidParameter.SomethingNew", Certainty.REJECTED),
        ("InvalidParameter.SomethingNew.OfThree.Parts", Certainty.REJECTED),
        ("InvalidParameterValue.SomethingNew", Certainty.REJECTED),
        ("MissingParameter.SomethingNew", Certainty.REJECTED),
        ("LimitExceeded.SomethingNew", Certainty.REJECTED),
        ("UnsupportedOperation.SomethingNew", Certainty.REJECTED),
        ("FailedOperation.MissingSignature", Certainty.REJECTED),
        ("FailedOperation.NotEnterpriseCertification", Certainty.REJECTED),
        ("FailedOperation.OtherError", Certainty.UNKNOWN),
        ("FailedOperation.SomethingNew", Certainty.UNKNOWN),
        ("InternalError", Certainty.UNKNOWN),
        ("InternalError.Timeout", Certainty.UNKNOWN),
        ("InternalError.SigVerificationFail", Certainty.UNKNOWN),
        ("InternalError.SomethingNew", Certainty.UNKNOWN),
        ("ServiceUnavailable", Certainty.UNKNOWN),
        ("ResourceInsufficient.SomethingNew", Certainty.UNKNOWN),
        ("", Certainty.UNKNOWN),
        ("authfailure.signatureexpire", Certainty.UNKNOWN),
        ("InvalidParameterSomething", Certainty.UNKNOWN),
    ],
)
def test_verdicts(code: str, expected: Certainty) -> None:
    assert codes.certainty(code) is expected


def test_internal_errors_are_never_definite() -> None:
    assert {codes.certainty(code) for code in EVERY if code.startswith("InternalError")} == {
        Certainty.UNKNOWN
    }


@given(st.text())
def test_a_code_from_nowhere_is_unknown(code: str) -> None:
    families = {prefix for row in codes.PREFIXES for prefix in row.codes}
    if code.partition(".")[0] not in families and code not in codes.documented():
        assert codes.certainty(code) is Certainty.UNKNOWN


@pytest.mark.parametrize(
    ("action", "code", "expected"),
    [
        ("DeleteSmsSign", "FailedOperation.SignIdNotExist", Meaning.GONE),
        ("DeleteSmsSign", "FailedOperation.MissingSignatureToModify", Meaning.GONE),
        ("DeleteSmsSign", "FailedOperation.TemplateIdNotExist", Meaning.GONE),
        ("DeleteSmsTemplate", "FailedOperation.TemplateIdNotExist", Meaning.GONE),
        ("DeleteSmsTemplate", "FailedOperation.MissingTemplateToModify", Meaning.GONE),
        ("DescribeSmsTemplateList", "FailedOperation.MissingTemplateToModify", Meaning.GONE),
        ("ModifySmsTemplate", "FailedOperation.MissingTemplateToModify", Meaning.GONE),
        ("ModifySmsTemplate", "FailedOperation.TemplateAlreadyPassedCheck", Meaning.ALREADY_PASSED),
        ("ModifySmsSign", "FailedOperation.TemplateAlreadyPassedCheck", Meaning.ALREADY_PASSED),
        ("ModifySmsSign", "InvalidParameterValue.SignAlreadyPassedCheck", Meaning.ALREADY_PASSED),
        ("AddSmsSign", "InvalidParameterValue.SignAlreadyPassedCheck", Meaning.DUPLICATE),
        ("AddSmsSign", "InvalidParameterValue.SignExistAndUnapproved", Meaning.DUPLICATE),
        ("AddSmsTemplate", "FailedOperation.MissingSignature", Meaning.MISSING_SIGN),
        ("AddSmsSign", "FailedOperation.TemplateIdNotExist", Meaning.PLAIN),
        ("AddSmsTemplate", "FailedOperation.MissingTemplateToModify", Meaning.PLAIN),
        ("DeleteSmsSign", "FailedOperation.NotEnterpriseCertification", Meaning.PLAIN),
        ("GetCallerIdentity", "FailedOperation.SignIdNotExist", Meaning.PLAIN),
    ],
)
def test_meanings_depend_on_the_action(action: str, code: str, expected: Meaning) -> None:
    assert codes.meaning(action, code) is expected


def test_only_definite_codes_mean_something() -> None:
    meant = {code for table in codes.MEANINGS.values() for code in table}
    assert {codes.certainty(code) for code in meant} == {Certainty.REJECTED}


@pytest.mark.parametrize(
    ("code", "kind", "exit_code"),
    [
        ("AuthFailure.SecretIdNotFound", errors.CredentialsRefused, Exit.CREDENTIALS),
        ("UnauthorizedOperation.RequestPermissionDeny", errors.CredentialsRefused, 4),
        ("IpNotInWhitelist", errors.CredentialsRefused, Exit.CREDENTIALS),
        ("InvalidParameterValue.ImageInvalid", errors.Refused, Exit.ERROR),
        ("RequestLimitExceeded", errors.Throttled, Exit.ERROR),
        ("InternalError", errors.Unknown, Exit.UNKNOWN_OUTCOME),
    ],
)
def test_codes_become_errors_with_their_exit_code(
    code: str, kind: type[errors.ApiError], exit_code: int
) -> None:
    made = answered("AddSmsSign", "sign.acme", code, "said the vendor", "id-1")
    assert type(made) is kind
    assert made.exit == exit_code
    assert (made.action, made.address, made.code) == ("AddSmsSign", "sign.acme", code)
    assert "said the vendor" in made.message
    assert "id-1" in made.message
    assert made.message.startswith("sign.acme: AddSmsSign ")
    assert made.message.endswith(f"`smsops explain {code}`")


def test_refused_credentials_are_a_credentials_error_too() -> None:
    made = answered("AddSmsSign", "", "AuthFailure.TokenFailure", "", "")
    assert isinstance(made, errors.CredentialsRefused)
    assert issubclass(errors.CredentialsRefused, CredentialsError)


@pytest.mark.parametrize("action", ["DescribeSmsSignList", "GetCallerIdentity"])
def test_a_read_without_an_answer_is_a_plain_error(action: str) -> None:
    assert errors.Unknown(action, "", "got no answer").exit is Exit.ERROR


@pytest.mark.parametrize("action", ["AddSmsSign", "ModifySmsTemplate", "DeleteSmsSign"])
def test_a_write_without_an_answer_needs_recovery(action: str) -> None:
    assert errors.Unknown(action, "", "got no answer").exit is Exit.UNKNOWN_OUTCOME
