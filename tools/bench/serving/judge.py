"""What is promised, fixed from unloaded runs, and how much of it was kept."""

import csv
import statistics
from dataclasses import dataclass

QUARTILES = 4
FIRST_TOKEN = {"interactive": 5, "standard": 10}  # times the unloaded median
NEXT_TOKEN = {"interactive": 3, "standard": 5}
WHOLE = {"batch": 50}
# Load at 80 %: so much of the interactive and standard requests, and so much in every quartile.
SHARE, QUARTILE_SHARE = 0.8, 0.6


def read_requests(path):
    with open(path) as file:
        return list(csv.DictReader(file))


def read_lengths(traces, divisor):
    """Prompt lengths of the traces, as `plimsoll bench --scale-lengths` rounds them."""
    lengths = []
    for path in traces:
        with open(path) as file:
            lengths += [max(1, round(int(row["ContextTokens"]) / divisor)) for row in csv.DictReader(file)]
    return lengths


@dataclass
class Objectives:
    """Bounds in milliseconds by class and quartile of prompt length."""

    limits: list
    first: list
    pace: list
    whole: list

    @staticmethod
    def fixed_from(requests, limits):
        """From the answers of a server that had one request at a time."""
        groups = [[] for _ in range(QUARTILES)]
        for request in requests:
            if request["outcome"] == "completed":
                groups[sum(int(request["prompt_tokens"]) >= limit for limit in limits)].append(request)
        median = lambda name: [statistics.median(float(r[name]) for r in group if r[name]) for group in groups]
        return Objectives(limits, median("ttft_ms"), median("tpot_ms"), median("e2el_ms"))

    def quartile(self, request):
        return sum(int(request["prompt_tokens"]) >= limit for limit in self.limits)

    def is_met(self, request):
        if request["outcome"] != "completed":
            return False
        quartile, name = self.quartile(request), request["class"]
        if name in WHOLE:
            return float(request["e2el_ms"]) <= WHOLE[name] * self.whole[quartile]
        pace = float(request["tpot_ms"] or 0)
        return (float(request["ttft_ms"]) <= FIRST_TOKEN[name] * self.first[quartile]
                and pace <= NEXT_TOKEN[name] * self.pace[quartile])

    def promises(self):
        """The same, as our server is told them."""
        promises = []
        for name, factor in FIRST_TOKEN.items():
            pace = statistics.median(self.pace) * NEXT_TOKEN[name]
            promises.append(f"{name}={self._steps([factor * first for first in self.first])},tpot:{pace:.1f}ms")
        # What is judged is the whole answer; half of its time may pass before it begins.
        return promises + [f"batch={self._steps([WHOLE['batch'] / 2 * whole for whole in self.whole])},tpot:none"]

    def _steps(self, milliseconds):
        longer = [f"ttft@{limit}:{bound:.1f}ms" for limit, bound in zip(self.limits, milliseconds[1:])]
        return ",".join([f"ttft:{milliseconds[0]:.1f}ms", *longer])


@dataclass
class Attainment:
    """How much of a run was in time; refused and failed requests count as missed."""

    share: float
    quartiles: list
    batch: float
    refused: float
    goodput: float
    first_token_p99: float

    @property
    def margin(self):
        """At least one where the run is within the load at 80 %."""
        return min(self.share / SHARE, min(self.quartiles) / QUARTILE_SHARE)


def attainment(requests, objectives, rate):
    urgent = [r for r in requests if r["class"] in FIRST_TOKEN]
    batch = [r for r in requests if r["class"] in WHOLE]
    share = lambda group: sum(map(objectives.is_met, group)) / max(len(group), 1)
    quartiles = [share([r for r in urgent if objectives.quartile(r) == q]) for q in range(QUARTILES)]
    ratios = sorted(
        float(r["ttft_ms"]) / (FIRST_TOKEN["interactive"] * objectives.first[objectives.quartile(r)])
        for r in requests if r["class"] == "interactive" and r["outcome"] == "completed")
    return Attainment(
        share=share(urgent), quartiles=quartiles, batch=share(batch),
        refused=sum(r["outcome"] == "refused" for r in requests) / len(requests),
        goodput=share(urgent) * len(urgent) / len(requests) * rate,
        first_token_p99=ratios[int(0.99 * (len(ratios) - 1))] if ratios else float("inf"))
