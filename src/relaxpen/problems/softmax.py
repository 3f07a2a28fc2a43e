"""Batched softmax regression: many parameter matrices on the same features at once.

Parameters are held as (classes, batch, d). Products with the features are then one matrix product
for the whole batch, and the softmax runs over the first axis, along long contiguous rows.
"""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn.functional import log_softmax, one_hot

from relaxpen.problems.samples import Samples

# Above this many logits at a time the samples are taken in pieces: at most 128 MiB in float64.
MAX_LOGITS = 2**24


def one_hot_rows(labels: Tensor, num_classes: int, dtype: torch.dtype) -> Tensor:
    """Return the indicator (num_classes, n) of labels (n,)."""
    return one_hot(labels, num_classes).T.contiguous().to(dtype)


def weighted_gradient(params: Tensor, weights: Tensor, features: Tensor, hot: Tensor) -> Tensor:
    """Return sum_i weights[b, i] grad CE_i(params[:, b]), (classes, batch, d).

    ``params`` is (classes, batch, d), or (classes, 1, d) when all rows share one point: the forward
    pass is then made once. ``weights`` is (batch, n), ``features`` (n, d), ``hot`` (classes, n).
    """
    num_classes, batch = len(params), len(weights)
    total = params.new_zeros(num_classes * batch, features.shape[1])
    for rows in _pieces(len(features), num_classes * batch):
        residual = _residual(params, features[rows], hot[:, rows])
        weighted = residual * weights[:, rows]
        total.addmm_(weighted.view(num_classes * batch, -1), features[rows])
    return total.view(num_classes, batch, -1)


def mean_cross_entropy(params: Tensor, samples: Samples) -> Tensor:
    """Return the mean cross-entropy, (batch,) float64 in nats, of params (classes, batch, d)."""
    num_classes, batch, _ = params.shape
    total = params.new_zeros(batch, dtype=torch.float64)
    for rows in _pieces(len(samples.labels), num_classes * batch):
        log_probs = log_softmax(_logits(params, samples.features[rows]), dim=0)
        labels = samples.labels[rows].expand(1, batch, -1)
        total -= log_probs.gather(0, labels)[0].sum(dim=1, dtype=torch.float64)
    return total / len(samples.labels)


def _logits(params: Tensor, features: Tensor) -> Tensor:
    num_classes, batch, d = params.shape
    product = params.reshape(num_classes * batch, d) @ features.T
    return product.view(num_classes, batch, -1)


def _residual(params: Tensor, features: Tensor, hot: Tensor) -> Tensor:
    """Return softmax(params x) - y, (classes, batch, n)."""
    return torch.softmax(_logits(params, features), dim=0).sub_(hot[:, None])


def _pieces(num_samples: int, logits_per_sample: int) -> Iterator[slice]:
    size = max(1, MAX_LOGITS // logits_per_sample)
    return (slice(first, first + size) for first in range(0, num_samples, size))
