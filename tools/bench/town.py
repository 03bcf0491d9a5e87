"""An application on this machine, for measurements: `plimsoll run`, its address, its replicas and its end."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path


class Town:
    """A run whose log and state are kept in `folder`; ends the program if it does not start."""

    def __init__(self, binary, application, folder, *options):
        self.log = Path(folder) / "log.txt"
        command = [binary, "run", application, "--port", "0", "--state", f"{folder}/state", *options]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        self.url, self.is_limited = None, False
        while line := self.process.stdout.readline():
            self.url = self.url or next(iter(re.findall(r"http://\S+", line)), None)
            if "limits:" in line:
                self.is_limited = "control groups" in line
                return
        sys.exit(f"plimsoll run did not start: {self.said}")

    @property
    def said(self):
        return self.log.read_text()

    def replicas(self):
        """The processes of the replicas that live."""
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[1]) == self.process.pid and fields[0] != "Z":
                yield int(stat.parent.name)

    def wait_until_ready(self):
        wanted = 0
        while wanted == 0 or self.said.count(" is ready after ") < wanted:
            time.sleep(0.2)
            wanted = len(list(self.replicas()))

    def stop(self):
        """Asks it to end, waits, and gives its exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=60)
