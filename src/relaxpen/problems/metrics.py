"""How good a mask is, and how good a model is. Positives of detection are the wrong labels."""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from relaxpen.problems.samples import Samples


class MaskMetrics(NamedTuple):
    """Label-error detection by a mask. A sample is kept where theta >= 1/2, else removed."""

    num_kept: int
    precision: float  # share of the removed samples whose label is wrong
    recall: float  # share of the wrong labels that are removed
    f1: float  # harmonic mean of precision and recall
    keep_f1: float  # the same F1 with "kept" and "clean" as the positives (BOME's)
    auc: float  # probability that theta ranks a clean sample above a wrong one, ties half


def mask_metrics(theta: Tensor, changed: Tensor) -> MaskMetrics:
    """Compare a mask theta (p,) in [0, 1] with changed (p,) bool, True where a label is wrong.

    A ratio with nothing in its denominator is nan: recall and AUC where no label is wrong, precision
    where nothing is removed.
    """
    kept = theta >= 0.5
    removed, clean = ~kept, ~changed
    true_removed = int((removed & changed).sum())
    num_removed, num_changed = int(removed.sum()), int(changed.sum())
    true_kept = int((kept & clean).sum())
    return MaskMetrics(
        num_kept=int(kept.sum()),
        precision=_ratio(true_removed, num_removed),
        recall=_ratio(true_removed, num_changed),
        f1=_ratio(2 * true_removed, num_removed + num_changed),
        keep_f1=_ratio(2 * true_kept, int(kept.sum()) + int(clean.sum())),
        auc=ranking_auc(theta, clean),
    )


def ranking_auc(scores: Tensor, positive: Tensor) -> float:
    """Return P(score of a positive > score of a negative) + P(equal) / 2 for scores (n,), positive (n,).

    Computed from mid-ranks (Mann-Whitney); nan if one of the two classes is empty.
    """
    _, inverse, counts = torch.unique(scores, return_inverse=True, return_counts=True)
    last = counts.cumsum(0).double()
    ranks = (last - (counts - 1) / 2)[inverse]
    num_positive = int(positive.sum())
    num_negative = len(scores) - num_positive
    surplus = ranks[positive].sum().item() - num_positive * (num_positive + 1) / 2
    return _ratio(surplus, num_positive * num_negative)


class ModelMetrics(NamedTuple):
    """How a linear model does on labelled samples."""

    loss: float  # mean cross-entropy, nats
    accuracy: float  # share of samples whose largest logit is at the label


def model_metrics(params: Tensor, samples: Samples) -> ModelMetrics:
    """Evaluate params (classes, d) on samples."""
    logits = samples.features @ params.T.to(samples.features)
    loss = cross_entropy(logits.double(), samples.labels).item()
    accuracy = (logits.argmax(dim=1) == samples.labels).double().mean().item()
    return ModelMetrics(loss, accuracy)


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else math.nan
