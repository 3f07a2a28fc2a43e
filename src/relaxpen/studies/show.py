"""Tables and figures on disk: every number as CSV, and what is made to be read as a reader sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from relaxpen.display.printing import Printed, html, latex, markdown
from relaxpen.inputs.errors import DataError
from relaxpen.records.files import whole
from relaxpen.records.layout import EXTENSIONS
from relaxpen.studies.collect import refuse_other_runs
from relaxpen.studies.rules import figure_of, table_of
from relaxpen.studies.study import Study
from relaxpen.tasks.task import Point, imported

SMOKE = "Smoke test: these numbers mean nothing"


@dataclass(frozen=True)
class ShownStudy:
    """What tables may ask of the study that they show."""

    points: Sequence[Point]
    seeds: Sequence[int]
    targets: Sequence[float | str]


def write_table(
    name: str, study: Study, points: Sequence[Point], results: Path, out: Path
) -> list[Path]:
    """Make one table of a study from results/summary.parquet and results/traces.parquet.

    Writes out/name.csv with every number, and for a table made to be read also .md, .tex and .html;
    returns what was written.
    Raises SettingsError for a name that no table has, and for results of another study.
    """
    summary, traces = (read_collected(results, part) for part in ("summary", "traces"))
    texts = texts_of(name, study, points, summary, traces)
    outputs = {out / f"{name}.{extension}": text for extension, text in texts.items()}
    for path, text in outputs.items():
        with whole(path) as draft:
            draft.write_text(text)
    return list(outputs)


def texts_of(
    name: str, study: Study, points: Sequence[Point], summary: pd.DataFrame, traces: pd.DataFrame
) -> dict[str, str]:
    """Return a table by extension: as CSV, and one that is made to be read also as a reader sees it.

    Raises SettingsError for a name that no table has, and for results of another study.
    """
    known = table_of(study.of_task, name)
    refuse_other_runs(summary, points)
    shown = ShownStudy(points, study.seeds, study.targets)
    table = imported(known.maker)(summary, traces, shown)
    texts = {"csv": table.to_csv(index=False, float_format="%.6g")}
    if known.shows:
        caption = f"{known.shows}." + (f" {SMOKE}." if study.smoke else "")
        printed = Printed(name, table, caption, known.columns, known.unit)
        texts |= {"md": markdown(printed), "tex": latex(printed), "html": html(printed)}
    return texts


def write_figure(name: str, study: Study, tables: Path, out: Path) -> list[Path]:
    """Draw one figure from the CSV files in ``tables``; write and return out/name.pdf and .png.

    If the first of its tables is empty, the figure says so. Raises SettingsError for a name that no
    figure has.
    """
    from relaxpen.display.style import apply_style, nothing_to_draw, save

    known = figure_of(study.of_task, name)
    apply_style()
    data = {needed: pd.read_csv(tables / f"{needed}.csv") for needed in known.tables}
    is_empty = data[known.tables[0]].empty
    figure = nothing_to_draw() if is_empty else imported(known.drawer)(data)
    save(figure, out, name, SMOKE if study.smoke else None)
    return [out / f"{name}.{extension}" for extension in EXTENSIONS]


def read_collected(results: Path, part: str) -> pd.DataFrame:
    """Return results/summary.parquet or results/traces.parquet of a study, by ``part``.

    Raises DataError if it is not there.
    """
    path = results / f"{part}.parquet"
    if not path.is_file():
        raise DataError(f"{path} is missing; make the study {results.name} first, with snakemake")
    return pd.read_parquet(path)
