"""What a run of data distillation reads, as tensors."""

from typing import NamedTuple

import torch
from torch import Tensor

from relaxpen.inputs.errors import DataError
from relaxpen.problems.regression import RegressionSamples
from relaxpen.records.arrays import load
from relaxpen.records.index import seed_file
from relaxpen.tasks.distillation.settings import DistillationSettings
from relaxpen.tasks.task import InstanceFiles


class Distilled(NamedTuple):
    """The three parts of data distillation."""

    train: RegressionSamples
    validation: RegressionSamples
    test: RegressionSamples


def load_parts(
    settings: DistillationSettings, files: InstanceFiles, seed: int, device: torch.device
) -> Distilled:
    """Return the samples of a seed, features and targets float64, neither centred nor scaled.

    They stay on the CPU, whatever the device. Raises DataError without a pool.
    """
    del device
    if files.pool is None:
        raise DataError(f"data.source {settings.data.source} is read from its pool; give it")
    split, source = load(seed_file(files.folder / "split", seed)), load(files.pool)

    def samples(features: str, targets: str, rows: Tensor | slice) -> RegressionSamples:
        x, y = (torch.from_numpy(source[name]).double()[rows] for name in (features, targets))
        return RegressionSamples(x, y[:, None])

    train, validation = (
        samples("pool_features", "pool_labels", torch.from_numpy(split[part]))
        for part in ("train", "validation")
    )
    return Distilled(train, validation, samples("test_features", "test_labels", slice(None)))
