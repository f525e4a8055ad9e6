"""Driver ``tencent``: sending, reports and replies of API version 2021-01-11.

Documents: SendSms, PullSmsSendStatusByPhoneNumber, PullSmsReplyStatusByPhoneNumber,
DescribePhoneNumberInfo, ReportConversion; DescribeSendRecordList is in the model of tccli only, and
not every account may call it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat

from smsops.delivery.driver import NOT_SENT, Fate, Outgoing, Sent, Sighting, Sought, Uplink
from smsops.delivery.model import LONGEST, Source, Vendor
from smsops.errors import CredentialsError
from smsops.kinds.kind import MalformedReply, integer, moment, prose
from smsops.providers.errors import (
    ApiError,
    CredentialsRefused,
    NotSent,
    Refused,
    Throttled,
    Unknown,
)
from smsops.providers.tencent.calls import SMS_VERSION
from smsops.providers.tencent.client import Client
from smsops.providers.tencent.send_codes import REFUSED, fate
from smsops.text.messages import T

#: Items of one pull and of one page of records, at most.
PULLED, RECORDS = 100, 50
#: Seconds between looks: reports mostly come within seconds, and then within minutes.
_PAUSES = (1.0, 1.0, 1.0, 2.0, 2.0, 3.0, 5.0, 5.0, 10.0)
_LONGEST_PAUSE = 15.0
#: SendStatus of a record: refused, delivered, under way, failed.
_REFUSED, _DELIVERED, _FAILED = 1, 2, 4
_STATUS = {_DELIVERED: "SUCCESS", _FAILED: "FAIL"}


@dataclass(frozen=True, slots=True)
class Names:
    """What a version calls its parameters and the members of its replies. ``number``: in E.164."""

    version: str = SMS_VERSION
    application: str = "SmsSdkAppId"
    template: str = "TemplateId"
    sign: str = "SignName"
    begin: str = "BeginTime"
    end: str = "EndTime"
    number: str = "PhoneNumber"
    reported_at: str = "UserReceiveTime"
    replied_sign: str = "SignName"
    replied_at: str = "ReplyTime"


NAMES = Names()


class Tencent:
    """The driver of one account. ``names``: of a version; ``records``: it can list what was sent,
    and not only what was reported.
    """

    vendor = Vendor.TENCENT
    serials_only = False
    batch = 1
    valid = None

    def __init__(
        self,
        client: Client,
        *,
        names: Names = NAMES,
        channel: str = "tencent",
        records: bool = True,
    ) -> None:
        self._client = client
        self._names = names
        self._records = records
        self.channel = channel

    def pauses(self) -> Iterator[float]:
        """Seconds between two looks."""
        return chain(_PAUSES, repeat(_LONGEST_PAUSE))

    # -- sending ---------------------------------------------------------------------------------

    def send(self, message: Outgoing) -> Sent:
        """SendSms, once. Raises :class:`CredentialsError` when it is the credentials."""
        names = self._names
        payload: dict[str, object] = {
            "PhoneNumberSet": [message.number],
            names.application: message.application,
            names.template: message.template,
            "TemplateParamSet": list(message.params),
        }
        if message.sign:
            payload[names.sign] = message.sign
        try:
            response = self._call("SendSms", payload, message.about)
        except ApiError as error:
            return _failed(error)
        return _answered(response)

    # -- looking ---------------------------------------------------------------------------------

    def look(self, sought: Sequence[Sought]) -> Sequence[Sequence[Sighting]]:
        """Reports of messages; without a serial, everything that was sent in the window."""
        return [self._look(each) for each in sought]

    def _look(self, sought: Sought) -> Sequence[Sighting]:
        if sought.serial:
            pulled = self._pulled("PullSmsSendStatusByPhoneNumber", sought, end=None)
            return [each for each in map(self._report, pulled) if each.serial == sought.serial]
        if self._records:
            try:
                return self._recorded(sought)
            except Refused:
                self._records = False  # this account may not, or this version of the API does not
        return list(
            map(self._report, self._pulled("PullSmsSendStatusByPhoneNumber", sought, sought.end))
        )

    def replies(self, sought: Sought) -> Sequence[Uplink]:
        """What came from the phone since ``begin``."""
        pulled = self._pulled("PullSmsReplyStatusByPhoneNumber", sought, end=None)
        return [uplink(each, self._names) for each in pulled]

    def _recorded(self, sought: Sought) -> Sequence[Sighting]:
        payload = {
            **self._window(sought, sought.end),
            "Limit": RECORDS,
            "Offset": 0,
        }
        action = "DescribeSendRecordList"
        response = self._call(action, payload, sought.about)
        return [_record(each) for each in _items(action, response, "SendRecordSet")]

    def _pulled(
        self, action: str, sought: Sought, end: int | None
    ) -> Sequence[Mapping[str, object]]:
        payload = {**self._window(sought, end), "Limit": PULLED, "Offset": 0}
        response = self._call(action, payload, sought.about)
        return _items(action, response, f"{action.removesuffix('ByPhoneNumber')}Set")

    def _window(self, sought: Sought, end: int | None) -> dict[str, object]:
        names = self._names
        given: dict[str, object] = {
            names.application: sought.application,
            "PhoneNumber": sought.number,
            names.begin: sought.begin,
        }
        if end is not None:
            # Neither side likes a moment that is yet to come.
            given[names.end] = min(end, self._client.now())
        return given

    def _report(self, item: Mapping[str, object]) -> Sighting:
        return report(item, self._names)

    def _call(self, action: str, payload: Mapping[str, object], about: str) -> Mapping[str, object]:
        return self._client.call(action, payload, address=about, version=self._names.version)

    # -- conversion ------------------------------------------------------------------------------

    def convert(self, application: str, serial: str, *, at: int, about: str) -> None:
        """ReportConversion: the message had its effect."""
        action = "ReportConversion"
        payload = {"SmsSdkAppId": application, "SerialNo": serial, "ConversionTime": at}
        response = self._call(action, payload, about)
        status = response.get("ReportConversionStatus")
        code = prose(status, "Code") if isinstance(status, Mapping) else ""
        if code.lower() != "ok":
            raise Refused(action, about, code or "-", "", prose(response, "RequestId"))


def taken(client: Client, application: str, *, replies: bool) -> Sequence[Mapping[str, object]]:
    """PullSmsSendStatus or PullSmsReplyStatus: what no pull by application has taken yet, and none
    will again. An answer that is lost is lost for good.
    """
    action = "PullSmsReplyStatus" if replies else "PullSmsSendStatus"
    try:
        response = client.call(action, {"SmsSdkAppId": application, "Limit": PULLED})
        return _items(action, response, f"{action}Set")
    except Unknown as error:
        error.advise(
            T(
                "What it would have told is gone from this queue: single messages can still be "
                "asked for by number, and the push of reports is not touched."
            )
        )
        raise


def _failed(error: ApiError) -> Sent:
    """What became of a message whose call failed."""
    if isinstance(error, NotSent):
        return Sent(Fate.NOT_SENT, code=NOT_SENT, why=error.message_text)
    if isinstance(error, CredentialsError) and error.code not in REFUSED:
        raise error
    if isinstance(error, Throttled):
        return Sent(Fate.NOT_SENT, code=error.code)
    if not error.code:
        return Sent(Fate.UNKNOWN, why=error.message_text)
    return Sent(fate(error.code), code=error.code[:LONGEST])


def _answered(response: Mapping[str, object]) -> Sent:
    """What became of the one message of a call; anything but one status tells nothing."""
    statuses = response.get("SendStatusSet")
    if not isinstance(statuses, list) or len(statuses) != 1:
        return Sent(Fate.UNKNOWN, why=T("the answer has no status of the message"))
    [status] = statuses
    if not isinstance(status, Mapping):
        return Sent(Fate.UNKNOWN, why=T("the answer has no status of the message"))
    code, serial = prose(status, "Code")[:LONGEST], prose(status, "SerialNo")[:LONGEST]
    try:
        fee = max(0, integer(status, "Fee")) if "Fee" in status else 0
    except MalformedReply:
        fee = 0
    if code.lower() == "ok":
        if not serial:
            return Sent(Fate.UNKNOWN, why=T("the answer has no SerialNo"))
        return Sent(Fate.ACCEPTED, serial, "Ok", fee)
    return Sent(fate(code), code=code, fee=fee)


def _record(item: Mapping[str, object]) -> Sighting:
    status = integer(item, "SendStatus")
    return Sighting(
        prose(item, "SerialNo")[:LONGEST],
        _STATUS.get(status, ""),
        prose(item, "RequestCode" if status == _REFUSED else "StatusCode")[:LONGEST],
        moment(item, "UserReceiveTime") if status == _DELIVERED else None,
        source=Source.RECORD,
        refused=status == _REFUSED,
    )


def report(item: Mapping[str, object], names: Names = NAMES) -> Sighting:
    """A report of a pull. Its Description is the code (``DELIVRD``)."""
    return Sighting(
        prose(item, "SerialNo")[:LONGEST],
        prose(item, "ReportStatus")[:LONGEST],
        prose(item, "Description")[:LONGEST],
        moment(item, names.reported_at),
        prose(item, "UserReceiveTime")[:LONGEST],
    )


def uplink(item: Mapping[str, object], names: Names = NAMES) -> Uplink:
    """A reply of a pull."""
    return Uplink(
        prose(item, "PhoneNumber"),
        prose(item, "ReplyContent"),
        moment(item, names.replied_at) or 0,
        prose(item, names.replied_sign)[:LONGEST],
        prose(item, "ExtendCode")[:LONGEST],
    )


def _items(
    action: str, response: Mapping[str, object], name: str
) -> Sequence[Mapping[str, object]]:
    """The objects of an array; raises :class:`Unknown` for anything else."""
    items = response.get(name)
    if not isinstance(items, list) or not all(isinstance(each, Mapping) for each in items):
        raise Unknown(action, "", T("was answered without {field}", field=name))
    return items


@dataclass(frozen=True, slots=True)
class Described:
    """What DescribePhoneNumberInfo says of a number: none, or one of a country."""

    valid: bool
    domestic: bool = False


def described(client: Client, numbers: Sequence[str]) -> Mapping[str, Described]:
    """The numbers as the API reads them; those that it said nothing about are left out, and all
    where these credentials may not ask.
    """
    wanted = sorted(set(numbers))
    if not wanted:
        return {}
    action = "DescribePhoneNumberInfo"
    try:
        response = client.call(action, {"PhoneNumberSet": wanted})
    except CredentialsRefused as error:
        if "UnauthorizedOperation" in error.code:
            return {}
        raise
    except Refused:
        return {}
    items = _items(action, response, "PhoneNumberInfoSet")
    if len(items) != len(wanted):
        return {}
    return {number: _described(item) for number, item in zip(wanted, items, strict=True)}


def _described(item: Mapping[str, object]) -> Described:
    valid = prose(item, "Code").lower() == "ok"
    return Described(valid, valid and prose(item, "NationCode") == "86")
