"""The figures of the relax-and-penalize paper: groups as images, and what searches go through."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from relaxpen.experiment.figure_files import Drawer, Tables
from relaxpen.experiment.penalized.distilled_tables import LOST
from relaxpen.experiment.style import shared_legend, with_interval

KINDS = {
    "oracle": "oracle",
    "rounding": "relaxation,\nrounded at 1/2",
    "argmax": "relaxation, largest\nof each row",
    "penalize": "relax and penalize",
}
METHODS = {"relax": "relaxation", "penalize": "relax and penalize"}
GROUP_AXES = {"value": "Upper value (validation)", "fractionality": "Distance to binary"}
DISTILLED_AXES = {"value": "Validation loss", "test_loss": "Test loss"}
UNITS = {"blog": "squared comments", "music": "squared years"}
WEIGHTS = {"relaxed": "before rounding", "half": "rounded at 1/2", "top": "rounded to the budget"}


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
    shape = {"figsize": (2.9 * len(panels) + 0.6, 5.4), "sharex": True, "sharey": "row"}
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


def distilling(tables: Tables) -> Figure:
    """Validation and test loss by budget, of runs that kept it: before rounding, and rounded to it."""
    table = tables["distilled_samples"]
    twice = table.method.str.startswith("penalize") & (table["mask"] == "relaxed")
    table = table[(table["mask"] != "half") & ~twice & ~table.title.str.endswith(LOST)]
    named = table.title + ", " + table["mask"].map(WEIGHTS).fillna("")
    table = table.assign(line=named.str.removesuffix(", "))
    colors = sns.color_palette("colorblind", 10)
    figure, grid = plt.subplots(1, 2, figsize=(9, 4.6), layout="constrained")
    for place, (name, label) in zip(grid, DISTILLED_AXES.items(), strict=True):
        for number, (title, line) in enumerate(table.groupby("line", sort=False)):
            look = {"color": colors[number % 10], "marker": "osD^vP*X"[number % 8], "label": title}
            moved = 100 * line.budget + 0.25 * (number - 4)
            with_interval(place, moved, line, name, linestyle="none", markersize=4, **look)
        place.set_xticks([10, 20, 30])
        place.set_xlabel("Budget (% of training samples)")
        place.set_ylabel(f"{label} ({UNITS[table.source.iloc[0]]})")
    shared_legend(figure, {"0": grid[0]}, 2)
    return figure


DRAWERS: dict[str, Drawer] = {
    "groups": groups,
    "group_progress": group_progress,
    "distilling": distilling,
}
