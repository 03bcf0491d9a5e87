"""The servers that are compared: how each is started, warmed and stopped."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass

THREADS = 2
# Its default is four; of 4, 16 and 32 slots the last answer most requests a second here.
LLAMA_SLOTS = 32
CONTEXT = 2048

TITLES = {
    "plimsoll": "plimsoll",
    "fcfs": "fcfs",
    "fcfs-paper": "fcfs-paper",
    "llama-server": "llama-server",
}


@dataclass(frozen=True)
class Programs:
    """What is needed on disk."""

    plimsoll: str
    model: str
    llama: str
    gguf: str


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """A server process that is ready and warm; a context manager that ends it."""

    def __init__(self, programs, name, classes, log):
        self.name, self.port = name, free_port()
        self.log = open(log, "w")
        self._command = [str(part) for part in self._make_command(programs, classes, log)]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def _make_command(self, programs, classes, log):
        if self.name == "llama-server":
            return [programs.llama, "-m", programs.gguf, "--host", "127.0.0.1", "--port", self.port, "-t", THREADS,
                    "-c", LLAMA_SLOTS * CONTEXT, "-np", LLAMA_SLOTS, "--no-webui", "-lv", 0]
        promises = [part for promise in classes for part in ("--class", promise)]
        return [programs.plimsoll, "serve", programs.model, "--port", self.port, "--policy", self.name,
                "--threads", THREADS, "--weights", "int8", "--max-model-len", CONTEXT, "--bench-lengths",
                "--log-level", "warning", "--step-log", f"{log}.steps.csv", *promises]

    def __enter__(self):
        self._process = subprocess.Popen(self._command, stdout=self.log, stderr=self.log)
        self._await_ready()
        return self

    def _await_ready(self, seconds=60):
        end = time.monotonic() + seconds
        path = "/health" if self.name == "llama-server" else "/ready"
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise SystemExit(f"{self.name} ended while starting; its messages are in {self.log.name}")
            try:
                if urllib.request.urlopen(self.url + path, timeout=2).status == 200:
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise SystemExit(f"{self.name} was not ready within {seconds} s; its messages are in {self.log.name}")

    def processor_seconds(self):
        fields = open(f"/proc/{self._process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def __exit__(self, *_):
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.log.close()
