"""How figures look, and how they are written so that equal data gives equal bytes."""

import math
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from relaxpen.display.printing import instance_title
from relaxpen.records.files import whole

Look = dict[str, Any]  # keyword arguments of matplotlib
MARKERS = "osD^vP*X"
DPI, LONGEST_SIDE = 160, 1600  # pixels of an inch, and of a picture: enough to read, small to keep
# A PDF would carry the time it was made, a PNG the version of its writer.
_METADATA = {"pdf": {"CreationDate": None}, "png": {"Software": None}}


def apply_style() -> None:
    """Set fonts and lines for all figures."""
    sns.set_theme(style="whitegrid", context="paper", font="DejaVu Sans")
    plt.rcParams |= {"figure.dpi": 100, "pdf.fonttype": 42}


def cell_looks(cells: list[str]) -> dict[str, Look]:
    """Return color and marker of each cell, dark to light along a colour-blind safe scale."""
    colors = sns.color_palette("viridis", len(cells) + 1)
    return {
        cell: {"color": colors[number], "marker": MARKERS[number % len(MARKERS)]}
        for number, cell in enumerate(cells)
    }


def panels(table: pd.DataFrame, width: float, row_height: float) -> tuple[Figure, dict[str, Axes]]:
    """Return a figure with a panel per instance, two in a row, and the axes by instance."""
    titles = instance_titles(table)
    rows = math.ceil(len(titles) / 2)
    columns = min(2, len(titles))
    size = (width * columns / 2, row_height * rows + 0.7)
    figure, grid = plt.subplots(rows, columns, figsize=size, squeeze=False, layout="constrained")
    axes = dict(zip(titles, grid.flat, strict=False))
    for instance, place in axes.items():
        place.set_title(titles[instance])
    for unused in list(grid.flat)[len(titles) :]:
        unused.remove()
    return figure, axes


def nothing_to_draw() -> Figure:
    """Return a figure that says that no run finished."""
    figure = plt.figure(figsize=(6.8, 1.5))
    figure.text(0.5, 0.5, "No run finished: there is nothing to draw", ha="center")
    return figure


def instance_titles(table: pd.DataFrame) -> dict[str, str]:
    """Return the title of each instance of a table, in its order."""
    places = table[["instance", "source", "noise_rate"]].drop_duplicates()
    return {row.instance: instance_title(*row) for row in places.itertuples(index=False)}


def label_axes(figure: Figure, x: str, y: str) -> None:
    """Write what the axes are: x below the last row, y once for all panels."""
    figure.supylabel(y, fontsize=plt.rcParams["axes.labelsize"])
    spots = {axes: spot for axes in figure.axes if (spot := axes.get_subplotspec())}
    for axes, spot in spots.items():
        _, columns, number, _ = spot.get_geometry()
        if number + columns not in {other.num1 for other in spots.values()}:
            axes.set_xlabel(x)


def with_interval(axes: Axes, x: np.ndarray, table: pd.DataFrame, name: str, **line: Any) -> None:
    """Draw points of the means of ``name`` with their intervals as error bars."""
    mean = table[f"{name}_mean"]
    below, above = mean - table[f"{name}_low"], table[f"{name}_high"] - mean
    axes.errorbar(x, mean, yerr=[below.fillna(0), above.fillna(0)], capsize=2.5, **line)


LEGEND_COLUMN = 1.6  # inches


def shared_legend(figure: Figure, axes: dict[str, Axes], columns: int) -> None:
    """Put one legend of everything that is labelled in any panel below all panels."""
    entries: dict[str, Artist] = {}
    for panel in axes.values():
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    where: Look = {"loc": "outside lower center", "frameon": False}
    fitting = max(1, int(figure.get_figwidth() // LEGEND_COLUMN))
    figure.legend(entries.values(), entries.keys(), ncols=min(columns, fitting), **where)


def save(figure: Figure, folder: Path, name: str, warning: str | None) -> None:
    """Write name.pdf and name.png; a warning is printed across the top."""
    if warning:
        figure.suptitle(warning, color="#b00020", fontweight="bold")
    dpi = min(DPI, LONGEST_SIDE / max(figure.get_size_inches()))
    for extension, metadata in _METADATA.items():
        with whole(folder / f"{name}.{extension}") as draft:
            figure.savefig(draft, format=extension, metadata=metadata, dpi=dpi)
    plt.close(figure)
