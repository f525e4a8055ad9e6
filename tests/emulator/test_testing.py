"""`pytest_plugins = ["smsops.testing"]` in the tests of somebody else's application."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from smsops.errors import SmsopsError
from smsops.testing import RunningEmulator
from tests.support.emulator_api import TEMPLATE, Refusal, ask, sdk

pytest_plugins = ["pytester"]
pytestmark = [
    pytest.mark.systems,
    pytest.mark.filterwarnings(
        "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
    ),
]

ACCOUNT = [
    {"kind": "sign", "signName": "艾克米"},
    {"kind": "template", "templateName": "登录", "content": "您的验证码是{1}。"},
]
SEND = {"SmsSdkAppId": "1400006666", "SignName": "艾克米", "TemplateParamSet": ["123456"]}

CONFTEST = 'pytest_plugins = ["smsops.testing"]\n'
APPLICATION = """
import os
from tencentcloud.common.credential import EnvironmentVariableCredential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111 import models, sms_client

def send_code(number, template, endpoint):
    http = HttpProfile(protocol="http", endpoint=endpoint)
    who = EnvironmentVariableCredential().get_credential()
    region = os.environ["TENCENTCLOUD_REGION"]
    client = sms_client.SmsClient(who, region, ClientProfile(httpProfile=http))
    request = models.SendSmsRequest()
    request.PhoneNumberSet = [number]
    request.SmsSdkAppId = "1400006666"
    request.SignName = "艾克米"
    request.TemplateId = str(template)
    request.TemplateParamSet = ["123456"]
    return client.SendSms(request).SendStatusSet[0]
"""


@pytest.fixture(scope="module")
def running() -> Iterator[RunningEmulator]:
    with RunningEmulator.started(("--no-limits", "--report-delay", "1h")) as running:
        yield running


@pytest.fixture
def emulator(running: RunningEmulator) -> RunningEmulator:
    running.reset(account=True)
    running.seed(ACCOUNT)
    return running


def send(emulator: RunningEmulator, *numbers: str) -> list[str]:
    """The serial numbers of what was sent."""
    asked = {**SEND, "PhoneNumberSet": list(numbers), "TemplateId": "1110"}
    answer = ask(sdk(emulator.url), "SendSms", **asked)
    return [status["SerialNo"] for status in answer["SendStatusSet"]]


def test_the_documented_test_passes(pytester: pytest.Pytester) -> None:
    """One process for all tests, empty at the beginning of each, and gone at the end."""
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(application=APPLICATION, account=f"ACCOUNT = {ACCOUNT!r}")
    pytester.makepyfile(
        test_login="""
        from account import ACCOUNT
        from application import send_code

        def test_a_code_is_sent(smsops_emulator, monkeypatch):
            _, template = smsops_emulator.seed(ACCOUNT)
            for name, value in smsops_emulator.environment.items():
                monkeypatch.setenv(name, value)
            status = send_code("+8618501234444", template, smsops_emulator.endpoint)
            (message,) = smsops_emulator.messages()
            assert (message.serial_no, message.to) == (status.SerialNo, "+8618501234444")
            assert message.text == "【艾克米】您的验证码是123456。"
            assert message.params == ("123456",)

        def test_the_next_one_begins_empty(smsops_emulator):
            assert smsops_emulator.messages() == []
            assert smsops_emulator.seed(ACCOUNT) == [1110, 1110]
            with open("url.txt", "w") as file:
                file.write(smsops_emulator.url)
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "ignore")
    result.assert_outcomes(passed=2)
    url = (pytester.path / "url.txt").read_text()
    with pytest.raises(SmsopsError, match="no emulator answers"):
        RunningEmulator(url).messages()


def test_options_are_a_fixture_of_the_application(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        CONFTEST
        + """
import pytest

@pytest.fixture(scope="session")
def smsops_emulator_options():
    return ("--refuse-everything",)
"""
    )
    pytester.makepyfile("def test_it(smsops_emulator): pass")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "ignore")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*the emulator did not start:*--refuse-everything*"])


