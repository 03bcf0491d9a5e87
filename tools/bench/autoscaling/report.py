"""The comparison as tables and a picture."""

import plot

TITLES = {"online-boutique": "Online Boutique", "social-network": "Social Network", "train-ticket": "Train Ticket"}
PROMISED = 0.99
BEGIN, END = "<!-- begin: made by make bench-autoscaling -->", "<!-- end -->"


class Runs:
    """Some runs of one policy on one application."""

    def __init__(self, runs):
        self.runs = runs

    @property
    def kept(self):
        return 1 - sum(run["broken"] for run in self.runs) / sum(run["windows"] for run in self.runs)

    @property
    def cores(self):
        return mean(run["cores"] for run in self.runs)

    @property
    def use(self):
        """The share of the reserved cores that was busy."""
        return mean(run["used"] for run in self.runs) / self.cores

    @property
    def least_use(self):
        """The same, were the same work done on the fewest whole replicas."""
        return mean(run["used"] for run in self.runs) / self.least

    @property
    def least(self):
        return mean(run["least_cores"] for run in self.runs)

    def by(self, what):
        parts = {}
        for run in self.runs:
            parts.setdefault(run[what], []).append(run)
        return {value: Runs(runs) for value, runs in sorted(parts.items())}

    def cell(self):
        """Cores with their spread over the seeds, and the windows kept."""
        seeds = [runs.cores for runs in self.by("seed").values()]
        spread = f" ({min(seeds):.2f} to {max(seeds):.2f})" if len(seeds) > 1 else ""
        return f"{self.cores:.2f}{spread}, {percent(self.kept)}"


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def percent(share):
    return f"{100 * share:.1f} %"


def setting(policy):
    """An HPA's parameters in words."""
    return policy.replace("hpa:", "").replace("target=", "target ").replace(",scale-down-window=", ", window ")


def saving(runs, other):
    """By how much less the first reserves, with the spread over the seeds."""
    def less(one, two):
        return 100 * (1 - one.cores / two.cores)

    ours, theirs = runs.by("seed"), other.by("seed")
    each = [less(ours[seed], theirs[seed]) for seed in ours if seed in theirs]
    return f"{less(runs, other):+.1f} % ({min(each):+.1f} to {max(each):+.1f})"


