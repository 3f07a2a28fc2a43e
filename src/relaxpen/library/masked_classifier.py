"""What the estimators of the library share: checked arrays, a mask, a final model."""

import warnings
from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted, validate_data

from relaxpen.library.any_model import all_classes
from relaxpen.library.arrays import (
    check_both_or_none,
    classes_of,
    hold_out,
    plain_array,
    validation_features,
    validation_labels,
)
from relaxpen.library.checks import NOT_NEGATIVE, SHARE, numbers_in, stream_of
from relaxpen.library.linear import Standardised, fit_linear
from relaxpen.library.task import Task


class MaskedClassifier(ClassifierMixin, BaseEstimator, ABC):
    """A classifier trained on the samples that a mask keeps; a subclass finds the mask.

    The subclass has the settings ``model``, ``ridge``, ``validation_fraction`` and ``random_state``.
    """

    @abstractmethod
    def _check_settings(self, num_samples: int) -> None:
        """Refuse settings of a wrong type or out of range."""

    @abstractmethod
    def _find(self, task: Task, rng: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
        """Return the mask (m,) bool and the scores (m,) in [0, 1] of the m samples of the task."""

    def fit(self, X: Any, y: Any, X_val: Any = None, y_val: Any = None) -> "MaskedClassifier":  # noqa: N803
        """Find which of (X, y) to keep, and train on them.

        X is (n, d), y (n,) any labels; (X_val, y_val) are clean samples of the same classes. Without
        them ``validation_fraction`` of the data is held out and taken as it is, wrong labels
        included: it is kept, with a score of 1. Warns if no model can be trained on what is kept.

        Raises TypeError and ValueError for settings of a wrong type or out of range, and for a model
        without weights or probabilities; ValueError for shapes that do not fit, columns of other
        names, values that are not finite or too far from those of X, an empty validation set or a
        half of one, labels of another type, and classes that only one of the two sets has.
        """
        X, y, X_val, y_val = map(plain_array, (X, y, X_val, y_val))
        numbers_in(NOT_NEGATIVE, ridge=self.ridge)
        numbers_in(SHARE, validation_fraction=self.validation_fraction)
        check_both_or_none(X_val, y_val)
        X, y = validate_data(self, X, y)
        self._check_settings(len(y))
        self.classes_, labels = classes_of(y)
        rng = stream_of(self.random_state)
        held_out = np.zeros(len(y), dtype=bool)
        if X_val is None:
            held_out = hold_out(labels, self.classes_, self.validation_fraction, rng)
            X_val, clean = X[held_out], labels[held_out]
        else:
            X_val = validation_features(self, X_val)
            clean = validation_labels(y_val, self.classes_, len(X_val))
        self._scaling = Standardised.of(X)
        if self.model is None:
            self._scaling.check("X_val", X_val)
        seen = ~held_out
        task = Task(X[seen], labels[seen], X_val, clean, len(self.classes_), seen)
        self.mask_, self.scores_ = held_out.copy(), held_out.astype(np.float64)
        self.mask_[seen], self.scores_[seen] = self._find(task, rng)
        self.model_ = self._train(X[self.mask_], labels[self.mask_])
        return self

    def predict_proba(self, X: Any) -> np.ndarray:  # noqa: N803
        """Return the probabilities (n, classes) of the model trained on what was kept.

        Raises NotFittedError, a ValueError, if there is no model.
        """
        check_is_fitted(self)
        X = validate_data(self, plain_array(X), reset=False)
        if self.model_ is None:
            raise NotFittedError(self._no_model)
        if self.model is not None:
            return all_classes(self.model_, X, len(self.classes_))
        logits = self._scaling.features(X) @ self.model_.T
        return torch.softmax(logits, dim=1).numpy()

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """Return the most probable label of each row of X (n, d)."""
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]

    def _train(self, X: np.ndarray, labels: np.ndarray) -> Any:  # noqa: N803
        """Return the final model, trained on what was kept, or None after a warning.

        Warn instead of raising: the search has finished, and raising would discard its mask.
        """
        try:
            if len(np.unique(labels)) < 2:
                raise ValueError("they are of fewer than two classes")
            if self.model is not None:
                return clone(self.model).fit(X, labels)
            features = self._scaling.features(X)
            return fit_linear(features, labels, float(self.ridge), len(self.classes_))
        except ValueError as error:
            self._no_model = (
                f"model_ is None: it cannot be trained on the {len(labels)} of {len(self.mask_)} "
                f"samples that were kept ({error}); mask_ and scores_ are there: look at scores_, and "
                "whether the validation labels are right"
            )
            warnings.warn(self._no_model, stacklevel=3)
            return None