def test_without_the_plugin_nothing_is_loaded(pytester: pytest.Pytester) -> None:
    """It is asked for, never found: other test runs on the same Python do not pay for it."""
    pytester.makepyfile(
        """
        import sys

        def test_it():
            assert "smsops" not in sys.modules
        """
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_what_is_added_waits_until_it_is_approved(emulator: RunningEmulator) -> None:
    client = sdk(emulator.url)
    number = int(ask(client, "AddSmsTemplate", **TEMPLATE)["AddTemplateStatus"]["TemplateId"])
    emulator.approve("template", number)
    emulator.reject("template", 1110, "不行")
    found = ask(client, "DescribeSmsTemplateList", International=0, TemplateIdSet=[1110, number])
    statuses = found["DescribeTemplateStatusSet"]
    assert [(one["StatusCode"], one["ReviewReply"]) for one in statuses] == [(-1, "不行"), (0, "")]
    with pytest.raises(SmsopsError, match="no template has the id 5"):
        emulator.approve("template", 5)


def test_everything_in_review_is_approved_at_once(emulator: RunningEmulator) -> None:
    """What was judged before stays as it is."""
    client = sdk(emulator.url)
    for name in ("甲", "乙"):
        ask(client, "AddSmsTemplate", **{**TEMPLATE, "TemplateName": name})
    emulator.reject("template", 1110)
    emulator.approve()
    found = ask(client, "DescribeSmsTemplateList", International=0, Limit=10, Offset=0)
    codes = {one["TemplateId"]: one["StatusCode"] for one in found["DescribeTemplateStatusSet"]}
    assert codes == {1110: -1, 1111: 0, 1112: 0}


def test_a_verdict_that_is_none_is_refused(emulator: RunningEmulator) -> None:
    with pytest.raises(SmsopsError, match="approved, effective-later, rejected, pending"):
        emulator.review("great", "template", 1110)


def test_reports_and_replies_are_the_tests(emulator: RunningEmulator) -> None:
    """Messages are filtered by number, newest first; codes are those of the carrier."""
    first, second, third = send(emulator, "+8618501234444", "+8618501234445", "+8618501234446")
    assert [message.verdict for message in emulator.messages()] == ["pending"] * 3
    assert emulator.messages()[0].reported_at is None
    emulator.report(first, "delivered")
    emulator.report(second, "failed", "NOREG")
    emulator.reply(third, "R")
    assert [(one.serial_no, one.verdict, one.code) for one in emulator.messages()] == [
        (third, "pending", ""),
        (second, "failed", "NOREG"),
        (first, "delivered", "DELIVRD"),
    ]
    (message,) = emulator.messages(to="+8618501234444")
    assert message.reported_at is not None
    assert message.reported_at >= message.sent_at
    pulled = ask(sdk(emulator.url), "PullSmsReplyStatus", SmsSdkAppId="1400006666", Limit=10)
    assert [one["ReplyContent"] for one in pulled["PullSmsReplyStatusSet"]] == ["R"]
    with pytest.raises(SmsopsError, match="serial"):
        emulator.report("5000:0", "delivered")


def test_faults_are_ordered_and_end_with_a_reset(emulator: RunningEmulator) -> None:
    emulator.faults([{"kind": "error", "code": "InternalError.OtherError", "action": "SendSms"}])
    with pytest.raises(Refusal, match="OtherError"):
        send(emulator, "+8618501234444")
    emulator.reset()
    assert len(send(emulator, "+8618501234444")) == 1
    assert len(emulator.messages()) == 1
    emulator.reset()
    assert emulator.messages() == []
    assert len(send(emulator, "+8618501234444")) == 1  # sign and template are still there


def test_after_its_block_an_emulator_is_gone() -> None:
    with RunningEmulator.started() as emulator:
        assert emulator.url == f"http://{emulator.endpoint}"
        assert emulator.environment["SMSOPS_ENDPOINT"] == emulator.url
    with pytest.raises(SmsopsError, match="no emulator answers"):
        emulator.seed(ACCOUNT)
