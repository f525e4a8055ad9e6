"""The control routes of a served emulator: for tests and reviewers, from this machine only."""

from __future__ import annotations

import select
import socket
import threading
import time
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from smsops.clock import SYSTEM
from smsops.emulator import app, protocol
from smsops.emulator.core import Emulator
from smsops.emulator.faults import Fault
from smsops.emulator.front import answer
from smsops.emulator.parameters import MAX_BODY
from smsops.emulator.remote import Remote
from smsops.emulator.settings import Settings
from smsops.emulator.wire import Request
from smsops.errors import SmsopsError
from tests.emulator.conftest import Serve
from tests.emulator.test_faults import send
from tests.support.emulator_api import SEEDED_SIGN, TEMPLATE, signed


@pytest.fixture
def client() -> Any:
    with httpx.Client(trust_env=False, timeout=10, verify=False) as client:
        yield client


def test_seed_review_objects_and_ledger_over_the_socket(serve: Serve, client: httpx.Client) -> None:
    """No signature is needed; what API calls did is told apart from what the console did."""
    url, emulator = serve()
    control = f"{url}/_emulator"
    seeded = client.post(f"{control}/seed", json=[SEEDED_SIGN]).json()
    assert seeded == {"ids": [1110]}
    send(client, url, "AddSmsTemplate", TEMPLATE)
    verdict = {"kind": "template", "id": 1110, "verdict": "rejected", "reply": "不行"}
    assert client.post(f"{control}/review", json=verdict).status_code == 200
    (template,) = client.get(f"{control}/objects").json()["templates"]
    assert (template["status"], template["reply"]) == (-1, "不行")
    client.post(f"{control}/review", json={"kind": "template", "id": 1110, "code": 9})
    assert emulator.items("template")[0].status == 9
    judged = {"kind": "qualification", "id": 1000001, "verdict": "rejected"}
    assert client.post(f"{control}/review", json=judged).status_code == 200
    (entry,) = client.get(f"{control}/ledger").json()["ledger"]
    assert (entry["seq"], entry["action"], entry["id"]) == (1, "AddSmsTemplate", 1110)
    (served,) = client.get(f"{control}/calls").json()["calls"]
    assert (served["action"], served["code"]) == ("AddSmsTemplate", "")
    wrong = client.post(f"{control}/remove", json={"kind": "template", "id": 5})
    assert (wrong.status_code, wrong.json()["error"]) == (
        400,
        "no template has the id 5; there are 1110",
    )
    client.post(f"{control}/remove", json={"kind": "template", "id": 1110})
    assert emulator.items("template") == []


SENT = {
    "PhoneNumberSet": ["+8618501234444"],
    "SmsSdkAppId": "1400006666",
    "SignName": "已有签名",
    "TemplateId": "1110",
    "TemplateParamSet": ["123456"],
    "SessionContext": "order 7",
}
CODE = {"kind": "template", "templateName": "验证码", "content": "您的验证码是{1}。"}


def test_messages_are_seen_reported_and_answered(serve: Serve, client: httpx.Client) -> None:
    """The members that are documented, and a verdict or a reply by serial number."""
    url, emulator = serve(report_delay=3600.0)
    emulator.seed([SEEDED_SIGN, CODE])
    messages = f"{url}/_emulator/messages"
    assert client.get(messages).json() == {"messages": []}
    sent = send(client, url, "SendSms", SENT).json()["Response"]["SendStatusSet"]
    (message,) = client.get(messages).json()["messages"]
    assert abs(message["sent_at"] - time.time()) < 60
    known = {
        "serial_no": sent[0]["SerialNo"],
        "to": "+8618501234444",
        "sign": "已有签名",
        "template_id": "1110",
        "text": "【已有签名】您的验证码是123456。",
        "params": ["123456"],
        "verdict": "pending",
        "code": "",
        "reported_at": None,
        "session_context": "order 7",
    }
    assert {name: message[name] for name in known} == known
    change = {"serial_no": sent[0]["SerialNo"], "verdict": "failed", "code": "NOREG"}
    assert client.post(messages, json=change).json() == {}
    answered = {"serial_no": sent[0]["SerialNo"], "reply": "R"}
    assert client.post(messages, json=answered).json() == {}
    (message,) = client.get(messages).json()["messages"]
    assert (message["verdict"], message["code"]) == ("failed", "NOREG")
    assert message["reported_at"] >= message["sent_at"]
    assert [reply["text"] for reply in message["replies"]] == ["R"]


