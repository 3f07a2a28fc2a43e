"""Splits and corrupted labels on disk, one file per seed and an index of all of them."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from relaxpen.experiment import instances
from relaxpen.experiment.data_files import find_mirror
from relaxpen.experiment.data_settings import POOLS, UNLABELLED
from relaxpen.experiment.files import remedy, sha256, write_json
from relaxpen.experiment.labels import make_labels
from relaxpen.experiment.manifest import Job
from relaxpen.experiment.settings import Settings
from relaxpen.experiment.splits import make_split
from relaxpen.inputs.errors import DataError


def write_splits(
    settings: Settings, seeds: list[int], pool: Path | None, out: Path, words: list[str]
) -> None:
    """Write out/seed=S.npz, the split of each seed; a source of files needs its pool.

    ``words`` are the arguments of the command line that asks for it, for the manifest.
    """
    inputs, labels = [], None
    job = Job("split", words, {"data": settings.data.model_dump()})
    if settings.data.source in POOLS:
        inputs, labels = [pool], instances.load(pool)["pool_labels"]
    _write(job, seeds, inputs, out, lambda seed: make_split(settings, seed, labels))


def write_labels(
    settings: Settings, seeds: list[int], splits: Path, out: Path, words: list[str]
) -> None:
    """Write out/seed=S.npz, the corrupted labels of each seed and which of them were changed."""
    job = Job("corrupt_labels", words, {"data": settings.data.model_dump()})

    def make(seed: int) -> instances.Arrays:
        clean = instances.load(indexed(splits, seed))["train_labels"]
        return make_labels(settings, seed, clean)

    inputs = [instances.seed_file(splits, seed) for seed in seeds]
    _write(job, seeds, inputs, out, make)


def write_instance(
    settings: Settings, seeds: list[int], pool: Path | None, out: Path, words: list[str]
) -> None:
    """Write the splits and labels of a cell that is run by hand, and the pool if it is missing."""
    source = settings.data.source
    if source in POOLS and not pool.exists():
        from relaxpen.experiment.pool import make_pool  # torch: only when it is needed

        place = make_pool(source, Path("data"), find_mirror(None), pool, words)
        print(f"{pool}: {POOLS[source].title} from {place}", file=sys.stderr)
    write_splits(settings, seeds, pool, out / "split", words)
    if source not in UNLABELLED:
        write_labels(settings, seeds, out / "split", out / "labels", words)


def write_index(folder: Path, files: list[Path], **about: Any) -> None:
    """Write folder/index.json: what it is ``about``, and the SHA-256 of each file in the folder."""
    entries = {os.path.relpath(file, folder): sha256(file) for file in files}
    write_json(folder / "index.json", about | {"files": entries})


def indexed(folder: Path, seed: int) -> Path:
    """Return the file of a seed in a folder of splits or labels, if it is what the index says.

    Raises DataError if it is missing or was changed.
    """
    file = instances.seed_file(folder, seed)
    index = read_index(folder).get("files") or {}
    if not file.exists() or sha256(file) != index.get(file.name):
        raise DataError(f"{file} is missing or was changed; {remedy(folder)}")
    return file


def parts_of(settings: Settings) -> tuple[str, ...]:
    """Return the folders of an instance: labels are where labels can be wrong."""
    return ("split",) if settings.data.source in UNLABELLED else ("split", "labels")


def check_instance(folder: Path, settings: Settings, seeds: list[int]) -> None:
    """Refuse an instance whose files were changed or were made with other data settings.

    Raises DataError that names the file or the setting.
    """
    for part in parts_of(settings):
        made = read_index(folder / part).get("data") or {}
        for key, value in settings.data.model_dump().items():
            if made.get(key) != value:
                raise DataError(
                    f"{folder / part} was made with data.{key} {made.get(key)!r}, this run has "
                    f"{value!r}; give another --instance, or {remedy(folder)}"
                )
        for seed in seeds:
            indexed(folder / part, seed)


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


def _write(
    job: Job,
    seeds: list[int],
    inputs: list[Path],
    out: Path,
    make: Callable[[int], instances.Arrays],
) -> None:
    files = [instances.seed_file(out, seed) for seed in seeds]
    for seed, file in zip(seeds, files, strict=True):
        instances.save(file, make(seed))
    write_index(out, files, data=job.settings["data"])
    job.write(out / "manifest.json", inputs, [*files, out / "index.json"])
