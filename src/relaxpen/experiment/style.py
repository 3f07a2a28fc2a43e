"""How figures look, and how they are written so that equal data gives equal bytes."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from relaxpen.experiment.files import whole

LABELS = {"synthetic": "Synthetic", "mnist": "MNIST"}
REFERENCES = {  # name: (label, color, line style)
    "noisy": ("all noisy data", "#555555", "--"),
    "oracle": ("oracle mask", "#000000", ":"),
    "validation_only": ("clean validation data only", "#8a6d3b", "-."),
}
MARKERS = "osD^vP*X"
# A PDF would carry the time it was made, a PNG the version of its writer.
_METADATA = {"pdf": {"CreationDate": None}, "png": {"Software": None}}


def apply_style() -> None:
    """Set fonts and lines for all figures."""
    sns.set_theme(style="whitegrid", context="paper", font="DejaVu Sans")
    plt.rcParams |= {"figure.dpi": 100, "savefig.dpi": 160, "pdf.fonttype": 42}


def step_colors(values: list[int]) -> dict[int, tuple[float, float, float]]:
    """Return a color for each T, dark to light along a colour-blind safe scale."""
    return dict(zip(values, sns.color_palette("viridis", len(values) + 1)[:-1], strict=True))


def panels(table: pd.DataFrame, width: float, height: float) -> tuple[Figure, dict]:
    """Return a figure with a row per data source, a column per noise rate, and axes by both."""
    sources, rates = list(table.source.unique()), sorted(table.noise_rate.unique())
    figure, grid = plt.subplots(
        len(sources), len(rates), figsize=(width, height), squeeze=False, layout="constrained"
    )
    axes = {}
    for row, source in enumerate(sources):
        for column, rate in enumerate(rates):
            axes[source, rate] = grid[row, column]
            grid[row, column].set_title(panel_title(source, rate))
    return figure, axes


def label_axes(figure: Figure, x: str, y: str) -> None:
    """Write what the axes are: x below the last row, y once for all panels."""
    figure.supylabel(y, fontsize=plt.rcParams["axes.labelsize"])
    for axes in figure.axes:
        if axes.get_subplotspec().is_last_row():
            axes.set_xlabel(x)


def panel_title(source: str, noise_rate: float) -> str:
    """Return the title of a panel."""
    return f"{LABELS.get(source, source)}, noise {noise_rate:g}"


def with_interval(axes: Axes, x: pd.Series, table: pd.DataFrame, name: str, **line: object) -> None:
    """Draw points of the means of ``name`` with their intervals as error bars."""
    mean = table[f"{name}_mean"]
    below, above = mean - table[f"{name}_low"], table[f"{name}_high"] - mean
    axes.errorbar(x, mean, yerr=[below.fillna(0), above.fillna(0)], capsize=2.5, **line)


def shared_legend(figure: Figure, axes: Axes, columns: int) -> None:
    """Put one legend of everything labelled in ``axes`` below all panels."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, frameon=False)


def save(figure: Figure, folder: Path, name: str, warning: str | None) -> None:
    """Write name.pdf and name.png; a warning is printed across the top."""
    if warning:
        figure.suptitle(warning, color="#b00020", fontweight="bold")
    for extension, metadata in _METADATA.items():
        with whole(folder / f"{name}.{extension}") as draft:
            figure.savefig(draft, format=extension, metadata=metadata)
    plt.close(figure)