@pytest.mark.parametrize(
    ("body", "left"), [(None, 1), ({}, 1), ({"all": False}, 1), ({"all": True}, 0)]
)
def test_a_reset_forgets_messages_calls_and_faults(
    serve: Serve, client: httpx.Client, body: Any, left: int
) -> None:
    """Signs and templates only when it is asked for."""
    url, emulator = serve()
    emulator.seed([SEEDED_SIGN, CODE])
    send(client, url, "SendSms", SENT)
    client.post(f"{url}/_emulator/faults", json=[{"kind": "status", "status": 502}])
    assert client.post(f"{url}/_emulator/reset", json=body).json() == {}
    assert client.get(f"{url}/_emulator/messages").json() == {"messages": []}
    assert client.get(f"{url}/_emulator/calls").json() == {"calls": []}
    assert client.get(f"{url}/_emulator/faults").json() == {"faults": [], "counts": []}
    assert len(emulator.items("sign")) == len(emulator.items("template")) == left


def test_a_reset_of_messages_leaves_packages(serve: Serve, client: httpx.Client) -> None:
    url, emulator = serve()
    emulator.seed([{"kind": "package", "app": "1400006666", "id": 1, "amount": 10}])
    client.post(f"{url}/_emulator/reset")
    with emulator.store.reading() as contents:
        assert list(contents.history.packages.owned) == [1]


def test_faults_are_ordered_and_taken_back_over_the_socket(
    serve: Serve, client: httpx.Client
) -> None:
    url, _ = serve()
    ordered = client.post(f"{url}/_emulator/faults", json=[{"kind": "status", "status": 502}])
    assert ordered.json() == {"ordered": 1}
    assert client.get(f"{url}/_emulator/faults").json()["faults"][0]["kind"] == "status"
    listing = ("DescribeSmsSignList", {"International": 0})
    assert send(client, url, *listing).status_code == 502
    client.post(f"{url}/_emulator/faults", json=[])
    assert send(client, url, *listing).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "nothing", None, 404),
        ("DELETE", "ledger", None, 404),
        ("POST", "review", {"kind": "template", "id": 5, "verdict": "approved"}, 400),
        ("POST", "review", {"kind": "template", "id": 5, "verdict": "great"}, 400),
        ("POST", "review", {"kind": "stamp", "id": 5, "code": 1}, 400),
        ("POST", "review", None, 400),
        ("POST", "seed", {"kind": "sign"}, 400),
        ("POST", "faults", [{"kind": "explode"}], 400),
        ("POST", "remove", {"id": 5}, 400),
        ("POST", "messages", {"serial_no": "5000:1", "verdict": "delivered"}, 400),
        ("POST", "messages", {"verdict": "delivered"}, 400),
        ("POST", "reset", {"all": 1}, 400),
        ("POST", "reset", {"what": "all"}, 400),
        ("POST", "reset", [], 400),
    ],
)
def test_a_wrong_control_request_is_told_so(
    serve: Serve, client: httpx.Client, method: str, path: str, body: Any, status: int
) -> None:
    url, _ = serve()
    reply = client.request(method, f"{url}/_emulator/{path}", json=body)
    assert reply.status_code == status
    assert reply.json()["error"]


@pytest.mark.parametrize(
    "headers", [{"host": "evil.example"}, {"host": "evil.example:80"}, {"origin": "http://evil"}]
)
def test_web_pages_cannot_reach_the_control_routes(
    serve: Serve, client: httpx.Client, headers: dict[str, str]
) -> None:
    """Neither from another origin nor under a name that was rebound to loopback."""
    url, emulator = serve()
    reply = client.post(f"{url}/_emulator/seed", json=[SEEDED_SIGN], headers=headers)
    assert reply.status_code == 403
    assert emulator.items("sign") == []


