"""Figures on disk, drawn from the CSV files of tables."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from relaxpen.experiment.catalog import EXTENSIONS
from relaxpen.experiment.style import apply_style, nothing_to_draw, save
from relaxpen.inputs.errors import SettingsError

Tables = dict[str, pd.DataFrame]
Drawer = Callable[[Tables], Figure]


def write_drawn(
    name: str,
    drawers: dict[str, Drawer],
    known: dict[str, tuple[str, tuple[str, ...]]],
    tables: Path,
    out: Path,
    smoke: bool,
) -> list[Path]:
    """Draw one figure from CSV files in ``tables``; write and return out/name.pdf and out/name.png.

    ``known`` says of each figure what it shows and which tables it is drawn from; if the first of
    them is empty, the figure says so.
    Raises SettingsError for a name that no figure has.
    """
    if name not in known:
        raise SettingsError(f"no figure is called {name!r}; expected {', '.join(known)}")
    apply_style()
    data = {needed: pd.read_csv(tables / f"{needed}.csv") for needed in known[name][1]}
    figure = drawers[name](data) if len(data[known[name][1][0]]) else nothing_to_draw()
    warning = "Smoke test: these numbers mean nothing" if smoke else None
    save(figure, out, name, warning)
    return [out / f"{name}.{extension}" for extension in EXTENSIONS]
