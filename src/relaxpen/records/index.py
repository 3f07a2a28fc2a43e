"""Indexes: the digest of every file in a folder."""

import json
import os
from pathlib import Path
from typing import Any

from relaxpen.inputs.errors import DataError
from relaxpen.records.files import remedy, sha256, write_json


def seed_file(folder: Path, seed: int) -> Path:
    """Return where a split or its labels of one seed lie in a folder."""
    return folder / f"seed={seed}.npz"


def write_index(folder: Path, files: list[Path], **about: Any) -> None:
    """Write folder/index.json: what it is ``about``, and the SHA-256 of each file in the folder."""
    entries = {os.path.relpath(file, folder): sha256(file) for file in files}
    write_json(folder / "index.json", about | {"files": entries})


def indexed(folder: Path, seed: int) -> Path:
    """Return the file of a seed in a folder of splits or labels, if it is what the index says.

    Raises DataError if it is missing or was changed.
    """
    file = seed_file(folder, seed)
    index = read_index(folder).get("files") or {}
    if not file.exists() or sha256(file) != index.get(file.name):
        raise DataError(f"{file} is missing or was changed; {remedy(folder)}")
    return file


def read_index(folder: Path) -> dict[str, Any]:
    """Return what index.json of a folder says; raises DataError if there is none."""
    path = folder / "index.json"
    if not path.exists():
        raise DataError(f"{path} is missing; run the step that makes it")
    try:
        index = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        index = None
    parts = [index.get(name) for name in ("data", "files")] if isinstance(index, dict) else [None]
    if not all(isinstance(part, dict | None) for part in parts) or not isinstance(index, dict):
        raise DataError(f"{path} is damaged; delete it and run the step that makes it")
    return index
