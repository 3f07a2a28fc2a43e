"""The figures of the paper on F2SA with Adam, each a function of tables."""

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from relaxpen.display.style import Look, instance_titles, shared_legend
from relaxpen.tasks.cleaning.f2sa_tables import TARGETS
from relaxpen.tasks.frames import Tables

COLORS = {"f2sa_adam": "#e69f00", "f2sa": "#0072b2", "saba": "#009e73", "stocbio": "#d55e00"}
OTHERS = ("#cc79a7", "#56b4e9", "#000000", "#8a6d3b")  # of methods that the paper does not have
STYLES: dict[str, Look] = {  # what a contender's name ends on
    "_frozen": {"linestyle": "--"},
    "_text": {"linestyle": ":"},
    "_small": {"linestyle": "-."},
    "_fast": {"linestyle": "--"},
    "_paired": {"marker": "o", "markersize": 2.5},
}
LABELS = {
    "step": "Iteration (steps on x)",
    "solver_s": "Processor seconds",
    "test_accuracy": "Test accuracy of the current model",
    "auc": "AUC of the weights",
    "validation_loss": "Validation loss of the current model (nats)",
    "value_function": "Value function (nats)",
}
LOWEST_ACCURACY = 0.5  # below it lie only the first steps, and what diverges
PANELS = {"beta_1": "β₁", "beta_2": "β₂", "alpha": "step size α = γ", "xi": "ratio ξ"}


def accuracy_steps(tables: Tables) -> Figure:
    """Test accuracy and AUC against steps on x: Figures 1 and 2 of the paper, with controls."""
    return _accuracy(tables["curves"], "step")


def accuracy_seconds(tables: Tables) -> Figure:
    """Test accuracy and AUC against processor seconds."""
    return _accuracy(tables["curves"], "solver_s")


def _accuracy(table: pd.DataFrame, x: str) -> Figure:
    rows = _rows(table)
    titles = instance_titles(table)
    size = (3.7 * len(titles) + 0.6, 2.7 * len(rows) + 1.3)
    figure, grid = plt.subplots(
        len(rows),
        len(titles),
        figsize=size,
        squeeze=False,
        sharex=True,
        sharey="row",
        layout="constrained",
    )
    for number, (y, methods) in enumerate(rows):
        shown = table[table.method.isin(methods)]
        for place, instance in zip(grid[number], titles, strict=True):
            here = shown[shown.instance == instance]
            _lines(place, here, x, y)
            if y == "test_accuracy":
                _target(place, here)
            place.set_title(titles[instance] if number == 0 else "")
            place.set_xscale("log")
        grid[number][0].set_ylabel(LABELS[y])
    for place in grid[-1]:
        place.set_xlabel(LABELS[x])
    shared_legend(figure, {str(number): place for number, place in enumerate(grid.flat)}, 4)
    return figure


def _rows(table: pd.DataFrame) -> list[tuple[str, list[str]]]:
    """Return what each row of panels shows, and of which methods: printed, other settings, AUC."""
    names = list(dict.fromkeys(table.method))
    printed = [name for name in names if name in COLORS]
    frozen = [f"{name}_frozen" for name in printed]
    others = [name for name in names if name not in (*printed, *frozen)]
    others = [name for name in others if not name.endswith("_frozen")]
    rows = [("test_accuracy", [*printed, *frozen])]
    if others:
        rows.append(("test_accuracy", [*printed[:2], *others]))
    return [*rows, ("auc", [*printed, *others])]


def _lines(place: Axes, table: pd.DataFrame, x: str, y: str) -> None:
    """Draw the median of a quantity for each method, and its quartiles as a band."""
    looks = _looks(table)
    for (method, title), line in table.groupby(["method", "title"], sort=False):
        look = looks[method]
        place.plot(line[x], line[f"{y}_median"], label=title, linewidth=1.3, **look)
        bounds = (line[f"{y}_lower"], line[f"{y}_upper"])
        place.fill_between(line[x], *bounds, color=look["color"], alpha=0.15, lw=0)


def _looks(table: pd.DataFrame) -> dict[str, Look]:
    """Return of each contender the colour of the method that it is, and the style of its variant."""
    looks: dict[str, Look] = {}
    others = 0
    for method in dict.fromkeys(table.method):
        style: Look = next((style for end, style in STYLES.items() if method.endswith(end)), {})
        solver = max((name for name in COLORS if method.startswith(name)), key=len, default=None)
        looks[method] = {
            "color": COLORS[solver] if solver else OTHERS[others % len(OTHERS)]
        } | style
        others += solver is None
    return looks


def _target(place: Axes, table: pd.DataFrame) -> None:
    """Draw the accuracy that runs are to reach."""
    if len(table):
        target = TARGETS.get((table.source.iloc[0], table.noise_rate.iloc[0]))
        if target is not None:
            place.axhline(target, color="#333333", linewidth=0.8, label="target", zorder=1)
    place.set_ylim(bottom=LOWEST_ACCURACY)


def _beside(place: Axes, title: str) -> None:
    """Put the legend of a panel to its right, where no curve is."""
    small: Look = {"fontsize": "x-small", "title_fontsize": "x-small"}
    place.legend(title=title, loc="center left", bbox_to_anchor=(1.0, 0.5), **small)


def parameters(tables: Tables) -> Figure:
    """Test accuracy against steps on x for every value of each parameter: Figure 3 of the paper."""
    table = tables["curves"]
    table = table[table.name == "f2sa_adam"]
    printed = table[table.method == "f2sa_adam"]
    figure, grid = plt.subplots(2, 2, figsize=(10.4, 7.4), sharey=True, layout="constrained")
    for place, (name, label) in zip(grid.flat, PANELS.items(), strict=True):
        others = [key for key in PANELS if key != name]
        same = (table[others].round(9) == printed[others].round(9).iloc[0]).all(axis=1)
        _values(place, table[same], name)
        place.set_title(f"F2SA with Adam: {label}")
        place.set_xscale("log")
        _target(place, table)
        place.set_ylim(bottom=LOWEST_ACCURACY - 0.1)
        _beside(place, label)
    for place in grid[1]:
        place.set_xlabel(LABELS["step"])
    for place in grid[:, 0]:
        place.set_ylabel(LABELS["test_accuracy"])
    return figure


def _values(place: Axes, table: pd.DataFrame, name: str) -> None:
    """Draw a line per value of a parameter, dark to light as it grows; the printed one is dashed."""
    values = sorted(table[name].unique())
    colors = sns.color_palette("viridis", len(values) + 1)
    for color, value in zip(colors, values, strict=False):
        line = table[table[name] == value]
        dashed: Look = {"linestyle": "--"} if (line.method == "f2sa_adam").any() else {}
        place.plot(line.step, line.test_accuracy_median, color=color, label=f"{value:g}", **dashed)
        bounds = (line.test_accuracy_lower, line.test_accuracy_upper)
        place.fill_between(line.step, *bounds, color=color, alpha=0.15, lw=0)
