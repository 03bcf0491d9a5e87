"""Servers for the tests: each started on a free loopback port, stopped when its tests are over."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

BINARY = os.environ["PLIMSOLL_BINARY"]
ROOT = Path(__file__).resolve().parents[2]
FAMILIES = ROOT / "Tests" / "TransformerTests" / "Goldens"


class Server:
    """A running `plimsoll serve` and the few requests that tests make without a client library."""

    def __init__(self, process, port, log):
        self.process, self.port, self.log = process, port, log

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def request(self, method, path, body=None, headers=None):
        """Status, headers and body of one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        try:
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def metric(self, name):
        """The value of a metric, summed over its series."""
        text = self.request("GET", "/metrics")[2].decode()
        values = re.findall(rf"^{re.escape(name)}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)
        assert values, f"{name} is not exported"
        return sum(map(float, values))

    def wait_for(self, condition, seconds=30):
        """Asks again and again until `condition()` holds; each question is a request, which is the pause."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "the condition did not come true in time"
            assert self.process.poll() is None, f"the server ended: {self.log.read_text()}"

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def free_port():
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_listening(port):
    with contextlib.closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="session")
def start(tmp_path_factory):
    """Starts a server with the given arguments and waits until it is ready; all end with the session."""
    servers = []

    def start_server(*arguments, ready=True):
        port = free_port()
        log = tmp_path_factory.mktemp("server") / "log"
        process = subprocess.Popen(
            [BINARY, "serve", *map(str, arguments), "--port", str(port)],
            stdout=log.open("wb"), stderr=subprocess.STDOUT, cwd=ROOT)
        server = Server(process, port, log)
        servers.append(server)
        if ready:
            server.wait_for(lambda: is_listening(port))
            server.wait_for(lambda: server.request("GET", "/ready")[0] == 200, seconds=120)
        return server

    yield start_server
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def server(start):
    """The bundled model with the defaults of `plimsoll serve`."""
    return start()
