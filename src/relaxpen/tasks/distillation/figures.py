"""The figure of data distillation."""

import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.figure import Figure

from relaxpen.display.style import shared_legend, with_interval
from relaxpen.tasks.distillation.tables import LOST
from relaxpen.tasks.frames import Tables

DISTILLED_AXES = {"value": "Validation loss", "test_loss": "Test loss"}


UNITS = {"blog": "squared comments", "music": "squared years"}


WEIGHTS = {"relaxed": "before rounding", "half": "rounded at 1/2", "top": "rounded to the budget"}


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
