"""The unit and the Compose file of examples/receive can be read, and name what there is."""

from __future__ import annotations

import re
import shlex
from configparser import ConfigParser
from pathlib import Path

import yaml

from smsops.cli.commands.receive import COMMAND

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


def test_the_compose_file_has_two_receivers_behind_a_proxy() -> None:
    services = yaml.safe_load((EXAMPLES / "compose.yaml").read_text("utf-8"))["services"]
    receivers = [name for name in services if name.startswith("receiver-")]
    proxy = (EXAMPLES / "nginx.conf").read_text("utf-8")
    assert re.findall(r"server (receiver-\d):8090;", proxy) == receivers
    assert len(receivers) == 2
    assert "access_log off;" in proxy
    for name in receivers:
        inner = shlex.split(services[name]["command"])[2]
        assert flags(inner) <= KNOWN
        assert {"--spool", "--ledger"} <= flags(inner)
