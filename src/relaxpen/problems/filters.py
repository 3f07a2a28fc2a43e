"""Label cleaning without a bilevel method, by a trained model's probability of each label."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from relaxpen.problems.refit import fit_on
from relaxpen.problems.samples import Samples


class Filtered(NamedTuple):
    """What a filter keeps, and what it took."""

    mask: Tensor  # (n,) float64, 1 for samples that are kept
    scores: Tensor  # (n,) float64, larger for labels that are more likely correct
    num_gradients: float = (
        0.0  # over all n training samples; a pass that only predicts is half of one
    )


def disagreement(
    train: Samples, validation: Samples, ridge: float, num_classes: int, margin: float
) -> Filtered:
    """Keep the samples whose label has enough log-odds under a model of the validation data.

        score_i = log p(y_i) - max_{c != y_i} log p(c),      kept where it is above ``margin``

    A score is negative where that model predicts another class than the label.
    """
    fit = fit_on(validation, ridge, num_classes)
    logits = train.features.double() @ fit.params.T
    own = logits.gather(1, train.labels[:, None])[:, 0]
    others = logits.scatter(1, train.labels[:, None], -torch.inf).amax(dim=1)
    scores = own - others
    share = len(validation.labels) / len(train.labels)
    return Filtered((scores > margin).double(), scores, fit.num_gradients * share + 0.5)


def confident_learning(
    train: Samples, ridge: float, num_classes: int, folds: Tensor, filter_by: str
) -> Filtered:
    """Keep what confident learning does not call an issue, from noisy labels alone.

    The model of each fold is trained on the samples of the others; ``folds`` (n,) are small integers.
    ``filter_by`` is a rule of cleanlab's, such as "prune_by_noise_rate". The score of a sample is
    the probability of its label.
    Source: Northcutt, Jiang, Chuang (2021), by the cleanlab package.
    """
    from cleanlab.filter import find_label_issues  # slow to import: only where it is used

    probs = torch.empty(len(train.labels), num_classes, dtype=torch.float64)
    num_gradients = 0.5
    for fold in folds.unique():
        held_out = folds == fold
        fit = fit_on(train.select(~held_out), ridge, num_classes)
        num_gradients += fit.num_gradients * float((~held_out).double().mean())
        logits = train.features[held_out].double() @ fit.params.T
        probs[held_out.cpu()] = torch.softmax(logits, dim=1).cpu()
    labels = train.labels.cpu()
    issues = find_label_issues(np.asarray(labels), probs.numpy(), filter_by=filter_by, n_jobs=1)
    mask = torch.from_numpy(~issues).double().to(train.features.device)
    scores = probs.gather(1, labels[:, None])[:, 0].to(mask)
    return Filtered(mask, scores, num_gradients)
