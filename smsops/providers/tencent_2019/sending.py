"""Driver ``tencent-2019``: sending, reports and replies of API version 2019-07-11.

Its own names (official SDK, v20190711; PullSmsReplyStatusByPhoneNumber): PhoneNumber is the number
without its country in a report, and in E.164 in a reply. It has no list of what was sent, so only
what was reported is found again, and no conversions.
"""

from __future__ import annotations

from smsops.providers.tencent.client import Client
from smsops.providers.tencent.sending import Names, Tencent

CHANNEL = "tencent-2019"
NAMES = Names(
    version="2019-07-11",
    application="SmsSdkAppid",
    template="TemplateID",
    sign="Sign",
    begin="SendDateTime",
    end="EndDateTime",
    number="PurePhoneNumber",
    reported_at="UserReceiveUnixTime",
    replied_sign="Sign",
    replied_at="ReplyUnixTime",
)


def driver(client: Client) -> Tencent:
    """The driver on an open client."""
    return Tencent(client, names=NAMES, channel=CHANNEL, records=False)
