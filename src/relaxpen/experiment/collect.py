"""From run folders to two tables: a row per final mask, and a row per step."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from relaxpen.experiment.files import sha256, whole
from relaxpen.experiment.mnist_files import DataError
from relaxpen.experiment.studies import Study, cells

Row = dict[str, Any]
CELL = ["source", "noise_rate", "num_steps", "cell"]


def collect_study(study: Study, results: Path) -> None:
    """Write summary.parquet and traces.parquet of all runs of a study into its folder.

    Every run of every cell has at least one row in the summary, finished or not.
    Raises DataError if a record is missing or is not the one its index names.
    """
    summary, traces = [], []
    for place, folder, record in _records(study, results):
        summary += _summary_rows(place, record)
        if (folder / "trace.parquet").exists():
            timing = pd.read_parquet(folder / "timing.parquet")["solver_s"]
            trace = pd.read_parquet(folder / "trace.parquet").assign(solver_s=timing)
            traces.append(trace.assign(**place, status=record["status"]))
    for name, table in (("summary", pd.DataFrame(summary)), ("traces", pd.concat(traces))):
        with whole(results / f"{name}.parquet") as draft:
            table.reset_index(drop=True).to_parquet(draft)


def _records(study: Study, results: Path) -> Iterator[tuple[Row, Path, Row]]:
    """Yield where a run stands in the study, its folder and its record."""
    seen = set()
    for cell in cells(study):
        settings = cell.settings
        place = {
            "source": settings.data.source,
            "noise_rate": settings.data.noise_rate,
            "num_steps": settings.lower.num_steps,
            "cell": cell.name,
        }
        for method in study.methods:
            yield from _batch(results / cell.instance / cell.name / method, place, study.seeds)
        if study.references and cell.instance not in seen:
            seen.add(cell.instance)
            everywhere = place | {"num_steps": None, "cell": None}
            yield from _batch(results / cell.instance / "references", everywhere, study.seeds)


def _batch(folder: Path, place: Row, seeds: list[int]) -> Iterator[tuple[Row, Path, Row]]:
    if not (folder / "index.json").exists():
        raise DataError(f"{folder / 'index.json'} is missing; make the runs first (snakemake does)")
    index = json.loads((folder / "index.json").read_text())["files"]
    for seed in seeds:
        name = f"seed={seed}/record.json"
        if not (folder / name).exists() or sha256(folder / name) != index.get(name):
            raise DataError(
                f"{folder / name} is missing or was changed; delete {folder} and run again"
            )
        record = json.loads((folder / name).read_text())
        yield place | {"method": record["method"], "seed": seed}, folder / f"seed={seed}", record


def _summary_rows(place: Row, record: Row) -> list[Row]:
    facts = place | {name: record[name] for name in ("status", "solver_s", "wall_s", "code")}
    facts |= {
        "device": record["machine"]["device"],
        "num_threads": record["machine"]["num_threads"],
    }
    facts |= {"binary": record["checks"].get("binary")} | record["counts"]
    facts |= {f"relaxed_{name}": value for name, value in record["relaxed"].items()}
    masks = record["masks"] or {None: {}}
    return [facts | {"mask": name} | metrics for name, metrics in masks.items()]
