"""A receiver in a project knows its applications by name, and takes all others."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path

import pytest

from tests.support.receivers import APP, OK, Receivers, push
from tests.support.servers import raw_server, wire


@pytest.fixture
def project(receivers: Receivers) -> Path:
    root = receivers.project.begin_empty().root
    (root / "applications").mkdir()
    (root / "applications" / "shop.yaml").write_text(
        "apiVersion: smsops/v1\nkind: Application\nmetadata: {name: shop}\n"
        "spec: {sdkAppId: 1400006666}\n"
    )
    return root


def test_names_of_applications_are_known(receivers: Receivers, project: Path) -> None:
    arrived = threading.Event()

    def answer(stream: socket.socket, _: bytes) -> None:
        stream.sendall(wire(b""))
        arrived.set()

    with (
        raw_server(answer) as (url, requests),
        receivers.running("--metrics", "--forward", f"tencent/shop={url}/x") as running,
    ):
        assert "replies for shop" in "".join(receivers.project.said)
        assert running.post(APP, push(1)) == OK
        assert running.post("/tencent/1400006667", push(2, 3)) == OK
        assert arrived.wait(60)
        metrics = running.get("/metrics")[1]
    assert len(requests) == 1
    counted = 'smsops_receive_reports_total{{application="{}",vendor="tencent",verdict="{}"}} {}'
    assert counted.format("shop", "delivered", 1) in metrics
    assert counted.format("", "delivered", 2) in metrics
    document = receivers.project("receipts", "--format", "json").json()
    found = {each["message"]: each["application"] for each in document["messages"]}
    assert found == {"2019:1": "1400006666", "2019:2": "1400006667", "2019:3": "1400006667"}
    assert json.dumps(document).count("delivered") == 3


def test_a_mistake_in_a_manifest_keeps_no_vendor_out(receivers: Receivers, project: Path) -> None:
    (project / "applications" / "broken.yaml").write_text("kind: [")
    with receivers.running() as running:
        said = "".join(receivers.project.said)
        assert "some manifests have errors: `smsops validate" in said
        assert "replies for shop" in said
        assert running.post(APP, push(1)) == OK
    (project / "smsops.yaml").write_text("kind: [")
    with receivers.running() as running:
        assert "applications have no names here" in "".join(receivers.project.said)
        assert running.post(APP, push(2)) == OK
    ran = receivers.project("receive", "--port", "0", "--forward", "tencent/shop=https://a.test/")
    assert (ran.code, "no application of this project is named shop" in ran.err) == (64, True)
