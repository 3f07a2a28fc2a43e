"""The figures of methods that clean labels, each a function of tables."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator, StrMethodFormatter

from relaxpen.display.printing import source_title
from relaxpen.display.style import MARKERS, Look, shared_legend, with_interval
from relaxpen.tasks.frames import Tables

QUALITIES = {
    "f1": "F1 of the mask",
    "auc": "AUC of the weights",
    "refit_test_loss": "Test loss of the final model (nats)",
}
NOISES = {"marker": "osD", "color": ("#0072b2", "#e69f00", "#d55e00")}


def quality(tables: Tables) -> Figure:
    """Mask and final model of every method, a row of panels per data source, a colour per noise rate."""
    table = tables["methods"]
    sources, titles = list(dict.fromkeys(table.source)), list(dict.fromkeys(table.title))
    size = (10.5, 0.24 * len(titles) * len(sources) + 1.6)
    figure, grid = plt.subplots(
        len(sources), len(QUALITIES), figsize=size, sharey=True, squeeze=False, layout="constrained"
    )
    for row, source in zip(grid, sources, strict=True):
        for place, (name, label) in zip(row, QUALITIES.items(), strict=True):
            _rows(place, table[table.source == source], name, titles)
            place.set_xlabel(label)
        row[0].set_title(source_title(source), loc="left", fontweight="bold")
    shared_legend(figure, {str(number): place for number, place in enumerate(grid.flat)}, 3)
    return figure


def _rows(place: Axes, table: pd.DataFrame, name: str, titles: list[str]) -> None:
    """Draw a metric of every method, one line of the panel each."""
    noises = sorted(table.noise_rate.unique())
    for number, noise_rate in enumerate(noises):
        here = table[table.noise_rate == noise_rate].dropna(subset=[f"{name}_mean"])
        y = np.array([titles.index(title) for title in here.title])
        mean = here[f"{name}_mean"]
        bounds = [mean - here[f"{name}_low"], here[f"{name}_high"] - mean]
        place.errorbar(
            mean,
            y + 0.22 * (number - (len(noises) - 1) / 2),
            xerr=[side.fillna(0) for side in bounds],
            linestyle="none",
            markersize=4,
            capsize=2,
            marker=NOISES["marker"][number % 3],
            color=NOISES["color"][number % 3],
            label=f"noise {noise_rate:g}",
        )
    place.set_yticks(range(len(titles)), titles)
    place.set_ylim(len(titles) - 0.5, -0.5)


def pareto(tables: Tables) -> Figure:
    """Value function against processor seconds, with the front of what no other point beats in both."""
    table = tables["progress"].dropna(subset=["value_function_mean"])
    looks = method_looks(table, "contender")
    figure, place = plt.subplots(figsize=(7.5, 5), layout="constrained")
    for (contender, _), line in table.groupby(["contender", "title"], sort=False):
        place.plot(
            line.solver_s_mean, line.value_function_mean, label=contender, **looks[contender]
        )
        bounds = (line.value_function_low, line.value_function_high)
        color = looks[contender]["color"]
        place.fill_between(line.solver_s_mean, *bounds, color=color, alpha=0.12, lw=0)
    front = table.sort_values("solver_s_mean")
    front = front[
        front.value_function_mean < front.value_function_mean.cummin().shift(fill_value=np.inf)
    ]
    look: Look = {"color": "#999999", "linewidth": 6, "alpha": 0.4, "zorder": 0}
    place.step(
        front.solver_s_mean, front.value_function_mean, where="post", label="Pareto front", **look
    )
    place.set_xscale("log")
    place.set_yscale("log")
    # by the means: the interval of a method that diverges on one seed would leave the rest no room
    place.set_ylim(0.98 * table.value_function_mean.min(), 1.02 * table.value_function_mean.max())
    place.yaxis.set_major_locator(MaxNLocator(8))
    place.yaxis.set_major_formatter(StrMethodFormatter("{x:.2f}"))
    place.yaxis.set_minor_locator(NullLocator())
    place.set_xlabel("Processor seconds of the search")
    place.set_ylabel("Value function (nats)")
    shared_legend(figure, {"0": place}, 2)
    return figure


def validation_size(tables: Tables) -> Figure:
    """Test accuracy with the validation data, and F1, by the number of clean validation samples."""
    table = tables["methods"]
    looks = method_looks(table)
    deployed = "Test accuracy, with validation data"
    shown = {"joined_test_accuracy": deployed, "f1": QUALITIES["f1"]}
    figure, grid = plt.subplots(1, 2, figsize=(8.5, 4.2), layout="constrained")
    for place, (name, label) in zip(grid, shown.items(), strict=True):
        found = table.dropna(subset=[f"{name}_mean"])
        for title, line in found.groupby("title", sort=False):
            with_interval(place, line.num_validation, line, name, label=title, **looks[title])
        place.set_xscale("log")
        place.set_xlabel("Clean validation samples")
        place.set_ylabel(label)
        place.set_xticks(sizes := sorted(table.num_validation.unique()), list(map(str, sizes)))
        place.minorticks_off()
    shared_legend(figure, {"0": grid[0]}, 2)
    return figure


def method_looks(table: pd.DataFrame, name: str = "title") -> dict[str, Look]:
    """Return colour, marker and line style of each method by its ``name``, in the order of the table."""
    colors = sns.color_palette("colorblind", 10)
    return {
        title: {
            "color": colors[number % 10],
            "marker": MARKERS[number % len(MARKERS)],
            "linestyle": ("-", "--")[number // 10 % 2],
            "markersize": 3.5,
            "linewidth": 1.2,
        }
        for number, title in enumerate(dict.fromkeys(table[name]))
    }
