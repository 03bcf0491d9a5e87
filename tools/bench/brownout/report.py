"""The burst as a table and as a picture."""

import math

TITLES = {"off": "without brownout", "on": "with brownout", "decode": "decode steps alone"}
COLOURS = {"off": "#a3a9ae", "on": "#1f6f8b", "decode": "#e0a030"}
WIDTH, HEIGHT, LEFT, GAP = 860, 150, 70, 46


def write_report(options, capacity, objectives, arms):
    burst = (options.base, options.base + options.burst)
    lines = [
        f"Capacity {capacity['requests_per_second']:.2f} requests/s; base {objectives['base_rate']:.2f} requests/s; "
        f"objectives {objectives['ttft']} ms to the first token, {objectives['itl']} ms between tokens; the class promises "
        f"{promised(arms)} ms to the first token in all arms.", "",
        "| in the burst | tokens late | first tokens late | refused | p90 between tokens, ms | p90 first token, ms "
        "| threshold, mean decode / prefill | at one again after | pairs rerouted in the whole run |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for name, (run, facts) in arms.items():
        lines.append("| " + " | ".join([TITLES[name], *cells(run, facts, objectives, burst)]) + " |")
    for name, (run, _) in arms.items():
        calm = (0, options.base)
        lines += ["", f"{TITLES[name]}, before the burst: "
                  f"{100 * run.late_tokens(objectives['itl'], *calm):.1f} % of the tokens and "
                  f"{100 * run.late_first_tokens(objectives['ttft'], *calm):.1f} % of the first tokens late."]
    print("\n".join(lines))
    with open(f"{options.output}.svg", "w") as file:
        file.write(picture(options, objectives, arms))


def promised(arms):
    """The time to the first token that admission kept to, which must not differ between arms."""
    found = {facts["promises"]["ttft"] for _, facts in arms.values()}
    if len(found) != 1:
        raise SystemExit(f"the arms promise different times to the first token: {sorted(found)} ms")
    return found.pop()


def cells(run, facts, objectives, burst):
    within = [(1000 * start, 1000 * end) for start, end in [burst]][0]
    gaps = [pair for pair in run.gaps() if within[0] <= pair[0] < within[1]]
    firsts = [pair for pair in run.first_tokens() if within[0] <= pair[0] < within[1]]
    thresholds = [found for found in facts["thresholds"] if burst[0] <= found["time"] < burst[1]]
    mean = [sum(found.get(phase, 1) for found in thresholds) / max(len(thresholds), 1) for phase in ("decode", "prefill")]
    pairs = [sum(value for key, value in facts["metrics"].items() if key.split("{")[0] == name)
             for name in ("plimsoll_expert_pairs_total", "plimsoll_expert_pairs_rerouted_total")]
    return [
        f"{100 * run.late_tokens(objectives['itl'], *burst):.1f} %",
        f"{100 * run.late_first_tokens(objectives['ttft'], *burst):.1f} %",
        f"{run.refused(*burst)} of {run.offered(*burst)}",
        f"{run.quantile(gaps, 0.9):.1f}", f"{run.quantile(firsts, 0.9):.0f}",
        f"{mean[0]:.2f} / {mean[1]:.2f}", recovery(facts["thresholds"], burst[1]),
        f"{100 * pairs[1] / pairs[0]:.1f} %" if pairs[0] else "–"]


def recovery(thresholds, end):
    """When both thresholds were one for the first time after the burst; a dash where neither ever was below."""
    lower = [(found["time"], min(found.get("decode", 1), found.get("prefill", 1))) for found in thresholds]
    if all(threshold >= 1 for _, threshold in lower):
        return "–"
    for time, threshold in lower:
        if time >= end and threshold >= 1:
            return f"{time - end:.0f} s"
    return "not in this run"


# Picture ---------------------------------------------------------------------------------------------------


def picture(options, objectives, arms):
    total = options.base + options.burst + options.rest
    panels = [
        ("p90 between tokens, ms", {name: run.series(run.gaps(), 2) for name, (run, _) in arms.items()}, objectives["itl"], False),
        ("p90 to the first token, ms", {name: run.series(run.first_tokens(), 4) for name, (run, _) in arms.items()},
         objectives["ttft"], True),
        ("threshold of decode steps", thresholds(arms, "decode"), None, False),
        ("threshold of prefill steps", thresholds(arms, "prefill"), None, False),
    ]
    parts, top = [legend(arms)], 62
    for title, series, objective, is_logarithmic in panels:
        frame = Frame(top, total, series, objective, is_logarithmic)
        parts.append(frame.drawing(title, options))
        top += HEIGHT + GAP
    height = top + 10
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 20}" height="{height}" '
            f'viewBox="0 0 {LEFT + WIDTH + 20} {height}" role="img" font-family="Helvetica, Arial, sans-serif" '
            f'font-size="12" fill="#22303a"><rect width="100%" height="100%" fill="#ffffff"/>{"".join(parts)}</svg>\n')


