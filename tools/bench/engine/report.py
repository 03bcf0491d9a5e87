"""Turns the raw results into docs/results/engine.md, with a plot beside it."""

import statistics

from plot import draw
from rows import ROWS
from shapes import SHAPES
from targets import PERPLEXITY, against_llama, against_openvino

TITLES = {"plimsoll": "Plimsoll", "openvino": "OpenVINO", "llama": "llama.cpp", "transformers": "transformers"}
ROWS_BY_NAME = {row.name: row for row in ROWS}


class Comparison:
    """One model at one width."""

    def __init__(self, values):
        self.values = values
        self.shape, self.bits = SHAPES[values["model"]], values["bits"]
        self.engines = [engine for engine in TITLES if engine in values["engines"]]
        self.bandwidth = statistics.median(limit["readBandwidth"] for limit in values["limits"])
        self.products = statistics.median(limit["byteProducts"] for limit in values["limits"])

    @property
    def title(self):
        return f"{self.shape.title}, {self.bits} bits"

    def speed(self, row, engine):
        """Tokens a second, the median of the rounds; nothing where it was not measured."""
        speeds = self.values["rows"][row].get(engine, {}).get("speeds")
        return statistics.median(speeds) if speeds else None

    def spread(self, row, engine):
        speeds = self.values["rows"][row][engine]["speeds"]
        return min(speeds), max(speeds)

    def ratio(self, row, engine):
        ours, theirs = self.speed(row, "plimsoll"), self.speed(row, engine)
        return ours / theirs if ours and theirs else None

    def experts(self, row):
        return self.values["rows"][row].get("plimsoll", {}).get("distinctExperts", 0)

    def shares(self, row):
        """Of the read bandwidth and of the byte products, that our engine's multiplications with weights reach."""
        ours = self.values["engines"]["plimsoll"]
        load, speed = ROWS_BY_NAME[row], self.speed(row, "plimsoll")
        if row.startswith("prefill"):
            tokens = sum(load.lengths)
            head = 2 * self.shape.vocabulary * self.shape.hidden
            operations = (ours["operationsPerToken"] - head) * tokens + head
            return None, operations * speed / tokens / self.products
        if row.startswith("decode"):
            further = max(self.experts(row) - self.shape.experts_per_token, 0) * ours["expertBytes"]
            steps = speed / len(load.lengths)
            return (ours["stepBytes"] + further) * steps / self.bandwidth, \
                ours["operationsPerToken"] * speed / self.products
        return None, None

    def verdicts(self, row):
        bandwidth_share, _ = self.shares(row)
        model = self.values["model"]
        return {
            "openvino": against_openvino(model, self.bits, row, self.ratio(row, "openvino"), bandwidth_share),
            "llama": against_llama(model, row, self.ratio(row, "llama")),
        }


def percent(share):
    return "" if share is None else f"{100 * share:.0f} %"


def cell(comparison, row, engine):
    speed = comparison.speed(row, engine)
    if speed is None:
        return "–"
    low, high = comparison.spread(row, engine)
    digits = 1 if speed < 100 else 0
    return f"{speed:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def ratio_cell(comparison, row, engine):
    ratio = comparison.ratio(row, engine)
    return "–" if ratio is None else f"{ratio:.2f}"


