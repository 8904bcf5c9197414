"""Draw bars that compare tools: python plot_bars.py PANELS.json FIGURE.svg (or .png)."""

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

COLLECTION, OTHER = "#d62728", "#7f8fa6"


def draw(axes: Axes, panel: dict[str, Any]) -> None:
    """Draw a bar with its value for each tool, the first one at the top."""
    names, values = zip(*panel["bars"])
    colors = [COLLECTION if name.startswith("osops.glance") else OTHER for name in names]
    bars = axes.barh(names, values, color=colors)
    axes.bar_label(bars, labels=[f"{value:.3g}" for value in values], padding=4)
    axes.invert_yaxis()
    axes.set(title=panel["title"], xlabel=panel["unit"], xlim=(0, max(values) * 1.15))
    axes.spines[["top", "right"]].set_visible(False)


def main(measured: str, target: str) -> None:
    panels = json.loads(Path(measured).read_text())
    heights = [len(panel["bars"]) + 1.5 for panel in panels]
    figure, grid = pyplot.subplots(
        len(panels), 1, squeeze=False, figsize=(8, 0.42 * sum(heights)), height_ratios=heights
    )
    for axes, panel in zip(grid[:, 0], panels):
        draw(axes, panel)
    figure.tight_layout()
    figure.savefig(target, metadata={"Date": None} if target.endswith(".svg") else None, dpi=120)


if __name__ == "__main__":
    main(*sys.argv[1:])
