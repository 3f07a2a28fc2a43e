"""Batched softmax regression: many parameter matrices on the same features at once.

Only differences between classes matter to a softmax, so parameters w (classes, ..., d) are held as
contrasts u_c = w_c - w_last, (classes - 1, batch, d): one class less to multiply, and nothing lost.
Products with the features are one matrix product for the whole batch, and the softmax runs over the
first axis, along long contiguous rows.
"""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from relaxpen.problems.samples import Samples

# Above this many logits at a time the samples are taken in pieces; three arrays of this size are
# alive at once, at most 384 MiB in float64.
MAX_LOGITS = 2**24


def contrasts(params: Tensor) -> Tensor:
    """Return u_c = w_c - w_last, (classes - 1, ...), for w (classes, ...)."""
    return params[:-1] - params[-1]


def from_contrasts(contrast: Tensor, mean: Tensor) -> Tensor:
    """Return the w (classes, ...) of contrasts (classes - 1, ...) whose mean over classes is given."""
    padded = torch.cat([contrast, torch.zeros_like(contrast[:1])])
    return padded - padded.mean(dim=0) + mean


def one_hot_rows(labels: Tensor, num_classes: int, dtype: torch.dtype) -> Tensor:
    """Return the indicator (num_classes, n) of labels (n,)."""
    return one_hot(labels, num_classes).T.contiguous().to(dtype)


def weighted_gradient(contrast: Tensor, weights: Tensor, features: Tensor, hot: Tensor) -> Tensor:
    """Return sum_i weights[b, i] grad_w CE_i, (classes, batch, d), at contrasts of w.

    ``contrast`` is (classes - 1, batch, d), or (classes - 1, 1, d) when all rows share one point:
    the forward pass is then made once. ``weights`` is (batch, n), ``features`` (n, d), ``hot``
    (classes, n). The residuals of a sample sum to 0 over classes, so the last row is minus the rest.
    """
    rows, batch = len(contrast), len(weights)
    total = contrast.new_zeros(rows * batch, features.shape[1])
    for piece in _pieces(len(features), (rows + 1) * batch):
        probs = torch.softmax(_logits(contrast, features[piece]), dim=0)
        residual = probs[:-1].sub_(hot[:-1, None, piece])
        weighted = residual * weights[:, piece]
        total.addmm_(weighted.view(rows * batch, -1), features[piece])
    gradient = total.view(rows, batch, -1)
    return torch.cat([gradient, -gradient.sum(dim=0, keepdim=True)])


def mean_cross_entropy(contrast: Tensor, samples: Samples) -> Tensor:
    """Return the mean cross-entropy, (batch,) float64 in nats, at contrasts (classes - 1, batch, d)."""
    rows, batch, _ = contrast.shape
    total = contrast.new_zeros(batch, dtype=torch.float64)
    for piece in _pieces(len(samples.labels), (rows + 1) * batch):
        logits = _logits(contrast, samples.features[piece])
        chosen = logits.gather(0, samples.labels[piece].expand(1, batch, -1))[0]
        # logsumexp by hand and in place: PyTorch's own is several times slower over a first axis
        largest = logits.amax(dim=0)
        losses = logits.sub_(largest).exp_().sum(dim=0).log_().add_(largest).sub_(chosen)
        total += losses.sum(dim=1, dtype=torch.float64)
    return total / len(samples.labels)


def _logits(contrast: Tensor, features: Tensor) -> Tensor:
    """Return logits (classes, batch, n), those of the last class 0."""
    rows, batch, d = contrast.shape
    logits = contrast.new_empty(rows + 1, batch, len(features))
    flat = logits[:-1].view(rows * batch, -1)
    torch.mm(contrast.reshape(rows * batch, d), features.T, out=flat)
    logits[-1] = 0
    return logits


def _pieces(num_samples: int, logits_per_sample: int) -> Iterator[slice]:
    size = max(1, MAX_LOGITS // logits_per_sample)
    return (slice(first, first + size) for first in range(0, num_samples, size))
