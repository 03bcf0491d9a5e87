"""Compares lsram with the HPA's settings and every other policy, simulated, and writes docs/results/autoscaling.md.

usage: bench.py PLIMSOLL TRACES [--seconds N] [--only sweep] [--no-report]

TRACES is the folder of Autothrottle's four traces, one rate a second for an hour each. A run is a quarter of an hour of
a trace, another quarter for every seed; finished runs are kept in .build/bench-autoscaling, so a call goes on where
the last one ended, and ends by itself after --seconds.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import report
from towns import SCALES, Town
from tuning import tune

ROOT = Path(__file__).resolve().parents[3]
KEPT = ROOT / ".build/bench-autoscaling"
SHAPES = ["diurnal", "diurnal-2", "noisy", "bursty"]
SEEDS = range(5)
# Those that the sweep meets.
SWEPT = [0, 2]
SLICE = 900
DRAWS = [1, 2, 3]
TARGETS = [round(0.4 + 0.05 * step, 2) for step in range(11)]
WINDOWS = [60, 300]
HPA = [f"hpa:target={target},scale-down-window={window}s" for window in WINDOWS for target in TARGETS]
LSRAM = ["lsram", "lsram:split=equal", "lsram:split=proportional", "lsram:split=greedy"]
# With the services' curves as plimsoll profile measures them.
LEARNED = "lsram+profiles"
OTHERS = [
    "static", "kpa", "keda", "vpa", "pid", "three-sigma", "feedforward", "queueing", "bottleneck", "autothrottle",
    "forecast"]
# What a larger town is compared on, where whole replicas round less.
LARGE = ["lsram", LEARNED, "oracle"] + [
    f"hpa:target={target},scale-down-window=60s" for target in [0.7, 0.75, 0.8]]
# The settings of the HPA that meet every seed and the other draws: the cheapest that are near the promise in the sweep.
CANDIDATES = 3
NEAR = 0.98


class Comparison:
    def __init__(self, binary, traces, seconds):
        self.binary, self.until = binary, time.monotonic() + seconds
        self.rates = {
            shape: [float(line) for line in Path(traces, f"autothrottle-{shape}.txt").read_text().split()]
            for shape in SHAPES}
        self.towns = {}
        # A setting of the HPA with a target for each service, by application.
        self.tuned = {}
        KEPT.mkdir(parents=True, exist_ok=True)
        self.file = KEPT / "runs.jsonl"
        self.runs = {}
        if self.file.exists():
            for line in self.file.read_text().splitlines():
                run = json.loads(line)
                self.runs[run["key"]] = run

    def town(self, *what):
        if what not in self.towns:
            self.towns[what] = Town(*what)
        return self.towns[what]

    def slice(self, town, shape, seed):
        start = seed * (len(self.rates[shape]) - SLICE) // (len(SEEDS) - 1)
        return [rate * town.scale for rate in self.rates[shape][start:start + SLICE]]

    def run(self, name, draw, shape, seed, policy, size=1):
        town = self.town(name, draw, size)
        rates = self.slice(town, shape, seed)
        text = town.text(sum(rates[:60]) / 60)
        load = "".join(f"{rate:.3f}\n" for rate in rates)
        key = f"{name}/{draw}/{shape}/{seed}/{policy}/{hashlib.sha1((text + load).encode()).hexdigest()[:12]}"
        if key in self.runs:
            return self.runs[key]
        if time.monotonic() > self.until:
            raise TimeoutError
        result = dict(
            key=key, name=name, draw=draw, size=size, shape=shape, seed=seed, policy=policy,
            least_cores=town.least_cores(rates), **self.simulate(text, load, seed, policy, town))
        with open(self.file, "a") as file:
            file.write(json.dumps(result) + "\n")
        self.runs[key] = result
        return result

    def profiles(self, town):
        """The services of a town as plimsoll profile measures them."""
        text = town.text(0)
        path = KEPT / f"profiles-{hashlib.sha1(text.encode()).hexdigest()[:12]}.json"
        if not path.exists():
            subprocess.run(
                [self.binary, "profile", "-", "--output", path], input=text.encode(), check=True, capture_output=True)
        return path

    def simulate(self, text, load, seed, policy, town):
        policy, _, learned = policy.partition("+")
        more = ["--profiles", self.profiles(town)] if learned else []
        with tempfile.TemporaryDirectory() as folder:
            application, rates = Path(folder, "app.yaml"), Path(folder, "rates.txt")
            application.write_text(text)
            rates.write_text(load)
            made = json.loads(subprocess.run(
                [self.binary, "simulate", application, "--load", rates, "--seed", f"{seed}", "--policy", policy, "--json",
                 *more],
                check=True, capture_output=True).stdout)
        promises = [entry["promise"] for entry in made["entryPoints"]]
        scaled = [service for service in made["services"] if service["name"] not in town.fixed]
        return dict(
            windows=sum(promise["windowCount"] for promise in promises),
            broken=sum(promise["brokenWindowCount"] for promise in promises),
            cores=sum(service["requestedCores"] for service in scaled),
            all_cores=sum(service["requestedCores"] for service in made["services"]),
            used=sum(service["usedCores"] for service in scaled),
            failed=sum(entry["failedCount"] for entry in made["entryPoints"]),
            requests=sum(entry["requestCount"] for entry in made["entryPoints"]))

    def cells(self, policies, seeds, draws=(0,)):
        for seed in seeds:
            for draw in draws:
                for name in SCALES:
                    for shape in SHAPES:
                        for policy in policies(name):
                            self.run(name, draw, shape, seed, policy)

    def candidates(self, name):
        """The cheapest settings that nearly keep the promise, over the shapes and seeds of the sweep."""
        totals = {}
        for run in self.runs.values():
            is_swept = run["draw"] == 0 and run.get("size", 1) == 1 and run["seed"] in SWEPT
            if run["name"] == name and is_swept and run["policy"] in HPA:
                totals.setdefault(run["policy"], []).append(run)
        kept = {
            policy: 1 - sum(run["broken"] for run in runs) / sum(run["windows"] for run in runs)
            for policy, runs in totals.items() if len(runs) == 2 * len(SHAPES)}
        near = [policy for policy, share in kept.items() if share >= NEAR]
        return sorted(near, key=lambda policy: sum(run["cores"] for run in totals[policy]))[:CANDIDATES]

    def tune(self, name):
        """Finds a target for each service from the best common one."""
        common, _ = report.Tables(self.runs.values(), sys.modules[__name__]).best_hpa(name)
        self.tuned[name] = tune(self, sys.modules[__name__], name, common)

    def all(self, only):
        # The sweep: targets below 60 % cost more in every case, so one seed tells enough of them.
        self.cells(lambda name: HPA, SWEPT[:1])
        self.cells(lambda name: [policy for policy in HPA if float(policy[11:].split(",")[0]) >= 0.6], SWEPT[1:])
        if only == "sweep":
            return
        self.cells(lambda name: LSRAM + ["oracle"] + self.candidates(name), SEEDS)
        for name in SCALES:
            self.tune(name)
        self.cells(lambda name: [LEARNED], SEEDS)
        self.cells(lambda name: OTHERS, SEEDS)
        self.cells(lambda name: LSRAM[:2] + [LEARNED] + self.candidates(name), SEEDS, DRAWS)
        for shape in SHAPES:
            for policy in LARGE:
                self.run("online-boutique", 0, shape, 1, policy, size=4)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("traces")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no run after so long")
    parser.add_argument("--only", choices=["sweep"], help="the HPA's settings alone")
    parser.add_argument("--no-report", action="store_true")
    arguments = parser.parse_args()
    comparison = Comparison(arguments.binary, arguments.traces, arguments.seconds)
    try:
        comparison.all(arguments.only)
    except TimeoutError:
        sys.exit(f"{len(comparison.runs)} runs are finished; the same command goes on")
    if not arguments.no_report:
        report.write(comparison, sys.modules[__name__], ROOT / "docs/results")


if __name__ == "__main__":
    main()
