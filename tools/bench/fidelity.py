"""Compares the simulated world with the local one, and writes docs/results/fidelity.md.

usage: fidelity.py PLIMSOLL [--pieces N] [--no-report]

A piece is one repeat of one application, about two minutes; finished ones are kept in .build/fidelity, so an interrupted
comparison goes on where it was. Applications and what was scaled in them are in Benchmarks/Fidelity.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

from town import Town

ROOT = Path(__file__).resolve().parents[2]
APPLICATIONS = ROOT / "Benchmarks/Fidelity"
KEPT = ROOT / ".build/fidelity"
NAMES = ["online-boutique", "hotel-reservation", "social-network"]
REPEATS = 5
SEEDS = 40
SECONDS = 24
# Shares of capacity, second by second.
LOADS = {
    "30 %": [0.30] * SECONDS,
    "60 %": [0.60] * SECONDS,
    "85 %": [0.85] * SECONDS,
    "step 30 → 85 %": [0.30] * (SECONDS // 2) + [0.85] * (SECONDS // 2),
}


def simulate(binary, application, rates, seed):
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(f"{rate}" for rate in rates))
        file.flush()
        command = [binary, "simulate", application, "--load", file.name, "--seed", f"{seed}", "--json"]
        return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def capacity(binary, application):
    """The lowest rate at which some service uses all of its quota, from what a request uses of each service."""
    report = simulate(binary, application, [5] * 2000, seed=0)
    rate = sum(entry["requestCount"] for entry in report["entryPoints"]) / report["duration"]
    limits = dict(re.findall(r"- name: (\S+)\n    resources:.*\n.*\n +limits: {cpu: (\d+)m", application.read_text()))
    return min(
        int(limits[service["name"]]) / 1000 * service["meanReplicaCount"] / (service["usedCores"] / rate)
        for service in report["services"]
    )


class MeasuredTown(Town):
    """An application on this machine, and what it uses."""

    def __init__(self, binary, application, seed):
        self.folder = tempfile.TemporaryDirectory()
        super().__init__(binary, application, self.folder.name, "--seed", f"{seed}")
        if not self.is_limited:
            self.stop()
            sys.exit("fidelity: replicas cannot be limited here; see docs/running-locally.md")
        self.wait_until_ready()

    def usage(self):
        """CPU seconds by service, of the router, and stolen from the machine."""
        used = {}
        for version in ["/sys/fs/cgroup/cpuacct", "/sys/fs/cgroup"]:
            for file in Path(version).rglob(f"plimsoll-*-{self.process.pid}-*/*-*/cpuacct.usage"):
                service = file.parent.name.rsplit("-", 1)[0]
                used[service] = used.get(service, 0) + int(file.read_text()) / 1e9
            if used:
                break
        ticks = os.sysconf("SC_CLK_TCK")
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        used["(router)"] = (int(fields[11]) + int(fields[12])) / ticks
        used["(stolen)"] = int(Path("/proc/stat").read_text().split()[8]) / ticks
        return used

    def load(self, binary, rates, seed):
        steps = ",".join(f"{rate:g}x1s" for rate in rates)
        output = f"{self.folder.name}/load"
        before = self.usage()
        subprocess.run(
            [binary, "load", self.url, "--steps", steps, "--seed", f"{seed}", "--output", output],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        after = self.usage()
        report = json.loads(Path(f"{output}/load.json").read_text())
        report["used"] = {name: after[name] - before[name] for name in after}
        return report

    def stop(self):
        super().stop()
        self.folder.cleanup()


def measure(binary, name, repeat, full):
    town = MeasuredTown(binary, APPLICATIONS / f"{name}.yaml", seed=repeat)
    try:
        town.load(binary, [0.3 * full] * 5, seed=99)
        results = {}
        for number, (load, shares) in enumerate(LOADS.items()):
            time.sleep(1)
            results[load] = town.load(binary, [share * full for share in shares], seed=repeat * 10 + number)
    finally:
        town.stop()
    return results


def version():
    cpu = next(line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("cpu family"))
    model = next(line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name"))
    kernel = ".".join(os.uname().release.split(".")[:2])
    return f"{model.split(': ')[1]} (family {cpu.split(': ')[1]}), {os.cpu_count()} cores, Linux {kernel}"


def quantile_cells(name, load, quantile, local, simulated):
    """Local median and range, simulated, difference, what is allowed, and whether it is kept."""
    measured = [run["latency"][f"{quantile}_ms"] for run in local]
    told = statistics.median(run["entryPoints"][0][quantile] for run in simulated) * 1000
    median = statistics.median(measured)
    spread = statistics.stdev(measured) / median if len(measured) > 1 else 0
    floor = 0.25 if (quantile, load) == ("p95", "85 %") else 0.15
    difference, allowed = told / median - 1, max(floor, 2 * spread)
    verdict = "yes" if abs(difference) <= allowed else "**no**"
    if abs(difference) > floor and verdict == "yes":
        verdict = "yes, by spread"
    return [
        f"{median:.1f} ({min(measured):.1f} to {max(measured):.1f})", f"{told:.1f}", f"{difference * 100:+.0f} %",
        f"{allowed * 100:.0f} %", verdict]


def kept_pieces():
    """The repeats of each application that was measured."""
    found = {name: sorted(KEPT.glob(f"{name}-[0-9].json")) for name in NAMES}
    return {name: [json.loads(file.read_text()) for file in files] for name, files in found.items() if files}


def table(binary):
    rows, usage = [], []
    for name, pieces in kept_pieces().items():
        application = APPLICATIONS / f"{name}.yaml"
        full = capacity(binary, application)
        for load, shares in LOADS.items():
            rates = [share * full for share in shares]
            simulated = [simulate(binary, application, rates, seed) for seed in range(SEEDS)]
            local = [piece[load] for piece in pieces]
            for quantile in ["p50", "p95"]:
                cells = quantile_cells(name, load, quantile, local, simulated)
                rows.append([name, f"{full:.0f}/s", load, quantile, *cells])
            if load == "60 %":
                usage.append(cpu_row(name, local, simulated))
    return rows, usage


def cpu_row(name, local, simulated):
    """CPU milliseconds for each request: all services, stated and used; the router's and what was stolen."""
    count = sum(run["succeeded"] for run in local)
    used = {part: sum(run["used"][part] for run in local) / count * 1000 for part in local[0]["used"]}
    services = sum(value for part, value in used.items() if part[0] != "(")
    told = statistics.mean(
        sum(service["usedCores"] for service in run["services"]) * run["duration"]
        / run["entryPoints"][0]["requestCount"] for run in simulated) * 1000
    client = sum(run["client"]["cpu_s"] if "cpu_s" in run["client"] else 0 for run in local) / count * 1000
    return [name, f"{told:.2f}", f"{services:.2f}", f"{used['(router)']:.2f}", f"{used['(stolen)']:.2f}"]


