"""Driver ``yisha``: ``sendmsg``, ``pullSmsSendStatus`` and ``pullSmsSendStatusSet``.

Documents: "发送短信", "拉取单个号码短信下发状态", "批量拉取短信下发状态". Arrays are texts
there that are no JSON, ``[1234,2345]``, and have no way to escape anything. A status can be pulled
for a minute, by id only: a send whose answer is lost stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, repeat

from smsops.delivery.driver import NOT_SENT, Fate, Outgoing, Sent, Sighting, Sought, Uplink
from smsops.delivery.model import LONGEST, Vendor
from smsops.kinds.kind import prose
from smsops.providers.errors import NotSent, Unknown
from smsops.providers.yisha.wire import Wire
from smsops.text.messages import T

OK, BUSINESS = "0000", "1005"
#: Seconds in which a status can be pulled ("一分钟内有效"), and ids of one pull of several.
VALID = 60
MOST = 100
#: Looks at 3, 6, 12, 25 and 50 seconds, and once more before the minute is over.
_PAUSES = (3.0, 3.0, 6.0, 13.0, 25.0, 9.0)
#: The name in the sample, and that of the table, whose cell is wrapped.
_SETS = ("smsSendStatusSet", "smsSendStatusSe")


class Yisha:
    """The driver of one gateway."""

    channel = "yisha"
    vendor = Vendor.YISHA
    serials_only = True
    valid = VALID
    batch = MOST

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def pauses(self) -> Iterator[float]:
        """Seconds between two looks."""
        return chain(_PAUSES, repeat(_PAUSES[-1]))

    def send(self, message: Outgoing) -> Sent:
        """Send once: only 1005 says that it was not done."""
        fields = {"mobile": message.number, "templateID": message.template}
        # "若无模板参数，则设置为空"
        fields["templateParamSet"] = array(message.params) if message.params else ""
        try:
            answer = self._wire.call("sendmsg", fields, message.about)
        except NotSent as error:
            return Sent(Fate.NOT_SENT, code=NOT_SENT, why=error.message_text)
        except Unknown as error:
            return Sent(Fate.UNKNOWN, why=error.message_text)
        code, serial = prose(answer, "code")[:LONGEST], prose(answer, "externalId")[:LONGEST]
        if code == OK:
            if serial:
                return Sent(Fate.ACCEPTED, serial, code)
            return Sent(Fate.UNKNOWN, code=code, why=T("the answer has no externalId"))
        return Sent(Fate.REFUSED if code == BUSINESS else Fate.UNKNOWN, code=code)

    def look(self, sought: Sequence[Sought]) -> Sequence[Sequence[Sighting]]:
        """The status of each message, one by one or all at once."""
        if len(sought) == 1:
            return [self._one(sought[0])]
        ids = [each.serial for each in sought if each.serial]
        statuses = self._several(ids) if ids else {}
        return [
            [Sighting(each.serial, statuses[each.serial])] if each.serial in statuses else []
            for each in sought
        ]

    def replies(self, sought: Sought) -> Sequence[Uplink]:
        """None: the gateway has no way to ask."""
        return ()

    def _one(self, sought: Sought) -> Sequence[Sighting]:
        if not sought.serial:
            return ()
        answer = self._wire.call("pullSmsSendStatus", {"externalId": sought.serial}, sought.about)
        return [Sighting(sought.serial, prose(answer, "status")[:LONGEST])]

    def _several(self, ids: Sequence[str]) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for start in range(0, len(ids), MOST):
            fields = {"externalIds": array(ids[start : start + MOST])}
            answer = self._wire.call("pullSmsSendStatusSet", fields, "")
            items = next((answer[name] for name in _SETS if name in answer), None)
            for item in items if isinstance(items, list) else ():
                if isinstance(item, Mapping):
                    found[prose(item, "externalId")] = prose(item, "status")[:LONGEST]
        return found


def array(values: Sequence[str]) -> str:
    """An array as the documents spell it, ``[1234,2345]``."""
    return f"[{','.join(values)}]"
