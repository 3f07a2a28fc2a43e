"""Cleaning without a bilevel method: what a trained model says of each label."""

import numpy as np
import torch
from torch import Tensor

from relaxpen.problems.refit import fit_on
from relaxpen.problems.samples import Samples


def disagreement_scores(
    train: Samples, validation: Samples, ridge: float, num_classes: int
) -> Tensor:
    """Return log p(y_i) - max_{c != y_i} log p(c) (n,), p of the model trained on validation data alone.

    Negative where that model predicts another class than the label: the mask keeps the others.
    """
    params = fit_on(validation, ridge, num_classes).params
    logits = train.features.double() @ params.T
    own = logits.gather(1, train.labels[:, None])[:, 0]
    others = logits.scatter(1, train.labels[:, None], -torch.inf).amax(dim=1)
    return own - others


def confident_learning(
    train: Samples, ridge: float, num_classes: int, folds: Tensor, filter_by: str
) -> tuple[Tensor, Tensor]:
    """Return the mask (n,) and the scores (n,) of confident learning, from noisy labels alone.

    The model of each fold is trained on the samples of the others; ``folds`` (n,) are small integers.
    ``filter_by`` is a rule of cleanlab's, such as "prune_by_noise_rate". The score of a sample is
    the probability of its label.
    Source: Northcutt, Jiang, Chuang (2021), by the cleanlab package.
    """
    from cleanlab.filter import find_label_issues  # slow to import: only where it is used

    probs = torch.empty(len(train.labels), num_classes, dtype=torch.float64)
    for fold in folds.unique():
        held_out = folds == fold
        params = fit_on(train.select(~held_out), ridge, num_classes).params
        logits = train.features[held_out].double() @ params.T
        probs[held_out.cpu()] = torch.softmax(logits, dim=1).cpu()
    labels = train.labels.cpu()
    issues = find_label_issues(np.asarray(labels), probs.numpy(), filter_by=filter_by, n_jobs=1)
    mask = torch.from_numpy(~issues).double().to(train.features.device)
    return mask, probs.gather(1, labels[:, None])[:, 0].to(mask)
