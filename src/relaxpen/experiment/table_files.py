"""Tables on disk: every number as CSV, and what is made to be read also as a reader sees it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from relaxpen.experiment.files import whole
from relaxpen.experiment.printing import html, latex, markdown
from relaxpen.inputs.errors import DataError, SettingsError

Maker = Callable[[pd.DataFrame, pd.DataFrame, Any], pd.DataFrame]


def write_made(
    name: str,
    makers: dict[str, Maker],
    captions: dict[str, str],
    study: Any,
    results: Path,
    out: Path,
) -> list[Path]:
    """Make one table from results/summary.parquet and results/traces.parquet, and write it.

    Returns what was written: out/name.csv, and for a table with a caption .md, .tex and .html.
    Raises SettingsError for a name that no table has.
    """
    _refuse_unknown(name, makers)
    summary, traces = (read_collected(results, part) for part in ("summary", "traces"))
    texts = texts_of(name, makers, captions, study, summary, traces)
    outputs = {out / f"{name}.{extension}": text for extension, text in texts.items()}
    for path, text in outputs.items():
        with whole(path) as draft:
            draft.write_text(text)
    return list(outputs)


def texts_of(
    name: str,
    makers: dict[str, Maker],
    captions: dict[str, str],
    study: Any,
    summary: pd.DataFrame,
    traces: pd.DataFrame,
) -> dict[str, str]:
    """Return a table by extension: as CSV, and if it has a caption also as a reader sees it.

    ``makers`` are all tables that there are, ``captions`` say what those show that are made to be
    read. Raises SettingsError for a name that no table has.
    """
    _refuse_unknown(name, makers)
    table = makers[name](summary, traces, study)
    texts = {"csv": table.to_csv(index=False, float_format="%.6g")}
    if name in captions:
        caption = f"{captions[name]}."
        if study.smoke:
            caption += " Smoke test: these numbers mean nothing."
        for extension, printed in (("md", markdown), ("tex", latex), ("html", html)):
            texts[extension] = printed(name, table, caption)
    return texts


def _refuse_unknown(name: str, makers: dict[str, Maker]) -> None:
    if name not in makers:
        raise SettingsError(f"no table is called {name!r}; expected {', '.join(makers)}")


def read_collected(results: Path, part: str) -> pd.DataFrame:
    """Return results/summary.parquet or results/traces.parquet of a study, by ``part``.

    Raises DataError if it is not there.
    """
    path = results / f"{part}.parquet"
    if not path.is_file():
        raise DataError(f"{path} is missing; make the study {results.name} first, with snakemake")
    return pd.read_parquet(path)
