"""The figures of the thesis and two of ours, each a function of tables."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from relaxpen.experiment.catalog import FIGURES
from relaxpen.experiment.settings import SettingsError
from relaxpen.experiment.style import (
    MARKERS,
    REFERENCES,
    apply_style,
    label_axes,
    panels,
    save,
    shared_legend,
    step_colors,
    with_interval,
)
from relaxpen.experiment.targets_figure import figure_4_2

Tables = dict[str, pd.DataFrame]
FINAL_LABELS = {  # (method, mask): (label, color, marker)
    ("relax_penalize", "nearest"): ("relax and penalize (zeroth order)", "#0072b2", "o"),
    ("exact_gradient", "nearest"): ("relax and penalize (exact gradient)", "#009e73", "s"),
    ("relax_round", "nearest"): ("relaxation, rounded at 1/2", "#d55e00", "^"),
    ("relax_round", "budget"): ("relaxation, rounded to its mass", "#cc79a7", "v"),
}


def figure_4_1(tables: Tables) -> Figure:
    """Test loss of w_T against Frank-Wolfe steps, a line per T."""
    return _losses(tables, "test_loss", "refit_test_loss", "Test loss of $w_T$ (nats)")


def figure_4_3(tables: Tables) -> Figure:
    """Validation loss, the upper objective without penalty, against Frank-Wolfe steps."""
    label = "Validation loss of $w_T$ (nats)"
    return _losses(tables, "validation_loss", "refit_validation_loss", label)


def figure_4_4(tables: Tables) -> Figure:
    """Test loss of models trained to convergence on filtered data, by T, beside the references."""
    return _finals(tables, "refit_test_loss", "Test loss of the final model (nats)", True)


def mask_quality(tables: Tables) -> Figure:
    """How well the final iterate ranks clean samples above samples with a wrong label, by T."""
    return _finals(tables, "relaxed_auc", "AUC of the final iterate (0.5 is chance)", False)


def as_printed(tables: Tables) -> Figure:
    """Share of samples kept along the run, by the algorithm as printed and as corrected."""
    table = tables["curves"]
    table = table[table.quantity == "num_kept"]
    figure, axes = panels(table, 6.8, 4.6)
    looks = {
        "relax_penalize": ("as corrected", "#0072b2", "-"),
        "as_printed": ("as printed", "#d55e00", "--"),
    }
    for (source, rate, method), line in table.groupby(["source", "noise_rate", "method"]):
        label, color, style = looks[method]
        for number, (_, cell) in enumerate(line.groupby("cell")):
            name = None if number else label
            _band(axes[source, rate], cell, label=name, color=color, linestyle=style)
    for place in axes.values():
        place.set_ylim(bottom=0)
    label_axes(figure, "Iteration (Frank-Wolfe steps)", "Samples kept")
    shared_legend(figure, next(iter(axes.values())), 2)
    return figure


DRAWERS: dict[str, Callable[[Tables], Figure]] = {
    "figure_4_1": figure_4_1,
    "figure_4_2": lambda tables: figure_4_2(tables["targets"]),
    "figure_4_3": figure_4_3,
    "figure_4_4": figure_4_4,
    "mask_quality": mask_quality,
    "as_printed": as_printed,
}


def write_figure(name: str, tables: Path, out: Path, means_nothing: bool = False) -> None:
    """Draw one figure from CSV files in ``tables``; writes out/name.pdf and out/name.png.

    Raises SettingsError for a name that no figure has.
    """
    if name not in FIGURES:
        raise SettingsError(f"no figure is called {name!r}; expected {', '.join(FIGURES)}")
    apply_style()
    data = {needed: pd.read_csv(tables / f"{needed}.csv") for needed in FIGURES[name][1]}
    warning = "Smoke test: these numbers mean nothing" if means_nothing else None
    save(DRAWERS[name](data), out, name, warning)


def _losses(tables: Tables, quantity: str, reference: str, label: str) -> Figure:
    table = tables["curves"]
    table = table[(table.quantity == quantity) & (table.method == "relax_penalize")]
    figure, axes = panels(table, 6.8, 5.4)
    colors = step_colors(sorted(table.num_steps.unique()))
    for (source, rate, steps), line in table.groupby(["source", "noise_rate", "num_steps"]):
        marker = MARKERS[list(colors).index(steps) % len(MARKERS)]
        style = {"color": colors[steps], "marker": marker, "markersize": 3.5}
        _band(axes[source, rate], line, label=f"T = {steps:g}", markevery=20, **style)
    for (source, rate), place in axes.items():
        _reference_lines(place, tables["final"], source, rate, reference, ("noisy", "oracle"))
    label_axes(figure, "Iteration (Frank-Wolfe steps)", label)
    shared_legend(figure, next(iter(axes.values())), 4)
    return figure


def _finals(tables: Tables, metric: str, label: str, references: bool) -> Figure:
    table = tables["final"]
    cells = table[table.num_steps.notna()]
    figure, axes = panels(table, 6.8, 5.4)
    steps = sorted(cells.num_steps.unique())
    masks = FINAL_LABELS if references else dict(list(FINAL_LABELS.items())[:3])
    for (source, rate), place in axes.items():
        here = cells[(cells.source == source) & (cells.noise_rate == rate)]
        for number, ((method, mask), (name, color, marker)) in enumerate(masks.items()):
            chosen = here[(here.method == method) & (here["mask"] == mask)]
            shift = 0.14 * (number - (len(masks) - 1) / 2)
            x = chosen.num_steps.map(steps.index) + shift
            if not references and method == "relax_round":
                name = "relaxation, before rounding"
            look = {"color": color, "marker": marker, "linestyle": "none", "markersize": 4.5}
            with_interval(place, x, chosen, metric, label=name, **look)
        if references:
            _reference_lines(place, table, source, rate, metric, tuple(REFERENCES))
        else:
            place.axhline(0.5, color="#555555", linestyle="--", linewidth=1)
        place.set_xticks(range(len(steps)), [f"{value:g}" for value in steps])
    label_axes(figure, "Lower-level steps T", label)
    shared_legend(figure, next(iter(axes.values())), 2)
    return figure


def _band(axes: Axes, line: pd.DataFrame, **style: object) -> None:
    axes.plot(line.iteration, line["mean"], linewidth=1.3, **style)
    axes.fill_between(line.iteration, line.low, line.high, color=style["color"], alpha=0.15, lw=0)


def _reference_lines(
    axes: Axes,
    final: pd.DataFrame,
    source: str,
    noise_rate: float,
    metric: str,
    names: tuple[str, ...],
) -> None:
    here = final[(final.source == source) & (final.noise_rate == noise_rate)]
    for name in names:
        label, color, style = REFERENCES[name]
        found = here[(here.method == "references") & (here["mask"] == name)]
        for _, row in found.iterrows():
            mean = row[f"{metric}_mean"]
            axes.axhline(mean, color=color, linestyle=style, linewidth=1.2, label=label)
            bounds = np.array([row[f"{metric}_low"], row[f"{metric}_high"]])
            if np.isfinite(bounds).all():
                axes.axhspan(*bounds, color=color, alpha=0.08, lw=0)
