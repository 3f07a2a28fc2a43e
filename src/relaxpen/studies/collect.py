"""From run folders to two tables: a row per final mask, and a row per step."""

import json
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from relaxpen.inputs.errors import DataError, SettingsError
from relaxpen.records.files import remedy, sha256, whole
from relaxpen.records.index import read_index
from relaxpen.records.layout import INDEX
from relaxpen.records.manifest import Manifest, read_manifest
from relaxpen.records.record import MANIFEST, is_whole
from relaxpen.studies.arguments import run_otherwise
from relaxpen.studies.columns import columns_of
from relaxpen.studies.study import Study
from relaxpen.tasks.task import Point, Row


class CollectedRun(NamedTuple):
    """A run as it is collected: its columns in the summary, its folder and what lies there."""

    columns: Row
    folder: Path
    manifest: Manifest
    record: Row


def collect(study: Study, points: Sequence[Point], results: Path) -> list[Path]:
    """Write summary.parquet and traces.parquet of all runs of a study into its folder.

    Every run of every point has at least one row in the summary, finished or not, and the summary has
    the metrics of the task even if no run has them. Returns the indexes of the runs that were read.
    Raises DataError if a record is missing, is not the one its index names, or was made with other
    settings.
    """
    summary, traces = [], []
    read: dict[Path, None] = {}
    for columns, folder, manifest, record in chain.from_iterable(
        runs_of(one, results) for one in points
    ):
        read[folder.parent / INDEX] = None
        summary += summary_rows(columns | _circumstances(folder, manifest), record)
        if (folder / "trace.parquet").exists():
            timing = pd.read_parquet(folder / "timing.parquet")["solver_s"]
            trace = pd.read_parquet(folder / "trace.parquet").assign(solver_s=timing)
            traces.append(trace.assign(**columns, status=record["status"]))
    # A study whose runs all diverged still has these columns.
    rows = pd.DataFrame(summary)
    rows = rows.reindex(columns=list(dict.fromkeys([*rows.columns, *study.of_task.metrics])))
    no_trace = pd.DataFrame(columns=[*columns_of(points[0]), "seed", "status"])  # as of subsets
    for name, table in (("summary", rows), ("traces", pd.concat(traces or [no_trace]))):
        with whole(results / f"{name}.parquet") as draft:
            table.reset_index(drop=True).to_parquet(draft)
    return list(read)


def refuse_other_runs(summary: pd.DataFrame, points: Sequence[Point]) -> None:
    """Raise SettingsError if a summary is not that of a study with these points."""
    key = [name for name in ("instance", "method", "cell", "setting") if name in summary]
    rows = summary[key].drop_duplicates().itertuples(index=False, name=None)
    there = {tuple("" if pd.isna(part) else str(part) for part in row) for row in rows}
    wanted = {tuple(str(one.get(name) or "") for name in key) for one in map(columns_of, points)}
    for missing, what in ((wanted - there, "is missing"), (there - wanted, "is not of it")):
        if missing:
            first = "/".join(part for part in sorted(missing)[0] if part)
            raise SettingsError(
                f"the results are not those of this study: {first} {what} ({len(missing)} such); make "
                "the study again"
            )


def runs_of(point: Point, results: Path) -> Iterator[CollectedRun]:
    """Yield each run of a point, every file and its settings checked.

    Raises DataError if a run is missing, was changed, or was made with other settings.
    """
    folder = results / point.folder
    index = read_index(folder)["files"]
    for seed in point.seeds:
        run, name = folder / f"seed={seed}", f"seed={seed}/{MANIFEST}"
        broken = DataError(f"{run} is missing or was changed; {remedy(folder)}")
        path = folder / name
        if not path.exists() or sha256(path) != index.get(name):
            raise broken
        manifest = read_manifest(path.read_bytes(), path)
        if not is_whole(run, manifest):
            raise broken
        if problem := run_otherwise(point, manifest.settings):
            raise DataError(f"{run} was {problem}; {remedy(run)}")
        record = json.loads((run / "record.json").read_text())
        yield CollectedRun(columns_of(point) | {"seed": seed}, run, manifest, record)


def _circumstances(run: Path, manifest: Manifest) -> Row:
    """Return what a run took and on what, for the summary."""
    solver_s = 0.0
    if (run / "timing.parquet").exists():
        solver_s = pd.read_parquet(run / "timing.parquet")["solver_s"].iloc[-1]
    build = manifest.torch or {"device": None, "num_threads": None}
    return {
        "solver_s": solver_s,
        "wall_s": (manifest.ended - manifest.started).total_seconds(),
        "code": manifest.code,
        "device": build["device"],
        "num_threads": build["num_threads"],
    }


def summary_rows(columns: Row, record: Row) -> list[Row]:
    """Return the rows of a run in the summary of its study, one for each final mask."""
    facts = columns | {"status": record["status"], "binary": record["checks"].get("binary")}
    facts |= record["counts"]
    facts |= {f"relaxed_{name}": value for name, value in record["relaxed"].items()}
    masks = record["masks"] or {None: {}}
    return [facts | {"mask": name} | metrics for name, metrics in masks.items()]
