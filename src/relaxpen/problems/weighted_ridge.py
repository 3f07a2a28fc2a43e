"""Ridge regression with a weight for every sample, solved exactly."""

from typing import NamedTuple

import torch
from torch import Tensor

BLOCK = 2048  # samples whose products are taken at once: what fits the cache
# What is smaller than this share of what it is part of is rounding and not data.
NEGLIGIBLE = 1e-12


class NotDeterminedError(ValueError):
    """There is no ridge, and the samples leave slopes open."""


class RidgeFit(NamedTuple):
    """The minimiser for weights v, and what its derivative needs."""

    params: Tensor  # (e, d + 1) [W, b], the bias last
    mean: Tensor  # (d,) xbar_v, the weighted mean of the features
    mass: Tensor  # () V = sum_i v_i
    normal: Tensor  # (d, d) B = C_v(X) / m + s I


def weighted_ridge(rows: Tensor, num_features: int, weights: Tensor, ridge: float) -> RidgeFit:
    """Return argmin (1/m) sum_i v_i |W x_i + b - y_i|^2 + s |W|^2, weights v (m,), ridge s.

        W = (C_v(X,Y) / m) (C_v(X) / m + s I)^-1,     b = ybar_v - W xbar_v

    ``rows`` [x_i, y_i] are (m, d + e) with d = ``num_features``; all is float64. C_v are sums of
    products about the weighted means. A sample of weight 0 costs nothing and has no influence.
    Raises ValueError if weights are not finite or have no positive sum, and NotDeterminedError without
    a ridge if the samples of weight other than 0 do not determine W.
    Source: Relax and penalize, (14).
    """
    total = weights.sum().item()
    if weights.shape != rows.shape[:1] or not 0 < total < float("inf"):
        raise ValueError(
            f"need {len(rows)} finite weights with a positive sum; got shape "
            f"{tuple(weights.shape)} and the sum {total}"
        )
    d, weights = num_features, weights.to(rows)
    means, products = _weighted_moments(rows, weights)
    normal, cross = products[:d, :d] / len(rows), products[:d, d:] / len(rows)
    if ridge == 0 and _is_singular(normal, means[:d]):
        raise NotDeterminedError(
            f"{int((weights != 0).sum())} samples of weight other than 0 do not determine {d} "
            "slopes: there are too few, or features are constant or depend on each other, and the "
            "ridge is 0; give a positive ridge or leave such features out"
        )
    normal.diagonal().add_(ridge)
    slopes = torch.linalg.solve(normal, cross).T
    bias = means[d:] - slopes @ means[:d]
    return RidgeFit(torch.cat([slopes, bias[:, None]], dim=1), means[:d], weights.sum(), normal)


def _weighted_moments(rows: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Return zbar = sum_i v_i z_i / sum_i v_i, (k,), and sum_i v_i (z_i - zbar)(z_i - zbar)', (k, k)."""
    means = weights @ rows / weights.sum()
    products = rows.new_zeros(rows.shape[1], rows.shape[1])
    for block in weights.nonzero()[:, 0].split(BLOCK):
        centred = rows[block] - means
        products.addmm_((centred * weights[block, None]).T, centred)
    return means, products


def _is_singular(covariance: Tensor, means: Tensor) -> bool:
    """Return whether features of this covariance (d, d) are constant or depend on each other."""
    spread = covariance.diagonal().clamp(min=0).sqrt()
    if (spread <= NEGLIGIBLE * means.abs()).any():
        return True
    # of the correlations, so that the units of the features do not matter
    eigenvalues = torch.linalg.eigvalsh(covariance / torch.outer(spread, spread))
    return bool(eigenvalues[0] < NEGLIGIBLE * eigenvalues[-1])
