#!/usr/bin/env python3
"""Measures how long the bundled model takes from process start to ready, and what an idle server costs.

usage: start.py PLIMSOLL_BINARY [--runs 15] [--idle-seconds 20]

Ready means that /ready answers 200. The first run warms the page cache and is not counted. Prints Markdown.
"""

import argparse
import http.client
import os
import platform
import re
import socket
import statistics
import subprocess
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_ready(port):
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def start(binary):
    """The process and the seconds until it was ready."""
    port = free_port()
    began = time.perf_counter()
    process = subprocess.Popen(
        [binary, "serve", "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not is_ready(port):
        if process.poll() is not None:
            raise SystemExit(f"the server ended with {process.returncode}")
        time.sleep(0.001)
    return process, time.perf_counter() - began


def cpu_seconds(process):
    fields = open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mebibytes(process):
    status = open(f"/proc/{process.pid}/status").read()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def cpu_model():
    text = open("/proc/cpuinfo").read()
    return re.search(r"model name\s*:\s*(.*)", text)[1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--idle-seconds", type=float, default=20)
    options = parser.parse_args()

    times = []
    for run in range(options.runs + 1):
        process, seconds = start(options.binary)
        if run:
            times.append(seconds)
        if run < options.runs:
            process.kill()
            process.wait()
    before = cpu_seconds(process)
    time.sleep(options.idle_seconds)
    idle = (cpu_seconds(process) - before) / options.idle_seconds
    memory = resident_mebibytes(process)
    process.terminate()
    process.wait()

    version = subprocess.run([options.binary, "--version"], capture_output=True, text=True).stdout.strip()
    print(f"Plimsoll {version}, {cpu_model()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}\n")
    print("| measure | minimum | median | maximum |\n| --- | --- | --- | --- |")
    print(f"| process start to ready, warm cache, {len(times)} runs | {min(times):.3f} s "
          f"| {statistics.median(times):.3f} s | {max(times):.3f} s |\n")
    print(f"Idle for {options.idle_seconds:.0f} s: {100 * idle:.2f} % of one core, {memory:.0f} MiB resident.")


if __name__ == "__main__":
    main()
