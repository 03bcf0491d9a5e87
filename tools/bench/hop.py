"""Measures what lies between services in the local world: the way there and back, beyond the CPU time of the work.

usage: hop.py PLIMSOLL [--rounds 3]

Chains of one and of five services that each compute for 3 ms, without variation and without a limit that matters, at 10
requests/s: what a request takes beyond the work. What the chain of one takes lies between the user and the first
service, the load generator's own time included; what the longer one takes more, divided by the calls that it has more,
lies between two services. All of it is waiting, for the router's and the load generator's CPU and for threads to wake
up: what handling a request costs a service is part of its 3 ms.

Then the chain of one beside a service that shares no call with it and keeps one thread at work half of the time: what a
request takes longer is how often a thread that is woken waits behind another although a CPU is idle, and how long.
"""

import argparse
import contextlib
import json
import statistics
import subprocess
import tempfile
from pathlib import Path

from town import Town

WORK, RATE, SECONDS = 3.0, 10, 15
LENGTHS = [1, 5]
PARTS = ["mean", "p50", "p90", "p95", "p99"]
# Half a CPU in long turns, so that little of it is its router's and its load generator's.
NEIGHBOUR_WORK, NEIGHBOUR_RATE = 12.5, 40

HEADER = """apiVersion: plimsoll.dev/v1alpha1
kind: Application
metadata: {name: chain}
spec:
  entryPoints:
  - {name: begin, service: link-1, operation: pass}
  services:
"""
LINK = """  - name: link-NUMBER
    resources:
      requests: {cpu: 100m, memory: 64Mi}
      limits: {cpu: 2000m, memory: 256Mi}
    replicas: {max: 1}
    startupTime: 200ms
    operations:
    - name: pass
      work: {cpu: WORKms, variability: 0}
"""
CALL = "      calls: [{service: link-NEXT, operation: pass}]\n"


def chain(length):
    links = [
        LINK.replace("NUMBER", f"{number}").replace("WORK", f"{WORK:g}")
        + (CALL.replace("NEXT", f"{number + 1}") if number < length else "")
        for number in range(1, length + 1)]
    return HEADER + "".join(links)


def with_neighbour(document):
    entry = "  - {name: beside, service: neighbour, operation: pass}\n"
    service = LINK.replace("link-NUMBER", "neighbour").replace("WORK", f"{NEIGHBOUR_WORK:g}")
    service = service.replace("    startupTime", "    concurrency: 1\n    startupTime")
    return document.replace("  services:\n", entry + "  services:\n") + service


@contextlib.contextmanager
def loaded_neighbour(binary, town):
    load = subprocess.Popen(
        [binary, "load", town.url.replace("/begin", "/beside"), "--rate", f"{NEIGHBOUR_RATE}", "--duration", "60s"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        load.kill()
        load.wait()


def measure(binary, length, has_neighbour=False):
    """Milliseconds beyond the work, by quantile, and on average."""
    with tempfile.TemporaryDirectory() as folder:
        application = Path(folder) / "chain.yaml"
        application.write_text(with_neighbour(chain(length)) if has_neighbour else chain(length))
        town = Town(binary, str(application), folder)
        town.wait_until_ready()
        with loaded_neighbour(binary, town) if has_neighbour else contextlib.nullcontext():
            for seconds in [4, SECONDS]:
                subprocess.run(
                    [binary, "load", town.url, "--rate", f"{RATE}", "--gaps", "uniform", "--duration", f"{seconds}s",
                     "--output", f"{folder}/load"],
                    check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        town.stop()
        latency = json.loads(Path(f"{folder}/load/load.json").read_text())["latency"]
    return {part: latency[f"{part}_ms"] - length * WORK for part in PARTS}


def median(rounds, part):
    return statistics.median(round[part] for round in rounds)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rounds = [{length: measure(options.binary, length) for length in LENGTHS} for _ in range(options.rounds)]
    print("| calls on the way | beyond the work, p50 ms | p95 ms |\n| ---: | --- | --- |")
    for length in LENGTHS:
        cells = [
            ", ".join(f"{round[length][quantile]:.2f}" for round in rounds) for quantile in ["p50", "p95"]]
        print(f"| {length} | {cells[0]} | {cells[1]} |")
    further = statistics.median(
        (round[LENGTHS[1]]["p50"] - round[LENGTHS[0]]["p50"]) / (LENGTHS[1] - LENGTHS[0]) for round in rounds)
    alone = [round[LENGTHS[0]] for round in rounds]
    beside = [measure(options.binary, LENGTHS[0], has_neighbour=True) for _ in range(options.rounds)]
    print(f"the user's call: {median(alone, 'p50') * 1000:.0f} us there and back, p95 {median(alone, 'p95') * 1000:.0f} us")
    print(f"each further call: {further * 1000:.0f} us there and back")
    for part in PARTS:
        print(f"beside a neighbour, {part}: {(median(beside, part) - median(alone, part)) * 1000:+.0f} us")


main()
