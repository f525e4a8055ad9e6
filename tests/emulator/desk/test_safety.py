"""Who may look and who may change: other web sites, other names, old pages; and what is shown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from smsops.emulator.account import APPROVED
from smsops.emulator.desk.heard import HIDDEN, KEPT, parsed, shown
from tests.emulator.desk.conftest import HTML, NUMBER, PAGES, Served
from tests.support.emulator_api import PNG, SIGN, ask, sdk

VERDICT = {"kind": "template", "id": "1110", "verdict": "effective-later"}
HOSTILE = (
    "\"'><img src=x onerror=alert(1)></textarea></script><script>alert(2)</script>"
    "{{12345*6789}}\u202e"
)


def status(served: Served) -> int:
    (template,) = served.emulator.items("template")
    return template.status


# ---- whose requests ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*PAGES, "/desk/events", "/desk/nothing"])
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:80",
        "127.0.0.1.evil.example",
        "localhost.evil:8080",
        "169.254.1.1",
        "",
    ],
)
def test_another_name_of_this_machine_gets_nothing(standing: Served, path: str, host: str) -> None:
    """A page of evil.example that resolves to 127.0.0.1 could read everything otherwise."""
    answer = standing.client.get(path, headers={**HTML, "host": host})
    assert answer.status_code == 403
    assert "token" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST:1", "[::1]:8080"])
def test_loopback_names_are_this_machine(standing: Served, host: str) -> None:
    assert standing.client.get("/desk/review", headers={**HTML, "host": host}).status_code == 200


def test_a_form_with_its_token_does_what_it_says(desk: Served) -> None:
    answer = desk.post("/desk/review", **VERDICT)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/desk/review?done=reviewed#done",
    )
    assert status(desk) == APPROVED


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "https://127.0.0.1"},
        {"origin": "http://127.0.0.1:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"host": "evil.example"},
        {"host": "evil.example", "origin": "http://evil.example"},
        {"content-type": "text/plain"},
    ],
    ids=str,
)
def test_a_form_from_elsewhere_changes_nothing_even_with_the_token(
    standing: Served, headers: dict[str, str]
) -> None:
    answer = standing.post("/desk/review", headers=headers, **VERDICT)
    assert (answer.status_code, status(standing)) == (403, 0)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "null", "sec-fetch-site": "same-origin"},  # Chromium under no-referrer
        {"origin": "null"},
        {"sec-fetch-site": "same-origin"},
    ],
    ids=str,
)
def test_what_browsers_say_of_our_own_forms_is_no_hindrance(
    desk: Served, headers: dict[str, str]
) -> None:
    assert desk.post("/desk/review", headers=headers, **VERDICT).status_code == 303


def test_our_own_origin_is_no_hindrance(desk: Served) -> None:
    assert desk.post("/desk/review", headers={"origin": desk.url}, **VERDICT).status_code == 303


@pytest.mark.parametrize("token", [None, "", "x" * 43, "é"])
def test_a_form_without_the_token_changes_nothing(desk: Served, token: str | None) -> None:
    form = VERDICT if token is None else {**VERDICT, "token": token}
    answer = desk.client.post("/desk/review", data=form)
    assert (answer.status_code, status(desk)) == (403, 0)


def test_a_page_from_before_a_restart_is_told_to_reload(desk: Served) -> None:
    answer = desk.client.post("/desk/review", data={**VERDICT, "token": "old"})
    assert "Reload it" in answer.text


def test_the_token_of_one_emulator_is_not_that_of_another(start: Callable[..., Served]) -> None:
    found = [
        re.findall(r'name="token" value="([^"]+)"', start().page("/desk/faults")) for _ in "ab"
    ]
    assert len(found[0]) >= 1
    assert len({*found[0], *found[1]}) == 2


@pytest.mark.parametrize("path", ["review", "report", "reply", "fault", "fault/remove", "sample"])
def test_no_form_does_anything_by_get(desk: Served, path: str) -> None:
    before = (status(desk), desk.emulator.faults.ordered, len(desk.emulator.items("sign")))
    desk.client.get(f"/desk/{path}", params={**VERDICT, "token": "x"}, headers=HTML)
    assert (status(desk), desk.emulator.faults.ordered, len(desk.emulator.items("sign"))) == before


def test_other_sites_may_link_here_and_load_nothing(desk: Served) -> None:
    visit = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    load = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
    assert desk.client.get("/", headers={**HTML, **visit}).status_code == 200
    assert desk.client.get("/", headers={**HTML, **load}).status_code == 403
    for site in ("cross-site", "same-site"):
        assert desk.client.get("/desk/events", headers={"sec-fetch-site": site}).status_code == 403


def test_pages_load_nothing_and_stay_out_of_frames(desk: Served) -> None:
    first, second = (desk.client.get(path, headers=HTML) for path in ("/", "/"))
    policy = first.headers["content-security-policy"]
    nonce = re.search("'nonce-([^']+)'", policy)
    assert nonce is not None
    assert policy == (
        f"default-src 'none'; script-src 'nonce-{nonce[1]}'; style-src 'nonce-{nonce[1]}'; "
        "img-src data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    assert first.text.count(f'nonce="{nonce[1]}"') == 2
    assert nonce[1] not in second.text
    assert first.headers["referrer-policy"] == "no-referrer"
    assert first.headers["x-content-type-options"] == "nosniff"
    assert first.headers["cache-control"] == "no-store"
    assert first.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("path", PAGES)
def test_pages_name_no_other_host(desk: Served, path: str) -> None:
    found = set(re.findall(r"(?:src|href|action)=\"([^\"]*)\"", desk.page(path)))
    assert {
        each for each in found if not each.startswith(("/", "#", "data:image/svg+xml,"))
    } == set()


# ---- the API stays what it was -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/", {}),
        ("GET", "/", {"accept": "*/*"}),
        ("GET", "/", {"accept": "application/json"}),
        ("GET", "/", {**HTML, "authorization": "TC3-HMAC-SHA256 x"}),
        ("GET", "/", {**HTML, "x-tc-action": "SendSms"}),
        ("GET", "/?Action=SendSms&Version=2021-01-11", HTML),
        ("POST", "/", HTML),
        ("POST", "/", {**HTML, "content-type": "application/x-www-form-urlencoded"}),
        ("PUT", "/", HTML),
        ("GET", "/favicon.ico", HTML),
        ("GET", "/deskside", HTML),
    ],
)
def test_programs_get_the_errors_of_the_api(
    standing: Served, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = standing.client.request(method, path, headers=headers)
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["Response"]["Error"]["Code"]


def test_signed_gets_are_answered_by_the_api(standing: Served) -> None:
    found = ask(sdk(standing.url, method="GET"), "DescribeSmsSignList", International=0, Limit=10)
    assert found["DescribeSignListStatusSet"][0]["SignName"] == "艾克米"


# ---- what is shown -----------------------------------------------------------------------------


def test_foreign_texts_are_text(desk: Served) -> None:
    desk.emulator.seed(
        [
            {
                "kind": kind,
                name: HOSTILE,
                "Remark": HOSTILE,
                "status": status,
                "reply": HOSTILE,
                **more,
            }
            for status in ("pending", "rejected", "approved")
            for kind, name, more in (
                ("sign", "SignName", {}),
                ("template", "TemplateName", {"TemplateContent": HOSTILE + "{1}"}),
            )
        ]
    )
    desk.send(SessionContext=HOSTILE)
    (message,) = desk.emulator.messages()
    desk.emulator.reply_from(message.serial, HOSTILE)
    desk.client.post("/", headers=[(b"x-tc-action", HOSTILE.encode())], json={HOSTILE: HOSTILE})
    desk.client.post("/" + "<b>", content=b"\xff<script>")
    for path in (
        *PAGES,
        f"/desk/messages?number=%2B{NUMBER[1:]}",
        "/desk/messages?number=<script>",
    ):
        html = desk.page(path)
        assert html.count("<script") == 1, path
        assert "<img" not in html, path
        assert "<b>" not in html, path
        assert "\u202e" not in html, path
        assert "83810205" not in html


def test_calls_show_no_secret_and_no_image() -> None:
    found = shown(
        {
            "ProofImage": PNG * 50,
            "WebIdentityToken": "eyJ.secret",
            "Credentials": {"TmpSecretKey": "secret", "Token": "secret"},
            "SessionContext": "kept",
            "PhoneNumberSet": [NUMBER] * 200,
        }
    )
    text = json.dumps(found, ensure_ascii=False)
    assert "secret" not in text.replace("TmpSecretKey", "")
    assert PNG not in text
    assert found["WebIdentityToken"] == HIDDEN
    assert found["SessionContext"] == "kept"
    assert found["ProofImage"] == "‹PNG, 2.1 KB›"
    assert len(found["PhoneNumberSet"]) == 11
    assert found["PhoneNumberSet"][-1] == "… +190"


@pytest.mark.parametrize("body", [b"", b"\xff", b"[" * 100_000, b'{"a":'])
def test_a_call_that_is_no_json_is_shown_by_its_size(desk: Served, body: bytes) -> None:
    assert parsed(body) is None
    desk.client.post("/", content=body, headers={"content-type": "application/json"})
    assert desk.client.get("/desk/calls", headers=HTML).status_code == 200


def test_an_image_of_a_sign_is_a_size_everywhere(desk: Served) -> None:
    ask(sdk(desk.url), "AddSmsSign", **{**SIGN, "SignName": "新签名", "ProofImage": PNG})
    assert PNG not in desk.page("/desk/calls")
    assert "Image, 41 B" in desk.page("/desk/review")


def test_a_large_call_is_kept_small(desk: Served) -> None:
    image = PNG + "A" * 2_000_000
    desk.client.post("/", json={"ProofImage": image, "SignName": "大图"})
    html = desk.page("/desk/calls")
    assert "1.4 MB" in html
    assert "大图" in html
    assert len(html) < 100_000


def test_a_call_with_many_names_is_only_its_size(desk: Served) -> None:
    desk.client.post("/", json={str(number): "x" for number in range(100_000)})
    assert "too large to be shown: 1." in desk.page("/desk/calls")


def test_what_became_of_many_numbers_is_summed(desk: Served) -> None:
    desk.send(*(f"+861391111{number:04}" for number in range(5000, 5190)), "+8613800000001")
    assert "190 of 191 accepted" in desk.page("/desk/calls")


def test_only_the_newest_calls_are_kept(desk: Served) -> None:
    for _ in range(KEPT + 5):
        desk.client.post("/", json={})
    html = desk.page("/desk/calls")
    assert html.count('class="what"') == 50
    assert f'id="c-{KEPT + 5}"' in html
    assert f'id="c-{KEPT + 4}"' in html
    last = desk.page(f"/desk/calls?page={KEPT // 50 - 1}")
    assert 'id="c-6"' in last
    assert "?page=" not in last


def test_lists_are_bounded(desk: Served) -> None:
    desk.emulator.seed(
        [
            {"kind": "template", "TemplateName": f"t{n}", "TemplateContent": "x", "status": status}
            for n in range(120)
            for status in ("pending", "approved")
        ]
    )
    html = desk.page("/desk/review")
    assert html.count('class="judge"') == 50
    assert "The first 50 are shown." in html
    assert html.count('value="pending"') == 50
    assert desk.page("/desk/review?page=2").count('value="pending"') == 21 + 1
    for number in range(120):
        desk.send(NUMBER if number % 2 else f"+861391111{5000 + number}")
    inbox = desk.page(f"/desk/messages?number=%2B{NUMBER[1:]}")
    assert inbox.count('<p class="bubble">') == 50
    older = re.search(r'href="(/desk/messages\?number=[^"]*before=\d+)"', inbox)
    assert older is not None
    assert desk.page(older[1].replace("&amp;", "&")).count('<p class="bubble">') == 10


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("review", {"kind": "template", "id": "9999", "verdict": "approved"}),
        ("review", {"kind": "stamp", "id": "1110", "verdict": "approved"}),
        ("review", {"kind": "template", "id": "1e3", "verdict": "approved"}),
        ("report", {"serial": "nothing", "verdict": "delivered"}),
        ("reply", {"serial": "nothing", "text": "hello"}),
        ("fault", {"kind": "explode"}),
        ("fault", {"kind": "delay", "seconds": "-1"}),
        ("fault", {"kind": "delay", "seconds": "nan"}),
        ("fault", {"kind": "delay", "seconds": "long"}),
        ("fault", {"kind": "error", "when": "soon"}),
        ("fault", {"kind": "status", "status": "9"}),
        ("fault/remove", {"place": "0", "seal": ""}),
        ("fault/remove", {"place": "-1", "seal": ""}),
    ],
)
def test_a_form_that_cannot_be_done_says_why(standing: Served, path: str, form: Any) -> None:
    answer = standing.post(f"/desk/{path}", **form)
    assert answer.status_code == 400
    assert "Nothing was done" in answer.text
    assert standing.emulator.faults.ordered == ()


def test_what_is_not_there_is_said_in_a_page(standing: Served) -> None:
    answer = standing.client.get("/desk/nothing", headers=HTML)
    assert (answer.status_code, "There is no such page." in answer.text) == (404, True)
    assert standing.post("/desk/nothing").status_code == 404
    assert standing.client.request("DELETE", "/desk/review").status_code == 405
    assert standing.client.post("/desk/events").status_code == 405


def test_a_data_file_that_cannot_be_used_is_said(
    desk: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    from smsops.emulator.store import DataError

    def broken(kind: str) -> Any:
        raise DataError("emulator data x is damaged")

    monkeypatch.setattr(desk.emulator, "items", broken)
    answer = desk.client.get("/", headers=HTML)
    assert (answer.status_code, "is damaged" in answer.text) == (500, True)


def test_a_slow_reader_is_not_waited_for(desk: Served) -> None:
    """A stream that nobody reads holds up neither the API nor other pages."""
    with (
        httpx.Client(base_url=desk.url, trust_env=False, verify=False, timeout=5) as client,
        client.stream("GET", "/desk/events") as stream,
    ):
        assert stream.headers["content-type"] == "text/event-stream"
        for _ in range(50):
            desk.client.post("/", json={})
        assert desk.page("/desk/calls")
