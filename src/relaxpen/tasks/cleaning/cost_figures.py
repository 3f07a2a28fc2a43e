"""Figures of what methods reach for what cost, a panel for every few methods."""

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from relaxpen.display.style import MARKERS, Look, instance_titles, shared_legend
from relaxpen.tasks.frames import Tables

SECONDS = ("solver_s", "Processor seconds of the search")
GRADIENTS = ("num_lower_steps", "Gradients over all samples")
VALUE = ("value_function", "Value function (nats)")
F1 = ("f1", "F1 of the mask")
COLUMNS, LINES = 3, 8  # panels in a row; methods in colour in a panel
GROUP_STYLES = ("-", "--")
REFERENCE_STYLES = (":", "-.", "-", "--")


def value_seconds(tables: Tables) -> Figure:
    """Value function against processor seconds."""
    return _cost(tables["progress"], SECONDS, VALUE)


def value_gradients(tables: Tables) -> Figure:
    """Value function against gradients over all samples."""
    return _cost(tables["progress"], GRADIENTS, VALUE)


def mask_gradients(tables: Tables) -> Figure:
    """F1 of the mask against gradients over all samples."""
    return _cost(tables["progress"], GRADIENTS, F1)


def _cost(table: pd.DataFrame, x: tuple[str, str], y: tuple[str, str]) -> Figure:
    """Draw every instance once for each group of methods, the others in grey behind them.

    A method that costs nothing is a horizontal line, one that has no steps a point.
    """
    titles = instance_titles(table)
    searching = table.groupby("title", sort=False).iteration.nunique() > 1
    names = list(searching.index[searching])
    groups = [names[first : first + LINES] for first in range(0, len(names), LINES)] or [[]]
    columns = min(COLUMNS, len(titles))
    blocks = -(-len(titles) // columns)
    rows = blocks * len(groups)
    figure, grid = plt.subplots(
        rows,
        columns,
        figsize=(3.7 * columns, 2.6 * rows + 1.9),
        squeeze=False,
        layout="constrained",
    )
    used: dict[str, Axes] = {}
    for number, instance in enumerate(titles):
        here = table[table.instance == instance].dropna(subset=[f"{y[0]}_mean"])
        for row, group in enumerate(groups):
            place = grid[number // columns * len(groups) + row, number % columns]
            _panel(place, here, (x[0], y[0]), group, GROUP_STYLES[row % 2])
            place.set(title=titles[instance], xlabel=x[1], ylabel=y[1], xscale="log")
            used[f"{row}/{number}"] = place  # one group after the other in the legend
    for place in set(grid.flat) - set(used.values()):
        place.remove()
    shared_legend(figure, dict(sorted(used.items())), COLUMNS)
    return figure


def _panel(
    place: Axes, table: pd.DataFrame, axes: tuple[str, str], group: list[str], style: str
) -> None:
    """Draw the methods of a group with their intervals, all others behind them."""
    x, y = (f"{name}_mean" for name in axes)
    colors = sns.color_palette("colorblind", 10)
    for title, line in table.groupby("title", sort=False):
        if len(line) == 1:
            continue
        if title not in group:
            place.plot(line[x], line[y], color="#c8c8c8", linewidth=0.9, zorder=1)
        else:
            number = group.index(title)
            look: Look = {"color": colors[number], "marker": MARKERS[number % len(MARKERS)]}
            look |= {"linestyle": style, "markersize": 3.5, "linewidth": 1.3}
            place.plot(line[x], line[y], label=title, **look)
            bounds = (line[f"{axes[1]}_low"], line[f"{axes[1]}_high"])
            place.fill_between(line[x], *bounds, color=look["color"], alpha=0.15, lw=0)
    _without_steps(place, table, x, y)


def _without_steps(place: Axes, table: pd.DataFrame, x: str, y: str) -> None:
    """Draw a filter at its cost, and what costs nothing across the panel."""
    alone = table[table.groupby("title").iteration.transform("size") == 1]
    costs = alone.num_lower_steps_mean > 0
    for marker, row in zip("*PXD", alone[costs].itertuples(), strict=False):
        look: Look = {"color": "black", "marker": marker, "markersize": 6, "linestyle": "none"}
        place.plot(getattr(row, x), getattr(row, y), label=row.title, zorder=3, **look)
    for style, row in zip(REFERENCE_STYLES, alone[~costs].itertuples(), strict=False):
        place.axhline(
            getattr(row, y), color="#666666", linestyle=style, linewidth=1, label=row.title
        )
