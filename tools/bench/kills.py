"""Kills replicas at random under load and accounts for every request.

usage: kills.py PLIMSOLL [--minutes 10] [--clients 4] [--application FILE] [--full-disk]

Closed-loop clients send GET and POST in turns. A replica is killed only while another of its service is ready, which is
the case that is promised: the router repeats what is idempotent, and loses at most the POSTs that were in flight on the
killed replica. A request counts as such if a replica was killed while it was under way. Exits with 1 if one was lost
otherwise, or if requests and outcomes do not add up.

With --full-disk (root only) state, logs and journal are on a file system that is filled to the last byte once the
replicas are ready, and the journal is overwritten with noise: neither may stop a service.
"""

import argparse
import collections
import http.client
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from town import Town

ROOT = Path(__file__).resolve().parents[2]
# A killed replica's connections break within this time.
AFTERMATH = 0.2


class Replicas:
    """The processes of a town, and since when each answers its health checks."""

    def __init__(self, town):
        self.town, self.ready = town, {}

    def look(self):
        alive = set(self.town.replicas())
        self.ready = {pid: since for pid, since in self.ready.items() if pid in alive}
        for pid in alive - self.ready.keys():
            if self.is_healthy(pid):
                self.ready[pid] = time.monotonic()

    def victims(self):
        """By service, the replicas that may be killed: another is ready for long enough that the router knows."""
        services = collections.defaultdict(list)
        for pid, since in self.ready.items():
            if time.monotonic() - since > 1 and (service := self.service(pid)):
                services[service].append(pid)
        return [pids for pids in services.values() if len(pids) > 1]

    @staticmethod
    def service(pid):
        try:
            return re.search(rb"plans/(.+?)\.json", Path(f"/proc/{pid}/cmdline").read_bytes()).group(1)
        except (OSError, AttributeError):
            return None

    @staticmethod
    def is_healthy(pid):
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            port = next(int(line[5:]) for line in environment if line.startswith(b"PORT="))
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except (OSError, StopIteration, http.client.HTTPException):
            return False


class Client(threading.Thread):
    """Sends one request after the other; remembers how each ended and when."""

    def __init__(self, port, path, end):
        super().__init__()
        self.port, self.path, self.end = port, path, end
        self.sent, self.outcomes = 0, []

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while time.monotonic() < self.end:
            method = ["GET", "POST"][self.sent % 2]
            self.sent += 1
            begin = time.monotonic()
            try:
                connection.request(method, self.path, body=b"x" * 100 if method == "POST" else None)
                answer = connection.getresponse()
                answer.read()
                outcome = answer.status
            except (OSError, http.client.HTTPException) as error:
                outcome = type(error).__name__
                connection.close()
            self.outcomes.append((method, outcome, begin, time.monotonic()))
            time.sleep(0.01)


def spoil(state):
    """Fills the disk and corrupts the journal."""
    while not Path(f"{state}/journal.sqlite").exists():
        time.sleep(0.5)
    with open(f"{state}/journal.sqlite", "r+b") as journal:
        journal.write(os.urandom(4096))
    with open(f"{state}/filler", "wb", buffering=0) as filler:
        try:
            while True:
                filler.write(bytes(4096))
        except OSError as error:
            print(f"the journal is noise, and the disk: {error.strerror.lower()}")


def kill_at_random(replicas, end):
    kills = []
    while time.monotonic() < end:
        due = time.monotonic() + random.uniform(0.5, 2)
        while time.monotonic() < due:
            replicas.look()
            time.sleep(0.1)
        if victims := replicas.victims():
            victim = random.choice(random.choice(victims))
            kills.append(time.monotonic())
            os.kill(victim, signal.SIGKILL)
            replicas.ready.pop(victim)
    return kills


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--application", default=ROOT / "Benchmarks/Kills/town.yaml")
    parser.add_argument("--full-disk", action="store_true")
    options = parser.parse_args()
    random.seed(1)
    with tempfile.TemporaryDirectory() as scratch:
        state = f"{scratch}/state"
        if options.full_disk:
            os.mkdir(state)
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", state], check=True)
        town = Town(
            options.binary, options.application, scratch, "--policy", "hpa", "--journal", f"{state}/journal.sqlite")
        port, path = re.search(r":(\d+)(/\S+)", town.url).groups()
        replicas = Replicas(town)
        town.wait_until_ready()
        if options.full_disk:
            spoil(state)
        end = time.monotonic() + options.minutes * 60
        clients = [Client(int(port), path, end) for _ in range(options.clients)]
        for client in clients:
            client.start()
        kills = kill_at_random(replicas, end - 2)
        for client in clients:
            client.join()
        code, said = town.stop(), town.said
        restarts = said.count("was killed by signal 9")
        if options.full_disk:
            subprocess.run(["umount", state], check=True)
            complaints = {line for line in said.splitlines() if "journal" in line or "record of" in line}
            print("\n".join(sorted(complaints)[:6]))
        left = list(Path("/sys/fs/cgroup").rglob(f"plimsoll-*-{town.process.pid}-*"))

    outcomes = [outcome for client in clients for outcome in client.outcomes]
    sent = sum(client.sent for client in clients)
    counts = collections.Counter((method, outcome) for method, outcome, _, _ in outcomes)
    failures = [(begin, done) for _, outcome, begin, done in outcomes if outcome != 200]
    unexplained = [
        (begin, done) for begin, done in failures
        if not any(begin <= kill + AFTERMATH and kill <= done for kill in kills)
    ]
    print(f"{len(kills)} replicas killed in {options.minutes:g} minutes; {restarts} deaths noticed")
    print("| requests | sent | answered 200 | anything else |\n| --- | ---: | ---: | --- |")
    for method in ["GET", "POST"]:
        mine = {outcome: count for (m, outcome), count in counts.items() if m == method}
        other = ", ".join(f"{outcome}: {count}" for outcome, count in mine.items() if outcome != 200) or "0"
        print(f"| {method} | {sum(mine.values())} | {mine.get(200, 0)} | {other} |")
    print(f"{sent} sent, {len(outcomes)} accounted for; {len(unexplained)} lost that no kill explains")
    print(f"plimsoll ended with {code}; control groups left: {len(left)}")
    sys.exit(1 if unexplained or sent != len(outcomes) or code or left else 0)


main()
