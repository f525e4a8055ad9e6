"""The unit and the Compose file of examples/receive can be read, and name what there is."""

from __future__ import annotations

import re
import shlex
from configparser import ConfigParser
from pathlib import Path

import yaml

from smsops.cli.commands.receive import COMMAND
from smsops.receiving.app import GRACE, MOST_BODY
from smsops.receiving.keeping import PATIENCE

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "receive"
KNOWN = {flag for each in COMMAND.params for flag in each.opts}


def flags(line: str) -> set[str]:
    words = shlex.split(line)
    return {word for word in words[words.index("receive") :] if word.startswith("--")}


def test_the_unit_starts_a_receiver_and_knows_its_exit_code() -> None:
    unit = ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string((EXAMPLES / "smsops-receive.service").read_text("utf-8"))
    service = unit["Service"]
    assert flags(service["ExecStart"]) <= KNOWN
    assert "143" in service["SuccessExitStatus"].split()
    assert service["UMask"] == "0077"
    # As long as a stop may take: answers under way, and a ledger that hangs.
    assert int(service["TimeoutStopSec"]) > GRACE + 6 * PATIENCE


def test_the_compose_file_has_two_receivers_behind_a_proxy() -> None:
    services = yaml.safe_load((EXAMPLES / "compose.yaml").read_text("utf-8"))["services"]
    receivers = [name for name in services if name.startswith("receiver-")]
    proxy = (EXAMPLES / "nginx.conf").read_text("utf-8")
    assert re.findall(r"server (receiver-\d):8090;", proxy) == receivers
    assert len(receivers) == 2
    lines = [line.strip() for line in proxy.splitlines() if line.strip()[:1] not in ("", "#")]
    assert {line[-1] for line in lines} == {";", "{", "}"}
    assert proxy.count("{") == proxy.count("}")
    settings = dict(line.rstrip(";").split(" ", 1) for line in lines if line.endswith(";"))
    assert settings["access_log"] == "off"
    # What a receiver takes goes through, and nothing of it stands in a file of the proxy.
    assert settings["client_max_body_size"] == settings["client_body_buffer_size"] == "1m"
    assert MOST_BODY == 1 << 20
    for name in receivers:
        command = services[name]["command"]
        assert flags(command) <= KNOWN
        assert {"--spool", "--ledger"} <= flags(command)
        # Made once: a receiver that begins again needs no package index. Nobody owns what it keeps.
        assert "'smsops[server,postgres]'" in services[name]["build"]["dockerfile_inline"]
        assert services[name]["volumes"][0].endswith(":/spool")
