"""A scikit-learn estimator that finds wrong training labels with the help of clean validation data."""

import warnings
from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted, validate_data

from relaxpen.library.any_model import all_classes, trainer
from relaxpen.library.arrays import (
    check_both_or_none,
    classes_of,
    hold_out,
    validation_features,
    validation_labels,
)
from relaxpen.library.black_box import clean_black_box
from relaxpen.library.checks import (
    NOT_NEGATIVE,
    POSITIVE,
    SHARE,
    check_model,
    initial_mask,
    numbers_in,
    stream_of,
    whole_numbers,
)
from relaxpen.library.linear import Linear, Standardised
from relaxpen.library.search import Cleaned, Search, Task

STEPS_OF_LINEAR, STEPS_OF_MODEL = 20, 8  # a round; a step with a model costs many trainings


class LabelCleaner(ClassifierMixin, BaseEstimator):
    """Relax and penalize on a training set, judged by clean validation samples.

    Without ``model`` the lower level is softmax regression on standardised features and the gradient
    is the value difference; with a scikit-learn classifier that takes ``sample_weight`` and has
    ``predict_proba`` the lower level is that model, trained num_directions + 1 times a step.

    Every setting is checked by ``fit``. ``ridge``, ``strength`` and ``num_lower_steps`` have no effect
    with a model, ``num_directions`` none without, ``validation_fraction`` none with (X_val, y_val).
    ``steps_per_round`` None is 20 without a model and 8 with one.

    After ``fit``: ``mask_`` (n,) bool, True for samples to keep; ``scores_`` (n,) in [0, 1], larger
    for labels that are rather right; ``trace_``, a row per step; ``model_``, trained on what was kept,
    or None, after a warning, if that cannot be: for fewer than two classes, say.
    """

    def __init__(
        self,
        model: Any = None,
        *,
        ridge: float = 1e-3,
        strength: float = 0.1,
        num_lower_steps: int = 10,
        num_rounds: int = 6,
        steps_per_round: int | None = None,
        num_directions: int = 16,
        initial_weight: float | np.ndarray = 0.5,
        validation_fraction: float = 0.25,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.model = model
        self.ridge = ridge
        self.strength = strength
        self.num_lower_steps = num_lower_steps
        self.num_rounds = num_rounds
        self.steps_per_round = steps_per_round
        self.num_directions = num_directions
        self.initial_weight = initial_weight
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def fit(self, X: Any, y: Any, X_val: Any = None, y_val: Any = None) -> "LabelCleaner":  # noqa: N803
        """Find which of (X, y) to keep, and train on them.

        X is (n, d), y (n,) any labels; (X_val, y_val) are clean samples of the same classes. Without
        them ``validation_fraction`` of the data is held out and taken as it is, wrong labels
        included: it is kept, with a score of 1. Warns if no model can be trained on what is kept.

        Raises TypeError and ValueError for settings of a wrong type or out of range, and for a model
        without weights or probabilities; ValueError for shapes that do not fit, columns of other
        names, values that are not finite, an empty validation set or a half of one, labels of another
        type, and classes that only one of the two sets has.
        """
        self._check_settings()
        check_both_or_none(X_val, y_val)
        X, y = validate_data(self, X, y)
        self.classes_, labels = classes_of(y)
        start = initial_mask(self.initial_weight, len(y))
        rng = stream_of(self.random_state)
        held_out = np.zeros(len(y), dtype=bool)
        if X_val is None:
            held_out = hold_out(labels, self.classes_, self.validation_fraction, rng)
            X_val, clean = X[held_out], labels[held_out]
        else:
            X_val = validation_features(self, X_val)
            clean = validation_labels(y_val, self.classes_, len(X_val))
        self._scaling = Standardised.of(X)
        seen = ~held_out
        task = Task(X[seen], labels[seen], X_val, clean, len(self.classes_), start[seen])
        found = self._clean(task, int(rng.randint(2**31 - 2)))
        self.mask_, self.scores_ = held_out.copy(), held_out.astype(np.float64)
        self.mask_[seen], self.scores_[seen] = found.mask, found.scores
        self.trace_ = found.trace
        self.model_ = self._train(X[self.mask_], labels[self.mask_])
        return self

    def predict_proba(self, X: Any) -> np.ndarray:  # noqa: N803
        """Return the probabilities (n, classes) of the model trained on what was kept.

        Raises NotFittedError, a ValueError, if there is no model.
        """
        check_is_fitted(self)
        X = validate_data(self, X, reset=False)
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

    def _check_settings(self) -> None:
        """Check every setting but the start, which needs the number of samples."""
        if self.model is not None:
            check_model(self.model)
        whole_numbers(
            num_lower_steps=self.num_lower_steps,
            num_rounds=self.num_rounds,
            num_directions=self.num_directions,
        )
        if self.steps_per_round is not None:
            whole_numbers(steps_per_round=self.steps_per_round)
        numbers_in(NOT_NEGATIVE, ridge=self.ridge)
        numbers_in(POSITIVE, strength=self.strength)
        numbers_in(SHARE, validation_fraction=self.validation_fraction)

    def _clean(self, task: Task, seed: int) -> Cleaned:
        """Search for the mask of the samples that are not held out."""
        rounds = int(self.num_rounds)
        if self.model is not None:
            return clean_black_box(
                trainer(self.model, task),
                len(task.labels),
                num_directions=self.num_directions,
                num_bins=self.num_directions,
                num_rounds=rounds,
                steps_per_round=self.steps_per_round or STEPS_OF_MODEL,
                initial_weight=task.start,
                random_state=seed,
            )
        search = Search(rounds, int(self.steps_per_round or STEPS_OF_LINEAR), 1e5, 0.2)
        return self._linear().clean(task, self._scaling, search, seed)

    def _linear(self) -> Linear:
        return Linear(float(self.ridge), float(self.strength), int(self.num_lower_steps))

    def _train(self, X: np.ndarray, labels: np.ndarray) -> Any:  # noqa: N803
        """Return the final model, trained on what was kept, or None after a warning.

        No error: the search is done, and an error would cost its mask to whoever chains fit.
        """
        try:
            if len(np.unique(labels)) < 2:
                raise ValueError("they are of fewer than two classes")
            if self.model is not None:
                return clone(self.model).fit(X, labels)
            return self._linear().fit(self._scaling.features(X), labels, len(self.classes_))
        except ValueError as error:
            self._no_model = (
                f"model_ is None: it cannot be trained on the {len(labels)} of {len(self.mask_)} "
                f"samples that were kept ({error}); mask_, scores_ and trace_ are there: look at "
                "scores_, and whether the validation labels are right"
            )
            warnings.warn(self._no_model, stacklevel=3)
            return None
