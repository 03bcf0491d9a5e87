#!/usr/bin/env python3
"""Doubles the load on a real server for a while, with brownout and without.

usage: burst.py PLIMSOLL MODEL [--step capacity,base,off,on,decode,report] [--base 75] [--burst 175] [--rest 50]
                [--seats 32] [--crowd 220] [--floor 0.2] [--promise MS] [--prompt 16-64] [--answer 96-224]
                [--work .build/bench-burst] [--output docs/results/brownout-burst]

Steps, each of which keeps what it found in the work folder, so that they can be run one by one:
  capacity  the requests a second that the server completes when there are always more, without brownout
  base      60 % of that for as long as the base lasts; what the nine tenths stay below, times 1.25, are the objectives
  off       base rate, doubled, base rate again, without brownout
  on        the same with brownout
  decode    the same with brownout of decode steps alone
  report    the table and the picture

All arms get the same requests at the same times, the same admission and the same class, which promises the objectives,
or --promise milliseconds to the first token: admission then refuses later, but what counts as late stays the same.
A request that is refused counts as late, with all its tokens.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import threading
import time
import urllib.request

from judge import Run
from report import write_report

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from server import ServerProcess, free_port  # noqa: E402

STEPS = ["capacity", "base", "off", "on", "decode", "report"]
BASE_SHARE, MARGIN = 0.6, 1.25


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plimsoll")
    parser.add_argument("model")
    parser.add_argument("--step", default=",".join(STEPS))
    parser.add_argument("--base", type=float, default=75, help="seconds")
    parser.add_argument("--burst", type=float, default=175, help="seconds")
    parser.add_argument("--rest", type=float, default=50, help="seconds")
    parser.add_argument("--seats", type=int, default=32)
    parser.add_argument("--floor", type=float, help="the lowest threshold; as recorded for the model if left out")
    parser.add_argument("--promise", type=float, help="milliseconds to the first token that the class promises in all arms; "
                        "the objective if left out")
    parser.add_argument("--prompt", default="16-64", help="tokens")
    parser.add_argument("--answer", default="96-224", help="tokens")
    parser.add_argument("--crowd", type=int, default=220, help="requests of the capacity step, all within a second")
    parser.add_argument("--work", default=".build/bench-burst")
    parser.add_argument("--output", default="docs/results/brownout-burst")
    options = parser.parse_args()
    options.prompt, options.answer = (
        [int(end) for end in text.split("-")] for text in (options.prompt, options.answer))
    return options


class Server(ServerProcess):
    """`plimsoll serve` with one class; a context manager that ends it. Notes the thresholds twice a second."""

    def __init__(self, options, name, promises, brownout=()):
        port = free_port()
        command = [
            options.plimsoll, "serve", options.model, "--port", port, "--bench-lengths",
            "--max-running", options.seats, "--max-model-len", "512", "--no-prefix-caching",
            "--log-level", "warning", "--class", f"standard=ttft:{promises['ttft']}ms,tpot:{promises['itl']}ms", *brownout]
        super().__init__(command, port, f"{options.work}/{name}.log")
        self.thresholds = []

    def metrics(self):
        """Numbers by name and labels."""
        text = urllib.request.urlopen(self.url + "/metrics", timeout=5).read().decode()
        lines = (line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("plimsoll_"))
        return {name: float(value) for name, value in lines}

    def watch(self, stop):
        start = time.monotonic()
        while not stop.wait(0.5):
            found = {"time": round(time.monotonic() - start, 2)}
            for name, value in self.metrics().items():
                for phase in ("prefill", "decode"):
                    if name.startswith("plimsoll_brownout_threshold{") and f'phase="{phase}"' in name:
                        found[phase] = value
            self.thresholds.append(found)


def write_trace(path, stairs, options, seed):
    """Poisson arrivals at a staircase of (rate, seconds); lengths are drawn evenly from their ranges."""
    generator = random.Random(seed)
    lines, start = [], 0.0
    for rate, seconds in stairs:
        now = start + generator.expovariate(rate)
        while now < start + seconds:
            lines.append(f"{now:.4f},{generator.randint(*options.prompt)},{generator.randint(*options.answer)}")
            now += generator.expovariate(rate)
        start += seconds
    with open(path, "w") as file:
        file.write("TIMESTAMP,ContextTokens,GeneratedTokens\n" + "\n".join(lines) + "\n")


def load(options, name, stairs, promises, brownout=(), seed=1):
    """Offers the load to a fresh server; what came of it is in the folder NAME of the work folder."""
    folder = f"{options.work}/{name}"
    os.makedirs(folder, exist_ok=True)
    write_trace(f"{folder}/trace.csv", stairs, options, seed)
    with Server(options, name, promises, brownout) as server:
        stop = threading.Event()
        before = server.metrics()
        watcher = threading.Thread(target=server.watch, args=(stop,))
        bench = subprocess.Popen(
            [options.plimsoll, "bench", server.url, "--arrivals", "trace", "--trace", f"{folder}/trace.csv",
             "--max-tokens", str(options.answer[1]), "--output", folder, "--token-times", "--warm-up", "3"],
            stdout=open(f"{folder}/bench.out", "w"))
        watcher.start()
        status = bench.wait()
        stop.set()
        watcher.join()
        after = server.metrics()
    if status:
        raise SystemExit(f"plimsoll bench failed; its messages are in {folder}/bench.out")
    grown = {key: after[key] - before.get(key, 0) for key in after}
    keep(options, name, {"stairs": stairs, "thresholds": server.thresholds, "metrics": grown, "promises": promises,
                         "brownout": list(brownout)})
    return Run(folder)


def keep(options, name, value):
    with open(f"{options.work}/{name}.json", "w") as file:
        json.dump(value, file)


def kept(options, name):
    path = f"{options.work}/{name}.json"
    if not os.path.exists(path):
        raise SystemExit(f"{path} is missing: run its step first")
    return json.load(open(path))


def find_capacity(options):
    """What a crowd that all comes at once gets while some of it still waits."""
    run = load(options, "saturation", [(options.crowd, 1)], {"ttft": 600_000, "itl": 1000})
    capacity = run.completion_rate(options.seats)
    keep(options, "capacity", {"requests_per_second": capacity})
    print(f"capacity: {capacity:.2f} requests/s with {options.seats} seats", flush=True)


def find_objectives(options):
    rate = BASE_SHARE * kept(options, "capacity")["requests_per_second"]
    run = load(options, "base", [(rate, options.base)], {"ttft": 10_000, "itl": 100}, seed=2)
    found = {"ttft": round(MARGIN * run.quantile(run.first_tokens(), 0.9), 1),
             "itl": round(MARGIN * run.quantile(run.gaps(), 0.9), 2)}
    keep(options, "objectives", found | {"base_rate": rate})
    print(f"objectives: {found['ttft']} ms to the first token, {found['itl']} ms between tokens, "
          f"from {rate:.2f} requests/s", flush=True)


def run_arm(options, name):
    objectives = kept(options, "objectives")
    rate = objectives["base_rate"]
    brownout = {
        "off": None, "on": (), "decode": ("--brownout-prefill-floor", "1"),
    }[name]
    if brownout is not None:
        brownout = ("--brownout", "4", "--brownout-first-token", str(objectives["ttft"]),
                    "--brownout-next-token", str(objectives["itl"]), *brownout)
        brownout += ("--brownout-floor", str(options.floor)) if options.floor is not None else ()
    stairs = [(rate, options.base), (2 * rate, options.burst), (rate, options.rest)]
    promises = objectives | ({"ttft": options.promise} if options.promise is not None else {})
    run = load(options, name, stairs, promises, brownout or (), seed=3)
    print(f"{name}: {run.summary(objectives, options.base, options.base + options.burst)}", flush=True)


def main():
    options = arguments()
    os.makedirs(options.work, exist_ok=True)
    for step in options.step.split(","):
        if step == "capacity":
            find_capacity(options)
        elif step == "base":
            find_objectives(options)
        elif step == "report":
            arms = {name: (Run(f"{options.work}/{name}"), kept(options, name)) for name in ("off", "on", "decode")
                    if os.path.exists(f"{options.work}/{name}.json")}
            write_report(options, kept(options, "capacity"), kept(options, "objectives"), arms)
        else:
            run_arm(options, step)


if __name__ == "__main__":
    main()
