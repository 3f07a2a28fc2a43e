"""Figure 4.2: what it takes to reach a target test loss, in seconds and in lower-level steps."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from relaxpen.display.printing import cell_title
from relaxpen.display.style import Look, instance_titles, label_axes, with_interval
from relaxpen.tasks.frames import Tables

UNITS = {"solver_s": "Solver time (s)", "num_lower_steps": "Lower-level gradient steps"}
GOALS = {
    "noisy": "of the model trained on all noisy data",
    "halfway": "halfway between all noisy data and the oracle mask",
}
COLORS = {"solver_s": "#0072b2", "num_lower_steps": "#d55e00"}


def figure_4_2(tables: Tables) -> Figure:
    """Draw a row per instance: seconds on the left, lower-level gradient steps on the right.

    The first target of the study is drawn, means over the runs that reached it; the count of those
    runs stands above each T.
    """
    table = tables["targets"]
    table = table[(table.target == table.target.iloc[0]) & (table.method == "relax_penalize")]
    titles = instance_titles(table)
    size = (6.8, 1.9 * len(titles) + 0.6)
    figure, grid = plt.subplots(
        len(titles), 2, figsize=size, squeeze=False, sharex=True, layout="constrained"
    )
    for row, (instance, title) in zip(grid, titles.items(), strict=True):
        here = table[table.instance == instance]
        row[0].set_title(f"{title}: test loss {here.target_loss_mean.mean():.3f}", loc="left")
        for axes, unit in zip(row, UNITS, strict=True):
            _times(axes, here, unit)
    for axes, label in zip(grid[0], UNITS.values(), strict=True):
        axes.annotate(label, (0.5, 1.28), xycoords="axes fraction", ha="center", weight="bold")
    goal = GOALS.get(table.target.iloc[0], table.target.iloc[0])
    label_axes(figure, "Lower-level steps per solve", f"To reach the test loss {goal}")
    return figure


def _times(axes: Axes, here: pd.DataFrame, unit: str) -> None:
    """Draw one panel; cells that no run reached are marked at the top."""
    x = np.arange(len(here))
    look: Look = {"color": COLORS[unit], "marker": "o", "linestyle": "none", "markersize": 4.5}
    with_interval(axes, x, here, unit, **look)
    axes.set_xticks(x, [cell_title(cell) for cell in here.cell])
    axes.set_xlim(-0.5, len(here) - 0.5)
    top = here[[f"{unit}_high", f"{unit}_mean"]].max().max()
    axes.set_ylim(0, 1.3 * top if top > 0 else 1)
    for place, reached, runs in zip(x.tolist(), here.num_reached, here.num_runs, strict=True):
        text = f"{reached} of {runs}" if reached else "never\nreached"
        color = "#333333" if reached else "#b00020"
        style: Look = {"ha": "center", "va": "top", "fontsize": 7, "color": color}
        axes.text(place, 0.97, text, transform=axes.get_xaxis_transform(), **style)
