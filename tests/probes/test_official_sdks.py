"""What a probe says of its message is what the official SDKs of both versions are told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tencentcloud.common import credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20190711 import models as models_2019
from tencentcloud.sms.v20190711 import sms_client as client_2019

from tests.support.account import SECRET_ID, SECRET_KEY
from tests.support.emulator_api import ask, sdk
from tests.support.probes import APPLICATION, ProbeProject, phone, probe_project

pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[ProbeProject]:
    with probe_project(tmp_path / "shop") as made:
        yield made


def told(url: str, last: str, begin: int) -> dict[str, list[Any]]:
    """The reports of a number, by the version of the SDK that asked."""
    client = sdk(url, secret_id=SECRET_ID, secret_key=SECRET_KEY)
    newer = ask(
        client,
        "PullSmsSendStatusByPhoneNumber",
        SmsSdkAppId=APPLICATION,
        PhoneNumber=phone(last),
        BeginTime=begin,
        Offset=0,
        Limit=100,
    )
    http = HttpProfile(endpoint=url.removeprefix("http://"), protocol="http")
    who = credential.Credential(SECRET_ID, SECRET_KEY)
    older = client_2019.SmsClient(who, "", ClientProfile(httpProfile=http))
    request = models_2019.PullSmsSendStatusByPhoneNumberRequest()
    request.from_json_string(
        json.dumps(
            {
                "SmsSdkAppid": APPLICATION,
                "PhoneNumber": phone(last),
                "SendDateTime": begin,
                "Offset": 0,
                "Limit": 100,
            }
        )
    )
    answer = json.loads(older.PullSmsSendStatusByPhoneNumber(request).to_json_string())
    return {
        "2021-01-11": newer["PullSmsSendStatusSet"],
        "2019-07-11": answer["PullSmsSendStatusSet"],
    }


@pytest.mark.parametrize("channel", ["tencent", "tencent-2019"])
@pytest.mark.parametrize(
    ("last", "verdict", "status"),
    [("9999", "delivered", "SUCCESS"), ("0002", "failed", "FAIL")],
)
def test_they_see_the_same(
    project: ProbeProject, channel: str, last: str, verdict: str, status: str
) -> None:
    project.declare(last=last, channel=channel)
    begin = int(project.account.time.clock.now()) - 60
    row = project.one()
    assert row["verdict"] == verdict
    for version, reports in told(project.account.url, last, begin).items():
        assert len(reports) == 1, version
        [report] = reports
        shown = report["ReportStatus"], report["Description"], report["SerialNo"]
        assert shown == (status, row["code"], row["serial_no"]), version
