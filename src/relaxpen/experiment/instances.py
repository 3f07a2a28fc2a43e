"""Instances on disk: the pool of clean samples, the split of it, the corrupted labels."""

import io
import zipfile
from pathlib import Path

import numpy as np

from relaxpen.experiment.data_settings import POOLS
from relaxpen.experiment.files import remedy, whole
from relaxpen.experiment.settings import Settings
from relaxpen.inputs.errors import DataError

Arrays = dict[str, np.ndarray]
NUM_CLASSES = {"synthetic": 2, "mnist": 10, "fashion_mnist": 10, "ijcnn1": 2}


def save(path: Path, arrays: Arrays) -> None:
    """Write arrays to an npz file, whole or not at all; the same arrays give the same bytes.

    With whatever Python: numpy's own writer has headers that differ between its patch versions.
    """
    with whole(path) as draft:
        write_arrays(draft, arrays)


def write_arrays(path: Path, arrays: Arrays) -> None:
    """Write arrays to an npz file; the same arrays give the same bytes."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, np.asarray(array, order="C"), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), content.getvalue())


def load(path: Path) -> Arrays:
    """Read an npz file; raises DataError naming the file if it is missing or damaged."""
    try:
        with path.open("rb") as stream, np.load(stream) as archive:
            return {name: archive[name] for name in archive.files}
    except FileNotFoundError:
        raise DataError(f"{path} is missing; run the step that makes it (snakemake does)") from None
    except Exception as error:
        # The file of a seed is made again with its folder.
        made = path.parent if path.name.startswith("seed=") else path
        raise DataError(f"{path} is damaged or no arrays ({error}); {remedy(made)}") from None


def seed_file(folder: Path, seed: int) -> Path:
    """Return where a split or its labels of one seed lie in a folder."""
    return folder / f"seed={seed}.npz"


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
