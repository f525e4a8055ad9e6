"""The row about sending: the emulator against an endpoint that only parses and answers."""

from __future__ import annotations

import json
from dataclasses import replace

from benchmarks.bench import Bench
from benchmarks.results import Row, measure, ratio
from benchmarks.send_load import SIGN
from benchmarks.timing import Command, Sample, run

NUMBERS = 200


def send(bench: Bench) -> Row:
    """SendSms with 200 numbers a call, one call after another."""
    calls = 20 if bench.quick else 500
    root = bench.directory("sending")
    root.mkdir()
    objects = [
        {"kind": "sign", "signName": SIGN},
        {"kind": "template", "templateName": "code", "content": "您的验证码是{1}。"},
    ]
    seeds = root / "seeds.json"
    seeds.write_text(json.dumps(objects, ensure_ascii=False), "utf-8")
    emulator: list[Sample] = []
    bare: list[Sample] = []
    with (
        bench.served(None, "--no-limits") as served,
        bench.listening(bench.installed.script("bare.py")) as reference,
    ):
        run(bench.smsops(root, "emulator", "seed", str(seeds), endpoint=served.url))
        for number in range(-1, bench.times):
            for url, samples in ((served.url, emulator), (reference, bare)):
                sample = _sent(bench, url, calls)
                if number >= 0:
                    samples.append(sample)
    title = f"{calls} calls of SendSms, {NUMBERS} numbers each"
    ours = measure("the emulator", emulator, counts={"calls": calls})
    least = measure("a bare starlette endpoint", bare, counts={"calls": calls})
    bars = (ratio("SendSms of 200 numbers / bare starlette endpoint", ours, least, 3),)
    return Row("send", title, (ours, least), bars)


def _sent(bench: Bench, url: str, calls: int) -> Sample:
    """One run of the client, which tells the seconds itself."""
    script = bench.installed.script("send_load.py")
    sample = run(Command((*script, url, str(calls), str(NUMBERS)), bench.work))
    return replace(sample, wall=float(sample.out))