def markdown(header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def words_on_repeats():
    """How often was measured, and what that allows, as it was in fact."""
    counts = {name: len(pieces) for name, pieces in kept_pieces().items()}
    if len(set(counts.values())) == 1:
        count = next(iter(counts.values()))
        repeats = f"{count} repeats with different seeds" if count > 1 else "one run, not repeated"
    else:
        repeats = "repeats with different seeds, " + ", ".join(f"{count} of {name}" for name, count in counts.items())
    left_out = [name for name in NAMES if name not in counts]
    if left_out:
        repeats += f" (not measured: {', '.join(left_out)})"
    tolerance = "Allowed is 15 % (25 % for the 95th percentile at 85 %)"
    if min(counts.values()) > 1:
        tolerance += " or twice the standard deviation of the repeats, whichever is larger"
    if min(counts.values()) < REPEATS:
        tolerance += f"; {REPEATS} repeats are asked for"
    return repeats, tolerance + "."


def write(binary):
    rows, usage = table(binary)
    text = (APPLICATIONS / "report.md").read_text()
    repeats, tolerance = words_on_repeats()
    for place, words in [
        ("MACHINE", version()), ("REPEATS", repeats), ("TOLERANCE", tolerance), ("SEEDS", f"{SEEDS}"), ("SECONDS", f"{SECONDS}"),
    ]:
        text = text.replace(place, words)
    text = text.replace("TABLE", markdown(
        ["application", "capacity", "load", "", "local ms, median (range)", "simulated ms", "difference", "allowed", "kept"], rows))
    text = text.replace("USAGE", markdown(
        ["application", "services, simulated", "services, local", "router", "stolen by the host"], usage))
    kept = sum(row[-1].startswith("yes") for row in rows)
    text = text.replace("KEPT", f"{kept} of {len(rows)}")
    paragraphs = [block if block[0] in "|#*" else textwrap.fill(block, 140) for block in text.strip().split("\n\n")]
    (ROOT / "docs/results/fidelity.md").write_text("\n\n".join(paragraphs) + "\n")
    print(f"{kept} of {len(rows)} within what is allowed")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--pieces", type=int, default=REPEATS * len(NAMES), help="measure at most so many, then stop")
    parser.add_argument("--no-report", action="store_true", help="only measure")
    options = parser.parse_args()
    KEPT.mkdir(parents=True, exist_ok=True)
    missing = [
        (repeat, name) for repeat in range(1, REPEATS + 1) for name in NAMES
        if not (KEPT / f"{name}-{repeat}.json").exists()]
    for repeat, name in missing[: options.pieces]:
        full = capacity(options.binary, APPLICATIONS / f"{name}.yaml")
        results = measure(options.binary, name, repeat, full)
        (KEPT / f"{name}-{repeat}.json").write_text(json.dumps(results))
        print(f"{name}, repeat {repeat}: " + ", ".join(
            f"{load} p50 {run['latency']['p50_ms']:.1f} p95 {run['latency']['p95_ms']:.1f}"
            for load, run in results.items()), flush=True)
    if not options.no_report:
        write(options.binary)


main()
