"""Draw the growth with the number of controllers: python plot_growth.py POINTS.json FIGURE.svg (or .png)."""

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


def draw(axes: Axes, points: list[dict[str, Any]], name: str, title: str) -> None:
    """Draw the medians of a time over the number of controllers."""
    hosts, seconds = [point["hosts"] for point in points], [point[name] for point in points]
    axes.plot(hosts, seconds, color="#d62728", marker="s", linewidth=2.5, label="site.yml, no change")
    axes.set(title=title, xlabel="controllers", ylabel="seconds", ylim=(0, None))
    axes.set_xticks(hosts)
    axes.grid(alpha=0.3)


def main(measured: str, target: str) -> None:
    points = json.loads(Path(measured).read_text())
    figure, (cpu, wall) = pyplot.subplots(1, 2, figsize=(12, 4.5))
    draw(cpu, points, "cpu", "CPU time of the control node")
    draw(wall, points, "wall", "Wall time")
    wall.axhline(points[0]["wall"], color="#888888", linestyle="--", label="one controller")
    limit = [points[0]["cpu"] * (1 + (point["hosts"] - points[0]["hosts"]) / 4) for point in points]
    cpu.plot([point["hosts"] for point in points], limit, color="#888888", linestyle="--", label="target")
    for axes in (cpu, wall):
        axes.set_ylim(0)
        axes.legend(loc="best")
    figure.tight_layout()
    figure.savefig(target, metadata={"Date": None} if target.endswith(".svg") else None, dpi=120)


if __name__ == "__main__":
    main(*sys.argv[1:])