def thresholds(arms, phase):
    return {name: [(found["time"], found.get(phase, 1)) for found in facts["thresholds"]]
            for name, (_, facts) in arms.items() if facts["brownout"]}


def legend(arms):
    return "".join(
        f'<rect x="{LEFT + 170 * index}" y="16" width="12" height="12" fill="{COLOURS[name]}"/>'
        f'<text x="{LEFT + 170 * index + 18}" y="26">{TITLES[name]}</text>' for index, name in enumerate(arms))


class Frame:
    """A panel: where a time and a value lie."""

    def __init__(self, top, total, series, objective, is_logarithmic):
        self.top, self.total, self.series, self.objective = top, total, series, objective
        values = [value for points in series.values() for time, value in points if time <= total]
        largest = max(values + [objective or 1], default=1)
        if objective is None:
            self.ticks = [0, 0.5, 1]
        elif is_logarithmic:
            lowest = 10 ** math.floor(math.log10(max(min(values + [objective]), 1)))
            self.ticks = [lowest * 10 ** power for power in range(int(math.ceil(math.log10(largest / lowest))) + 1)]
        else:
            step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if largest / step <= 5)
            self.ticks = [step * index for index in range(int(largest / step) + 2)]
        self.scale = math.log if is_logarithmic else float

    def x(self, time):
        return LEFT + WIDTH * min(time / self.total, 1)

    def y(self, value):
        low, high = self.scale(self.ticks[0]), self.scale(self.ticks[-1])
        value = self.scale(max(value, self.ticks[0]))
        return self.top + HEIGHT * (1 - min((value - low) / (high - low), 1))

    def drawing(self, title, options):
        start, end = self.x(options.base), self.x(options.base + options.burst)
        parts = [f'<rect x="{start:.1f}" y="{self.top}" width="{end - start:.1f}" height="{HEIGHT}" fill="#f3ece0"/>',
                 f'<text x="{LEFT}" y="{self.top - 8}" font-weight="bold">{title}</text>']
        for tick in self.ticks:
            parts.append(f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{self.y(tick):.1f}" y2="{self.y(tick):.1f}" stroke="#dde2e5"/>'
                         f'<text x="{LEFT - 8}" y="{self.y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>')
        for time in range(0, int(self.total) + 1, 25 if self.total > 100 else 10):
            parts.append(f'<text x="{self.x(time):.1f}" y="{self.top + HEIGHT + 16}" text-anchor="middle" '
                         f'fill="#6b7780">{time} s</text>')
        if self.objective:
            y = self.y(self.objective)
            parts.append(f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#b23a48" '
                         f'stroke-dasharray="5 4"/><text x="{LEFT + WIDTH - 4}" y="{y - 5:.1f}" text-anchor="end" '
                         f'fill="#b23a48">objective {self.objective:g}</text>')
        for name, points in self.series.items():
            path = " ".join(f"{self.x(time):.1f},{self.y(value):.1f}" for time, value in points if time <= self.total)
            parts.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[name]}" stroke-width="1.6"/>')
        return "".join(parts)
