"""Writes what was measured into docs/BENCHMARKS.md, between two marks, and draws docs/benchmarks.svg."""

import html
import json

from core import RESULTS, ROOT

DOCUMENT = ROOT / "docs/BENCHMARKS.md"
CHART = ROOT / "docs/benchmarks.svg"
BEGIN, END = "<!-- figures: written by make bench -->", "<!-- end of figures -->"
PEERS_BEGIN, PEERS_END = "<!-- peers: written by make bench -->", "<!-- end of peers -->"
#: What the comparison with peers leaves for its table.
PEERS = RESULTS / "peers-table.json"


def write(order):
    results = [json.loads(file.read_text()) for name in order if (file := RESULTS / f"{name}.json").exists()]
    if not results:
        return
    figures = [figure for result in results for figure in result["figures"]]
    text = between(DOCUMENT.read_text(), BEGIN, END, markdown(results))
    if PEERS.exists():
        text = between(text, PEERS_BEGIN, PEERS_END, peers(json.loads(PEERS.read_text())))
    DOCUMENT.write_text(text)
    # A goal that is an amount says nothing about a ratio.
    CHART.write_text(svg([figure for figure in figures if figure["ratios"] and not figure["goal"].startswith("<")]))
    print(markdown(results))


def between(text, begin, end, content):
    before, rest = text.split(begin)
    return before + begin + "\n\n" + content + "\n" + end + rest.split(end)[1]


def number(value):
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2f}"


def markdown(results):
    lines = [
        "| What | Aldrava | Yardstick | | Ratio (lowest to highest) | Goal | |",
        "| --- | ---: | --- | ---: | ---: | --- | --- |"]
    notes = []
    for result in results:
        for figure in result["figures"]:
            ratios = sorted(figure["ratios"])
            ratio = ""
            if ratios:
                ratio = f"{median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
            mark = {True: "met", False: "missed", None: ""}[figure["met"]]
            if figure["note"]:
                if figure["note"] not in notes:
                    notes.append(figure["note"])
                mark += f" [{notes.index(figure['note']) + 1}]"
            lines.append(
                f"| {figure['what']}, {figure['unit']} | {number(figure['ours'])} | {figure['yardstick']} "
                f"| {number(figure['theirs'])} | {ratio} | {figure['goal']} | {mark.strip()} |")
    lines += [""] + [f"{place}. {note}" for place, note in enumerate(notes, 1)]
    dates = sorted({result["date"] for result in results})
    rounds = sorted({str(result["rounds"]) for result in results})
    lines += ["", f"Measured {' to '.join(dict.fromkeys((dates[0], dates[-1])))}, {' or '.join(rounds)} rounds a row."]
    return "\n".join(lines) + "\n"


def peers(content):
    """A line for each server, the medians of what it did; a part of a cell stands behind a slash."""
    columns = content["columns"]
    lines = ["| | " + " | ".join(columns) + " |", "| --- |" + " ---: |" * len(columns)]
    for row in content["rows"]:
        cells = [" / ".join(map(number, cell)) or "none" for cell in row["cells"]]
        lines.append(f"| {row['name']} {row['version']} | " + " | ".join(cells) + " |")
    lines.append("")
    lines += [f"- {note}" for note in content["notes"]]
    lines += [f"- {name} was not measured: {reason}" for name, reason in content["absent"].items()]
    return "\n".join(lines) + "\n"


def median(values):
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def svg(figures):
    """A bar for each ratio, its spread as a line, the goal as a mark; ratios above 4 are cut off and told."""
    left, width, step, most = 560, 400, 26, 4.0
    height = step * len(figures) + 60

    def x(ratio):
        return left + min(ratio, most) / most * width

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 90} {height}" '
        'font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="Ratios to the yardsticks">',
        "<style>text{fill:#24292f}.soft{fill:#57606a}.met{fill:#2da44e}.missed{fill:#d4a72c}.plain{fill:#6e7781}"
        ".line{stroke:#8c959f}.goal{stroke:#24292f;stroke-width:2}"
        "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.soft{fill:#9198a1}.goal{stroke:#e6edf3}}</style>",
        f'<text x="{left}" y="18" class="soft">times the yardstick; more is better; the upright mark is the goal</text>']
    for ratio in range(0, int(most) + 1):
        parts.append(
            f'<line x1="{x(ratio)}" x2="{x(ratio)}" y1="28" y2="{height - 26}" class="line" stroke-width=".5"/>'
            f'<text x="{x(ratio)}" y="{height - 8}" text-anchor="middle" class="soft">{ratio} ×</text>')
    for place, figure in enumerate(figures):
        y = 34 + place * step
        ratio = median(sorted(figure["ratios"]))
        kind = {True: "met", False: "missed", None: "plain"}[figure["met"]]
        label = figure["what"].replace("`", "") + (f" · {figure['yardstick']}" if figure["yardstick"] else "")
        low, high = min(figure["ratios"]), max(figure["ratios"])
        goal = float(figure["goal"].split()[1]) if figure["goal"].startswith("≥") else 0
        parts.append(
            f'<text x="{left - 8}" y="{y + 13}" text-anchor="end">{html.escape(label)}</text>'
            f'<rect x="{left}" y="{y + 2}" width="{x(ratio) - left:.1f}" height="15" class="{kind}"/>'
            f'<line x1="{x(low):.1f}" x2="{x(high):.1f}" y1="{y + 9.5}" y2="{y + 9.5}" class="line"/>'
            f'<text x="{x(max(ratio, high, goal)) + 6:.1f}" y="{y + 13}">{ratio:.2f}</text>')
        if goal:
            parts.append(f'<line x1="{x(goal):.1f}" x2="{x(goal):.1f}" y1="{y}" y2="{y + 19}" class="goal"/>')
    return "\n".join(parts) + "\n</svg>\n"
