"""Splits and corrupted labels on disk, one file per seed and an index of all of them."""

import os
from collections.abc import Callable
from pathlib import Path

from relaxpen.experiment import instances
from relaxpen.experiment.files import sha256, write_json
from relaxpen.experiment.mnist_files import find_mirror
from relaxpen.experiment.settings import MnistData, Settings


def write_splits(settings: Settings, seeds: list[int], pool: Path, out: Path) -> None:
    """Write out/seed=S.npz, the split of each seed; MNIST needs its pool file."""
    labels = None
    if isinstance(settings.data, MnistData):
        labels = instances.load(pool)["pool_labels"]
    _write(seeds, out, lambda seed: instances.make_split(settings, seed, labels))


def write_labels(settings: Settings, seeds: list[int], splits: Path, out: Path) -> None:
    """Write out/seed=S.npz, the corrupted labels of each seed and which of them were changed."""

    def make(seed: int) -> instances.Arrays:
        clean = instances.load(instances.seed_file(splits, seed))["train_labels"]
        return instances.make_labels(settings, seed, clean)

    _write(seeds, out, make)


def write_instance(settings: Settings, seeds: list[int], pool: Path, out: Path) -> None:
    """Write the splits and labels of a cell that is run by hand, and the MNIST pool if it is missing."""
    if isinstance(settings.data, MnistData) and not pool.exists():
        from relaxpen.experiment.pool import make_pool  # torch: only when it is needed

        make_pool(Path("data"), find_mirror(None), pool)
    write_splits(settings, seeds, pool, out / "split")
    write_labels(settings, seeds, out / "split", out / "labels")


def write_index(folder: Path, files: list[Path]) -> None:
    """Write folder/index.json, the SHA-256 of each file by its path inside the folder."""
    entries = {os.path.relpath(file, folder): sha256(file) for file in files}
    write_json(folder / "index.json", {"files": entries})


def _write(seeds: list[int], out: Path, make: Callable[[int], instances.Arrays]) -> None:
    files = [instances.seed_file(out, seed) for seed in seeds]
    for seed, file in zip(seeds, files, strict=True):
        instances.save(file, make(seed))
    write_index(out, files)
