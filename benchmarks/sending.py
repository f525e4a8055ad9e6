"""The row about sending: the emulator against an endpoint that only parses and answers."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from benchmarks.bench import Bench
from benchmarks.results import Row, measure, ratio
from benchmarks.send_load import SIGN
from benchmarks.timing import Command, Sample, environment, run

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
    with bench.served(None, "--no-limits") as served, _bare(bench) as reference:
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


@contextmanager
def _bare(bench: Bench) -> Iterator[str]:
    """The endpoint that knows nothing; its URL."""
    process = subprocess.Popen(
        bench.installed.script("bare.py"),
        env=environment({"HOME": str(bench.work)}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        said = process.stderr.readline()
        url = re.search(r"http://127\.0\.0\.1:\d+", said)
        if url is None:
            raise RuntimeError(f"the bare endpoint did not start: {said}")
        yield url[0]
    finally:
        process.terminate()
        process.wait(30)
        process.stderr.close()
