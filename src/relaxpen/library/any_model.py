"""A scikit-learn classifier as a black box that is trained with weights."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import clone

from relaxpen.library.task import Task

LEAST_PROBABILITY = 1e-3  # of a label: a tree that is sure and wrong has a finite loss


def trainer(model: Any, task: Task) -> Callable[[np.ndarray], tuple[float, np.ndarray]]:
    """Return train(weights) -> (validation loss, sample losses (n,)), in nats, of a classifier.

    Its training raises ValueError where fit refuses the weights or the labels.
    """

    def train(weights: np.ndarray) -> tuple[float, np.ndarray]:
        fresh = clone(model)
        try:
            # all weights 0 is no training set: a trace of weight leaves the order of samples alone
            fitted = fresh.fit(task.X, task.labels, sample_weight=weights + 1e-9)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"{type(model).__name__}.fit(X, y, sample_weight=weights) failed; expected a classifier "
                "that can be trained with weights (clean_black_box takes any training). It says: "
                f"{error}"
            ) from error
        above, below = (
            _losses(fitted, *pair, task.num_classes)
            for pair in ((task.X_val, task.clean), (task.X, task.labels))
        )
        return float(above.mean()), below

    return train


def disagreement_of(model: Any, task: Task) -> np.ndarray:
    """Return the log-odds (m,) of each label against the likeliest other one, trained on clean samples.

    Raises ValueError where fit refuses the clean samples.
    """
    try:
        trained = clone(model).fit(task.X_val, task.clean)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{type(model).__name__}.fit(X_val, y_val) failed; expected a classifier that can be "
            f"trained on the {len(task.clean)} clean samples. It says: {error}"
        ) from error
    probs = all_classes(trained, task.X, task.num_classes)
    logs: np.ndarray = np.log(np.maximum(probs, LEAST_PROBABILITY))
    rows = np.arange(len(logs))
    own = logs[rows, task.labels]
    logs[rows, task.labels] = -np.inf
    log_odds: np.ndarray = own - logs.max(axis=1)
    return log_odds


def all_classes(model: Any, X: np.ndarray, num_classes: int) -> np.ndarray:  # noqa: N803
    """Return probabilities (n, num_classes), 0 for classes that the model has not seen.

    Raises ValueError for probabilities that are not finite.
    """
    probs = np.zeros((len(X), num_classes))
    probs[:, model.classes_] = model.predict_proba(X)
    if not np.isfinite(probs).all():
        raise ValueError(
            f"{type(model).__name__}.predict_proba answered values that are not finite; expected "
            "probabilities"
        )
    return probs


def _losses(model: Any, X: np.ndarray, labels: np.ndarray, num_classes: int) -> np.ndarray:  # noqa: N803
    probs = all_classes(model, X, num_classes)[np.arange(len(labels)), labels]
    losses: np.ndarray = -np.log(np.maximum(probs, LEAST_PROBABILITY))
    return losses
