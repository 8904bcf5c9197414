"""Draw the results of ini.py: python plot.py MEASURED.json FIGURE.svg (or .png)."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
# The same results produce the same file.
matplotlib.rcParams["svg.hashsalt"] = "osops.glance"

from matplotlib import pyplot
from matplotlib.axes import Axes

COLLECTION = "osops.glance.ini"
COLOURS = ("#888888", "#d62728", "#1f77b4", "#2ca02c", "#9467bd", "#ff7f0e")
MARKERS = "xosD^v"

Row = dict[str, Any]


def line(axes: Axes, rows: list[Row], x: str, y: str, **style: Any) -> None:
    points = sorted((row[x], row[y]) for row in rows)
    axes.plot([point[0] for point in points], [point[1] for point in points], **style)


def draw_times(axes: Axes, rows: list[Row], turn: str, title: str) -> None:
    """Draw one line for each tool: wall time over the number of options."""
    for name, colour, marker in zip(dict.fromkeys(row["tool"] for row in rows), COLOURS, MARKERS):
        style = {"linewidth": 2.5, "zorder": 3} if name == COLLECTION else {}
        mine = [row for row in rows if (row["tool"], row["turn"]) == (name, turn)]
        line(axes, mine, "options", "wall", label=name, color=colour, marker=marker, markersize=5, **style)
    axes.set(title=title, xscale="log", yscale="log", xlabel="options", ylabel="wall time of the command (s)")
    ticks = sorted({row["options"] for row in rows})
    axes.set_xticks(ticks, [str(tick) for tick in ticks], minor=False)
    axes.tick_params(axis="x", which="minor", bottom=False, labelbottom=False)
    axes.yaxis.set_major_formatter("{x:g}")


def draw_cost(axes: Axes, rows: list[Row], x: str, title: str) -> None:
    """Draw the time of osops.glance.ini beyond the floor on linear axes: linear cost is a straight line."""
    for turn, style, label in (("first", "-", "first run"), ("second", "--", "second run")):
        mine = [row for row in rows if (row["tool"], row["turn"]) == (COLLECTION, turn)]
        line(axes, mine, x, "beyond", label=f"{label}, wall", color=COLOURS[1], linestyle=style, marker="o")
        line(axes, mine, x, "beyond_cpu", label=f"{label}, CPU", color=COLOURS[0], linestyle=style, marker=".")
    axes.set(title=title, xlabel=x, ylabel="seconds beyond the floor")
    axes.axhline(0, color="black", linewidth=0.6)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.locator_params(axis="x", nbins=5)
    axes.legend(loc="best")
    axes.margins(y=0.3)


def main(measured: str, target: str) -> None:
    data = json.loads(Path(measured).read_text())
    rows, lines, compared = data["rows"], data["sample_lines"], data["compared_options"]
    by_options = [row for row in rows if row["lines"] == lines]
    by_lines = [row for row in rows if row["options"] == compared]
    figure, ((first, second), (lines_axes, options_axes)) = pyplot.subplots(2, 2, figsize=(12, 10))
    draw_times(first, by_options, "first", f"First run, into {lines:,} lines")
    draw_times(second, by_options, "second", f"Second run, nothing to change, {lines:,} lines")
    second.sharey(first)
    first.autoscale()
    draw_cost(lines_axes, by_lines, "lines", f"{COLLECTION}: {compared} options, more lines")
    draw_cost(options_axes, by_options, "options", f"{COLLECTION}: {lines:,} lines, more options")
    for axes in figure.axes:
        axes.grid(alpha=0.3)
    figure.suptitle("Setting options in glance-api.conf (medians; lower is better)", fontsize=14)
    figure.legend(*first.get_legend_handles_labels(), loc="upper center", ncols=3, bbox_to_anchor=(0.5, 0.96))
    figure.tight_layout(rect=(0, 0, 1, 0.92))
    figure.savefig(target, metadata={"Date": None} if target.endswith(".svg") else None, dpi=120)


if __name__ == "__main__":
    main(*sys.argv[1:])
