"""Runs that lie where others are to be written: refused before anything is overwritten."""

import json
import tempfile
from dataclasses import replace
from pathlib import Path

from relaxpen.experiment.differences import first_difference
from relaxpen.experiment.fingerprint import fingerprint
from relaxpen.experiment.jobs import Batch, run_folder, run_key
from relaxpen.experiment.manifest import Manifest, read_manifest
from relaxpen.experiment.prepare import write_instance
from relaxpen.experiment.record import MANIFEST
from relaxpen.inputs.errors import DataError


def refuse_other_runs(batch: Batch) -> None:
    """Refuse a batch whose folders hold runs of another key, before anything is overwritten.

    Raises DataError that names the first one and in what it differs.
    """
    there = [seed for seed in batch.seeds if run_folder(batch.out, seed).exists()]
    if not there:
        return
    with tempfile.TemporaryDirectory() as scratch:
        write_instance(batch.settings, there, batch.pool, Path(scratch), [])
        again = replace(batch, instance=Path(scratch))
        for seed in there:
            if reason := _other_run(again, seed):
                raise DataError(
                    f"{run_folder(batch.out, seed)} holds another run ({reason}); give another "
                    "--out"
                )


def _other_run(batch: Batch, seed: int) -> str | None:
    """Return in what the run that is there is not the one that is asked for, None if it is."""
    folder = run_folder(batch.out, seed)
    try:
        there = read_manifest((folder / MANIFEST).read_bytes(), folder / MANIFEST)
        method = json.loads((folder / "record.json").read_text())["method"]
    except (OSError, ValueError, KeyError, DataError):
        return "its manifest or its record is missing or damaged"
    if there.key == run_key(batch, seed):
        return None
    if method != batch.method:
        return f"of {method}, not {batch.method}"
    return _difference(there, batch)


def _difference(there: Manifest, batch: Batch) -> str:
    if found := first_difference(there.settings, batch.settings.model_dump()):
        name, old, new = found
        return f"{name} {old!r}, not {new!r}"
    if there.code != fingerprint(batch.rule):
        return "made by other code"
    return "made from other data, other numbers of steps, or with other versions of packages"
