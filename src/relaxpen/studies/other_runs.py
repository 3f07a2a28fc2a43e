"""Runs that lie where others are to be written: refused before anything is overwritten."""

import json
import tempfile
from dataclasses import replace
from pathlib import Path

from relaxpen.data.prepare import write_instance
from relaxpen.inputs.errors import DataError
from relaxpen.records.differences import first_difference
from relaxpen.records.manifest import Manifest, read_manifest
from relaxpen.records.record import MANIFEST
from relaxpen.studies.batch import Batch


def refuse_other_runs(batch: Batch) -> None:
    """Refuse a batch whose folders hold runs of another key, before anything is overwritten.

    Raises DataError that names the first one and in what it differs.
    """
    there = [seed for seed in batch.seeds if batch.folder(seed).exists()]
    if not there:
        return
    with tempfile.TemporaryDirectory() as scratch:
        write_instance(batch.settings.data, there, batch.pool, Path(scratch), [])
        again = replace(batch, instance=Path(scratch))
        for seed in there:
            if reason := _other_run(again, seed):
                raise DataError(
                    f"{batch.folder(seed)} holds another run ({reason}); give another --out"
                )


def _other_run(batch: Batch, seed: int) -> str | None:
    """Return in what the run that is there is not the one that is asked for, None if it is."""
    folder = batch.folder(seed)
    try:
        there = read_manifest((folder / MANIFEST).read_bytes(), folder / MANIFEST)
        method = json.loads((folder / "record.json").read_text())["method"]
    except (OSError, ValueError, KeyError, DataError):
        return "its manifest or its record is missing or damaged"
    if there.key == batch.key(seed):
        return None
    if method != batch.method:
        return f"of {method}, not {batch.method}"
    return _difference(there, batch)


def _difference(there: Manifest, batch: Batch) -> str:
    if found := first_difference(there.settings, batch.settings.model_dump(mode="json")):
        name, old, new = found
        return f"{name} {old!r}, not {new!r}"
    if there.code != batch.rule.code:
        return "made by other code"
    return "made from other data, other numbers of steps, or with other versions of packages"
