"""Samples of a regression, and how well a linear model fits them."""

import math
from typing import NamedTuple

import torch
from torch import Tensor


class RegressionSamples(NamedTuple):
    """Features and targets of the same samples."""

    features: Tensor  # (n, d) floating point, without a bias column
    targets: Tensor  # (n, e) floating point


class RegressionMetrics(NamedTuple):
    """How a linear model does on samples."""

    loss: float  # (1/2n) sum_i |W x_i + b - y_i|^2, in squared units of the targets
    rmse: float  # sqrt(2 loss), in units of the targets


def regression_metrics(params: Tensor, samples: RegressionSamples) -> RegressionMetrics:
    """Evaluate params [W, b] (e, d + 1) on samples, in float64; raises ValueError as side_by_side."""
    loss = half_mean_square(residuals(params, side_by_side(samples, "these"))).item()
    return RegressionMetrics(loss, math.sqrt(2 * loss))


def side_by_side(samples: RegressionSamples, name: str) -> Tensor:
    """Return features and targets in the same rows, (n, d + e) float64.

    Raises ValueError with the samples' name if shapes do not fit or an entry is not finite.
    """
    features, targets = samples
    if features.ndim != 2 or targets.ndim != 2 or not 0 < len(features) == len(targets):
        raise ValueError(
            f"{name} samples need features (n, d) and targets (n, e); got shapes "
            f"{tuple(features.shape)} and {tuple(targets.shape)}"
        )
    rows = torch.cat([features.double(), targets.double()], dim=1)
    bad = (~rows.isfinite()).any(dim=1).nonzero()
    if len(bad):
        raise ValueError(
            f"{name} samples have entries that are not finite in {len(bad)} rows, the first of them "
            f"row {int(bad[0])} (from 0)"
        )
    return rows


def residuals(params: Tensor, rows: Tensor) -> Tensor:
    """Return W x_i + b - y_i, (n, e), for params [W, b] (e, d + 1) and rows [x_i, y_i] (n, d + e)."""
    d = params.shape[1] - 1
    return rows[:, :d] @ params[:, :d].T + params[:, d] - rows[:, d:]


def half_mean_square(residuals: Tensor) -> Tensor:
    """Return (1/2n) sum_i |r_i|^2, (), for residuals (n, e)."""
    return residuals.square().sum() / (2 * len(residuals))
