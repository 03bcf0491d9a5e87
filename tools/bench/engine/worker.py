"""A worker process that holds one engine with one model and is asked over its standard input."""

import json
import subprocess


class Worker:
    """Between two orders it is blocked on its standard input and costs nothing."""

    def __init__(self, engine, command, log, environment=None):
        self.engine = engine
        self._log = log
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(log, "w"), env=environment)
        self.greeting = self._read()

    def ask(self, order):
        try:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # What it wrote before its end says more.
        return self._read()

    def close(self):
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            pass
        self._process.wait()

    def _read(self):
        # Libraries may write to standard output as well; only JSON objects are replies.
        for line in self._process.stdout:
            if line.startswith(b"{"):
                return json.loads(line)
        raise WorkerFailure(f"{self.engine} ended with {self._process.wait()}; its messages are in {self._log}")


class WorkerFailure(Exception):
    """The worker ended before it answered."""
