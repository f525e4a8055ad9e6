"""What says something about numbers and messages: DescribePhoneNumberInfo, ReportConversion
(2021-01-11).
"""

from __future__ import annotations

from smsops.emulator.calls import Call, Outcome
from smsops.emulator.numbers import UNKNOWN_ISO, parse
from smsops.emulator.sending import MAX_NUMBERS, application
from smsops.emulator.wire import Refused


def describe_numbers(call: Call) -> Outcome:
    """DescribePhoneNumberInfo: numbers as SendSms reads them."""
    texts = call.parameters["PhoneNumberSet"]
    assert isinstance(texts, list)
    if len(texts) > MAX_NUMBERS:
        raise Refused(
            "LimitExceeded.PhoneNumberCountLimit", f"A call has at most {MAX_NUMBERS} numbers."
        )
    if not texts:
        raise Refused("InvalidParameterValue.IncorrectPhoneNumber", "The set of numbers is empty.")
    return Outcome({"PhoneNumberInfoSet": [_info(text) for text in texts]})


def _info(text: str) -> dict[str, str]:
    number = parse(text)
    if number is None:
        return {
            "Code": "FailedOperation.PhoneNumberParseFail",
            "Message": "the phone number cannot be parsed",
            "NationCode": "",
            "SubscriberNumber": "",
            "PhoneNumber": text,
            "IsoCode": UNKNOWN_ISO,
            "IsoName": "",
        }
    return {
        "Code": "Ok",
        "Message": "Describe success",
        "NationCode": number.nation,
        "SubscriberNumber": number.subscriber,
        "PhoneNumber": number.e164,
        "IsoCode": number.iso,
        "IsoName": number.country,
    }


def report_conversion(call: Call) -> Outcome:
    """ReportConversion: taken note of. The document knows no refusal of a serial number.

    Its text spells success "ok", its example "OK"; the example has it.
    """
    application(call, "UnauthorizedOperation.SmsSdkAppIdVerifyFail")
    return Outcome({"ReportConversionStatus": {"Code": "OK", "Message": "success"}})
