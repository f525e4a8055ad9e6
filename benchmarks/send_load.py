"""Calls of SendSms over one connection, as fast as they are answered.

    python -I send_load.py URL CALLS NUMBERS

Prints the seconds that CALLS calls with NUMBERS numbers each took, without the start of Python.
The request is signed once, so that the client costs next to nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import sys
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

APPLICATION, SIGN, TEMPLATE = "1400006666", "艾克米", "1110"


def signed(host: str, body: bytes) -> Mapping[str, str]:
    """The headers of a signed SendSms."""
    moment = int(time.time())
    date = time.strftime("%Y-%m-%d", time.gmtime(moment))
    scope = f"{date}/sms/tc3_request"
    listed = "content-type;host"
    canonical = (
        f"POST\n/\n\ncontent-type:application/json\nhost:{host}\n\n{listed}\n"
        f"{hashlib.sha256(body).hexdigest()}"
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = b"TC3emulator"
    for part in (date, "sms", "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    to_sign = f"TC3-HMAC-SHA256\n{moment}\n{scope}\n{digest}"
    mac = hmac.digest(key, to_sign.encode(), "sha256").hex()
    return {
        "Host": host,
        "Content-Type": "application/json",
        "X-TC-Action": "SendSms",
        "X-TC-Version": "2021-01-11",
        "X-TC-Region": "ap-guangzhou",
        "X-TC-Timestamp": str(moment),
        "Authorization": f"TC3-HMAC-SHA256 Credential=AKIDEMULATOR/{scope}, "
        f"SignedHeaders={listed}, Signature={mac}",
    }


def main(url: str, calls: int, numbers: int) -> float:
    """Send; the seconds it took."""
    host = urlsplit(url).netloc
    asked = {
        "PhoneNumberSet": [f"+861380{number:03d}9999" for number in range(numbers)],
        "SmsSdkAppId": APPLICATION,
        "SignName": SIGN,
        "TemplateId": TEMPLATE,
        "TemplateParamSet": ["123456"],
    }
    body = json.dumps(asked).encode()
    headers = signed(host, body)
    connection = http.client.HTTPConnection(host)
    answers = []
    began = time.perf_counter()
    for _ in range(calls):
        connection.request("POST", "/", body, headers)
        answers.append(connection.getresponse().read())
    seconds = time.perf_counter() - began
    for answer in answers:
        statuses = json.loads(answer)["Response"]["SendStatusSet"]
        if [status["Code"] for status in statuses] != ["Ok"] * numbers:
            raise SystemExit(f"not everything was sent: {answer[:500]!r}")
    return seconds


if __name__ == "__main__":
    print(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
