"""The applications of Examples/ as they are compared: replicas of one size, enough of them at the beginning, other draws."""

import math
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples"))

import applications  # noqa: E402
from model import Call, Writer  # noqa: E402

# Every replica asks for what it may use, so that a share of the request is a share of what there is.
QUOTA = 0.2
MOST = 60
# What the traces' rates are multiplied with, so that an application needs some twenty to fifty replicas.
SCALES = {"online-boutique": 1.0, "social-network": 2.5, "train-ticket": 0.7}
MAKERS = {
    "online-boutique": applications.online_boutique,
    "social-network": applications.social_network,
    "train-ticket": applications.train_ticket,
}
# How busy replicas are in the first second, whatever the policy.
INITIAL_USE = 0.5


class Town:
    """One application; a draw other than 0 draws its CPU times anew, and its promises with them; size multiplies its load."""

    def __init__(self, name, draw=0, size=1):
        self.app = MAKERS[name]()
        self.app.seed += 100 * draw
        self.app.complete()
        self.app.check()
        self.kinds = {kind: dict(values) for kind, values in applications.KINDS.items()}
        for values in self.kinds.values():
            if "cpu" not in values:
                values.update(cpu=(f"{round(QUOTA * 1000)}m", QUOTA), replicas=MOST)
        self.scale = SCALES[name] * size
        self.seconds = self.demand(Writer(self.app, self.kinds))
        self.fixed = {service for service in self.seconds if self.kind(service)["replicas"] == 1}

    @property
    def floor_cores(self):
        """Cores of one replica of each service that can be scaled."""
        return QUOTA * sum(service not in self.fixed for service in self.seconds)

    def kind(self, service):
        return self.kinds[self.app.kind_of[service]]

    def demand(self, writer):
        """CPU seconds of each service for one request to the application."""
        seconds = {}

        def visit(service, operation, share):
            seconds[service] = seconds.get(service, 0) + share * writer.cpu[service, operation] / 1e6
            pass_on(self.app.operations[service, operation], share)

        def pass_on(stages, share):
            for stage in stages:
                if isinstance(stage, Call):
                    visit(stage.service, stage.operation, share * stage.probability * stage.count)
                else:
                    pass_on(stage.stages, share)

        whole = sum(weight for _, _, weight in self.app.entries)
        for name, service, weight in self.app.entries:
            visit(service, name, weight / whole)
        return seconds

    def text(self, rate):
        """The app.yaml for a load that begins at this rate."""
        initial = {
            service: max(1, math.ceil(rate * seconds / QUOTA / INITIAL_USE))
            for service, seconds in self.seconds.items() if service not in self.fixed}
        return Writer(self.app, self.kinds, initial).text()

    def least_cores(self, rates):
        """Cores of the services that can be scaled, were every replica busy all the time and known a second ahead."""
        return sum(
            QUOTA * max(1, math.ceil(rate * seconds / QUOTA))
            for rate in rates for service, seconds in self.seconds.items() if service not in self.fixed) / len(rates)
