"""An application of two services for tests in the local world, and what is left of it on the machine."""

import time
from pathlib import Path

APPLICATION = """
apiVersion: plimsoll.dev/v1alpha1
kind: Application
metadata:
  name: shop
spec:
  entryPoints:
    - name: checkout
      service: front
      operation: checkout
      slo: {quantile: 0.95, bound: 200ms, window: 10s}
  services:
    - name: front
      resources: {limits: {cpu: 500m, memory: 256Mi}}
      replicas: {initial: 1}
      startupTime: 100ms
      operations:
        - name: checkout
          work: {cpu: 1ms}
          calls:
            - service: cart
              operation: read
              retries: 2
    - name: cart
      resources: {limits: {cpu: 500m, memory: 256Mi}}
      replicas: {initial: 2}
      startupTime: 100ms
      operations:
        - name: read
          work: {cpu: 1ms}
"""


def replicas_of(parent):
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
            if int(fields[1]) == parent and fields[0] != "Z":
                found.append(int(stat.parent.name))
        except (OSError, IndexError):
            continue
    return found


def groups_left(owner):
    return [path for path in Path("/sys/fs/cgroup").rglob(f"plimsoll-shop-{owner}-*")]


def gone(processes):
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in processes):
        assert time.monotonic() < deadline, "replicas outlive their parent"
