"""Instances on disk: the pool of clean samples, the split of it, the corrupted labels."""

from pathlib import Path

from relaxpen.data.settings import POOLS
from relaxpen.records.arrays import Arrays, load
from relaxpen.records.index import seed_file
from relaxpen.tasks.thesis.settings import Settings

NUM_CLASSES = {"synthetic": 2, "mnist": 10, "fashion_mnist": 10, "ijcnn1": 2}


def load_arrays(settings: Settings, instance: Path, seed: int, pool: Path | None) -> Arrays:
    """Read everything one run needs: features and labels of train, validation, selection, test.

    ``instance`` holds the folders ``split`` and ``labels``; ``pool`` is the npz file of the source.
    """
    split = load(seed_file(instance / "split", seed))
    noisy = load(seed_file(instance / "labels", seed))
    source = load(pool) if settings.data.source in POOLS else split
    arrays: Arrays = {"changed": noisy["changed"], "train_labels": noisy["labels"]}
    arrays["train_features"] = source["pool_features"][split["train"]]
    for part in ("validation", "selection"):
        arrays[f"{part}_features"] = source["pool_features"][split[part]]
        arrays[f"{part}_labels"] = source["pool_labels"][split[part]]
    return arrays | {name: source[name] for name in ("test_features", "test_labels")}


def data_files(settings: Settings, instance: Path, seed: int, pool: Path | None) -> list[Path]:
    """Return the data files that one run reads: split, labels, and the pool of a source that has one."""
    files = [seed_file(instance / part, seed) for part in ("split", "labels")]
    return files + ([pool] if settings.data.source in POOLS else [])