@pytest.mark.parametrize(
    "headers", [{"host": "evil.example"}, {"host": "evil.example:80"}, {"host": "127.0.0.1.nip.io"}]
)
@pytest.mark.parametrize("path", ["/", "/comms/sms/sendmsg"])
def test_no_other_name_reaches_the_api(
    serve: Serve, client: httpx.Client, path: str, headers: dict[str, str]
) -> None:
    """The key is printed for everybody, so it keeps no page out whose name was rebound."""
    url, _ = serve()
    reply = client.post(f"{url}{path}", json={}, headers=headers).json()
    if path == "/":
        assert reply["Response"]["Error"]["Code"] == "UnsupportedOperation"
    else:
        assert reply["code"] == "1005"
        assert "localhost" in reply["msg"]


def test_only_loopback_is_listened_on(serve: Serve) -> None:
    """Not even another loopback address reaches it, so no address of a network does."""
    url, _ = serve()
    port = int(url.rpartition(":")[2])
    socket.create_connection(("127.0.0.1", port), timeout=5).close()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.2", port), timeout=5)


def test_the_date_of_a_reply_is_sent_once(serve: Serve, client: httpx.Client) -> None:
    url, _ = serve()
    reply = send(client, url, "DescribeSmsSignList", {"International": 0})
    (date,) = reply.headers.get_list("date")
    assert abs(parsedate_to_datetime(date).timestamp() - time.time()) < 60


def test_a_data_file_that_breaks_while_serving_is_an_internal_error(
    tmp_path: Any, client: httpx.Client
) -> None:
    """The server survives, and says which file it is."""
    from smsops.emulator.app import serving
    from smsops.emulator.core import Emulator

    path = tmp_path / "emulator.json"
    with serving(Emulator(path)) as url:
        path.write_bytes(b"{}")
        reply = send(client, url, "DescribeSmsSignList", {"International": 0})
        assert reply.json()["Response"]["Error"]["Code"] == "InternalError"
        assert "emulator.json" in reply.json()["Response"]["Error"]["Message"]
        sent = {"mobile": "+8613700000000", "templateID": "77"}
        told = client.post(f"{url}/comms/sms/sendmsg", json=sent).json()
        assert told["code"] == "9999"
        assert "emulator.json" in told["msg"]
        path.unlink()
        reply = send(client, url, "DescribeSmsSignList", {"International": 0})
        assert reply.json()["Response"]["DescribeSignListStatusSet"] == []


