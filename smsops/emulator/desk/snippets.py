"""How to point a program at the emulator: code to copy, with the real port in it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Template
from typing import NamedTuple

from smsops.emulator import SECRET_ID, SECRET_KEY


class Snippet(NamedTuple):
    """Code in one language, or a command line. ``tried``: whether our tests run it."""

    name: str
    text: str
    tried: bool = True


#: What the examples send when the account holds nothing that they could use.
EXAMPLE: Mapping[str, str] = {"sign": "示例签名", "template": "1110"}
NUMBER = "+8613800001234"
APPLICATION = "1400006666"

_PYTHON = """\
# pip install tencentcloud-sdk-python-sms
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111 import models, sms_client

http = HttpProfile(protocol="http", endpoint="$host")
client = sms_client.SmsClient(
    Credential("$secret_id", "$secret_key"), "ap-guangzhou", ClientProfile(httpProfile=http)
)
request = models.SendSmsRequest()
request.SmsSdkAppId = "$application"
request.SignName = "$sign"
request.TemplateId = "$template"
request.TemplateParamSet = [$params]
request.PhoneNumberSet = ["$number"]
print(client.SendSms(request).to_json_string(ensure_ascii=False))
"""

_NODE = """\
// npm install tencentcloud-sdk-nodejs-sms
const { sms } = require("tencentcloud-sdk-nodejs-sms");

const client = new sms.v20210111.Client({
  credential: { secretId: "$secret_id", secretKey: "$secret_key" },
  region: "ap-guangzhou",
  profile: { httpProfile: { protocol: "http://", endpoint: "$host" } },
});
client.SendSms({
  SmsSdkAppId: "$application",
  SignName: "$sign",
  TemplateId: "$template",
  TemplateParamSet: [$params],
  PhoneNumberSet: ["$number"],
}).then(console.log, console.error);
"""

_JAVA = """\
// com.tencentcloudapi:tencentcloud-sdk-java-sms
HttpProfile http = new HttpProfile();
http.setProtocol(HttpProfile.REQ_HTTP);
http.setEndpoint("$host");
ClientProfile profile = new ClientProfile();
profile.setHttpProfile(http);
SmsClient client =
    new SmsClient(new Credential("$secret_id", "$secret_key"), "ap-guangzhou", profile);

SendSmsRequest request = new SendSmsRequest();
request.setSmsSdkAppId("$application");
request.setSignName("$sign");
request.setTemplateId("$template");
request.setTemplateParamSet(new String[] {$params});
request.setPhoneNumberSet(new String[] {"$number"});
System.out.println(SendSmsResponse.toJsonString(client.SendSms(request)));
"""

_GO = """\
// go get github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/sms
prof := profile.NewClientProfile()
prof.HttpProfile.Scheme = "HTTP"
prof.HttpProfile.Endpoint = "$host"
client, _ := sms.NewClient(
	common.NewCredential("$secret_id", "$secret_key"), "ap-guangzhou", prof)

request := sms.NewSendSmsRequest()
request.SmsSdkAppId = common.StringPtr("$application")
request.SignName = common.StringPtr("$sign")
request.TemplateId = common.StringPtr("$template")
request.TemplateParamSet = common.StringPtrs([]string{$params})
request.PhoneNumberSet = common.StringPtrs([]string{"$number"})
response, err := client.SendSms(request)
fmt.Println(response.ToJsonString(), err)
"""

_PHP = """\
<?php // composer require tencentcloud/sms
require "vendor/autoload.php";

use TencentCloud\\Common\\Credential;
use TencentCloud\\Common\\Profile\\ClientProfile;
use TencentCloud\\Common\\Profile\\HttpProfile;
use TencentCloud\\Sms\\V20210111\\Models\\SendSmsRequest;
use TencentCloud\\Sms\\V20210111\\SmsClient;

$$http = new HttpProfile();
$$http->setProtocol("http://");
$$http->setEndpoint("$host");
$$profile = new ClientProfile();
$$profile->setHttpProfile($$http);
$$client = new SmsClient(new Credential("$secret_id", "$secret_key"), "ap-guangzhou", $$profile);

$$request = new SendSmsRequest();
$$request->SmsSdkAppId = "$application";
$$request->SignName = "$sign";
$$request->TemplateId = "$template";
$$request->TemplateParamSet = [$params];
$$request->PhoneNumberSet = ["$number"];
echo $$client->SendSms($$request)->toJsonString();
"""

_TCCLI = """\
# pip install tccli
export TENCENTCLOUD_SECRET_ID=$secret_id TENCENTCLOUD_SECRET_KEY=$secret_key
tccli sms SendSms --endpoint http://$host --region ap-guangzhou \\
  --SmsSdkAppId $application --SignName '$sign' --TemplateId $template \\
  --TemplateParamSet '[$params]' --PhoneNumberSet '["$number"]'
"""

_SMSOPS = """\
export TENCENTCLOUD_SECRET_ID=$secret_id TENCENTCLOUD_SECRET_KEY=$secret_key
smsops --endpoint http://$host plan
"""

#: Name, code, whether it runs in our tests.
_ROWS = (
    ("Python", _PYTHON, True),
    ("Node.js", _NODE, True),
    ("Java", _JAVA, False),
    ("Go", _GO, False),
    ("PHP", _PHP, False),
    ("tccli", _TCCLI, True),
    ("smsops", _SMSOPS, True),
)


def snippets(host: str, sign: str, template: str, params: Sequence[str]) -> list[Snippet]:
    """The examples for an emulator at ``host``.

    A sign that would have to be quoted differently in some language gives way to the example.
    """
    plain = all(character.isalnum() or character in " -_" for character in sign)
    values = {
        "host": host,
        "secret_id": SECRET_ID,
        "secret_key": SECRET_KEY,
        "application": APPLICATION,
        "sign": sign if plain else EXAMPLE["sign"],
        "template": template,
        "params": ", ".join(f'"{value}"' for value in params),
        "number": NUMBER,
    }
    return [Snippet(name, Template(text).substitute(values), tried) for name, text, tried in _ROWS]
