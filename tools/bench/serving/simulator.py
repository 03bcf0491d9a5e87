"""Runs of `plimsoll simulate-serving`: the same requests as a real run's, judged alike."""

import os
import subprocess
import tempfile

from judge import read_requests

CLASSES = {"interactive": 40, "standard": 40, "batch": 20}
PATIENCE = 60  # seconds until a client hangs up: far beyond every objective


def load_options(traces, divisor, rate, count, seed):
    """What `bench` and `simulate-serving` are told of the load."""
    options = ["--rate", rate, "--requests", count, "--seed", seed, "--scale-lengths", 1 / divisor]
    for trace in traces:
        options += ["--trace", trace]
    for name, share in CLASSES.items():
        options += ["--class", f"{name}={share}"]
    return options


def simulate(plimsoll, pace, policy, promises, load, extra=()):
    """What became of each request."""
    with tempfile.TemporaryDirectory() as folder:
        command = [plimsoll, "simulate-serving", "--policy", policy, "--patience", f"{PATIENCE}s", "--output", folder,
                   *load, *extra]
        for path in pace:
            command += ["--pace", path]
        for promise in promises:
            command += ["--promise", promise]
        result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if result.returncode:
            raise SystemExit(f"simulate-serving failed: {result.stderr}")
        return read_requests(os.path.join(folder, "requests.csv"))
