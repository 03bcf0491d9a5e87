"""Kills replicas at random under load and accounts for every request.

usage: kill_replicas.py PLIMSOLL APPLICATION.yaml [SECONDS] [CLIENTS]

Every service should have at least two replicas. A request is lost if its answer is not 200; the router may lose only
what was in flight on a replica at the moment it was killed, and repeats even that where it is idempotent.
"""

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


def children(parent):
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            continue
        if int(fields[1]) == parent and fields[0] != "Z":
            yield int(stat.parent.name)


def service_of(pid):
    try:
        return re.search(rb"plans/(.+?)\.json", Path(f"/proc/{pid}/cmdline").read_bytes()).group(1)
    except (OSError, AttributeError):
        return None


def client(port, path, end, counts, lock):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while time.monotonic() < end:
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            outcome = answer.status
        except (OSError, http.client.HTTPException) as error:
            outcome = type(error).__name__
            connection.close()
        with lock:
            counts[outcome] += 1


def main():
    binary, application = sys.argv[1:3]
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 60
    clients = int(sys.argv[4]) if len(sys.argv) > 4 else 8
    random.seed(1)
    with tempfile.TemporaryDirectory() as folder:
        log = open(f"{folder}/log.txt", "w+b")
        run = subprocess.Popen(
            [binary, "run", application, "--port", "0", "--state", f"{folder}/state"],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        urls = []
        while line := run.stdout.readline():
            urls += re.findall(r"http://127\.0\.0\.1:(\d+)(/\S+)", line)
            if "limits:" in line:
                break
        port, path = int(urls[0][0]), urls[0][1]
        replica_count = 0
        while replica_count == 0 or Path(log.name).read_text().count(" is ready after ") < replica_count:
            time.sleep(0.2)
            replica_count = len(list(children(run.pid)))

        counts, lock, end = collections.Counter(), threading.Lock(), time.monotonic() + seconds
        threads = [
            threading.Thread(target=client, args=(port, path, end, counts, lock)) for _ in range(clients)
        ]
        for thread in threads:
            thread.start()
        kills = 0
        while time.monotonic() < end - 1:
            time.sleep(random.uniform(0.5, 2))
            by_service = collections.defaultdict(list)
            for pid in children(run.pid):
                by_service[service_of(pid)].append(pid)
            # Only where a live replica is left, which is the case that is promised.
            victims = [pids for pids in by_service.values() if len(pids) > 1]
            if victims:
                os.kill(random.choice(random.choice(victims)), signal.SIGKILL)
                kills += 1
        for thread in threads:
            thread.join()
        run.send_signal(signal.SIGINT)
        code = run.wait(timeout=60)
        left = list(Path("/sys/fs/cgroup").rglob("plimsoll-*/cgroup.procs"))
        print(f"{kills} replicas killed in {seconds:g} s, {clients} clients; answers: {dict(counts)}")
        print(f"plimsoll ended with {code}; control groups left: {len(left)}")


main()
