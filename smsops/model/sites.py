"""Sites of Tencent Cloud: two services of one API that know nothing of each other.

An account is on one of them, ``cn`` (cloud.tencent.com) or ``intl`` (tencentcloud.com), which
differ in hosts, regions and in what a sign may be.
"""

from __future__ import annotations

from collections.abc import Mapping

CN, INTL = "cn", "intl"
#: site -> regions where its SMS API is ("地域列表"; tencentcloud.com, document 382/40465).
REGIONS: Mapping[str, tuple[str, ...]] = {
    CN: ("ap-beijing", "ap-guangzhou", "ap-nanjing"),
    INTL: (
        "ap-beijing",
        "ap-chengdu",
        "ap-guangzhou",
        "ap-hongkong",
        "ap-nanjing",
        "ap-shanghai",
        "ap-singapore",
    ),
}
SITES = tuple(REGIONS)
