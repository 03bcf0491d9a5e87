"""plimsoll run: an application as real processes, with curl's view of it and the operator's."""

import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import BINARY
from shop import APPLICATION, gone, groups_left, replicas_of

class Run:
    """One `plimsoll run`, and what it prints."""

    def __init__(self, folder):
        (folder / "app.yaml").write_text(APPLICATION)
        self.state = folder / "state"
        self.log = folder / f"log-{len(list(folder.glob('log-*')))}.txt"
        self.process = subprocess.Popen(
            [BINARY, "run", str(folder / "app.yaml"), "--port", "0", "--state", str(self.state)],
            stdout=subprocess.PIPE,
            stderr=self.log.open("wb"),
            text=True,
        )
        while not (found := re.search(r"http://\S+/checkout", self.process.stdout.readline())):
            assert self.process.poll() is None, "plimsoll run ended before it listened"
        self.url = found.group()

    def get(self):
        try:
            with urllib.request.urlopen(self.url, timeout=30) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def until_ready(self):
        """Asks again and again until every replica is ready; each question is a request, the pause."""
        while self.get() != 200 or self.log.read_text().count(" is ready after ") < 3:
            assert self.process.poll() is None, f"plimsoll run ended: {self.log.read_text()}"
        return self

    def replicas(self):
        return replicas_of(self.process.pid)


@pytest.fixture
def start(tmp_path):
    runs = []

    def start():
        runs.append(Run(tmp_path))
        return runs[-1]

    yield start
    for run in runs:
        if run.process.poll() is None:
            run.process.send_signal(signal.SIGINT)
            run.process.wait(timeout=60)


def test_serves_and_an_interrupt_removes_everything(start):
    run = start().until_ready()
    replicas = run.replicas()
    assert len(replicas) == 3
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(timeout=30) == 0
    gone(replicas)
    assert groups_left(run.process.pid) == []
    assert not (run.state / "run.json").exists()


def test_after_a_kill_the_next_start_removes_what_was_left(start):
    run = start().until_ready()
    replicas = run.replicas()
    run.process.kill()
    run.process.wait()
    gone(replicas)
    again = start().until_ready()
    assert len(again.replicas()) == 3
    again.process.send_signal(signal.SIGTERM)
    assert again.process.wait(timeout=30) == 0
    assert groups_left(run.process.pid) == groups_left(again.process.pid) == []


def test_a_killed_replica_costs_no_request(start):
    run = start().until_ready()
    cart = [
        pid for pid in run.replicas() if b"plans/cart" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda _: run.get(), range(200))
        os.kill(cart[0], signal.SIGKILL)
        assert set(answers) == {200}


def test_a_second_run_of_the_same_application_is_refused(start, tmp_path):
    run = start().until_ready()
    second = subprocess.run(
        [BINARY, "run", str(tmp_path / "app.yaml"), "--port", "0", "--state", str(run.state)],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert second.returncode != 0
    assert "already runs here" in second.stderr
    assert run.get() == 200


def test_a_port_that_is_taken_is_named(tmp_path):
    (tmp_path / "app.yaml").write_text(APPLICATION)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = subprocess.run(
            [BINARY, "run", str(tmp_path / "app.yaml"), "--port", f"{port}", "--state", str(tmp_path / "state")],
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert result.returncode != 0
    assert f"another program listens on port {port}; choose another" in result.stderr


def test_a_load_that_nobody_answers_fails(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/"
    result = subprocess.run(
        [BINARY, "load", url, "--rate", "50", "--duration", "100ms", "--gaps", "uniform"],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert result.returncode != 0
    assert "| Connection refused |" in result.stdout
    assert f"No request to {url} succeeded: Connection refused." in result.stderr
