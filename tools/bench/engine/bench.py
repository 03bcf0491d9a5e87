#!/usr/bin/env python3
"""Measures our engine beside OpenVINO, llama.cpp and transformers: same weights, same prompts, same run, in turns.

usage: bench.py BINARY [--models 135m,1b,moe] [--bits 8,4] [--rows prefill,decode-1] [--engines plimsoll,openvino]
                       [--rounds 3] [--patience 45] [--resume] [--text FILE] [--work .build/bench-engine]
                       [--output docs/results]

BINARY is the EngineBenchmark executable. Each engine is a process with two threads that waits while another one
measures. A round goes through all rows, and in each row through all engines; the first round warms up and does not
count. Writes engine.md, engine.svg and engine.json into the output folder; with --resume what it measures joins what is
there already, so that a comparison can be made in pieces (--models= measures the formats alone). The first run needs
some 20 minutes to make models and environments, and 12 GB; they are kept in the work folder.
"""

import argparse
import datetime
import json
import os
import re
import subprocess
import sys
import time

from engines import THREADS, Workshop
from environments import Unavailable
from pieces import join
from report import write_report
from rows import ROWS
from shapes import SHAPES
from worker import Worker, WorkerFailure

ENGINES = ["plimsoll", "openvino", "llama", "transformers"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--models", default=",".join(SHAPES))
    parser.add_argument("--bits", default="8,4")
    parser.add_argument("--rows", default="prefill,decode,mixed", help="beginnings of row names")
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--patience", type=int, default=45, help="seconds of one engine in one row over all rounds")
    parser.add_argument("--resume", action="store_true", help="join what the output folder has already")
    parser.add_argument("--text", help="what the bundled model is scored on; no perplexity without")
    parser.add_argument("--text-tokens", type=int, default=1 << 40)
    parser.add_argument("--bundled", default="Models/tales-10m-moe")
    parser.add_argument("--work", default=".build/bench-engine")
    parser.add_argument("--output", default="docs/results")
    return parser.parse_args()


def machine():
    text = open("/proc/cpuinfo").read()
    field = {name: re.search(rf"{name}\s*:\s*(.*)", text)[1] for name in ("model name", "cpu family", "model")}
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    return {
        "processor": f"{field['model name']} (family {field['cpu family']}, model {field['model']})",
        "cores": os.cpu_count(),
        "system": ".".join(os.uname().release.split(".")[:2]),
        "date": datetime.date.today().isoformat(),
        "commit": commit,
        "threads": THREADS,
    }


def command():
    """The arguments, without the places where this machine keeps things."""
    words = [word for argument in sys.argv[2:] for word in argument.split("=")]
    return " ".join(os.path.basename(word.rstrip("/")) if "/" in word else word for word in words)


def start_all(workshop, engines, model, bits):
    """A worker for each engine that can be had, and why the others cannot."""
    workers, missing = [], {}
    for engine in engines:
        try:
            workers.append(workshop.start(engine, model, bits))
        except (Unavailable, WorkerFailure) as reason:
            print(f"without {engine}: {reason}", flush=True)
            missing[engine] = str(reason)
    return workers, missing


class Samples:
    """What was measured of one row and one engine."""

    def __init__(self):
        self.speeds, self.experts, self.seconds, self.reason = [], [], 0, None

    def take(self, row, reply, seconds, counts):
        self.seconds += seconds
        if "unsupported" in reply:
            self.reason = reply["unsupported"]
        elif counts:
            self.speeds.append(row.speed(reply["times"]))
            self.experts += [experts for rows, experts in reply.get("steps", []) if rows == len(row.lengths)]

    @property
    def json(self):
        values = {"speeds": self.speeds}
        if self.reason:
            values["reason"] = self.reason
        if any(self.experts):
            values["distinctExperts"] = sum(self.experts) / len(self.experts)
        return values


def compare(workers, rows, model, bits, options):
    """All rounds of one model at one width; the engines take turns, each first in turn."""
    samples = {(row.name, worker.engine): Samples() for row in rows for worker in workers}
    limits, firsts = [], {}
    for turn in range(options.rounds + 1):
        limits += [worker.ask({"do": "limits"}) for worker in workers if worker.engine == "plimsoll" and turn]
        for row in rows:
            order = row.order(SHAPES[model].vocabulary, turn)
            for worker in workers[turn % len(workers):] + workers[:turn % len(workers)]:
                sample = samples[row.name, worker.engine]
                if sample.reason or (sample.speeds and sample.seconds > options.patience):
                    continue
                start = time.monotonic()
                try:
                    reply = worker.ask(order)
                except WorkerFailure as failure:
                    print(f"{row.name}: {failure}", flush=True)
                    reply = {"unsupported": str(failure)}
                sample.take(row, reply, time.monotonic() - start, counts=turn > 0)
                firsts.setdefault((turn, row.name), {})[worker.engine] = reply.get("first", [])
            if turn:
                print(f"{SHAPES[model].title} int{bits} round {turn} {row.name}: " + ", ".join(
                    f"{worker.engine} {speeds[-1]:.1f}" for worker in workers
                    if (speeds := samples[row.name, worker.engine].speeds)), flush=True)
    return {
        "model": model,
        "bits": bits,
        "limits": limits,
        "engines": {worker.engine: worker.greeting for worker in workers},
        "agreement": agreement(firsts),
        "rows": {row.name: {w.engine: samples[row.name, w.engine].json for w in workers} for row in rows},
    }


def agreement(firsts):
    """How many first tokens are ours, of how many, by engine: whether they compute the same at all."""
    pairs = {}
    for tokens in firsts.values():
        for engine, theirs in tokens.items():
            pairs.setdefault(engine, []).extend(zip(tokens.get("plimsoll", []), theirs))
    return {engine: [sum(a == b for a, b in both), len(both)] for engine, both in pairs.items() if both}


def quality(options):
    """Perplexity of the bundled model and error of one product in each format."""
    lines = {}
    for weights in ("float32", "bfloat16", "int8", "int4"):
        worker = Worker("plimsoll", [options.binary, options.bundled, "--weights", weights], "/dev/null")
        lines[weights] = worker.ask({"do": "product"})
        if options.text and weights != "bfloat16":
            order = {"do": "perplexity", "text": options.text, "tokens": options.text_tokens}
            lines[weights] |= worker.ask(order)
        worker.close()
        print(f"{weights}: {lines[weights]}", flush=True)
    return lines


def main():
    options = arguments()
    workshop = Workshop(options.work, options.binary)
    rows = [row for row in ROWS if row.name.startswith(tuple(options.rows.split(",")))]
    os.makedirs(options.output, exist_ok=True)
    results = earlier(options) | {"machine": machine()}
    results["commands"].append(command())
    began, before = time.monotonic(), results["minutes"]
    for model in filter(None, options.models.split(",")):
        for bits in (int(text) for text in options.bits.split(",")):
            workers, missing = start_all(workshop, options.engines.split(","), model, bits)
            results["missing"] |= missing
            join(results["comparisons"], compare(workers, rows, model, bits, options))
            for worker in workers:
                worker.close()
            results["minutes"] = before + (time.monotonic() - began) / 60
            save(results, options.output)  # A run that is cut short leaves what it has.
    if options.text or not results["quality"]:
        results["quality"] = quality(options)
    results["minutes"] = before + (time.monotonic() - began) / 60
    save(results, options.output)
    write_report(results, options.output)


def earlier(options):
    """What the output folder has, if it is to be joined, else nothing yet."""
    if options.resume and os.path.exists(f"{options.output}/engine.json"):
        with open(f"{options.output}/engine.json") as file:
            return json.load(file)
    return {"commands": [], "comparisons": [], "missing": {}, "quality": {}, "minutes": 0}


def save(results, folder):
    with open(f"{folder}/engine.json", "w") as file:
        json.dump(results, file, indent=1)


if __name__ == "__main__":
    main()