def test_a_data_file_that_stays_broken_is_said_once(
    tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """And again when it breaks another time."""

    class Ended:
        def __init__(self) -> None:
            self.left = 10

        def wait(self, _: float) -> bool:
            self.left -= 1
            if self.left in (9, 2):
                path.write_bytes(b"{}")
            elif self.left == 4:
                path.unlink()
            return self.left == 0

    path = tmp_path / "emulator.json"
    server = app.Server(Emulator(path))
    server._emulator.events.serve()
    server._ended = Ended()  # type: ignore[assignment]
    server._watch()
    server._listener.close()
    assert [record.getMessage() for record in caplog.records] == [
        f"{path} is not emulator data",
        f"{path} is not emulator data",
    ]


def test_a_body_that_is_too_large_is_told_so() -> None:
    request = Request(
        "POST",
        "/_emulator/seed",
        {"host": "127.0.0.1", "content-type": "application/json"},
        b" " * (MAX_BODY + 1),
    )
    reply = answer(Emulator(), request)
    assert (reply.status, reply.body) == (413, b'{"error":"the body is larger than 10 MiB"}')


def test_a_remote_account_is_used_like_a_local_one(serve: Serve) -> None:
    url, emulator = serve()
    remote = Remote(url)
    assert remote.seed([SEEDED_SIGN]) == [1110]
    remote.review("sign", 1110, -1, "不行")
    assert remote.items("sign") == emulator.items("sign")
    assert remote.items("sign")[0].reply == "不行"
    assert remote.ledger() == []
    with pytest.raises(SmsopsError, match="there are 1110"):
        remote.review("sign", 5, 0)


def test_a_remote_account_that_is_none_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(SmsopsError, match="no emulator answers"):
        Remote(url).items("sign")


def test_calls_are_answered_where_they_arrive_only_if_they_wait_for_nothing(tmp_path: Any) -> None:
    """A file, a delay, a fault or a hook may take a while, and would hold up the others."""
    delay = Fault(action="*", kind="delay", seconds=1.0)
    assert Emulator().prompt
    for waiting in (
        Emulator(tmp_path / "emulator.json"),
        Emulator(None, Settings(latency=(0.0, 0.1))),
        Emulator(None, faults=[delay]),
        Emulator(None, hook=lambda event, action: None),
    ):
        assert not waiting.prompt


def test_a_slow_call_holds_up_nobody(serve: Serve, client: httpx.Client) -> None:
    url, emulator = serve(faults=[Fault(action="SendSms", kind="hang")])
    emulator.seed([SEEDED_SIGN, CODE])
    host = url.removeprefix("http://")
    slow = signed("SendSms", SENT, now=time.time(), host=host)
    headers = {**slow.headers, "content-length": str(len(slow.body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection(("127.0.0.1", int(host.rpartition(":")[2]))) as waiting:
        waiting.sendall(f"POST / HTTP/1.1\r\n{head}\r\n".encode() + slow.body)
        while not emulator.messages():
            assert not answered(waiting, 0.01)
        assert send(client, url, "DescribeSmsSignList", {"International": 0}).status_code == 200
        assert not answered(waiting)


def answered(connection: socket.socket, seconds: float = 0.0) -> bool:
    """Whether a server has said something within ``seconds``, or has hung up."""
    return bool(select.select([connection], [], [], seconds)[0])


def test_only_json_that_no_page_sent_is_taken(serve: Serve, client: httpx.Client) -> None:
    """A page can post other types to any address without being asked."""
    url, emulator = serve()
    emulator.seed([SEEDED_SIGN])
    address, everything = f"{url}/_emulator/reset", b'{"all": true}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None):
        typed = {} if kind is None else {"content-type": kind}
        assert client.post(address, content=everything, headers=typed).status_code == 415
    for site in ("cross-site", "same-site", "same-origin"):
        headers = {"sec-fetch-site": site, "content-type": "application/json"}
        assert client.post(address, content=everything, headers=headers).status_code == 403
    objects = f"{url}/_emulator/objects"
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 200)):
        assert client.get(objects, headers={"sec-fetch-site": site}).status_code == status
    assert len(emulator.items("sign")) == 1


def test_control_is_reachable_while_every_thread_waits(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many calls are delayed, the fault can be seen and taken back."""
    monkeypatch.setattr(app, "_THREADS", 1)
    waiting, go = threading.Event(), threading.Event()

    def sleep(_: float) -> None:
        waiting.set()
        go.wait(30)

    delay = Fault(action="*", kind="delay", seconds=1.0)
    emulator = Emulator(None, clock=replace(SYSTEM, sleep=sleep), faults=[delay])
    with app.serving(emulator) as url:
        parameters = {"International": 0}
        arguments = (client, url, "DescribeSmsSignList", parameters)
        call = threading.Thread(target=send, args=arguments, daemon=True)
        call.start()
        try:
            assert waiting.wait(10)
            page = client.get(f"{url}/desk/faults", headers={"accept": "text/html"})
            assert page.status_code == 200
            assert client.post(f"{url}/_emulator/faults", json=[]).json() == {"ordered": 0}
        finally:
            go.set()
            call.join(10)


@pytest.mark.parametrize(
    "half",
    [
        b"",
        b"POST / HTTP/1.1\r\nHost: 1",
        b"POST / HTTP/1.1\r\nHost: 1\r\nContent-Length: 9\r\n\r\n{",
    ],
)
def test_a_request_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch, half: bytes) -> None:
    monkeypatch.setattr(protocol, "REQUEST_SECONDS", 0.2)
    with app.serving(Emulator()) as url:
        port = int(url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(half)
            assert connection.recv(99).startswith(b"HTTP/1.1 408 ")
            assert connection.recv(99) == b""
