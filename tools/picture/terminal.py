#!/usr/bin/env python3
"""Draws a terminal transcript as SVG: reads text from standard input, writes SVG to standard output.

usage: terminal.py [--columns 100] < transcript.txt > docs/images/NAME.svg

Lines that start with "$ " are shown as commands; longer lines are wrapped.
"""

import argparse
import html
import sys
import textwrap

CHARACTER_WIDTH, LINE_HEIGHT, MARGIN = 8.43, 20, 18


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--columns", type=int, default=100)
    columns = parser.parse_args().columns
    lines = [
        piece
        for line in sys.stdin.read().rstrip().split("\n")
        for piece in (textwrap.wrap(line, columns, subsequent_indent="  ", break_long_words=True) or [""])
    ]
    width = columns * CHARACTER_WIDTH + 2 * MARGIN
    height = len(lines) * LINE_HEIGHT + 2 * MARGIN
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" '
          f'viewBox="0 0 {width:.0f} {height}" role="img">')
    print(f'<rect width="{width:.0f}" height="{height}" rx="8" fill="#16202a"/>')
    print('<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" '
          'xml:space="preserve">')
    for index, line in enumerate(lines):
        colour = "#7fd1b9" if line.startswith("$ ") else "#dfe7ee"
        y = MARGIN + (index + 0.75) * LINE_HEIGHT
        print(f'<text x="{MARGIN}" y="{y:.0f}" fill="{colour}">{html.escape(line)}</text>')
    print("</g>\n</svg>")


if __name__ == "__main__":
    main()
