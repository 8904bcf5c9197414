"""Bar charts that compare the tools of a part."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Iterable, NamedTuple

from glance_sample import plot


class Panel(NamedTuple):
    """One chart: a bar for each tool.

    unit: of the values, such as seconds
    """

    title: str
    unit: str
    bars: list[tuple[str, float]]


def panel(title: str, unit: str, bars: Iterable[tuple[str, float | None]]) -> Panel:
    """Return a chart of the tools that were measured."""
    return Panel(title, unit, [(name, value) for name, value in bars if value is not None])


def image(part: str, caption: str, panels: Iterable[Panel]) -> str:
    """Return the reference to the charts of a part; nothing if it was not measured."""
    return f"\n![{caption}](benchmark-{part}.svg)\n" if any(each.bars for each in panels) else ""


def drawing(panels: Callable[[list[Any]], list[Panel]]) -> Callable[[list[Any], Path], None]:
    """Return the function that draws the charts of the runs of a part."""

    def draw(runs: list[Any], figure: Path) -> None:
        found = [each._asdict() for each in panels(runs) if each.bars]
        if found:
            plot("plot_bars.py", found, figure)

    return draw
