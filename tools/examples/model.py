"""What an example application is made of, and how it becomes an app.yaml."""

import csv
import math
import os
import random

HERE = os.path.dirname(os.path.abspath(__file__))


class Call:
    def __init__(self, service, operation, probability=1.0, count=1):
        self.service, self.operation = service, operation
        self.probability, self.count = probability, count

    def maybe(self, probability):
        return Call(self.service, self.operation, probability, self.count)

    def times(self, count):
        return Call(self.service, self.operation, self.probability, count)


class Group:
    def __init__(self, kind, stages):
        self.kind, self.stages = kind, stages


def call(service, operation):
    return Call(service, operation)


def parallel(*stages):
    return Group("parallel", stages)


def sequence(*stages):
    return Group("sequence", stages)


def calls_in(stages):
    for stage in stages:
        if isinstance(stage, Call):
            yield stage
        else:
            yield from calls_in(stage.stages)


class Application:
    def __init__(self, name, topology, seed):
        self.name, self.topology, self.seed = name, topology, seed
        with open(os.path.join(HERE, "topologies", topology)) as file:
            self.edges = {(row["caller"], row["callee"]) for row in csv.DictReader(file)}
        self.services = {service for edge in self.edges for service in edge}
        self.kind_of, self.entries, self.operations = {}, [], {}
        self.added, self.unused = {}, {}

    def kinds(self, **services):
        for kind, names in services.items():
            self.kind_of.update({name: kind for name in names})

    def entry(self, name, service, weight, stages):
        self.entries.append((name, service, weight))
        self.operation(service, name, stages)

    def operation(self, service, name, stages):
        self.operations[service, name] = list(stages)

    def complete(self):
        """Adds the operations that are called but not described: they call nobody."""
        for stages in list(self.operations.values()):
            for made in calls_in(stages):
                self.operations.setdefault((made.service, made.operation), [])

    def check(self):
        """Every call is an edge of the topology, and every edge is used or left out for a stated reason."""
        used = {
            (service, made.service)
            for (service, _), stages in self.operations.items() for made in calls_in(stages)}
        invented = used - self.edges - set(self.added)
        idle = self.edges - used - set(self.unused)
        assert not invented, f"{self.name}: not in the topology: {sorted(invented)}"
        assert not idle, f"{self.name}: neither used nor explained: {sorted(idle)}"


class Writer:
    """Writes one application; CPU times are drawn around the mean of the service's kind."""

    def __init__(self, app, kinds, initial={}):
        """The replicas of each service at the beginning are the application's own default where they are not given."""
        self.app, self.kinds, self.initial = app, kinds, initial
        self.lines = []
        self.cpu = {key: self.draw(*key) for key in app.operations}

    def kind(self, service):
        return self.kinds[self.app.kind_of[service]]

    def draw(self, service, operation):
        generator = random.Random(f"{self.app.seed}/{service}/{operation}")
        mean = self.kind(service)["cpu_ms"] * generator.uniform(0.6, 1.6)
        return round(mean * 1000 / 10) * 10  # microseconds

    def latency(self, service, operation):
        """Mean latency in microseconds when nothing waits; of stages at once, the slowest mean."""
        return self.cpu[service, operation] + sum(
            self.stage_latency(stage) for stage in self.app.operations[service, operation])

    def stage_latency(self, stage):
        if isinstance(stage, Call):
            return stage.probability * stage.count * self.latency(stage.service, stage.operation)
        each = [self.stage_latency(inner) for inner in stage.stages]
        return max(each) if stage.kind == "parallel" else sum(each)

    def bound(self, service, operation):
        """Eight times the idle mean, rounded up to 10 ms, but not below the period of CPU limits."""
        return max(100, math.ceil(8 * self.latency(service, operation) / 10_000) * 10)

    def text(self):
        self.header()
        self.put("spec:", "  entryPoints:")
        for name, service, weight in self.app.entries:
            self.put(
                f"  - name: {name}", f"    service: {service}", f"    operation: {name}",
                f"    weight: {weight}",
                f"    slo: {{quantile: 0.95, bound: {self.bound(service, name)}ms, window: 1m}}")
        self.put("  services:")
        for service in self.ordered_services():
            self.service(service)
        return "\n".join(self.lines) + "\n"

    def header(self):
        app = self.app
        self.put(f"# {app.about}", "#")
        self.wrap(f"Who calls whom: tools/examples/topologies/{app.topology}. Mix: {app.mix_reason}.")
        self.wrap(
            "CPU times are ours, as the project publishes none: per operation the mean of its service's kind "
            f"times a factor between 0.6 and 1.6, drawn with seed {app.seed}; the kinds and their means are in "
            "tools/examples/applications.py. SLO bounds are eight times the idle mean latency, and at least "
            "100 ms, the period in which CPU limits are enforced.")
        for (caller, callee), reason in sorted(app.added.items()):
            self.wrap(f"Not in the topology: {caller} -> {callee}, {reason}.")
        reasons = {}
        for edge, reason in sorted(app.unused.items()):
            reasons.setdefault(reason, []).append(" -> ".join(edge))
        for reason, edges in sorted(reasons.items()):
            self.wrap(f"Left out, {reason}: {', '.join(edges)}.")
        self.put(
            "# Made by tools/examples/make_examples.py; edit that.",
            "apiVersion: plimsoll.dev/v1alpha1", "kind: Application",
            "metadata:", f"  name: {app.name}")

    def ordered_services(self):
        return list(dict.fromkeys(service for service, _ in self.app.operations))

    def service(self, name):
        kind = self.kind(name)
        request, most = kind.get("cpu", ("100m", 0.5))
        low, high = kind["memory"]
        limit = f"{int(most * 1000)}m" if most < 1 else most
        self.put(
            f"  - name: {name}",
            "    resources:",
            f"      requests: {{cpu: {request}, memory: {low}}}",
            f"      limits: {{cpu: {limit}, memory: {high}}}",
            f"    replicas: {{{self.replicas(name)}}}",
            f"    startupTime: {kind['startup']}",
            "    operations:")
        for (service, operation), stages in self.app.operations.items():
            if service != name:
                continue
            self.put(
                f"    - name: {operation}",
                f"      work: {{cpu: {self.cpu[service, operation]}us, variability: 0.5}}")
            if stages:
                self.put("      calls:")
                self.stages(stages, "      ")

    def replicas(self, name):
        initial = f"initial: {self.initial[name]}, " if name in self.initial else ""
        return f"{initial}max: {self.kind(name)['replicas']}"

    def stages(self, stages, indent):
        for stage in stages:
            if isinstance(stage, Group):
                self.put(f"{indent}- {stage.kind}:")
                self.stages(stage.stages, indent + "  ")
                continue
            more = f", probability: {stage.probability}" if stage.probability < 1 else ""
            more += f", count: {stage.count}" if stage.count > 1 else ""
            self.put(f"{indent}- {{service: {stage.service}, operation: {stage.operation}{more}}}")

    def put(self, *lines):
        self.lines.extend(lines)

    def wrap(self, text):
        line = "#"
        for word in text.split():
            if len(line) + len(word) > 108:
                self.put(line)
                line = "#  "
            line += " " + word
        self.put(line)
