"""Joining what pieces of a comparison have measured."""

from rows import ROWS
from shapes import SHAPES


def join(comparisons, piece):
    """Adds one model's piece: its cells replace older ones, its limits stand beside the older ones."""
    for whole in comparisons:
        if (whole["model"], whole["bits"]) == (piece["model"], piece["bits"]):
            _extend(whole, piece)
            return
    comparisons.append(piece)
    comparisons.sort(key=lambda values: (list(SHAPES).index(values["model"]), -values["bits"]))


def _extend(whole, piece):
    whole["limits"] += piece["limits"]
    for engine, greeting in piece["engines"].items():
        whole["engines"][engine] = whole["engines"].get(engine, {}) | greeting
    for engine, (same, count) in piece["agreement"].items():
        before = whole["agreement"].get(engine, [0, 0])
        whole["agreement"][engine] = [before[0] + same, before[1] + count]
    rows = whole["rows"]
    for name, cells in piece["rows"].items():
        rows[name] = rows.get(name, {}) | cells
    whole["rows"] = {row.name: rows[row.name] for row in ROWS if row.name in rows}
