"""What runs on labelled samples read, as tensors."""

from typing import Protocol

import torch

from relaxpen.data.instances import load_arrays
from relaxpen.data.sources.source import DataSettings
from relaxpen.data.tensors import build_instance
from relaxpen.problems.samples import Instance
from relaxpen.tasks.task import InstanceFiles


class OfSamples(Protocol):
    """Settings of a run on labelled samples."""

    @property
    def data(self) -> DataSettings:
        """The settings of the samples."""
        ...

    @property
    def precision(self) -> str:
        """Of the lower level, float32 or float64."""
        ...


def load_samples(
    settings: OfSamples, files: InstanceFiles, seed: int, device: torch.device
) -> Instance:
    """Return the instance of a seed in tensors on a device; raises DataError for what is missing."""
    arrays = load_arrays(settings.data, files.folder, seed, files.pool)
    return build_instance(settings.data, arrays, settings.precision, device)
