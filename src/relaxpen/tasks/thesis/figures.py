"""The figures of the thesis and two of ours, each a function of tables."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from relaxpen.display.printing import cell_title
from relaxpen.display.style import (
    Look,
    cell_looks,
    label_axes,
    panels,
    shared_legend,
    with_interval,
)
from relaxpen.tasks.frames import Tables
from relaxpen.tasks.thesis.methods import METHODS, REFERENCE_MODELS

Labels = dict[tuple[str, str], tuple[str, str, str]]  # (method, mask): (label, color, marker)
# Those that end in one mask stand before those that are rounded in several ways.
BY_MASKS = sorted(METHODS.items(), key=lambda item: len(item[1].masks))


def figure_4_1(tables: Tables) -> Figure:
    """Test loss of w_T against Frank-Wolfe steps, a line per T."""
    return _losses(tables, "test_loss", "refit_test_loss", "Test loss of $w_T$ (nats)")


def figure_4_3(tables: Tables) -> Figure:
    """Validation loss, the upper objective without penalty, against Frank-Wolfe steps."""
    label = "Validation loss of $w_T$ (nats)"
    return _losses(tables, "validation_loss", "refit_validation_loss", label)


def figure_4_4(tables: Tables) -> Figure:
    """Test loss of models trained to convergence on filtered data, by T, beside the references."""
    label = "Test loss of the final model (nats)"
    masks = {
        (method, mask): (one.label, one.color, one.marker)
        for method, named in BY_MASKS
        for mask, one in named.masks.items()
    }
    return _finals(tables, "refit_test_loss", label, masks, True)


def mask_quality(tables: Tables) -> Figure:
    """How well the final iterate ranks clean samples above samples with a wrong label, by T."""
    masks = {
        (method, mask): (one.iterate, one.color, one.marker)
        for method, named in BY_MASKS
        for mask, one in list(named.masks.items())[:1]  # all of them have the same iterate
    }
    return _finals(tables, "relaxed_auc", "AUC of the final iterate", masks, False)


def as_printed(tables: Tables) -> Figure:
    """Samples kept along the run, by the algorithm as printed and as corrected."""
    table = tables["curves"]
    table = table[table.quantity == "num_kept"]
    figure, axes = panels(table, 6.8, 2.1)
    looks = {
        "relax_penalize": ("as corrected", "#0072b2", "-"),
        "as_printed": ("as printed", "#d55e00", "--"),
    }
    for method, (label, color, style) in looks.items():
        for _, line in table[table.method == method].groupby(["instance", "cell"]):
            look: Look = {"color": color, "linestyle": style}
            _band(axes[line.instance.iloc[0]], line, label=label, **look)
    for place in axes.values():
        place.set_ylim(bottom=0)
    label_axes(figure, "Iteration (Frank-Wolfe steps)", "Samples kept")
    shared_legend(figure, axes, 2)
    return figure


def _losses(tables: Tables, quantity: str, reference: str, label: str) -> Figure:
    table = tables["curves"]
    table = table[table.quantity == quantity]
    figure, axes = panels(table, 6.8, 2.5)
    ours, control = (table[table.method == name] for name in ("relax_penalize", "no_cleaning"))
    looks = cell_looks(list(dict.fromkeys(ours.cell)))
    for (instance, cell), line in ours.groupby(["instance", "cell"], sort=False):
        look: Look = looks[cell] | {"markersize": 3.5, "markevery": 20}
        _band(axes[instance], line, label=cell_title(cell), **look)
    for instance, lines in control.groupby("instance"):
        line = lines[lines.num_steps == lines.num_steps.max()]
        name = f"no cleaning, T = {line.num_steps.max():g}"
        _band(axes[instance], line, label=name, color="#d55e00", linestyle=(0, (4, 2)))
    for instance, place in axes.items():
        _reference_lines(place, tables["final"], instance, reference, ("noisy", "oracle"))
    label_axes(figure, "Iteration (Frank-Wolfe steps)", label)
    shared_legend(figure, axes, 4)
    return figure


def _finals(tables: Tables, metric: str, label: str, masks: Labels, references: bool) -> Figure:
    table = tables["final"]
    cells = list(dict.fromkeys(table.cell.dropna()))
    figure, axes = panels(table, 6.8, 2.5)
    for instance, place in axes.items():
        here = table[table.instance == instance]
        for number, ((method, mask), (name, color, marker)) in enumerate(masks.items()):
            chosen = here[(here.method == method) & (here["mask"] == mask)]
            if chosen.empty:
                continue
            shift = 0.14 * (number - (len(masks) - 1) / 2)
            x = np.array([cells.index(cell) for cell in chosen.cell]) + shift
            look: Look = {"color": color, "marker": marker, "linestyle": "none", "markersize": 4.5}
            with_interval(place, x, chosen, metric, label=name, **look)
        if references:
            _reference_lines(place, table, instance, metric, tuple(REFERENCE_MODELS))
        else:
            place.axhline(0.5, color="#555555", linestyle="--", linewidth=1, label="chance")
        place.set_xticks(range(len(cells)), [cell_title(cell) for cell in cells])
    label_axes(figure, "Lower-level steps per solve", label)
    shared_legend(figure, axes, 2)
    return figure


def _band(axes: Axes, line: pd.DataFrame, **style: Any) -> None:
    axes.plot(line.iteration, line["mean"], linewidth=1.3, **style)
    axes.fill_between(line.iteration, line.low, line.high, color=style["color"], alpha=0.15, lw=0)


def _reference_lines(
    axes: Axes, final: pd.DataFrame, instance: str, metric: str, names: tuple[str, ...]
) -> None:
    here = final[(final.instance == instance) & (final.method == "references")]
    for name in names:
        label, color, style = REFERENCE_MODELS[name]
        for _, row in here[here["mask"] == name].iterrows():
            mean = row[f"{metric}_mean"]
            axes.axhline(mean, color=color, linestyle=style, linewidth=1.2, label=label)
            bounds = np.array([row[f"{metric}_low"], row[f"{metric}_high"]])
            if np.isfinite(bounds).all():
                axes.axhspan(*bounds, color=color, alpha=0.08, lw=0)
