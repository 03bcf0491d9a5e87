"""A target for each service: coordinate descent from the best common setting, for as long as the promise is kept.

That setting leaves little room to raise any target, so a second descent begins five points below it.
"""

import math

from report import PROMISED
from towns import QUOTA

STEP = 0.05
HIGHEST = 0.9
HARDEST_FIRST = ["noisy", "bursty", "diurnal", "diurnal-2"]


def tune(comparison, plan, name, common):
    """The cheaper of what both descents find, as a policy; the common setting where neither finds better."""
    words = dict(word.split("=") for word in common.removeprefix("hpa:").split(","))
    target, window = float(words["target"]), words["scale-down-window"]
    descents = [Descent(comparison, plan, name, begin, window) for begin in [target, round(target - STEP, 2)]]
    found = [(descent, descent.best()) for descent in descents]
    descent, targets = min(found, key=lambda one: one[0].cores(one[1]))
    return descent.policy(targets)


class Descent:
    """One application's search. It meets the seeds of the sweep; the settings on its way then meet all of them."""

    def __init__(self, comparison, plan, name, target, window):
        self.comparison, self.plan, self.name = comparison, plan, name
        self.target, self.window = target, window

    def policy(self, targets):
        text = f"hpa:target={self.target},scale-down-window={self.window}"
        raised = "/".join(f"{service}:{target:.2f}" for service, target in sorted(targets.items()))
        return f"{text},targets={raised}" if raised else text

    def services(self):
        """Those that can save, the busiest first: one that needs a single replica at the highest rate cannot."""
        town = self.comparison.town(self.name, 0, 1)
        highest = town.scale * max(max(rates) for rates in self.comparison.rates.values())
        replicas = {
            service: math.ceil(highest * seconds / QUOTA / self.target)
            for service, seconds in town.seconds.items() if service not in town.fixed}
        return sorted((service for service in replicas if replicas[service] > 1), key=lambda one: -town.seconds[one])

    def run(self, targets, cell):
        return self.comparison.run(self.name, 0, *cell, self.policy(targets))

    def is_better(self, targets, than, seeds):
        """Whether the promise is kept with fewer cores. The hardest shape comes first: what breaks or saves nothing there is dropped."""
        cells = [(shape, seed) for shape in HARDEST_FIRST for seed in seeds]
        allowed = (1 - PROMISED) * sum(self.run({}, cell)["windows"] for cell in cells)
        broken = saved = 0
        for index, cell in enumerate(cells):
            run = self.run(targets, cell)
            broken += run["broken"]
            saved += self.run(than, cell)["cores"] - run["cores"]
            if broken > allowed or (index + 1 >= len(seeds) and saved <= 0):
                return False
        return True

    def descend(self):
        """Every setting on the way, the common one first."""
        path = [{}]
        for service in self.services():
            while (target := path[-1].get(service, self.target) + STEP) <= HIGHEST + 1e-9:
                tried = {**path[-1], service: round(target, 2)}
                if not self.is_better(tried, path[-1], self.plan.SWEPT):
                    break
                path.append(tried)
        return path

    def best(self):
        """The last setting on the way that keeps the promise with every seed, found by halving."""
        path = self.descend()
        kept, broken = 0, len(path)
        while broken - kept > 1:
            middle = broken - 1 if broken == len(path) else (kept + broken) // 2
            if self.is_better(path[middle], {}, self.plan.SEEDS):
                kept = middle
            else:
                broken = middle
        return path[kept]

    def cores(self, targets):
        return sum(self.run(targets, (shape, seed))["cores"] for shape in HARDEST_FIRST for seed in self.plan.SEEDS)
