#!/usr/bin/env python3
"""Measures how well the lengths of answers are foreseen, beside max_tokens and the running median.

usage: lengths.py PLIMSOLL TRACES TALES [--pace step-pace.json] [--requests 1500] [--output lengths.json]

First both traces, from prompt length and class alone: what a simulated server answers of them. Then the bundled
model, whose answers end by themselves, from the model's last hidden state too: a real server that continues tales
(TALES is a text whose documents end with <|endoftext|>) from random places. Prints the tables of
docs/results/length-prediction.md.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
MODEL = f"{HERE}/../../../Models/tales-10m-moe"
SOURCES = {"maximum": "max_tokens", "median": "running median", "request": "request", "features": "hidden state"}
STARTS = [0, *(8 << index for index in range(8))]
LONGEST = 1024


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plimsoll")
    parser.add_argument("traces")
    parser.add_argument("tales")
    parser.add_argument("--pace", default=f"{HERE}/step-pace.json")
    parser.add_argument("--requests", type=int, default=1500)
    parser.add_argument("--output")
    return parser.parse_args()


def trace(options, names):
    """Forecasts of a simulated run over these traces in their order; what is refused in bursts is left out."""
    with tempfile.TemporaryDirectory() as folder:
        command = [options.plimsoll, "simulate-serving", "--pace", options.pace, "--arrivals", "trace", "--rate", "0.5",
                   "--max-model-len", "32768", "--output", folder]
        for name in names:
            command += ["--trace", f"{options.traces}/azure-llm-2023-{name}.csv"]
        for name, share in {"interactive": 40, "standard": 40, "batch": 20}.items():
            command += ["--class", f"{name}={share}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return json.load(open(f"{folder}/forecasts.json"))


def prompts(path, count):
    """Titles, and tales cut off somewhere."""
    generator = random.Random(1)
    tales = [text.strip() for text in open(path).read().split("<|endoftext|>") if len(text.strip()) > 200]
    for index in range(count):
        tale = generator.choice(tales)
        title = tale.split("\n", 1)[0]
        # A third are titles alone, the others end anywhere, of which the last 2,000 letters are shown.
        end = len(title) if index % 3 == 0 else generator.randrange(len(title), len(tale))
        yield tale[:end][-2000:] + ("\n\n" if index % 3 == 0 else "")


def answer(url, prompt):
    body = json.dumps({"prompt": "<|endoftext|>" + prompt, "max_tokens": LONGEST}).encode()
    request = urllib.request.Request(f"{url}/v1/completions", body, {"Content-Type": "application/json"})
    while True:
        try:
            with urllib.request.urlopen(request, timeout=600) as response:
                return json.load(response)["choices"][0]["finish_reason"]
        except urllib.error.HTTPError as error:
            if error.code != 429:
                raise
            time.sleep(float(error.headers.get("Retry-After", 1)))


def bundled(options):
    """Forecasts of a real server whose answers end where the model ends them."""
    port = 18471
    command = [options.plimsoll, "serve", MODEL, "--port", str(port), "--log-level", "warning"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                urllib.request.urlopen(f"{url}/ready", timeout=2)
                break
            except OSError:
                time.sleep(0.1)
        with ThreadPoolExecutor(24) as pool:
            reasons = list(pool.map(lambda prompt: answer(url, prompt), prompts(options.tales, options.requests)))
        metrics = urllib.request.urlopen(f"{url}/metrics").read().decode()
    finally:
        server.terminate()
        server.wait(20)
    print(f"{reasons.count('stop')} of {len(reasons)} answers ended by themselves", file=sys.stderr)
    return from_metrics(metrics)


def from_metrics(text):
    found = {}
    labels = lambda line: dict(re.findall(r'(\w+)="([^"]*)"', line))
    for line in text.splitlines():
        if line.startswith("plimsoll_length_forecasts_total{"):
            label, count = labels(line), int(float(line.rsplit(" ", 1)[1]))
            row = found.setdefault(label["source"], {"confusion": [[0] * 9 for _ in range(9)]})["confusion"]
            row[STARTS.index(int(label["forecast"]))][STARTS.index(int(label["actual"]))] += count
    for line in text.splitlines():
        if line.startswith("plimsoll_length_forecast_covered_ratio{") and labels(line)["source"] in found:
            source = found[labels(line)["source"]]
            source["covered"] = round(float(line.rsplit(" ", 1)[1]) * sum(map(sum, source["confusion"])))
    return found


def table(results):
    lines = ["| load | forecast from | answers | right class, % | right or next to it, % | within the bound, % |",
             "| --- | --- | ---: | ---: | ---: | ---: |"]
    for load, sources in results.items():
        for source, title in SOURCES.items():
            if source not in sources:
                continue
            matrix = sources[source]["confusion"]
            total = sum(map(sum, matrix))
            share = lambda count: f"{100 * count / total:.1f}"
            near = sum(matrix[i][j] for i in range(9) for j in range(9) if abs(i - j) <= 1)
            lines.append(f"| {load} | {title} | {total} | {share(sum(matrix[i][i] for i in range(9)))} | {share(near)} | "
                         f"{share(sources[source]['covered'])} |")
    return "\n".join(lines)


def matrix(rows):
    names = [f"{start}" for start in STARTS]
    lines = ["| foreseen \\ true, from | " + " | ".join(names) + " |", "| ---: |" + " ---: |" * 9]
    return "\n".join(lines + [f"| {name} | " + " | ".join(map(str, row)) + " |" for name, row in zip(names, rows)])


def main():
    options = arguments()
    results = {"conversation trace": trace(options, ["conversation"]), "code trace": trace(options, ["code"]),
               "both traces": trace(options, ["conversation", "code"]), "bundled model": bundled(options)}
    if options.output:
        json.dump(results, open(options.output, "w"))
    print(table(results))
    for load, source in (("both traces", "request"), ("bundled model", "request"), ("bundled model", "features")):
        if source in results[load]:
            print(f"\n{load}, from the {SOURCES[source]}:\n\n{matrix(results[load][source]['confusion'])}")


if __name__ == "__main__":
    main()
