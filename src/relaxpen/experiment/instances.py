"""Instances on disk: the pool of clean samples, the split of it, the corrupted labels."""

from pathlib import Path
from typing import Any

import numpy as np

from relaxpen.experiment.files import sha256, whole
from relaxpen.experiment.mnist_files import DataError
from relaxpen.experiment.settings import MNIST_POOL, MnistData, Settings, SyntheticData
from relaxpen.experiment.streams import numpy_stream
from relaxpen.problems.corruption import corrupt
from relaxpen.problems.splits import draw_split
from relaxpen.problems.synthetic import two_gaussians

Arrays = dict[str, np.ndarray]


def make_split(settings: Settings, seed: int, mnist_labels: np.ndarray | None) -> Arrays:
    """Draw the split of one seed.

    Holds the indices ``train``, ``validation`` and ``selection`` into the pool and the clean
    ``train_labels`` (n,); for synthetic data also the pool and the test set themselves. It does not
    depend on the noise rate: instances of one seed differ in their labels alone.
    """
    data = settings.data
    rng = numpy_stream(seed, "split")
    sizes = (data.num_train, data.num_validation, data.num_selection)
    if isinstance(data, MnistData):
        split = draw_split(MNIST_POOL, *sizes, rng)
        return split._asdict() | {"train_labels": mnist_labels[split.train]}
    arrays = _synthetic_pool(data, seed)
    split = draw_split(sum(sizes), *sizes, rng)
    return arrays | split._asdict() | {"train_labels": arrays["pool_labels"][split.train]}


def make_labels(settings: Settings, seed: int, train_labels: np.ndarray) -> Arrays:
    """Corrupt clean training labels (n,): ``labels`` as the solver sees them, ``changed`` (n,) bool."""
    data = settings.data
    rng = numpy_stream(seed, "corruption")
    return corrupt(train_labels, data.noise_rate, data.num_classes, data.corruption, rng)._asdict()


def save(path: Path, arrays: Arrays) -> None:
    """Write arrays to an npz file, whole or not at all; the same arrays give the same bytes."""
    with whole(path) as draft, draft.open("wb") as stream:
        np.savez(stream, **arrays)


def load(path: Path) -> Arrays:
    """Read an npz file; raises DataError naming the file if it is missing or damaged."""
    try:
        with path.open("rb") as stream, np.load(stream) as archive:
            return {name: archive[name] for name in archive.files}
    except FileNotFoundError:
        raise DataError(f"{path} is missing; run the step that makes it (snakemake does)") from None
    except Exception as error:
        raise DataError(f"{path} is damaged ({error}); delete {path.parent}, run again") from None


def seed_file(folder: Path, seed: int) -> Path:
    """Return where a split or its labels of one seed lie in a folder."""
    return folder / f"seed={seed}.npz"


def load_arrays(settings: Settings, instance: Path, seed: int, pool: Path | None) -> Arrays:
    """Read everything one run needs: features and labels of train, validation, selection, test.

    ``instance`` holds the folders ``split`` and ``labels``; ``pool`` is the MNIST npz file.
    """
    split = load(seed_file(instance / "split", seed))
    noisy = load(seed_file(instance / "labels", seed))
    source = load(pool) if isinstance(settings.data, MnistData) else split
    arrays: Arrays = {"changed": noisy["changed"], "train_labels": noisy["labels"]}
    arrays["train_features"] = source["pool_features"][split["train"]]
    for part in ("validation", "selection"):
        arrays[f"{part}_features"] = source["pool_features"][split[part]]
        arrays[f"{part}_labels"] = source["pool_labels"][split[part]]
    return arrays | {name: source[name] for name in ("test_features", "test_labels")}


def data_digests(
    settings: Settings, instance: Path, seed: int, pool: Path | None
) -> dict[str, Any]:
    """Return the SHA-256 of each data file of one run."""
    files = {part: seed_file(instance / part, seed) for part in ("split", "labels")}
    if isinstance(settings.data, MnistData):
        files["pool"] = pool
    return {name: sha256(path) for name, path in files.items()}


def _synthetic_pool(data: SyntheticData, seed: int) -> Arrays:
    size = data.num_train + data.num_validation + data.num_selection
    shape = (data.num_features, data.mean_norm)
    features, labels = two_gaussians(size, *shape, numpy_stream(seed, "pool"))
    test_features, test_labels = two_gaussians(data.num_test, *shape, numpy_stream(seed, "test"))
    return {
        "pool_features": features,
        "pool_labels": labels,
        "test_features": test_features,
        "test_labels": test_labels,
    }