def table(header, rows):
    """As Markdown, without columns of which nothing is known."""
    known = [index for index in range(len(header)) if not rows or any(row[index] != "–" for row in rows)]
    header, rows = [header[index] for index in known], [[row[index] for index in known] for row in rows]
    lines = ["| " + " | ".join(header) + " |", "| " + " | ".join("---" for _ in header) + " |"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


class Tables:
    def __init__(self, runs, plan, tuned=None, floors=None):
        """`tuned` holds the setting with a target for each service, `floors` the cores of one replica each, by application."""
        self.runs, self.plan, self.tuned, self.floors = list(runs), plan, tuned or {}, floors or {}

    def select(self, name, policy, draw=0, size=1, seeds=None):
        runs = [
            run for run in self.runs
            if (run["name"], run["policy"], run["draw"], run.get("size", 1)) == (name, policy, draw, size)
            and (seeds is None or run["seed"] in seeds)]
        return Runs(runs) if runs else None

    def best_hpa(self, name, **which):
        """The cheapest setting that keeps the promise among those that met every seed."""
        settings = [(policy, self.select(name, policy, **which)) for policy in self.plan.HPA]
        whole = max((len(runs.runs) for _, runs in settings if runs), default=0)
        kept = [(policy, runs) for policy, runs in settings if runs and len(runs.runs) == whole and runs.kept >= PROMISED]
        return min(kept, key=lambda one: one[1].cores) if kept else (None, None)

    def sweep(self):
        rows = []
        for target in self.plan.TARGETS:
            row = [f"{target:.2f}"]
            for name in TITLES:
                for window in self.plan.WINDOWS:
                    runs = self.select(name, f"hpa:target={target},scale-down-window={window}s", seeds=[0])
                    row.append(f"{runs.cores:.2f}, {percent(runs.kept)}")
            rows.append(row)
        return table(["target"] + [f"{title}, {window} s" for title in TITLES.values() for window in self.plan.WINDOWS], rows)

    def verdict(self):
        rows = []
        for name, title in TITLES.items():
            policy, best = self.best_hpa(name)
            ours, learned = self.select(name, "lsram"), self.select(name, self.plan.LEARNED)
            rows.append([
                title, setting(policy), best.cell(), ours.cell(), saving(ours, best),
                learned.cell() if learned else "–", saving(learned, best) if learned else "–",
                f"{best.least:.2f}, {100 * (1 - best.least / best.cores):+.1f} %"])
        return table([
            "application", "best HPA setting", "its cores, windows kept", "lsram", "saved", "lsram with profiles", "saved",
            "least possible, saved"], rows)

    def room(self, asked=0.17):
        """What there is to save, beside what was asked for."""
        rows = []
        for name, title in TITLES.items():
            _, best = self.best_hpa(name)
            ours = self.select(name, "lsram")
            floor = self.floors[name]
            rows.append([
                title, f"{floor:.1f} of {best.cores:.2f}, {percent(floor / best.cores)}", percent(asked * best.cores / (best.cores - floor)),
                percent(best.use), percent(ours.use), percent(best.least_use)])
        return table([
            "application", "cores of one replica of each service", "what the others must shrink by to save 17 % in all",
            "busy: best HPA setting", "busy: lsram", "busy: ideal packing"], rows)

    def targets(self):
        """A target for each service against the best common one, and lsram against both."""
        rows, settings = [], []
        for name, title in TITLES.items():
            _, best = self.best_hpa(name)
            policy = self.tuned.get(name)
            tuned = policy and self.select(name, policy)
            if not tuned:
                continue
            common, _, raised = policy.partition(",targets=")
            raised = raised.replace(":", " ").replace("/", ", ")
            rows.append([title, best.cell(), tuned.cell(), saving(tuned, best), saving(self.select(name, "lsram"), tuned)])
            settings.append(f"- {title}: {raised or 'none changed'}; the others {setting(common)}.\n")
        return table(
            ["application", "one target", "a target for each service", "saved by it", "saved by lsram against it"], rows
        ) + "\n" + "".join(settings)

    def shapes(self):
        rows = []
        for name, title in TITLES.items():
            _, best = self.best_hpa(name)
            ours = self.select(name, "lsram")
            row = [title]
            for shape in self.plan.SHAPES:
                one, two = ours.by("shape")[shape], best.by("shape")[shape]
                row.append(f"{saving(one, two)}; kept {percent(one.kept)}, HPA {percent(two.kept)}")
            rows.append(row)
        return table(["lsram against that setting", *self.plan.SHAPES], rows)

    def policies(self):
        rows = []
        chosen = {self.best_hpa(name)[0] for name in TITLES} - {None}
        for policy in self.plan.LSRAM + [self.plan.LEARNED] + sorted(chosen) + self.plan.OTHERS + ["oracle"]:
            cells = [self.select(name, policy) for name in TITLES]
            if policy in self.plan.HPA:
                cells = [runs if len(runs.by("seed")) == len(self.plan.SEEDS) else None for runs in cells]
            if any(cells):
                counts = {len(runs.by("seed")) for runs in cells if runs}
                rows.append([policy, "/".join(map(str, sorted(counts))), *(runs.cell() if runs else "–" for runs in cells)])
        return table(["policy", "seeds", *TITLES.values()], rows)

    def draws(self):
        rows = []
        # Seeds that every town has met: others would not compare like with like.
        towns = [(name, draw) for name in TITLES for draw in self.plan.DRAWS]
        seeds = [seed for seed in self.plan.SEEDS if all(self.is_whole(*town, seed) for town in towns)]
        for name, title in TITLES.items():
            for draw in self.plan.DRAWS:
                policy, best = self.best_hpa(name, draw=draw, seeds=seeds)
                ours = self.select(name, "lsram", draw=draw, seeds=seeds)
                equal = self.select(name, "lsram:split=equal", draw=draw, seeds=seeds)
                if ours is None:
                    continue
                learned = self.select(name, self.plan.LEARNED, draw=draw, seeds=seeds)
                row = [title, str(draw), ours.cell(), equal.cell(), learned.cell() if learned else "–"]
                row += ["none keeps it", "–", "–"] if best is None else [setting(policy), best.cell(), saving(ours, best)]
                rows.append(row)
        return table([
            "application", "draw", "lsram", "equal split", "with profiles", "best HPA setting kept", "its cores", "saved"], rows)

    def is_whole(self, name, draw, seed):
        runs = self.select(name, "lsram", draw=draw, seeds=[seed])
        return runs is not None and len(runs.runs) == len(self.plan.SHAPES)

    def large(self):
        rows = [
            [policy, self.select("online-boutique", policy, size=4).cell()]
            for policy in self.plan.LARGE if self.select("online-boutique", policy, size=4)]
        some = self.select("online-boutique", "lsram", size=4)
        return table(["policy", "cores, windows kept"], rows) + (f"\nLeast possible: {some.least:.2f} cores.\n" if some else "")


def write(comparison, plan, folder):
    floors = {name: comparison.town(name, 0, 1).floor_cores for name in TITLES}
    tables = Tables(comparison.runs.values(), plan, comparison.tuned, floors)
    made = "\n".join([
        "## The promise\n", tables.verdict(), tables.shapes(),
        "![Windows kept against cores](autoscaling.svg)\n",
        "## What there is to save\n", tables.room(),
        "## A target for each service\n", tables.targets(),
        "## Every policy\n", tables.policies(),
        "## Other draws of the service times\n", tables.draws(),
        "## Four times the load, Online Boutique\n", tables.large(),
        "## The sweep, one seed\n", tables.sweep()])
    page = folder / "autoscaling.md"
    text = page.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{made}\n{END}{after}")
    (folder / "autoscaling.svg").write_text(plot.draw(tables, plan, TITLES))
