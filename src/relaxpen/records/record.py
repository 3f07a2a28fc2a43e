"""The folder a run leaves behind: record.json, trace.parquet, timing.parquet, masks.npz, manifest.json.

The folder appears under its name only when it is whole. Its key says what it was computed from;
a run whose key and files still match is not computed again.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from relaxpen.inputs.errors import DataError
from relaxpen.records.arrays import write_arrays
from relaxpen.records.files import sha256, write_json
from relaxpen.records.manifest import Manifest, read_manifest
from relaxpen.records.outcome import RunResult

MANIFEST = "manifest.json"


def is_current(folder: Path, key: str) -> bool:
    """Return whether a folder holds a whole run of this key, every file with its recorded digest."""
    try:
        manifest = read_manifest((folder / MANIFEST).read_bytes(), folder / MANIFEST)
        return manifest.key == key and is_whole(folder, manifest)
    except (OSError, DataError):
        return False


def is_whole(folder: Path, manifest: Manifest) -> bool:
    """Return whether a folder holds every file of a run with its recorded digest."""
    files = {folder / Path(name).name: digest for name, digest in manifest.outputs.items()}
    return all(path.exists() and sha256(path) == digest for path, digest in files.items())


def write_run(
    folder: Path,
    facts: dict[str, Any],
    result: RunResult,
    write_manifest: Callable[[Path, dict[str, str]], None],
) -> None:
    """Write a run, whole or not at all.

    ``facts`` say what was run; ``write_manifest`` is given the manifest's path and the SHA-256 of
    each file by name. Apart from timing.parquet and the manifest, nothing written here depends on a
    clock or a machine's name.
    """
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        _write_arrays(draft, result)
        outcome = {
            name: getattr(result, name)
            for name in ("status", "checks", "counts", "relaxed", "selected", "masks")
        }
        write_json(draft / "record.json", facts | outcome)
        write_manifest(
            draft / MANIFEST, {path.name: sha256(path) for path in sorted(draft.iterdir())}
        )
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
    write_arrays(folder / "masks.npz", arrays)
