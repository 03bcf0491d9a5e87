"""Windows kept against cores reserved, a panel for each application: up and to the left is better."""

WIDTH, HEIGHT, LEFT, TOP, GAP = 300, 260, 62, 58, 34
LOWEST = 0.80
HPA_COLOURS = {60: "#1f6f8b", 300: "#7fb3c4"}
# Colour, words, radius: what would lie under another is larger.
POINTS = {
    "lsram": ("#c0392b", "lsram", 7), "lsram:split=equal": ("#f5b041", "equal split", 4), "oracle": ("#2d3436", "oracle", 5),
    "queueing": ("#8d6cab", "queueing", 5), "feedforward": ("#27ae60", "feedforward", 5), "forecast": ("#d81b8c", "forecast", 5),
}


def draw(tables, plan, titles):
    width = len(titles) * (WIDTH + GAP) + LEFT
    height = HEIGHT + TOP + 50
    panels = []
    for index, (name, title) in enumerate(titles.items()):
        left = LEFT + index * (WIDTH + GAP)
        panels.append(f'<g transform="translate({left},{TOP})">{_panel(tables, plan, name, title, index == 0)}</g>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
            f'role="img" font-family="Helvetica, Arial, sans-serif" font-size="11" fill="#22303a">'
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>{_legend()}{"".join(panels)}</svg>\n')


def _legend():
    entries = [(colour, f"hpa, {window} s") for window, colour in HPA_COLOURS.items()]
    entries += [(colour, words) for colour, words, _ in POINTS.values()]
    parts = []
    for index, (colour, title) in enumerate(entries):
        x = LEFT + 108 * index
        parts.append(f'<circle cx="{x}" cy="20" r="5" fill="{colour}"/><text x="{x + 10}" y="24">{title}</text>')
    return "".join(parts)


def _panel(tables, plan, name, title, is_first):
    points = {policy: tables.select(name, policy, seeds=plan.SWEPT) for policy in POINTS}
    lines = {window: _sweep(tables, plan, name, window) for window in plan.WINDOWS}
    least = next(runs for line in lines.values() for _, runs in line).least
    most = max([runs.cores for line in lines.values() for _, runs in line]
               + [runs.cores for runs in points.values() if runs]) * 1.03
    low = least * 0.95

    def x(cores):
        return WIDTH * (cores - low) / (most - low)

    def y(kept):
        return HEIGHT * (1 - (max(kept, LOWEST) - LOWEST) / (1.005 - LOWEST))

    parts = [f'<text x="0" y="-12" font-size="13" font-weight="bold">{title}</text>',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#c8d0d4"/>',
             f'<clipPath id="{name}"><rect width="{WIDTH}" height="{HEIGHT + 4}"/></clipPath>']
    for kept in [0.80, 0.85, 0.90, 0.95, 0.99, 1.0]:
        dash = "" if kept == 0.99 else ' stroke-dasharray="2,3"'
        parts.append(f'<line x1="0" x2="{WIDTH}" y1="{y(kept):.1f}" y2="{y(kept):.1f}" stroke="#c8d0d4"{dash}/>')
        if is_first and kept != 1.0:
            label = "≤ 80 %" if kept == LOWEST else f"{100 * kept:.0f} %"
            parts.append(f'<text x="-6" y="{y(kept) + 4:.1f}" text-anchor="end">{label}</text>')
    step = max(0.5, round((most - low) / 5 * 2) / 2)
    tick = step * (int(low / step) + 1)
    while tick < most:
        parts.append(f'<text x="{x(tick):.1f}" y="{HEIGHT + 15}" text-anchor="middle">{tick:g}</text>')
        tick += step
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT + 32}" text-anchor="middle">cores reserved; windows kept</text>')
    parts.append(f'<line x1="{x(least):.1f}" x2="{x(least):.1f}" y1="0" y2="{HEIGHT}" stroke="#22303a"/>'
                 f'<text transform="translate({x(least) - 5:.1f},{HEIGHT / 2}) rotate(-90)" font-size="10">least possible</text>')
    parts.append(f'<g clip-path="url(#{name})">')
    for window, line in lines.items():
        spots = [(x(runs.cores), y(runs.kept), target) for target, runs in line]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b, _ in spots)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{HPA_COLOURS[window]}"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{HPA_COLOURS[window]}"><title>hpa {target}</title></circle>'
                  for a, b, target in spots]
    for policy, (colour, words, radius) in POINTS.items():
        runs = points[policy]
        if runs:
            parts.append(f'<circle cx="{x(runs.cores):.1f}" cy="{y(runs.kept):.1f}" r="{radius}" fill="{colour}" stroke="#ffffff">'
                         f'<title>{words}</title></circle>')
    return "".join(parts) + "</g>"


def _sweep(tables, plan, name, window):
    """Settings that met all of the seeds, by their targets."""
    found = [(target, tables.select(name, f"hpa:target={target},scale-down-window={window}s", seeds=plan.SWEPT))
             for target in plan.TARGETS]
    return [(target, runs) for target, runs in found if runs and len(runs.by("seed")) == len(plan.SWEPT)]
