"""What open pages are told: that something happened, once, and what kind of thing."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from smsops.emulator.core import Emulator
from smsops.emulator.desk import views
from smsops.emulator.desk.live import MAX_STREAMS
from tests.emulator.desk.conftest import NUMBER, Served


@contextmanager
def following(served: Served) -> Iterator[Iterator[dict[str, Any]]]:
    """The events of a stream, as JSON."""
    with (
        httpx.Client(base_url=served.url, trust_env=False, verify=False, timeout=10) as client,
        client.stream("GET", "/desk/events") as stream,
    ):
        lines = stream.iter_lines()
        yield (
            json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")
        )


def until(events: Iterator[dict[str, Any]], topic: str) -> dict[str, Any]:
    return next(event for event in events if topic in event["topics"])


def test_a_stream_begins_with_how_things_are(desk: Served) -> None:
    with following(desk) as events:
        first = next(events)
    assert first["topics"] == []
    assert f'data-revision="{first["revision"]}"' in desk.page()


def test_everything_that_happens_is_told(desk: Served) -> None:
    with following(desk) as events:
        seen = [next(events)["revision"]]
        for act, topic in (
            (lambda: desk.emulator.review("template", 1110, -1, "不行"), "review"),
            (lambda: desk.emulator.review("template", 1110, 0), "review"),
            (lambda: desk.send(NUMBER), "message"),
            (lambda: desk.client.post("/", json={}), "call"),
            (lambda: desk.emulator.report(serial(desk), "failed", "NOREG"), "report"),
            (lambda: desk.emulator.reply_from(serial(desk), "R"), "reply"),
        ):
            act()
            seen.append(until(events, topic)["revision"])
    assert len(set(seen)) == len(seen)


def serial(served: Served) -> str:
    return served.emulator.messages()[0].serial


def review(served: Served) -> None:
    for _ in range(100):
        served.emulator.review("template", 1110, 0)


def test_many_changes_are_few_events(desk: Served) -> None:
    with following(desk) as events:
        next(events)
        threads = [threading.Thread(target=review, args=(desk,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        told = 1
        while f'data-revision="{next(events)["revision"]}"' not in desk.page():
            told += 1
    assert told < 30


def test_reviews_that_end_by_themselves_are_told(start: Callable[..., Served]) -> None:
    served = start(review="auto:300ms")
    served.emulator.seed(
        [{"kind": "template", "TemplateName": "t", "TemplateContent": "x", "status": "pending"}]
    )
    with following(served) as events:
        first = next(events)["revision"]
        assert next(events)["revision"] != first
    assert "Nothing waits for review." in served.page("/desk/review")


def test_streams_are_bounded_and_end_with_their_pages(desk: Served) -> None:
    """The place of a page that was closed is free again at once."""
    for _ in range(2):
        opened = [following(desk) for _ in range(MAX_STREAMS)]
        for each in opened:
            next(each.__enter__())
        assert desk.client.get("/desk/events").status_code == 503
        for each in opened:
            each.__exit__(None, None, None)
        while desk.client.stream("GET", "/desk/events").__enter__().status_code == 503:
            pass


def test_the_server_does_not_wait_for_streams(start: Callable[..., Served]) -> None:
    import time

    from smsops.emulator.app import serving

    with serving(Emulator()) as url:
        client = httpx.Client(base_url=url, trust_env=False, verify=False, timeout=10)
        stream = client.stream("GET", "/desk/events")
        next(stream.__enter__().iter_lines())
        begun = time.monotonic()
    assert time.monotonic() - begun < 0.9
    stream.__exit__(None, None, None)
    client.close()


def test_nobody_listens_for_pages_that_are_not_open(desk: Served) -> None:
    """Events cost every call some time."""
    assert listeners(desk) == 0
    with following(desk) as events, following(desk) as others:
        next(events)
        next(others)
        assert listeners(desk) == 1
    while listeners(desk):
        pass


def listeners(served: Served) -> int:
    return len(served.emulator.events._subscribers)


def test_what_another_process_does_is_seen(start: Callable[..., Served], tmp_path: Path) -> None:
    served = start(data=tmp_path / "data.json")
    other = Emulator(tmp_path / "data.json")
    with following(served) as events:
        first = next(events)["revision"]
        other.review("template", 1110, -1, "不行")
        assert next(events)["revision"] != first
    assert "不行" in served.page("/desk/review")


def test_a_reset_forgets_the_calls(desk: Served) -> None:
    desk.client.post("/", json={})
    assert 'id="c-1"' in desk.page("/desk/calls")
    assert desk.client.post("/_emulator/reset", json={}).status_code == 200
    assert "No call arrived yet." in desk.page("/desk/calls")


def test_a_page_never_says_that_it_is_newer_than_it_is(
    desk: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what happens while it is written would not be shown until something else happens."""
    messages = views.messages

    def at_the_last_moment(*given: Any) -> Any:
        shown = messages(*given)
        monkeypatch.undo()
        desk.send(NUMBER)
        return shown

    monkeypatch.setattr(views, "messages", at_the_last_moment)
    html = desk.page()
    with following(desk) as events:
        assert f'data-revision="{next(events)["revision"]}"' not in html
