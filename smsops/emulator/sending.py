"""SendSms (2021-01-11): one call, up to 200 numbers, and a status for each of them.

What is wrong with the call as a whole is answered as an Error, what is wrong with a message as the
Code of every number concerned; the document does not say which is which.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from math import ceil

from smsops.emulator.account import ACTIVE, Item
from smsops.emulator.calls import Call, Outcome
from smsops.emulator.checks import MARKETING, VERIFICATION
from smsops.emulator.messages import REFUSED, cut, sent
from smsops.emulator.numbers import Number, parse
from smsops.emulator.outcomes import outcome
from smsops.emulator.wire import Refused

MAX_NUMBERS = 200
#: Bytes of SessionContext (the document: less than 512), characters of a whole message.
MAX_CONTEXT = 511
MAX_TEXT = 500
#: Characters of a number that is none, and that is kept.
MAX_NUMBER = 40
#: Marketing messages are sent from 8 to 22 o'clock, Beijing time.
BEIJING = timezone(timedelta(hours=8))
QUIET_ENDS, QUIET_BEGINS = 8, 22
#: One message with the same content to a number in so many seconds, and two of any on a day.
SAME_CONTENT_SECONDS = 30
NUMBER_DAILY = 2

_APP = re.compile(r"\d{8,12}", re.ASCII)
_VARIABLE = re.compile(r"\{(\d{1,3})\}", re.ASCII)
_DIGITS = re.compile(r"\d{0,6}", re.ASCII)
_URL = re.compile(
    r"https?://|www\.|[\w-]\.(?:com|cn|net|org|io|top|cc|vip|info|link)\b", re.ASCII | re.I
)
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED = frozenset("^{}\\[~]|€\f")


@dataclass(frozen=True, slots=True)
class Draft:
    """A message before it has numbers: what the checks of a whole call look at.

    ``template`` is ``None`` when there is none of that id that is active; ``sign_active`` tells of
    the sign, where one was named. ``text`` is what the phone would show.
    """

    template: Item | None
    sign: str
    sign_active: bool
    params: tuple[str, ...]
    text: str
    domestic: bool
    now: float
    parameter_length: int | None

    @property
    def kind(self) -> object:
        """SmsType of the template."""
        return None if self.template is None else self.template.parameters.get("SmsType")

    @property
    def international(self) -> int:
        """International of the template: 0, 1, or 3 for both."""
        return 3 if self.template is None else self.template.international

    @property
    def variables(self) -> int:
        """How many variables the template has."""
        return len(set(_VARIABLE.findall(_content(self.template))))


@dataclass(frozen=True, slots=True)
class Check:
    """One row: the code, what must hold, and what to say if it does not."""

    code: str
    holds: Callable[[Draft], bool]
    message: str


def _daytime(draft: Draft) -> bool:
    hour = datetime.fromtimestamp(draft.now, BEIJING).hour
    return QUIET_ENDS <= hour < QUIET_BEGINS


CHECKS: Sequence[Check] = (
    Check(
        "FailedOperation.SignatureIncorrectOrUnapproved",
        lambda draft: draft.sign_active or (not draft.sign and not draft.domestic),
        "the signature does not exist, is not approved, or is missing",
    ),
    Check(
        "FailedOperation.TemplateUnapprovedOrNotExist",
        lambda draft: draft.template is not None,
        "the template is not approved or does not exist",
    ),
    Check(
        "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone",
        lambda draft: draft.domestic or draft.international != 0,
        "a template for the Chinese mainland cannot be sent to other numbers",
    ),
    Check(
        "UnsupportedOperation.GlobalTemplateToChineseMainlandPhone",
        lambda draft: not draft.domestic or draft.international != 1,
        "an international template cannot be sent to numbers of the Chinese mainland",
    ),
    Check(
        "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
        lambda draft: len(draft.params) == draft.variables,
        "the number of parameters differs from the template's",
    ),
    Check(
        "InvalidParameterValue.TemplateParameterFormatError",
        lambda draft: draft.kind != VERIFICATION or all(map(_DIGITS.fullmatch, draft.params)),
        "parameters of a verification template have at most 6 digits, and nothing else",
    ),
    Check(
        "InvalidParameterValue.TemplateParameterLengthLimit",
        lambda draft: (
            draft.parameter_length is None
            or all(len(value) <= draft.parameter_length for value in draft.params)
        ),
        "a parameter is longer than the account may use",
    ),
    # Before whatever searches a text: that takes longer than linear time.
    Check(
        "InvalidParameterValue.ContentLengthLimit",
        lambda draft: len(draft.text) <= MAX_TEXT,
        f"the message is longer than {MAX_TEXT} characters",
    ),
    Check(
        "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter",
        lambda draft: not any(map(_URL.search, draft.params)),
        "a parameter holds a URL",
    ),
    Check(
        "FailedOperation.MarketingSendTimeConstraint",
        lambda draft: draft.kind != MARKETING or not draft.domestic or _daytime(draft),
        "marketing messages are sent from 8 to 22 o'clock, Beijing time",
    ),
)

_MESSAGES: Mapping[str, str] = {
    **{row.code: row.message for row in CHECKS},
    "InvalidParameterValue.IncorrectPhoneNumber": "the phone number is malformed",
    "FailedOperation.PhoneNumberInBlacklist": "the phone number is on the do-not-disturb list",
    "FailedOperation.InsufficientBalanceInSmsPackage": "the packages of messages are used up",
    "UnsupportedOperation.UnsupportedRegion": "messages cannot be sent to this region",
    "LimitExceeded.PhoneNumberThirtySecondLimit": (
        "the same content was sent to the number less than 30 seconds ago"
    ),
    "LimitExceeded.PhoneNumberDailyLimit": "the number got its messages of today already",
}


def send(call: Call) -> Outcome:
    """SendSms: judge each number, and keep what was judged."""
    app, given = application(call), call.parameters
    texts = _texts(given["PhoneNumberSet"])
    if not texts:
        raise Refused("MissingParameter.EmptyPhoneNumberSet", "The set of numbers is empty.")
    if len(texts) > MAX_NUMBERS:
        raise Refused(
            "LimitExceeded.PhoneNumberCountLimit", f"A call has at most {MAX_NUMBERS} numbers."
        )
    numbers = [parse(text) for text in texts]
    places = {number.domestic for number in numbers if number is not None}
    if len(places) == 2:
        raise Refused(
            "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber",
            "Numbers of the Chinese mainland and others cannot be in one call.",
        )
    context = str(given.get("SessionContext", ""))
    if len(context.encode()) > MAX_CONTEXT:
        raise Refused("InvalidParameterValue", "SessionContext is less than 512 bytes long.")
    draft = _draft(call, domestic=places != {False})
    refusal = next((row.code for row in CHECKS if not row.holds(draft)), "")
    return _Sending(call, app, draft, context, refusal).outcome(texts, numbers)


@dataclass(slots=True)
class _Sending:
    call: Call
    app: str
    draft: Draft
    context: str
    refusal: str

    def outcome(self, texts: Sequence[str], numbers: Sequence[Number | None]) -> Outcome:
        call, now = self.call, self.call.now
        fee = segments(self.draft.text, domestic=self.draft.domestic)
        left = balance(call, self.app) if self.draft.domestic else None
        seq, delay = call.contents.history.next_seq, call.settings.report_delay
        to: list[Sequence[object]] = []
        statuses = []
        answered = True
        seen: set[str] = set()
        begin = f"5000:{int(now * 1_000_000):016d}"
        # Without bounds of packages and numbers, all numbers that are read are judged alike.
        alike = left is None and not call.settings.number_limits
        common = self._code(next(filter(None, numbers), None), seen, None) if alike else ""
        for number, text in zip(numbers, texts, strict=True):
            if alike and number is not None:
                code = common
            else:
                code = self._code(number, seen, None if left is None else left - fee)
            fate = outcome(text)
            if not code and fate.verdict == REFUSED:
                code = fate.code
            if code:
                place = number or Number(text, "", "", "", "")
                kept = cut(place.e164, MAX_NUMBER)
                to.append(("", kept, place.nation, place.iso, 0, REFUSED, code, None, ()))
                statuses.append(self._status("", place.e164, 0, code, _MESSAGES[code], ""))
                continue
            assert number is not None
            if not fate.sent:
                return Outcome({}, lost=True)
            answered = answered and fate.answered
            serial = f"{begin}{seq + len(to):012d}"
            e164, nation, _, iso, _ = number
            due = fate.report_at(now, delay)
            replies = fate.replies(due) if fate.reply else ()
            to.append((serial, e164, nation, iso, fee, fate.verdict, fate.code, due, replies))
            statuses.append(self._status(serial, e164, fee, "Ok", "send success", iso))
            if left is not None:
                left -= fee
        return Outcome({"SendStatusSet": statuses}, self._change(seq, to), lost=not answered)

    def _code(self, number: Number | None, seen: set[str], left: int | None) -> str:
        """Why a number is refused, ``""`` if it is not."""
        if number is None:
            return "InvalidParameterValue.IncorrectPhoneNumber"
        if number.domestic and self.call.settings.site == "intl":
            return "UnsupportedOperation.UnsupportedRegion"
        if self.refusal:
            return self.refusal
        if left is not None and left < 0:
            return "FailedOperation.InsufficientBalanceInSmsPackage"
        if self.call.settings.number_limits:
            return self._limited(number.e164, seen)
        return ""

    def _limited(self, number: str, seen: set[str]) -> str:
        """The limit that one more message to ``number`` would break; ``seen`` are this call's."""
        now, today = self.call.now, _day(self.call.now)
        before = [
            message
            for message in self.call.contents.history.of_number(number)
            if message.app == self.app
            and message.verdict != REFUSED
            and _day(message.sent_at) == today
        ]
        again = number in seen or any(
            message.text == self.draft.text and now - message.sent_at < SAME_CONTENT_SECONDS
            for message in before
        )
        if again:
            return "LimitExceeded.PhoneNumberThirtySecondLimit"
        if len(before) >= NUMBER_DAILY:
            return "LimitExceeded.PhoneNumberDailyLimit"
        seen.add(number)
        return ""

    def _status(
        self, serial: str, number: str, fee: int, code: str, message: str, iso: str
    ) -> dict[str, object]:
        return {
            "SerialNo": serial,
            "PhoneNumber": number,
            "Fee": fee,
            "SessionContext": self.context,
            "Code": code,
            "Message": message,
            "IsoCode": iso,
        }

    def _change(self, seq: int, to: Sequence[Sequence[object]]) -> Mapping[str, object]:
        given = self.call.parameters
        shared = {
            "channel": "tencent",
            "version": "2021-01-11",
            "app": self.app,
            "sign": self.draft.sign,
            "template": str(given["TemplateId"]),
            "text": self.draft.text,
            "params": self.draft.params,
            "sent_at": self.call.now,
            "session_context": self.context,
            "extend": str(given.get("ExtendCode", "")),
        }
        return sent(seq, shared, to)


