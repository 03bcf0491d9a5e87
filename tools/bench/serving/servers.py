"""The servers that are compared: how each is started, warmed and stopped."""

import os
import sys
from dataclasses import dataclass

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from server import ServerProcess, free_port  # noqa: E402

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


class Server(ServerProcess):
    """One of them, ready and warm; a context manager that ends it."""

    def __init__(self, programs, name, classes, log):
        self.name = name
        port = free_port()
        ready = "/health" if name == "llama-server" else "/ready"
        super().__init__(self._make_command(programs, port, classes, log), port, log, ready)

    def _make_command(self, programs, port, classes, log):
        if self.name == "llama-server":
            return [programs.llama, "-m", programs.gguf, "--host", "127.0.0.1", "--port", port, "-t", THREADS,
                    "-c", LLAMA_SLOTS * CONTEXT, "-np", LLAMA_SLOTS, "--no-webui", "-lv", 0]
        promises = [part for promise in classes for part in ("--class", promise)]
        return [programs.plimsoll, "serve", programs.model, "--port", port, "--policy", self.name,
                "--threads", THREADS, "--weights", "int8", "--max-model-len", CONTEXT, "--bench-lengths",
                "--log-level", "warning", "--step-log", f"{log}.steps.csv", *promises]
