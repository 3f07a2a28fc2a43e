"""The folder a run leaves behind: record.json, trace.parquet, timing.parquet, masks.npz.

The folder appears under its name only when it is whole. Its key says what it was computed from;
a run whose key and files still match is not computed again.
"""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from relaxpen.experiment.files import sha256, write_json
from relaxpen.experiment.runs import RunResult

FORMAT = 1


def is_current(folder: Path, key: str) -> bool:
    """Return whether a folder holds a whole run of this key, every file with its recorded digest."""
    try:
        record = json.loads((folder / "record.json").read_text())
        files = {name: sha256(folder / name) for name in record["files"]}
    except (OSError, ValueError, KeyError):
        return False
    return record.get("key") == key and files == record["files"]


def write_run(folder: Path, facts: dict[str, Any], result: RunResult) -> None:
    """Write a run: ``facts`` (settings, seed, key, machine, ...) and the result, whole or not at all.

    trace.parquet and masks.npz hold nothing that a clock or a machine's name could change.
    """
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        _write_arrays(draft, result)
        files = {path.name: sha256(path) for path in sorted(draft.iterdir())}
        outcome = {
            name: getattr(result, name)
            for name in ("checks", "counts", "relaxed", "selected", "masks")
        }
        solver_s = result.solver_s[-1] if result.solver_s else 0.0
        record = facts | outcome | {"status": result.status, "solver_s": solver_s, "files": files}
        write_json(draft / "record.json", record | {"format": FORMAT})
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _write_arrays(folder: Path, result: RunResult) -> None:
    if result.trace:
        iterations = list(range(len(result.trace)))
        trace = [{"iteration": i} | row for i, row in zip(iterations, result.trace, strict=True)]
        pq.write_table(pa.Table.from_pylist(trace), folder / "trace.parquet")
        timing = pa.table({"iteration": iterations, "solver_s": result.solver_s})
        pq.write_table(timing, folder / "timing.parquet")
    arrays = {name: mask.bool().cpu().numpy() for name, mask in result.binary.items()}
    if result.theta is not None:
        arrays["theta"] = result.theta.cpu().numpy()
    with (folder / "masks.npz").open("wb") as stream:
        np.savez(stream, **arrays)