def application(call: Call, code: str = "InvalidParameterValue.SdkAppIdNotExist") -> str:
    """The SmsSdkAppId of a call; any that looks like one is an application of the account."""
    app = str(call.parameters["SmsSdkAppId"])
    if not _APP.fullmatch(app):
        raise Refused(code, "The SmsSdkAppId does not exist.")
    return app


def balance(call: Call, app: str) -> int | None:
    """Messages left in the packages of an application; ``None`` where it has no bound.

    Packages that were put there by a seed are a bound, the built-in one is not.
    """
    packages = call.contents.history.packages
    if not any(package.app == app for package in packages.owned.values()):
        return None
    return sum(
        package.amount - packages.used[package.id] for package in packages.usable(app, call.now)
    )


def _draft(call: Call, *, domestic: bool) -> Draft:
    given, settings = call.parameters, call.settings
    name, wanted = str(given.get("SignName", "")), 0 if domestic else 1
    signs = (
        item.at(call.now, settings.review_delay)
        for item in call.contents.items["sign"].values()
        if item.parameters["SignName"] == name and item.international in (wanted, 3)
    )
    text = str(given["TemplateId"])
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1
    template = call.item("template", number)
    if template is not None and template.status != ACTIVE:
        template = None
    params = tuple(_texts(given.get("TemplateParamSet", ())))
    return Draft(
        template,
        name,
        bool(name) and any(sign.status == ACTIVE for sign in signs),
        params,
        rendered(_content(template), params, name, domestic=domestic),
        domestic,
        call.now,
        settings.parameter_length,
    )


