"""The control routes of a served emulator: for tests and reviewers, from this machine only."""

from __future__ import annotations

import socket
import time
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from smsops.emulator.remote import Remote
from smsops.errors import SmsopsError
from tests.emulator.api import SEEDED_SIGN, TEMPLATE
from tests.emulator.conftest import Serve
from tests.emulator.test_faults import send


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
    client.post(f"{control}/remove", json={"kind": "template", "id": 1110})
    assert emulator.items("template") == []


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
        path.unlink()
        reply = send(client, url, "DescribeSmsSignList", {"International": 0})
        assert reply.json()["Response"]["DescribeSignListStatusSet"] == []


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