def table(comparison):
    """Speeds, ratios, shares of the limits and targets of one model at one width."""
    peers = [engine for engine in comparison.engines if engine != "plimsoll"]
    header = ["tokens/s", "Plimsoll"] + [f"{TITLES[peer]} | x" for peer in peers]
    header += ["of read bandwidth", "of byte products", "target", "met"]
    lines = [f"| {' | '.join(header)} |", "| --- |" + " ---: |" * (3 + 2 * len(peers)) + " --- | --- |"]
    for row in comparison.values["rows"]:
        cells = [ROWS_BY_NAME[row].title, cell(comparison, row, "plimsoll")]
        for peer in peers:
            cells += [cell(comparison, row, peer), ratio_cell(comparison, row, peer)]
        verdicts = {peer: verdict for peer, verdict in comparison.verdicts(row).items() if verdict}
        cells += [percent(share) for share in comparison.shares(row)]
        cells.append("; ".join(f"{TITLES[peer]} {verdict.text}" for peer, verdict in verdicts.items()))
        cells.append("; ".join("yes" if verdict.is_met else "**no**" for verdict in verdicts.values()))
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def summary(comparisons):
    """How many targets are met, and which are not."""
    verdicts = [
        (comparison, row, peer, verdict)
        for comparison in comparisons for row in comparison.values["rows"]
        for peer, verdict in comparison.verdicts(row).items() if verdict]
    missed = [
        f"- {comparison.title}, {ROWS_BY_NAME[row].title}: {comparison.ratio(row, peer):.2f}x {TITLES[peer]}, "
        f"asked {verdict.text}"
        for comparison, row, peer, verdict in verdicts if not verdict.is_met]
    lines = [f"{len(verdicts) - len(missed)} of {len(verdicts)} targets are met."]
    return lines + (["", "Not met:", "", *missed] if missed else [])


def quality_lines(quality):
    lines = ["| weights | perplexity of the bundled model | against float32 | allowed | error of one product |",
             "| --- | ---: | ---: | ---: | ---: |"]
    exact = quality["float32"].get("perplexity")
    for weights, values in quality.items():
        perplexity = values.get("perplexity")
        change = "" if perplexity is None else f"{100 * (perplexity / exact - 1):+.2f} %"
        allowed = f"+{100 * PERPLEXITY[weights]:.1f} %" if weights in PERPLEXITY else ""
        shown = "" if perplexity is None else f"{perplexity:.3f}"
        lines.append(f"| {weights} | {shown} | {change} | {allowed} | {100 * values['relativeError']:.3g} % |")
    return lines


def limits_lines(comparisons):
    lines = ["| comparison | read bandwidth, GB/s | byte products, GOP/s |", "| --- | ---: | ---: |"]
    for comparison in comparisons:
        cells = [comparison.title]
        for name in ("readBandwidth", "byteProducts"):
            values = [limit[name] / 1e9 for limit in comparison.values["limits"]]
            cells.append(f"{statistics.median(values):.0f} ({min(values):.0f}–{max(values):.0f})")
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def experts_line(comparisons):
    counts = [
        f"{comparison.bits} bits, {ROWS_BY_NAME[row].title}: {comparison.experts(row):.1f}"
        for comparison in comparisons for row in comparison.values["rows"] if comparison.experts(row)]
    return [f"Distinct experts a layer visits in a step, of 32: {'; '.join(counts)}.", ""] if counts else []


def agreement_lines(comparisons):
    """Random weights make many tokens nearly equally likely, so formats that round differently often differ."""
    lines = ["| first tokens that are ours | " + " | ".join(TITLES.values()) + " |", "| --- |" + " ---: |" * len(TITLES)]
    for comparison in comparisons:
        counts = [comparison.values["agreement"].get(engine) for engine in TITLES]
        shares = [percent(count[0] / count[1]) if count else "–" for count in counts]
        lines.append(f"| {comparison.title} | {' | '.join(shares)} |")
    return lines


def settings_lines(results):
    described = {}
    for values in results["comparisons"]:
        for engine, greeting in values["engines"].items():
            if "version" in greeting:
                described.setdefault(engine, set()).add(f"{greeting['version']}; {greeting['settings']}")
    lines = [f"- {TITLES[engine]}: {text}." for engine in described for text in sorted(described[engine])]
    lines += [f"- {TITLES[engine]}: not measured: {reason}" for engine, reason in results["missing"].items()]
    return lines + sorted({
        f"- {TITLES[engine]}, {ROWS_BY_NAME[row].title}: {cell['reason']}."
        for values in results["comparisons"] for row, cells in values["rows"].items()
        for engine, cell in cells.items() if "reason" in cell})


