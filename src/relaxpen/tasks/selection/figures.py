"""The figure of selected regularization."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from relaxpen.display.style import shared_legend
from relaxpen.tasks.cleaning.f2sa_figures import LABELS, _lines
from relaxpen.tasks.frames import Tables


def loss_steps(tables: Tables) -> Figure:
    """Loss against steps on x and against seconds: Figure 4 of the paper."""
    table = tables["curves"]
    figure, grid = plt.subplots(
        2, 2, figsize=(8.6, 6.4), sharex="col", sharey=True, layout="constrained"
    )
    for row, y in zip(grid, ("value_function", "validation_loss"), strict=True):
        for place, x in zip(row, ("step", "solver_s"), strict=True):
            _lines(place, table, x, y)
            place.set_xscale("log")
        row[0].set_ylabel(LABELS[y])
    for place, x in zip(grid[1], ("step", "solver_s"), strict=True):
        place.set_xlabel(LABELS[x])
    shared_legend(figure, {"0": grid[0][0]}, 3)
    return figure
