#!/usr/bin/env python3
"""Makes a table of the runs that bench.py has kept, each beside its simulated twin.

usage: report.py PLIMSOLL TRACES [--work .build/bench-serving] [--pace step-pace.json] [--policies policies.json --plot FILE.svg]

The twin has the same requests, judged by the same objectives, at the fitted pace; llama-server has none. The plot shows
what policies.py has simulated and dots for what was measured.
"""

import argparse
import json
import os
import re
import statistics

import bench
import plot
from judge import attainment
from simulator import load_options, simulate

HERE = os.path.dirname(os.path.abspath(__file__))


def quantile(requests, part):
    times = sorted(float(r["ttft_ms"]) for r in requests if r["outcome"] == "completed")
    return times[int(part * (len(times) - 1))] if times else float("nan")


def cells(requests, objectives, rate):
    found = attainment(requests, objectives, rate)
    return [f"{100 * found.share:.0f} ({100 * min(found.quartiles):.0f}, {100 * found.batch:.0f})",
            f"{100 * found.refused:.0f}", f"{found.goodput:.2f}", f"{found.first_token_p99:.2f}",
            f"{quantile(requests, 0.5):.0f}", f"{quantile(requests, 0.99):.0f}"]


def simulated_points(path):
    """What policies.py has found for the servers that are measured, as plot.py wants it."""
    rows = json.load(open(path))["rows"]
    return {server: [(float(load), cell["share"], cell["goodput"]) for load, cell in rows[server].items()]
            for server in plot.COLOURS if server in rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plimsoll")
    parser.add_argument("traces")
    parser.add_argument("--work", default=".build/bench-serving")
    parser.add_argument("--pace", default=f"{HERE}/step-pace.json")
    parser.add_argument("--policies")
    parser.add_argument("--plot")
    options = parser.parse_args()
    options.minutes, options.requests, options.only = 0, 1000, ""
    runs = bench.Runs(options)
    print("| server | load | seed | | in time, % | refused, % | goodput/s | interactive p99 of its SLO | TTFT p50, ms | p99, ms |")
    print("| --- | ---: | ---: | --- | --- | ---: | ---: | ---: | ---: | ---: |")
    measured = {}
    for name in sorted(os.listdir(options.work)):
        match, run = re.fullmatch(r"(.+)-([\d.]+x)-(\d+)", name), runs.read(name)
        if not match or not run:
            continue
        rows = [("void" if run["void"] else "real", runs.requests(name))]
        if run["server"] != "llama-server":
            load = load_options(runs.traces, bench.DIVISOR, run["rate"], run["count"], run["seed"])
            promises = runs.objectives.promises()
            rows.append(("simulated", simulate(options.plimsoll, [options.pace], run["server"], promises, load)))
        found, load = attainment(rows[0][1], runs.objectives, run["rate"]), float(match[2][:-1])
        if not run["void"]:
            measured.setdefault(run["server"], []).append((load, found.share, found.goodput * load / run["rate"]))
        for kind, requests in rows:
            values = cells(requests, runs.objectives, run["rate"])
            print(f"| {match[1]} | {match[2]} | {match[3]} | {kind} | {' | '.join(values)} |")
    if options.plot:
        with open(options.plot, "w") as file:
            file.write(plot.draw(simulated_points(options.policies), measured))
    for server in bench.SERVERS:
        rates = [run["throughput"] for run in (runs.read(f"saturation-{server}-{seed}") for seed in bench.SEEDS) if run]
        if rates:
            print(f"\n{server}: {statistics.median(rates):.1f} requests/s at saturation, {min(rates):.1f} to {max(rates):.1f}")


if __name__ == "__main__":
    main()