def start_lines(comparisons):
    lines = ["| seconds until the first request can be read | Plimsoll, first start | "
             + " | ".join(TITLES.values()) + " |", "| --- | ---: |" + " ---: |" * len(TITLES)]
    for comparison in comparisons:
        greetings = comparison.values["engines"]
        seconds = [f"{greetings[engine]['loadSeconds']:.2f}" if engine in greetings else "–" for engine in TITLES]
        first = greetings["plimsoll"].get("firstLoadSeconds")
        seconds.insert(0, "–" if first is None else f"{first:.2f}")
        lines.append(f"| {comparison.title} | {' | '.join(seconds)} |")
    return lines


INTRODUCTION = """\
Prefill reads one prompt of that length and yields one token. Decoding starts behind prompts of 64 tokens, and its
speed is that of all sequences together from the moment when all of them decode until the first one ends, 32 tokens
later. The mixed load is 24 requests with prompts of 16 to 192 and answers of 8 to 40 tokens from 8 clients, each of
whom sends the next request when its answer has ended; its speed counts answer tokens over the whole time, and only
engines that batch continuously have it.

Weights are random, prompts are random and distinct in every row of a batch and in every round, and all engines get the
same ones. All take the likeliest token. Ours is measured through the whole engine, scheduler, sampler and streams
included, tokens to text not; the others through their own interfaces with the least that is needed around them. The
output head is as wide as the row says in every engine. Cells are medians with the lowest and highest round; `x` is our
median over theirs. Shares of the limits count multiplications with weights only, attention is left out."""


def write_report(results, output):
    comparisons = [Comparison(values) for values in results["comparisons"]]
    machine = results["machine"]
    counts = [len(cell["speeds"]) for c in comparisons for row in c.values["rows"].values() for cell in row.values()]
    rounds = f"{min(filter(None, counts))} to {max(counts)}"
    pieces = len(results["commands"])
    lines = [
        "# The engine beside OpenVINO, llama.cpp and transformers", "",
        f"Machine: {machine['processor']}, {machine['cores']} cores, Linux {machine['system']}; {machine['date']}; "
        f"commit {machine['commit']}. {machine['threads']} threads each, {rounds} rounds in turns, one process measuring "
        f"at a time; {results['minutes']:.0f} minutes in {pieces} pieces.", "",
        *summary(comparisons), "", "![speeds, each row against its fastest engine](engine.svg)", "", INTRODUCTION, ""]
    for comparison in comparisons:
        lines += [f"## {comparison.title}", "", *table(comparison), ""]
    lines += experts_line(comparisons)
    lines += ["## Limits of the machine, measured in between", "", *limits_lines(comparisons), ""]
    lines += ["## What the formats cost", "", *quality_lines(results["quality"]), "",
              "Perplexity: the held-out tales, every token scored once in windows of 2,048. Product: 2,048 inputs, normally "
              "distributed, 1 % of the activations 20 times as large; the norm of the error over the norm of the result.", ""]
    lines += ["## Loading, page cache warm", "", *start_lines(comparisons), "",
              "Our first start packs the weights and keeps them beside the model, later ones read them; the others read "
              "files that were converted beforehand.", ""]
    lines += ["## Do they compute the same?", "", *agreement_lines(comparisons), "",
              "With random weights many tokens are nearly equally likely: engines that round differently choose "
              "differently, but one that computed something else would never agree.", ""]
    lines += ["## Settings", "", *settings_lines(results), "",
              "## Command", "", "```sh", "make bench-engine", "```", "",
              "In pieces, each with these `BENCH` arguments:", "", "```", *results["commands"], "```", ""]
    with open(f"{output}/engine.md", "w") as file:
        file.write("\n".join(lines))
    with open(f"{output}/engine.svg", "w") as file:
        file.write(draw(comparisons, TITLES, ROWS_BY_NAME))
