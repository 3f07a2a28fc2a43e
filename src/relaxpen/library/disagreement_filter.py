"""A scikit-learn estimator that drops the labels with which a model of clean samples disagrees."""

from typing import Any

import numpy as np
from scipy.special import expit

from relaxpen.library.any_model import disagreement_of
from relaxpen.library.checks import FINITE, check_model, numbers_in
from relaxpen.library.linear import disagreement_of_linear
from relaxpen.library.masked_classifier import MaskedClassifier
from relaxpen.library.task import Task


class DisagreementFilter(MaskedClassifier):
    """Train on the clean samples alone, and drop the labels with which that model disagrees.

        s_i = log p(y_i) - max_{c != y_i} log p(c),      kept where it is above ``margin``

    Without ``model``, p is of softmax regression on standardised features with the penalty ``ridge``
    |w|^2; else of a scikit-learn classifier with ``predict_proba``, its probabilities at least 0.001.
    Larger margins drop more. No bilevel method is needed; for a comparison see the study ``methods``.

    Every setting is checked by ``fit``. ``ridge`` has no effect with a model, ``validation_fraction``
    and ``random_state`` have none with (X_val, y_val).

    After ``fit``: ``mask_`` (n,) bool, True for samples to keep; ``scores_`` (n,) in [0, 1], the
    probability of the label against the next likeliest, 1 / (1 + exp(-s)): a larger score means the
    label is more likely correct; ``model_``, trained on the kept samples, or None, after a warning, if
    that fails.
    """

    def __init__(
        self,
        model: Any = None,
        *,
        ridge: float = 1e-3,
        margin: float = 0.0,
        validation_fraction: float = 0.25,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.model = model
        self.ridge = ridge
        self.margin = margin
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def _check_settings(self, num_samples: int) -> None:
        """Refuse settings of a wrong type or out of range."""
        if self.model is not None:
            check_model(self.model, with_weights=False)
        numbers_in(FINITE, margin=self.margin)

    def _find(self, task: Task, rng: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
        """Return what the model of the clean samples keeps of the others."""
        if self.model is None:
            log_odds = disagreement_of_linear(task, self._scaling, float(self.ridge))
        else:
            log_odds = disagreement_of(self.model, task)
        return log_odds > self.margin, expit(log_odds)
