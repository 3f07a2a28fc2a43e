"""What a run of data distillation reads, as tensors."""

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from relaxpen.data import instances
from relaxpen.problems.regression import RegressionSamples
from relaxpen.tasks.distillation.settings import DistillationSettings


class Distilled(NamedTuple):
    """The three parts of data distillation."""

    train: RegressionSamples
    validation: RegressionSamples
    test: RegressionSamples


def load_parts(settings: DistillationSettings, instance: Path, seed: int, pool: Path) -> Distilled:
    """Return the samples of a seed, features and targets float64, neither centred nor scaled."""
    split = instances.load(instances.seed_file(instance / "split", seed))
    source = instances.load(pool)

    def samples(features: str, targets: str, rows: Tensor | slice) -> RegressionSamples:
        found = (torch.from_numpy(source[name]).double()[rows] for name in (features, targets))
        features, targets = found
        return RegressionSamples(features, targets[:, None])

    train, validation = (
        samples("pool_features", "pool_labels", torch.from_numpy(split[part]))
        for part in ("train", "validation")
    )
    return Distilled(train, validation, samples("test_features", "test_labels", slice(None)))
