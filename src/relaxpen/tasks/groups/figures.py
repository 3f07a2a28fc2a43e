"""The figures of the relax-and-penalize paper: groups as images, and what searches go through."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from relaxpen.display.style import Look, shared_legend
from relaxpen.tasks.frames import Tables

KINDS = {
    "oracle": "oracle",
    "rounding": "relaxation,\nrounded at 1/2",
    "argmax": "relaxation, largest\nof each row",
    "penalize": "relax and penalize",
}
METHODS = {"relax": "relaxation", "penalize": "relax and penalize"}
GROUP_AXES = {"value": "Upper value (validation)", "fractionality": "Distance to binary"}


def groups(tables: Tables) -> Figure:
    """Oracle, rounded (in two ways) and penalized groups of one run, columns matched: Figure 1."""
    table = tables["group_images"]
    figure, grid = plt.subplots(1, 4, figsize=(9.5, 5), sharey=True, layout="constrained")
    for place, (kind, title) in zip(grid, KINDS.items(), strict=True):
        found = table[table.kind == kind]
        image = np.zeros((table.feature.max() + 1, table.group.max() + 1))
        there = found[found.group >= 0]
        image[there.feature, there.group] = 1
        place.imshow(image, cmap="Greys", vmin=0, vmax=1, aspect="auto", interpolation="nearest")
        right = "" if kind == "oracle" else f"\n{found.accuracy.iloc[0]:.0%} of features right"
        place.set_title(title + right, fontsize="medium")
        for axis in (place.xaxis, place.yaxis):
            axis.set_major_locator(MaxNLocator(integer=True))
        place.set_xlabel("Group")
        place.grid(False)
    grid[0].set_ylabel("Feature")
    return figure


def group_progress(tables: Tables) -> Figure:
    """Upper value and distance to binary against steps, by sizes and method, a in colour."""
    table = tables["group_progress"]
    sizes = list(dict.fromkeys(table.sizes))
    names = [name for name in METHODS if name in set(table.method)]
    panels = [(size, name) for size in sizes for name in names]
    shape: Look = {"figsize": (2.9 * len(panels) + 0.6, 5.4), "sharex": True, "sharey": "row"}
    figure, grid = plt.subplots(2, len(panels), squeeze=False, layout="constrained", **shape)
    least = sorted(table.smallest.unique())
    colors = dict(zip(least, sns.color_palette("viridis", len(least) + 1), strict=False))
    for column, (size, name) in enumerate(panels):
        found = table[(table.sizes == size) & (table.method == name)]
        grid[0, column].set_title(f"{METHODS[name]},\n{size} sizes")
        for row, quantity in enumerate(GROUP_AXES):
            for a, line in found.groupby("smallest"):
                _curve(grid[row, column], line, quantity, f"a = {a:g}", colors[a])
        grid[1, column].set_xlabel("Steps")
    for row, label in enumerate(GROUP_AXES.values()):
        grid[row, 0].set_ylabel(label)
    grid[1, 0].set_ylim(bottom=0)
    shared_legend(figure, {"0": grid[0, 0]}, 5)
    return figure


def _curve(place: Axes, line: pd.DataFrame, name: str, label: str, color: object) -> None:
    place.plot(line.step, line[f"{name}_mean"], label=label, color=color)
    bounds = (line[f"{name}_low"], line[f"{name}_high"])
    place.fill_between(line.step, *bounds, color=color, alpha=0.15, lw=0)
