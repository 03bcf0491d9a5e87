"""A server that is measured: its process, from start to end."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class ServerProcess:
    """A context manager that starts COMMAND, waits until READY answers, and ends it; its messages go to the file LOG."""

    def __init__(self, command, port, log, ready="/ready", seconds=120):
        self.url = f"http://127.0.0.1:{port}"
        self._command = [str(part) for part in command]
        self._log = open(log, "w")
        self._ready, self._seconds = ready, seconds

    def __enter__(self):
        self._process = subprocess.Popen(self._command, stdout=self._log, stderr=self._log)
        end = time.monotonic() + self._seconds
        while not self._is_ready():
            if self._process.poll() is not None:
                raise SystemExit(f"the server ended while starting; its messages are in {self._log.name}")
            if time.monotonic() > end:
                self.__exit__()
                raise SystemExit(f"no server within {self._seconds} s; its messages are in {self._log.name}")
            time.sleep(0.05)
        return self

    def _is_ready(self):
        try:
            return urllib.request.urlopen(self.url + self._ready, timeout=2).status == 200
        except (urllib.error.URLError, OSError):
            return False

    def processor_seconds(self):
        fields = open(f"/proc/{self._process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def __exit__(self, *_):
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
