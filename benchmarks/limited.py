"""Rows about the API: smsops and the official SDK over sockets, with the documented limits on."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.bench import Bench, Served
from benchmarks.projects import Shape, shape, sign
from benchmarks.results import Bar, Measure, Row, measure, ratio
from benchmarks.timing import Command, Sample, always, in_turns, run

#: Documented calls a second.
DESCRIBES = 20
RATES = {"create": 2, "sign": 1, "delete": 1, "modify": 20}
#: Round trips as they are on a way through the internet.
LATENCY = "0ms-300ms"


def paced_plan(bench: Bench) -> Row:
    """A plan of the largest account, against what the limit on Describe alone takes."""
    whole = shape(bench.sizes[-1], paced=True)
    root = bench.managed(whole)
    measures: list[Measure] = []
    throttled = 0
    for latency in ("0ms", "50ms"):
        with bench.served(root, "--latency", latency) as served:
            command = bench.smsops(root, "plan", endpoint=served.url)
            (samples,) = in_turns([always(command)], bench.times)
            throttled += served.throttled()
        name = f"smsops plan, reply latency {latency}"
        measures.append(measure(name, samples, size=bench.sizes[-1]))
    bound = whole.calls / DESCRIBES
    measures.append(Measure(f"bound: {whole.calls} calls / {DESCRIBES} a second", (bound,)))
    value = measures[0].seconds / bound
    bars = (
        Bar(f"plan {bench.sizes[-1]:,}, limits on / bound", value, 1.15),
        Bar("the same, throttled", throttled, 0, "calls"),
    )
    return Row("paced-plan", "plan over sockets, limits on", tuple(measures), bars)


def refresh(bench: Bench) -> Row:
    """Reading 1,000 templates: smsops against a loop over the official SDK."""
    count = 100 if bench.quick else 1000
    whole = shape(count, paced=True, domestic=True)
    root = bench.managed(whole)
    with bench.served(root) as served:
        ids = [item["id"] for item in served.ask("objects")["templates"]]
        file = root / "ids.json"
        file.write_text(json.dumps(ids), "utf-8")
        script = bench.installed.script("sdk_loop.py")
        loop = Command((*script, served.url.removeprefix("http://"), str(file)), bench.work)
        ours = bench.smsops(root, "plan", endpoint=served.url)
        if run(loop).out.strip() != str(count):
            raise RuntimeError("the SDK loop did not read everything")
        mine, theirs = in_turns([always(ours), always(loop)], bench.times, warm=False)
    quick, slow = measure("smsops plan", mine, size=count), measure("SDK loop", theirs, size=count)
    value = slow.seconds / quick.seconds
    bars = (Bar(f"refresh of {count:,}: SDK loop / smsops plan", value, 50, at_least=True),)
    return Row("refresh", "reading, against one Describe an id", (quick, slow), bars)


def paced_apply(bench: Bench) -> Row:
    """A mixed apply where replies take a while: no lane may wait for another."""
    samples, counts = _mixed(bench, "--latency", LATENCY)
    bound = _bound(bench)
    found = measure(f"smsops apply, replies after {LATENCY}", samples, counts=counts)
    bars = (
        ratio("mixed apply, slow replies / bound", found, bound, 1.05),
        Bar("the same, throttled", counts["throttled"], 0, "calls"),
    )
    return Row("paced-apply", "mixed apply over sockets, limits on", (found, bound), bars)


def jittery_apply(bench: Bench) -> Row:
    """The same where requests take a while to arrive, each another while."""
    samples, counts = _mixed(bench, "--latency", LATENCY, "--latency-at", "before-admission")
    bound = _bound(bench)
    found = measure(f"smsops apply, requests arrive after {LATENCY}", samples, counts=counts)
    share = 100 * counts["throttled"] / counts["calls"]
    bars = (
        ratio("mixed apply, slow requests / bound", found, bound, 1.2),
        Bar("the same, throttled", share, 5, "%"),
    )
    return Row("jittery-apply", "mixed apply on a jittery way", (found, bound), bars)


def _amounts(bench: Bench) -> dict[str, int]:
    """How many objects of the mixed apply are created, added, deleted and modified."""
    share = 10 if bench.quick else 1
    return {
        "create": 200 // share,
        "sign": 20 // share,
        "delete": 50 // share,
        "modify": 100 // share,
    }


def _bound(bench: Bench) -> Measure:
    """The slowest action: how many of it, at its calls a second."""
    seconds = max(amount / RATES[name] for name, amount in _amounts(bench).items())
    return Measure("bound: slowest action, n / rate", (seconds,))


def _mixed(bench: Bench, *latency: str) -> tuple[list[Sample], dict[str, float]]:
    """Samples of the mixed apply, and the calls of all runs together."""
    prepared = _before(bench)
    samples: list[Sample] = []
    calls = throttled = 0
    for number in range(bench.times):
        root = bench.copy(prepared, f"mixed-{number}")
        with bench.served(root, *latency) as served:
            options = ("--auto-approve", "--max-deletes", "50")
            samples.append(run(bench.smsops(root, "apply", *options, endpoint=served.url)))
            _check(bench, served)
            calls += len(served.calls())
            throttled += served.throttled()
    return samples, {"calls": calls, "throttled": throttled}


def _check(bench: Bench, served: Served) -> None:
    """Everything was done, and once: the exit code says that nothing failed."""
    amounts = _amounts(bench)
    done = [entry["action"] for entry in served.ask("ledger")["ledger"]]
    expected = {
        "AddSmsTemplate": amounts["create"],
        "AddSmsSign": amounts["sign"],
        "DeleteSmsTemplate": amounts["delete"],
        "ModifySmsTemplate": amounts["modify"],
    }
    if {action: done.count(action) for action in expected} != expected:
        raise RuntimeError("the mixed apply did not do what it should")


def _before(bench: Bench) -> Path:
    """A project whose manifests ask for the mixed apply."""
    amounts = _amounts(bench)
    there = shape(amounts["modify"] + amounts["delete"], paced=True, domestic=True)
    kept, gone = there.templates[: amounts["modify"]], there.templates[amounts["modify"] :]
    one = (sign(999),)
    root = bench.project("mixed", Shape(there.templates, one, paced=True))
    seeds = [
        *(item.seed("approved") for item in one),
        *(item.seed("approved") for item in gone),
        *(item.seed("pending") for item in kept),
    ]
    bench.seed(root, seeds)
    bench.adopt(root)
    last = amounts["modify"] + amounts["delete"]
    new = shape(last + amounts["create"], domestic=True).templates[last:]
    signs = (*one, *(sign(number) for number in range(amounts["sign"])))
    Shape((*(item.edited() for item in kept), *new), signs, paced=True).write(root)
    return root
