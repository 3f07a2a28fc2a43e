"""Instances on disk: the pool of clean samples, the split of it, the corrupted labels."""

from pathlib import Path

from relaxpen.data.sources.source import Arrays, DataSettings
from relaxpen.records.arrays import load
from relaxpen.records.index import seed_file


def parts_of(data: DataSettings) -> tuple[str, ...]:
    """Return the folders of an instance: labels are where there are classes."""
    return ("split",) if data.num_classes is None else ("split", "labels")


def data_files(data: DataSettings, instance: Path, seed: int, pool: Path | None) -> list[Path]:
    """Return the data files that one run reads: split, labels, and the pool of a source that has one."""
    files = [seed_file(instance / part, seed) for part in parts_of(data)]
    return files + ([pool] if pool else [])


def load_arrays(data: DataSettings, instance: Path, seed: int, pool: Path | None) -> Arrays:
    """Read what one run needs: features and labels of train, validation, selection, test.

    ``instance`` holds the folders ``split`` and ``labels``; ``pool`` is the npz file of the source.
    """
    split = load(seed_file(instance / "split", seed))
    noisy = load(seed_file(instance / "labels", seed))
    source = load(pool) if pool else split
    arrays: Arrays = {"changed": noisy["changed"], "train_labels": noisy["labels"]}
    arrays["train_features"] = source["pool_features"][split["train"]]
    for part in ("validation", "selection"):
        arrays[f"{part}_features"] = source["pool_features"][split[part]]
        arrays[f"{part}_labels"] = source["pool_labels"][split[part]]
    return arrays | {name: source[name] for name in ("test_features", "test_labels")}
