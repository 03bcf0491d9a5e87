"""Loads against what was kept of the promises, as a picture: lines simulated, dots measured."""

COLOURS = {"plimsoll": "#1f6f8b", "fcfs": "#e0a030", "fcfs-paper": "#b5533c", "llama-server": "#8d6cab"}
WIDTH, HEIGHT, LEFT, TOP, GAP = 330, 240, 56, 56, 90
LONGEST = 2.0  # times the capacity of fcfs


def draw(simulated, measured):
    """An SVG of two panels: per cent in time, and goodput over capacity.

    `simulated` and `measured` hold, for each server, triples of load, share in time and goodput over capacity.
    """
    parts = [_legend({*simulated, *measured})]
    panels = [(1, 1.0, "interactive and standard requests in time, %", 100, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
              (2, 1.4, "of them in time a second, over the capacity of fcfs", 1, [0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4])]
    for index, (value, largest, title, unit, ticks) in enumerate(panels):
        place = lambda point: (WIDTH * point[0] / LONGEST, HEIGHT * (1 - point[value] / largest))
        inner = _axes(title, largest, unit, ticks)
        for server, points in simulated.items():
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(place, sorted(points)))
            inner += f'<polyline points="{path}" fill="none" stroke="{COLOURS[server]}" stroke-width="2"/>'
        for server, points in measured.items():
            for x, y in map(place, points):
                inner += f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{COLOURS[server]}" stroke="#ffffff"/>'
        parts.append(f'<g transform="translate({LEFT + index * (WIDTH + GAP)},{TOP})">{inner}</g>')
    width, height = LEFT + 2 * WIDTH + GAP + 24, TOP + HEIGHT + 52
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
            f'role="img" font-family="Helvetica, Arial, sans-serif" font-size="12" fill="#22303a">'
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>{"".join(parts)}</svg>\n')


def _legend(servers):
    parts = []
    for index, server in enumerate(name for name in COLOURS if name in servers):
        x = LEFT + 110 * index
        parts.append(f'<rect x="{x}" y="12" width="12" height="12" fill="{COLOURS[server]}"/>'
                     f'<text x="{x + 18}" y="22">{server}</text>')
    return "".join(parts) + f'<text x="{LEFT + 480}" y="22" fill="#6b7780">lines simulated, dots measured</text>'


def _axes(title, largest, unit, ticks):
    parts = [f'<text x="0" y="-10" font-weight="bold">{title}</text>',
             f'<text x="{WIDTH / 2}" y="{HEIGHT + 38}" text-anchor="middle">load over the capacity of fcfs</text>']
    for tick in ticks:
        y = HEIGHT * (1 - tick / largest)
        label = f"{unit * tick:.0f}" if unit > 1 else f"{tick:.1f}"
        parts.append(f'<line x1="0" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#dde3e6"/>'
                     f'<text x="-8" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
    for index in range(11):
        x = WIDTH * index / 10
        label = f"{LONGEST * index / 10:.1f}" if index % 2 == 0 else ""
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{HEIGHT}" y2="{HEIGHT + 5}" stroke="#22303a"/>'
                     f'<text x="{x:.1f}" y="{HEIGHT + 19}" text-anchor="middle">{label}</text>')
    parts.append(f'<line x1="0" x2="{WIDTH}" y1="{HEIGHT}" y2="{HEIGHT}" stroke="#22303a"/>')
    return "".join(parts)
