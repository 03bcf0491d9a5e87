"""The comparison as a picture: each row's engines beside each other, against the fastest of them."""

COLOURS = {"plimsoll": "#1f6f8b", "openvino": "#e0a030", "llama": "#8d6cab", "transformers": "#a3a9ae"}
PANEL_WIDTH, LABEL_WIDTH, BAR, GAP, HEADER = 470, 150, 9, 10, 34


def draw(comparisons, titles, rows):
    """An SVG of a panel for each comparison, two beside each other."""
    heights = [_panel_height(comparison) for comparison in comparisons]
    pairs = [max(heights[index:index + 2]) for index in range(0, len(heights), 2)]
    width = PANEL_WIDTH * 2 + 20
    parts = [_legend(titles)]
    top = 50
    for index, comparison in enumerate(comparisons):
        left = 10 + index % 2 * PANEL_WIDTH
        parts.append(f'<g transform="translate({left},{top})">{_panel(comparison, rows)}</g>')
        if index % 2:
            top += pairs[index // 2]
    height = 60 + sum(pairs)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
            f'role="img" font-family="Helvetica, Arial, sans-serif" font-size="12" fill="#22303a">'
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>{"".join(parts)}</svg>\n')


def _legend(titles):
    parts = []
    for index, (engine, title) in enumerate(titles.items()):
        x = 20 + 130 * index
        parts.append(f'<rect x="{x}" y="16" width="12" height="12" fill="{COLOURS[engine]}"/>'
                     f'<text x="{x + 18}" y="26">{title}</text>')
    return "".join(parts) + '<text x="560" y="26" fill="#6b7780">tokens/s; full width: the fastest engine of the row</text>'


def _panel_height(comparison):
    return HEADER + len(comparison.values["rows"]) * (len(comparison.engines) * BAR + GAP) + 16


def _panel(comparison, rows):
    parts = [f'<text x="0" y="20" font-size="14" font-weight="bold">{comparison.title}</text>']
    room = PANEL_WIDTH - LABEL_WIDTH - 70
    y = HEADER
    for row in comparison.values["rows"]:
        fastest = max((comparison.speed(row, engine) or 0) for engine in comparison.engines)
        middle = y + len(comparison.engines) * BAR / 2 + 4
        parts.append(f'<text x="{LABEL_WIDTH - 8}" y="{middle:.0f}" text-anchor="end">{rows[row].title}</text>')
        for engine in comparison.engines:
            speed = comparison.speed(row, engine)
            if speed:
                length = room * speed / fastest
                parts.append(
                    f'<rect x="{LABEL_WIDTH}" y="{y}" width="{length:.1f}" height="{BAR - 1}" fill="{COLOURS[engine]}"/>'
                    f'<text x="{LABEL_WIDTH + length + 4:.1f}" y="{y + BAR - 1}" font-size="9">{speed:.0f}</text>')
            y += BAR
        y += GAP
    return "".join(parts)
