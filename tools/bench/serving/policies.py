#!/usr/bin/env python3
"""Compares serving policies, and what each stage of ours is worth, on a simulated machine.

usage: policies.py PLIMSOLL TRACES [--pace step-pace.json] [--objectives objectives.json] [--seeds 1,2,3] [--loads 0.4,…]
                   [--rows NAME,…] [--requests 2000] [--output docs/results]

The real scheduler and admission on a virtual clock, at the pace that was fitted to the measured engine. Writes
policies.json and, with --output, scheduling-policies.md.
"""

import argparse
import json
import os
import statistics
from concurrent.futures import ThreadPoolExecutor

from judge import Objectives, attainment
from simulator import load_options, simulate

HERE = os.path.dirname(os.path.abspath(__file__))
POLICIES = ["fcfs", "fcfs-paper", "sjf", "priority", "uellm", "bucketserve", "plimsoll", "oracle"]
STAGES = ["classes", "fairness", "triage", "preemption", "memory", "pacing", "margin", "haste", "lending", "buckets"]
LOADS = [0.4, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0]
DIVISOR = 8


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plimsoll")
    parser.add_argument("traces")
    parser.add_argument("--pace", default=f"{HERE}/step-pace.json")
    parser.add_argument("--objectives", default=f"{HERE}/objectives.json")
    parser.add_argument("--loads", default=",".join(map(str, LOADS)))
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--capacity", type=float, help="requests a second of fcfs; simulated if left out")
    parser.add_argument("--rows", default=",".join(POLICIES + STAGES))
    parser.add_argument("--output")
    return parser.parse_args()


class Comparison:
    def __init__(self, options):
        self.options = options
        self.traces = [f"{options.traces}/azure-llm-2023-{name}.csv" for name in ("conversation", "code")]
        values = json.load(open(options.objectives))
        self.objectives = Objectives(**values)
        self.seeds = [int(seed) for seed in options.seeds.split(",")]

    def run(self, row, rate, seed, count):
        policy, extra = (row, []) if row in POLICIES else ("plimsoll", ["--toggle", row])
        load = load_options(self.traces, DIVISOR, rate, count, seed)
        return simulate(self.options.plimsoll, [self.options.pace], policy, self.objectives.promises(), load, extra)

    def capacity(self):
        """Requests a second of fcfs when all come at once."""
        rates = []
        for seed in self.seeds:
            requests = self.run("fcfs", "inf", seed, 300)
            rates.append(len(requests) / max(float(r["e2el_ms"]) for r in requests) * 1000)
        return statistics.median(rates)

    def cell(self, row, load, capacity):
        """The means over the seeds."""
        found = [attainment(self.run(row, load * capacity, seed, self.options.requests), self.objectives,
                            load * capacity) for seed in self.seeds]
        mean = lambda pick: statistics.mean(map(pick, found))
        return {
            "share": mean(lambda a: a.share), "worst": mean(lambda a: min(a.quartiles)), "batch": mean(lambda a: a.batch),
            "refused": mean(lambda a: a.refused), "goodput": mean(lambda a: a.goodput) / capacity,
            "p99": mean(lambda a: a.first_token_p99), "margin": mean(lambda a: a.margin),
            "least": min(a.share for a in found), "most": max(a.share for a in found),
        }


def load_at_80(cells):
    """The highest load at which the margins are kept, read off between the columns."""
    best = 0.0
    points = sorted((float(load), cell["margin"]) for load, cell in cells.items())
    for (low, first), (high, second) in zip(points, points[1:]):
        if first >= 1 > second:
            best = low + (high - low) * (first - 1) / (first - second)
    if points[-1][1] >= 1:
        best = points[-1][0]
    return best


def text(cell):
    return f"{100 * cell['share']:.0f} ({100 * cell['worst']:.0f}, {100 * cell['batch']:.0f})"


def main():
    options = arguments()
    comparison = Comparison(options)
    capacity = options.capacity or comparison.capacity()
    loads = [float(load) for load in options.loads.split(",")]
    print(f"capacity of fcfs {capacity:.2f} requests/s", flush=True)
    print("policy".ljust(16) + "".join(f"{load}x".ljust(14) for load in loads) + "80 %  goodput peak, at 2x")
    results = {}
    for row in options.rows.split(","):
        with ThreadPoolExecutor(int(os.environ.get("WORKERS", "1"))) as pool:
            cells = dict(zip(loads, pool.map(lambda load: comparison.cell(row, load, capacity), loads)))
        results[row] = cells
        title = row if row in POLICIES else ("with " if row in ("buckets", "lending") else "without ") + row
        goodputs = [cell["goodput"] for cell in cells.values()]
        print(title.ljust(16) + "".join(text(cell).ljust(14) for cell in cells.values())
              + f"{load_at_80(cells):.2f}  {max(goodputs):.2f} {goodputs[-1]:.2f}", flush=True)
    if options.output:
        with open(f"{options.output}/policies.json", "w") as file:
            json.dump({"capacity": capacity, "rows": results}, file, indent=1)


if __name__ == "__main__":
    main()
