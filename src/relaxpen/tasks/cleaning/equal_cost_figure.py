"""What the estimators buy at equal cost."""

import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import (
    LogLocator,
    NullLocator,
    StrMethodFormatter,
)

from relaxpen.display.style import MARKERS, shared_legend, with_interval
from relaxpen.tasks.frames import Tables

PURCHASES = {
    "f1": "F1 of the mask",
    "auc": "AUC of the weights",
    "refit_test_loss": "Test loss of the final model (nats)",
}


def equal_cost(tables: Tables) -> Figure:
    """The final mask and model of a search with each estimator, against what it spent."""
    table = tables["methods"]
    suffix = ", " + table.setting.str.replace(",", ", ")
    names = [title.removesuffix(end) for title, end in zip(table.title, suffix, strict=True)]
    figure, grid = plt.subplots(1, 3, figsize=(11, 4), layout="constrained")
    colors = sns.color_palette("colorblind", 10)
    for number, (name, line) in enumerate(table.groupby(names, sort=False)):
        look = {"color": colors[number % 10], "marker": MARKERS[number % len(MARKERS)]}
        for place, metric in zip(grid, PURCHASES, strict=True):
            spent = line.num_lower_steps_mean
            with_interval(place, spent, line, metric, label=name, linewidth=1.2, **look)
    for place, label in zip(grid, PURCHASES.values(), strict=True):
        place.set_xscale("log")
        place.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 4.0)))
        place.xaxis.set_major_formatter(StrMethodFormatter("{x:.0f}"))
        place.xaxis.set_minor_locator(NullLocator())
        place.set_xlabel("Gradients over all samples")
        place.set_ylabel(label)
    shared_legend(figure, {"0": grid[0]}, 4)
    return figure
