"""Compares lsram with an HPA on this machine, on a small application, and in the simulated world beside it.

usage: local.py PLIMSOLL TRACES [--seeds N]

The HPA's target is the cheapest that keeps 99 % of the windows in the simulated world. A run takes four minutes of a machine
that does nothing else; finished ones are kept in .build/bench-autoscaling-local.
"""

import argparse
import json
import subprocess
from pathlib import Path

from bench import HPA, ROOT
from report import PROMISED

APPLICATION = ROOT / "Benchmarks/Autoscaling/online-boutique.yaml"
KEPT = ROOT / ".build/bench-autoscaling-local"
# Four minutes in which the bursty trace doubles, for what two cores serve.
SHAPE, BEGIN, END, SCALE = "bursty", 1400, 1640, 0.14


def compare(binary, rates, world, policies, seeds):
    folder = KEPT / world
    subprocess.run([
        binary, "compare", APPLICATION, "--world", world, "--load", rates, "--policies", ",".join(policies), "--seeds", f"{seeds}",
        "--output", folder], check=True)
    return json.loads((folder / "summary.json").read_text())["policies"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("traces")
    parser.add_argument("--seeds", type=int, default=1, help="of the local world")
    arguments = parser.parse_args()
    KEPT.mkdir(parents=True, exist_ok=True)
    rates = KEPT / "rates.txt"
    trace = Path(arguments.traces, f"autothrottle-{SHAPE}.txt").read_text().split()[BEGIN:END]
    rates.write_text("".join(f"{SCALE * float(rate):.2f}\n" for rate in trace))

    swept = compare(arguments.binary, rates, "simulated", HPA + ["lsram", "static", "oracle"], 5)
    kept = [policy for policy in swept if policy["policy"] in HPA and policy["kept_window_share"]["mean"] >= PROMISED]
    best = min(kept, key=lambda policy: policy["core_hours"]["mean"])["policy"]
    compare(arguments.binary, rates, "local", [best, "lsram"], arguments.seeds)
    print(f"reports: {KEPT}/simulated/report.html, {KEPT}/local/report.html")


if __name__ == "__main__":
    main()
