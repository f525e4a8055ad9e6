"""What a script does today: the official SDK, one Describe an id, one after another.

    python -I sdk_loop.py ENDPOINT IDS.json

Prints how many templates it read. A call that is refused for its frequency is repeated: without
that the loop would not end well, since the API takes 20 calls a second.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from tencentcloud.common import credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111 import models, sms_client

PAUSE = 0.05


def main(endpoint: str, ids: list[int]) -> int:
    """Read every template of ``ids``; how many there were."""
    profile = ClientProfile(
        httpProfile=HttpProfile(protocol="http", endpoint=endpoint, keepAlive=True)
    )
    who = credential.Credential("AKIDEMULATOR", "emulator")
    client = sms_client.SmsClient(who, "ap-guangzhou", profile)
    found = 0
    for number in ids:
        request = models.DescribeSmsTemplateListRequest()
        request.International = 0
        request.TemplateIdSet = [number]
        while True:
            try:
                found += len(client.DescribeSmsTemplateList(request).DescribeTemplateStatusSet)
            except TencentCloudSDKException as error:
                if error.get_code() != "RequestLimitExceeded":
                    raise
                time.sleep(PAUSE)
            else:
                break
    return found


if __name__ == "__main__":
    print(main(sys.argv[1], json.loads(Path(sys.argv[2]).read_text("utf-8"))))
