"""What is recorded of a run in numbers, and whether a run that was made again agrees with it."""

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from relaxpen.audit.compare import CIRCUMSTANCES, KEY, TOLERANCE
from relaxpen.audit.places import place_of
from relaxpen.audit.store import Store
from relaxpen.inputs.errors import DataError
from relaxpen.records.manifest import Manifest
from relaxpen.studies.collect import summary_rows
from relaxpen.tasks.task import Row

SMALLEST = 1e-9  # absolute: what is zero on one machine is rounding on another
PLACE = {*KEY, "source", "noise_rate", "num_validation", "num_steps", "title", "setting"}
NOT_COMPARED = {*CIRCUMSTANCES, *PLACE, "status"}


def rows_of_record(path: Path) -> list[Row]:
    """Return the rows of a summary that a record on disk gives."""
    return summary_rows({}, json.loads(path.read_text()))


def recorded_rows(store: Store, name: str, manifest: Manifest) -> list[Row]:
    """Return what is recorded of a run, by final mask: its record, or its rows of the summary.

    Raises DataError if neither is here.
    """
    record = store.locate(name).parent / "record.json"
    if record.is_file():
        return rows_of_record(record)
    path = store.locate("/".join([*name.split("/")[:2], "summary.parquet"]))
    if not path.is_file():
        raise DataError(f"nothing is recorded of {name}: neither {record} nor {path} is here")
    summary = _summary(path.resolve())
    folder = "/".join(name.split("/")[:-2])
    chosen = summary[summary.seed == manifest.seed]
    for column, value in place_of(folder, manifest.rule).items():
        chosen = chosen[chosen[column].fillna("") == value]
    if chosen.empty:
        raise DataError(f"{path} has no row of {folder}, seed {manifest.seed}")
    return [{str(key): value for key, value in row.items()} for row in chosen.to_dict("records")]


def differences(old: list[Row], new: list[Row]) -> tuple[list[str], list[str]]:
    """Return the columns that were compared, and what differs by more than the tolerance.

    Numbers may differ by a relative 0.05; clock times and the machine are not compared.
    """
    compared: dict[str, None] = {}
    beyond: list[str] = []
    after = {_text(row.get("mask")): row for row in new}
    if after.keys() != {_text(row.get("mask")) for row in old}:
        return [], ["other masks"]
    for row in old:
        mask = _text(row.get("mask"))
        other = after[mask]
        if row["status"] != other["status"]:
            beyond.append(f"status {row['status']} -> {other['status']}")
        for column in row.keys() - NOT_COMPARED:
            pair = [_number(one.get(column)) for one in (row, other)]
            if math.isnan(pair[0]) and math.isnan(pair[1]):
                continue
            compared[column] = None
            if not math.isclose(*pair, rel_tol=TOLERANCE, abs_tol=SMALLEST):
                beyond.append(f"{mask} {column} {pair[0]:.6g} -> {pair[1]:.6g}".strip())
    return sorted(compared), sorted(beyond)


def _text(mask: Any) -> str:
    return mask if isinstance(mask, str) else ""


def _number(value: Any) -> float:
    """Return a value as a number, nan if it is none."""
    return float(value) if isinstance(value, int | float) or hasattr(value, "dtype") else math.nan


@cache
def _summary(path: Path) -> pd.DataFrame:
    return pd.read_parquet(path)
