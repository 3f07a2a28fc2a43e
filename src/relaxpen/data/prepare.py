"""Splits and corrupted labels on disk, one file per seed and an index of all of them."""

import sys
from collections.abc import Callable
from pathlib import Path

from relaxpen.data.instances import parts_of
from relaxpen.data.labels import make_labels
from relaxpen.data.raw_files import find_mirror
from relaxpen.data.rules import labels_rule, split_rule
from relaxpen.data.sources.all_sources import SOURCES
from relaxpen.data.sources.source import Arrays, DataSettings
from relaxpen.inputs.errors import DataError, SettingsError
from relaxpen.records.arrays import load, save
from relaxpen.records.files import remedy
from relaxpen.records.index import indexed, read_index, seed_file, write_index
from relaxpen.records.manifest import Job


def write_splits(
    data: DataSettings, seeds: list[int], pool: Path | None, out: Path, words: list[str]
) -> None:
    """Write out/seed=S.npz, the split of each seed; a source of files needs its pool.

    ``words`` are the arguments of the command line that asks for it, for the manifest.
    """
    source = SOURCES[data.source]
    job = Job(split_rule(data), words, {"data": data.model_dump()})
    inputs = [pool] if source.raw and pool else []
    labels = load(inputs[0])["pool_labels"] if inputs else None
    _write(job, seeds, inputs, out, lambda seed: source.split(data, seed, labels))


def write_labels(
    data: DataSettings, seeds: list[int], splits: Path, out: Path, words: list[str]
) -> None:
    """Write out/seed=S.npz, the corrupted labels of each seed and which of them were changed.

    Raises SettingsError for data without classes.
    """
    if data.num_classes is None:
        raise SettingsError(f"data.source {data.source} has no class labels; leave the step out")
    job = Job(labels_rule(data), words, {"data": data.model_dump()})

    def make(seed: int) -> Arrays:
        clean = load(indexed(splits, seed))["train_labels"]
        return make_labels(data, seed, clean)

    inputs = [seed_file(splits, seed) for seed in seeds]
    _write(job, seeds, inputs, out, make)


def write_instance(
    data: DataSettings, seeds: list[int], pool: Path | None, out: Path, words: list[str]
) -> None:
    """Write the splits and labels of a cell that is run by hand, and the pool if it is missing."""
    source = SOURCES[data.source]
    if source.raw and pool and not pool.exists():
        from relaxpen.data.pool import make_pool  # only when it is needed

        place = make_pool(data.source, Path("data"), find_mirror(None), pool, words)
        print(f"{pool}: {source.title} from {place}", file=sys.stderr)
    write_splits(data, seeds, pool, out / "split", words)
    if data.num_classes is not None:
        write_labels(data, seeds, out / "split", out / "labels", words)


def check_instance(folder: Path, data: DataSettings, seeds: list[int]) -> None:
    """Refuse an instance whose files were changed or were made with other data settings.

    Raises DataError that names the file or the setting.
    """
    for part in parts_of(data):
        made = read_index(folder / part).get("data") or {}
        for key, value in data.model_dump().items():
            if made.get(key) != value:
                raise DataError(
                    f"{folder / part} was made with data.{key} {made.get(key)!r}, this run has "
                    f"{value!r}; give another --instance, or {remedy(folder)}"
                )
        for seed in seeds:
            indexed(folder / part, seed)


def _write(
    job: Job,
    seeds: list[int],
    inputs: list[Path],
    out: Path,
    make: Callable[[int], Arrays],
) -> None:
    files = [seed_file(out, seed) for seed in seeds]
    for seed, file in zip(seeds, files, strict=True):
        save(file, make(seed))
    write_index(out, files, data=job.settings["data"])
    job.write(out / "manifest.json", inputs, [*files, out / "index.json"])
