#!/usr/bin/env python3
"""Measures how much load each server carries within its promises: the same requests, one server at a time.

usage: bench.py PLIMSOLL TRACES [--work .build/bench-serving] [--minutes 4] [--only NAME]

PLIMSOLL is the executable, TRACES the folder with azure-llm-2023-{conversation,code}.csv. Every run is kept in the work
folder as soon as it has ended and never made again; --minutes ends a call before a run that would not end in time, and
the next call goes on. tools/bench/serving/report.py makes a table of what is there.
"""

import argparse
import json
import os
import statistics
import subprocess
import time

from judge import Objectives, read_lengths, read_requests
from programs import find_programs
from servers import Server

DIVISOR = 8
CLASSES = {"interactive": 40, "standard": 40, "batch": 20}
SERVERS = ["fcfs-paper", "fcfs", "plimsoll", "llama-server"]
GRID = [0.8, 1.2, 2.0]
SEEDS = [1, 2, 3]
# Further loads around each server's load at 80 %, in units of the capacity of fcfs.
SEARCH = {
    "fcfs-paper": [0.35, 0.45, 0.6],
    "fcfs": [0.4, 0.6],
    "plimsoll": [0.6, 1.0],
    "llama-server": [0.08, 0.12, 0.16],
}
LONGEST = 220  # seconds of arrivals: slower loads are offered fewer requests
PATIENCE = 60  # seconds until a client hangs up: far beyond every objective
UNLOADED = "unloaded-fcfs"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plimsoll")
    parser.add_argument("traces")
    parser.add_argument("--work", default=".build/bench-serving")
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--only", default="", help="runs whose name contains this")
    return parser.parse_args()


class Runs:
    """What has been measured, in a folder of its own for each run."""

    def __init__(self, options):
        self.options = options
        self.end = time.monotonic() + options.minutes * 60
        self.programs = find_programs(options)
        self.traces = [f"{options.traces}/azure-llm-2023-{name}.csv" for name in ("conversation", "code")]
        self.lengths = sorted(read_lengths(self.traces, DIVISOR))
        self.left = 0
        os.makedirs(options.work, exist_ok=True)

    def folder(self, name):
        return f"{self.options.work}/{name}"

    def read(self, name):
        path = f"{self.folder(name)}/run.json"
        return json.load(open(path)) if os.path.exists(path) else None

    def requests(self, name):
        return read_requests(f"{self.folder(name)}/requests.csv")

    @property
    def objectives(self):
        if not self.read(UNLOADED):
            return None
        limits = [self.lengths[len(self.lengths) * part // 4] for part in (1, 2, 3)]
        return Objectives.fixed_from(self.requests(UNLOADED), limits)

    def saturation(self, server):
        """Requests a second when all come at once: the median of the seeds; None if it is not known yet."""
        found = [self.read(f"saturation-{server}-{seed}") for seed in SEEDS]
        return statistics.median(run["throughput"] for run in found) if all(found) else None

    def make(self, name, server, rate, count, seed, arrivals="poisson", promises=None):
        """Measures unless it has been, is not asked for, or time is short."""
        if self.read(name):
            return
        seconds = count / (5 if rate == "inf" else rate) + 15
        if server == "llama-server":
            seconds = max(seconds, min(count / 3.5, seconds + PATIENCE))
        if self.options.only not in name or time.monotonic() + seconds > self.end:
            self.left += 1
            return
        print(f"{name}: {server} at {rate} requests/s, {count} requests", flush=True)
        folder = self.folder(name)
        os.makedirs(folder, exist_ok=True)
        with Server(self.programs, server, promises or [], f"{folder}/server.log") as running:
            self.load(running, 3, 24, 999, f"{folder}/warm-up")
            before, start = running.processor_seconds(), time.monotonic()
            result = self.load(running, rate, count, seed, folder, arrivals, 600 if rate == "inf" else PATIENCE)
            used = (running.processor_seconds() - before) / (time.monotonic() - start)
        run = {
            "server": server, "rate": rate, "seed": seed, "count": count, "serverCores": used,
            "clientCore": result["client"]["core_share"], "void": result["void"],
            "throughput": result["groups"][-1]["request_throughput"], "elapsed": result["elapsed_s"],
        }
        if run["void"]:
            print(f"  void: the client used {run['clientCore']:.2f} of a core", flush=True)
        json.dump(run, open(f"{folder}/run.json", "w"), indent=1)

    def load(self, running, rate, count, seed, folder, arrivals="poisson", patience=PATIENCE):
        command = [self.programs.plimsoll, "bench", running.url, "--rate", rate, "--requests", count, "--seed", seed,
                   "--arrivals", arrivals, "--scale-lengths", 1 / DIVISOR, "--timeout", f"{patience}s",
                   "--output", folder]
        for trace in self.traces:
            command += ["--trace", trace]
        for name, share in CLASSES.items():
            command += ["--class", f"{name}={share}"]
        subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        return json.load(open(f"{folder}/bench.json"))


def measure(runs):
    # One at a time: 160 requests at a rate at which they rarely meet.
    runs.make(UNLOADED, "fcfs", 1.5, 160, 1, "constant")
    if not runs.objectives:
        return
    promises = runs.objectives.promises()
    patient = [f"{name}=ttft:3600s,tpot:10s" for name in CLASSES]
    for seed in SEEDS:
        for server in SERVERS:
            count = 80 if server == "llama-server" else 300
            runs.make(f"saturation-{server}-{seed}", server, "inf", count, seed,
                      promises=patient if server == "plimsoll" else promises)
    capacity = runs.saturation("fcfs")
    if not capacity:
        return
    for seed in SEEDS:
        loads = GRID if seed > 1 else None
        for server in SERVERS:
            for load in loads or GRID + SEARCH[server]:
                rate = round(load * capacity, 3)
                count = min(runs.options.requests, int(LONGEST * rate))
                runs.make(f"{server}-{load}x-{seed}", server, rate, count, seed, promises=promises)


def main():
    options = arguments()
    runs = Runs(options)
    measure(runs)
    if runs.left:
        print(f"{runs.left} runs are left; call again to go on")


if __name__ == "__main__":
    main()