def _content(template: Item | None) -> str:
    return "" if template is None else str(template.parameters.get("TemplateContent", ""))


def rendered(content: str, params: Sequence[str], sign: str, *, domestic: bool) -> str:
    """A message as the phone shows it: 【sign】 before it, abroad [sign]."""

    def value(match: re.Match[str]) -> str:
        place = int(match[1]) - 1
        return params[place] if 0 <= place < len(params) else match[0]

    pieces, size, end = [], 0, 0
    for match in _VARIABLE.finditer(content):
        for piece in (content[end : match.start()], value(match)):
            # Far beyond what may be sent, its length is all that matters.
            pieces.append(piece if size <= MAX_TEXT else "")
            size += len(piece)
        end = match.end()
    body = "".join(pieces) + content[end:]
    if not sign:
        return body
    return f"【{sign}】{body}" if domestic else f"[{sign}]{body}"


def segments(text: str, *, domestic: bool) -> int:
    """How many messages are billed (国内, 国际/港澳台短信内容长度计算规则).

    70 characters are one, longer texts are cut into parts of 67; abroad 160 and 153 where the GSM
    alphabet has every character.
    """
    if not domestic and all(one in _GSM or one in _GSM_EXTENDED for one in text):
        length, whole, part = sum(1 + (one in _GSM_EXTENDED) for one in text), 160, 153
    else:
        length, whole, part = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if length <= whole else ceil(length / part)


def _day(moment: float) -> int:
    """The day of Beijing in which a moment is."""
    return int((moment + 8 * 3600) // 86400)


def _texts(value: object) -> list[str]:
    return [str(text) for text in value] if isinstance(value, Iterable) else []
