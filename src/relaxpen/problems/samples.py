"""Labelled samples, and one data hyper-cleaning instance made of them."""

from typing import NamedTuple

import torch
from torch import Tensor


class Samples(NamedTuple):
    """Features and labels of the same samples."""

    features: Tensor  # (n, d) floating point, bias column included
    labels: Tensor  # (n,) int64, in 0 .. num_classes - 1

    def select(self, keep: Tensor) -> "Samples":
        """Return the samples where keep (n,) is not zero."""
        rows = keep.bool()
        return Samples(self.features[rows], self.labels[rows])

    def joined(self, other: "Samples") -> "Samples":
        """Return these samples and others of the same width."""
        return Samples(*(torch.cat(pair) for pair in zip(self, other, strict=True)))

    def to(self, device: torch.device, dtype: torch.dtype) -> "Samples":
        """Return the same samples on a device, the features in a floating-point type."""
        return Samples(self.features.to(device, dtype), self.labels.to(device))


class Instance(NamedTuple):
    """Everything one run may use; what the solver must not see is apart in ``changed``."""

    train: Samples  # noisy labels
    validation: Samples  # clean
    selection: Samples | None  # clean, held out for choosing a model; None if the split has none
    test: Samples  # clean
    changed: Tensor  # (n,) bool, True where a training label was replaced; for metrics only
    num_classes: int


def with_bias(features: Tensor) -> Tensor:
    """Return features (n, d) with a last column of ones, (n, d + 1)."""
    return torch.cat([features, features.new_ones(len(features), 1)], dim=1)
