"""The figures of how near estimates come to the exact gradient, and what that buys."""

import math

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import (
    FixedLocator,
    FuncFormatter,
)

from relaxpen.display.style import MARKERS, Look, shared_legend, with_interval
from relaxpen.tasks.agreement.tables import law_of_random_directions
from relaxpen.tasks.frames import Tables

COST = "Cost of one estimate (lower-level solves of T gradients)"
PULL = "Pull s of the value difference"
ESCAPES = {  # estimator: (what lets it escape the law, where the words stand, in points from its end)
    "value_difference": ("value difference:\none pull shows\nin all p losses", (-18, -80)),
    "guided": ("guided: q bins of the loss,\nnot p entries; then no more", (-76, -96)),
    "controlled": ("control variate: only what\nthe pull leaves pays the law", (-110, -140)),
}


def estimators(tables: Tables) -> Figure:
    """Cosine and sign agreement against cost, a column of panels per stage of the search."""
    table = tables["agreement"]
    looks = _looks(table)
    stages = sorted(table.num_exact_steps.unique())
    size = (4.4 * len(stages), 6.6)
    figure, grid = plt.subplots(
        2, len(stages), figsize=size, squeeze=False, sharey="row", layout="constrained"
    )
    for (upper, lower), stage in zip(grid.T, stages, strict=True):
        here = table[table.num_exact_steps == stage]
        for place, name in ((upper, "cosine"), (lower, "sign_agreement")):
            for title, line in here.groupby("title", sort=False):
                with_interval(place, line.cost_mean, line, name, label=title, **looks[title])
            place.set_xscale("log")
            place.set_xlabel(COST)
        upper.set_yscale("log")
        upper.set_title(f"Step {stage + 1} of a search")
        _draw_law(upper, here)
        lower.axhline(0.5, color="#555555", linestyle=":", linewidth=1)
    _explain_escapes(grid[0][-1], table[table.num_exact_steps == stages[-1]])
    grid[0][0].set_ylabel("Cosine to the exact gradient")
    grid[1][0].set_ylabel("Share of entries with the right sign")
    shared_legend(figure, {"0": grid[0][0]}, 4)
    return figure


def _looks(table: pd.DataFrame) -> dict[str, Look]:
    """Return the look of each estimate by title: those of random directions are small and pale."""
    colors = sns.color_palette("colorblind", 10)
    titles = table[["title", "estimator"]].drop_duplicates().itertuples(index=False)
    looks: dict[str, Look] = {}
    for number, (title, estimator) in enumerate(titles):
        pale = estimator == "random"
        looks[title] = {
            "color": colors[number % 10],
            "marker": MARKERS[number % len(MARKERS)],
            "linestyle": "none" if pale else ("-", "--")[number // 10 % 2],
            "markersize": 3.5 if pale else 5,
            "linewidth": 1.2,
            "alpha": 0.7 if pale else 1.0,
        }
    return looks


def _draw_law(place: Axes, table: pd.DataFrame) -> None:
    costs = pd.Series(np.geomspace(table.cost_mean.min(), table.cost_mean.max(), 50))
    cosines = law_of_random_directions(costs, table.iloc[0])
    label = r"the law $\sqrt{m/(m+p+1)}$"
    place.plot(costs, cosines, color="#000000", linewidth=1, label=label, zorder=1)


def _explain_escapes(place: Axes, table: pd.DataFrame) -> None:
    """Say of each estimator that escapes the law why it does, at its most expensive estimate."""
    for estimator, (reason, offset) in ESCAPES.items():
        found = table[(table.estimator == estimator) & ~table.symmetric]
        if len(found):
            end = found.loc[found.cost_mean.idxmax()]
            place.annotate(
                reason,
                (end.cost_mean, end.cosine_mean),
                xytext=offset,
                textcoords="offset points",
                fontsize=7,
                arrowprops={"arrowstyle": "-", "color": "#555555", "linewidth": 0.7},
            )


def pull_limits(tables: Tables) -> Figure:
    """Cosine of the value difference against its pull: by T, by minibatch and by step size."""
    table = tables["agreement"]
    figure, grid = plt.subplots(
        2, 3, figsize=(11, 7), sharex=True, sharey=True, layout="constrained"
    )
    full, few = table[table.batch_size.isna()], table[table.num_steps == 10]
    usual = full[full.step_size == full.step_size.max()]
    for row, start in zip(grid, ("cold", "warm"), strict=True):
        cold = start == "cold"
        for place, symmetric in zip(row, (False, True), strict=False):
            chosen = usual[(usual.symmetric == symmetric) & ((usual.warm_steps == 0) == cold)]
            _pulls(place, chosen, "num_steps", "T = {:g}")
            place.set_title(f"{'Symmetric' if symmetric else 'Forward'}, {start} start")
        chosen = few[few.batch_size.notna() & ((few.warm_steps == 0) == cold)]
        _pulls(row[2], chosen, "batch_size", "minibatches of {:g}")
        row[2].set_title(f"Minibatches, {start} start, T = 10")
    shorter = few[few.batch_size.isna() & ~few.symmetric & (few.warm_steps > 0)]
    shorter = shorter[shorter.step_size < full.step_size.max()]
    _pulls(grid[1][0], shorter, "step_size", "T = 10, steps η = {:g}", linestyle=":")
    for place in grid[1]:
        place.set_xlabel(PULL)
    _nines(grid[0][0])
    figure.supylabel("Cosine to the exact gradient of full batches", fontsize="medium")
    shared_legend(figure, {str(number): place for number, place in enumerate(grid.flat)}, 5)
    return figure


def _pulls(place: Axes, table: pd.DataFrame, by: str, label: str, linestyle: str = "-") -> None:
    """Draw one minus the cosine against s, a line per value of ``by``; the exact gradient is level."""
    values = sorted(table[by].unique())
    colors = sns.color_palette("viridis", len(values) + 1)
    for number, value in enumerate(values):
        here = table[table[by] == value]
        name = label.format(value)
        line = here[here.strength.notna()].sort_values("strength")
        look: Look = {"color": colors[number], "marker": MARKERS[number], "markersize": 4}
        style: Look = {"label": name, "linestyle": linestyle, "linewidth": 1.2}
        with_interval(place, line.strength, line, "gap", **look, **style)
        for level in here[here.estimator == "exact"].gap_mean:
            of_same: Look = {
                "label": f"exact gradient of {name}",
                "linestyle": "--",
                "linewidth": 1.2,
            }
            place.axhline(level, color=colors[number], **of_same)
    place.set_xscale("log")


def _nines(place: Axes) -> None:
    """Give axes of one minus a cosine, on a log scale, the ticks of the cosine, near 1 on top."""
    place.set_yscale("log", nonpositive="clip")
    place.set_ylim(2, 1e-8)
    place.yaxis.set_major_locator(FixedLocator([10.0**-power for power in range(0, 9, 2)]))
    place.yaxis.set_minor_locator(FixedLocator([10.0**-power for power in range(1, 9, 2)]))
    place.yaxis.set_minor_formatter(FuncFormatter(_cosine_text))
    place.yaxis.set_major_formatter(FuncFormatter(_cosine_text))


def _cosine_text(gap: float, _: object) -> str:
    nines = round(-math.log10(gap))
    return f"{1 - gap:.{nines}f}" if nines < 5 else f"1 − 10$^{{-{nines}}}$"
