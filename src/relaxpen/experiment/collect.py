"""From run folders to two tables: a row per final mask, and a row per step."""

import json
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from relaxpen.experiment.arguments import REFERENCE_KEYS
from relaxpen.experiment.columns import METRICS
from relaxpen.experiment.differences import first_difference
from relaxpen.experiment.files import remedy, sha256, whole
from relaxpen.experiment.manifest import Manifest, read_manifest
from relaxpen.experiment.prepare import read_index
from relaxpen.experiment.record import MANIFEST, is_whole
from relaxpen.experiment.studies import Study, cells
from relaxpen.inputs.errors import DataError

Row = dict[str, Any]


class PlannedRuns(NamedTuple):
    """The runs of one cell and method that a study asks for: where they must lie, and of what."""

    folder: Path
    seeds: list[int]
    place: Row  # where they stand in the study, for the summary
    settings: Row  # complete
    only: tuple[str, ...] = ("",)  # what the settings begin with that such runs depend on

    def problem(self, manifest: Manifest) -> str | None:
        """Return in which setting a run is another than is asked for, None if in none."""
        found = first_difference(manifest.settings, self.settings, self.only)
        return found and f"made with {found[0]} {found[1]!r}, and {found[2]!r} is asked for"


class CollectedRun(NamedTuple):
    """A run as it is collected: where it stands in the study, its folder and what lies there."""

    place: Row
    folder: Path
    manifest: Manifest
    record: Row


def collect_study(study: Study, results: Path) -> list[Path]:
    """Write summary.parquet and traces.parquet of all runs of a study into its folder.

    Every run of every cell has at least one row in the summary, finished or not. Returns the indexes
    of the runs that were read.
    Raises DataError if a record is missing or is not the one its index names.
    """
    return write_collected(planned(study, results), results, METRICS)


def write_collected(
    batches: Iterable[PlannedRuns], results: Path, metrics: list[str]
) -> list[Path]:
    """Write summary.parquet and traces.parquet of all runs; return the indexes that name them.

    The summary has the columns ``metrics`` even if no run has them.
    """
    summary, traces = [], []
    read: dict[Path, None] = {}
    for place, folder, manifest, record in chain.from_iterable(map(runs_of, batches)):
        read[folder.parent / "index.json"] = None
        summary += summary_rows(place | _circumstances(folder, manifest), record)
        if (folder / "trace.parquet").exists():
            timing = pd.read_parquet(folder / "timing.parquet")["solver_s"]
            trace = pd.read_parquet(folder / "trace.parquet").assign(solver_s=timing)
            traces.append(trace.assign(**place, status=record["status"]))
    # A study whose runs all diverged still has these columns.
    rows = pd.DataFrame(summary)
    rows = rows.reindex(columns=list(dict.fromkeys([*rows.columns, *metrics])))
    for name, table in (("summary", rows), ("traces", pd.concat(traces))):
        with whole(results / f"{name}.parquet") as draft:
            table.reset_index(drop=True).to_parquet(draft)
    return list(read)


def planned(study: Study, results: Path) -> Iterator[PlannedRuns]:
    """Yield every batch of runs that a study asks for, as it must lie in its folder."""
    seen = set()
    for cell in cells(study):
        settings = cell.settings
        place = {
            "instance": cell.instance,
            "source": settings.data.source,
            "noise_rate": settings.data.noise_rate,
            "num_steps": settings.lower.num_steps,
            "cell": cell.name,
        }
        for method in study.methods:
            folder = results / cell.instance / cell.name / method
            of_method = place | {"method": method}
            yield PlannedRuns(folder, study.seeds, of_method, settings.model_dump(mode="json"))
        if study.references and cell.instance not in seen:
            seen.add(cell.instance)
            nowhere = place | {"num_steps": None, "cell": None, "method": "references"}
            folder = results / cell.instance / "references"
            complete = settings.model_dump(mode="json")
            yield PlannedRuns(folder, study.seeds, nowhere, complete, REFERENCE_KEYS)


def runs_of(batch: PlannedRuns) -> Iterator[CollectedRun]:
    """Yield each run of a batch, every file and its settings checked.

    Raises DataError if a run is missing, was changed, or was made with other settings.
    """
    index = read_index(batch.folder)["files"]
    for seed in batch.seeds:
        run, name = batch.folder / f"seed={seed}", f"seed={seed}/{MANIFEST}"
        broken = DataError(f"{run} is missing or was changed; {remedy(batch.folder)}")
        path = batch.folder / name
        if not path.exists() or sha256(path) != index.get(name):
            raise broken
        manifest = read_manifest(path.read_bytes(), path)
        if not is_whole(run, manifest):
            raise broken
        if problem := batch.problem(manifest):
            raise DataError(f"{run} was {problem}; {remedy(run)}")
        record = json.loads((run / "record.json").read_text())
        yield CollectedRun(batch.place | {"seed": seed}, run, manifest, record)


def _circumstances(run: Path, manifest: Manifest) -> Row:
    """Return what a run took and on what, for the summary."""
    solver_s = 0.0
    if (run / "timing.parquet").exists():
        solver_s = pd.read_parquet(run / "timing.parquet")["solver_s"].iloc[-1]
    return {
        "solver_s": solver_s,
        "wall_s": (manifest.ended - manifest.started).total_seconds(),
        "code": manifest.code,
        "device": manifest.torch["device"],
        "num_threads": manifest.torch["num_threads"],
    }


def summary_rows(place: Row, record: Row) -> list[Row]:
    """Return the rows of the summary that a record gives: one for each final mask, or one of none."""
    facts = place | {"status": record["status"], "binary": record["checks"].get("binary")}
    facts |= record["counts"]
    facts |= {f"relaxed_{name}": value for name, value in record["relaxed"].items()}
    masks = record["masks"] or {None: {}}
    return [facts | {"mask": name} | metrics for name, metrics in masks.items()]
