"""A scikit-learn estimator that finds wrong training labels with the help of clean validation data."""

from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, check_X_y, validate_data

from relaxpen.library.black_box import clean_black_box, initial_mask
from relaxpen.library.search import Cleaned, Search
from relaxpen.method.value_difference import ValueDifference
from relaxpen.problems.hypercleaning import LowerLevel
from relaxpen.problems.pulled import PulledCleaning
from relaxpen.problems.refit import fit_on
from relaxpen.problems.samples import Samples, with_bias

LEAST_PROBABILITY = 1e-3  # of a label: a tree that is sure and wrong has a finite loss


class LabelCleaner(ClassifierMixin, BaseEstimator):
    """Relax and penalize on a training set, judged by clean validation samples.

    Without ``model`` the lower level is softmax regression on standardised features and the gradient
    is the value difference; with a scikit-learn classifier that takes ``sample_weight`` and has
    ``predict_proba`` the lower level is that model, trained num_directions + 1 times a step.

    After ``fit``: ``mask_`` (n,) bool, True for samples to keep; ``scores_`` (n,) in [0, 1], larger
    for labels that are rather right; ``trace_``, a row per step; ``model_``, trained on what was kept.
    """

    def __init__(
        self,
        model: Any = None,
        *,
        ridge: float = 1e-3,
        strength: float = 0.1,
        num_lower_steps: int = 10,
        num_rounds: int = 6,
        steps_per_round: int = 20,
        num_directions: int = 16,
        initial_weight: float = 0.5,
        validation_fraction: float = 0.25,
        random_state: int | None = None,
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
        included: it is kept, with a score of 1.

        Raises ValueError for shapes that do not fit, values that are not finite, an empty validation
        set, and classes that only one of the two sets has.
        """
        X, y = validate_data(self, X, y)
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"the training labels have one class, {self.classes_[0]!r}; expected at least two"
            )
        rng = check_random_state(self.random_state)
        held_out = np.zeros(len(y), dtype=bool)
        if X_val is None:
            held_out = self._hold_out(labels, rng)
            X_val, y_val = X[held_out], y[held_out]
        X_val, clean = self._validation(X_val, y_val)
        self._center, spread = X.mean(axis=0, dtype=np.float64), X.std(axis=0, dtype=np.float64)
        self._scale = np.where(spread > 0, 1 / np.where(spread > 0, spread, 1), 0.0)
        seen = ~held_out
        start = initial_mask(self.initial_weight, len(y))[seen]
        seed = int(rng.randint(2**31 - 2))
        found = self._clean(X[seen], labels[seen], X_val, clean, start, seed)
        self.mask_, self.scores_ = held_out.copy(), held_out.astype(np.float64)
        self.mask_[seen], self.scores_[seen] = found.mask, found.scores
        self.trace_ = found.trace
        self._train(X[self.mask_], labels[self.mask_])
        return self

    def predict_proba(self, X: Any) -> np.ndarray:  # noqa: N803
        """Return the probabilities (n, classes) of the model trained on what was kept."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False)
        if self.model is not None:
            return _all_classes(self.model_, X, len(self.classes_))
        logits = self._features(X) @ self.model_.T
        return torch.softmax(logits, dim=1).numpy()

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """Return the most probable label of each row of X (n, d)."""
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]

    def _hold_out(self, labels: np.ndarray, rng: np.random.RandomState) -> np.ndarray:
        """Return which samples serve as validation data: a share of each class, at least one."""
        held_out = np.zeros(len(labels), dtype=bool)
        for label in np.unique(labels):
            rows = rng.permutation(np.flatnonzero(labels == label))
            if len(rows) < 2:
                raise ValueError(
                    f"class {self.classes_[label]!r} has 1 sample: none can be held out; give X_val "
                    "and y_val"
                )
            held_out[rows[: max(1, round(self.validation_fraction * len(rows)))]] = True
        return held_out

    def _validation(self, X_val: Any, y_val: Any) -> tuple[np.ndarray, np.ndarray]:  # noqa: N803
        """Return the clean samples, their labels as indices of classes_."""
        if y_val is None:
            raise ValueError("X_val is given without y_val; give both")
        if len(X_val) == 0:
            raise ValueError("the validation set is empty; expected clean samples of every class")
        X_val, y_val = check_X_y(X_val, y_val, estimator="the validation set")
        if X_val.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X_val has {X_val.shape[1]} features, X has {self.n_features_in_}; expected the same"
            )
        found = np.unique(y_val)
        for name, ours, theirs in (
            ("validation", found, self.classes_),
            ("training", self.classes_, found),
        ):
            unseen = [label for label in theirs if label not in ours]
            if unseen:
                raise ValueError(
                    f"the {name} set has no sample of class {unseen[0]!r}; expected every class in "
                    "both sets"
                )
        return X_val, np.searchsorted(self.classes_, y_val)

    def _clean(
        self,
        X: np.ndarray,  # noqa: N803
        labels: np.ndarray,
        X_val: np.ndarray,  # noqa: N803
        clean: np.ndarray,
        start: np.ndarray,
        seed: int,
    ) -> Cleaned:
        if self.model is not None:
            return clean_black_box(
                _trainer(self.model, X, labels, X_val, clean, len(self.classes_)),
                len(labels),
                num_directions=self.num_directions,
                num_bins=self.num_directions,
                initial_weight=start,
                random_state=seed,
            )
        train = Samples(self._features(X), torch.from_numpy(labels))
        validation = Samples(self._features(X_val), torch.from_numpy(clean))
        # the curvature of cross-entropy is at most half of |x|^2, on average over samples
        largest = torch.linalg.matrix_norm(train.features, 2).item() ** 2 / len(labels)
        step = 1 / (0.5 * largest + 2 * self.ridge + self.strength)
        lower = LowerLevel(self.num_lower_steps, step, self.ridge, None, clip=False)
        problem = PulledCleaning(train, validation, len(self.classes_), lower)
        search = Search(self.num_rounds, self.steps_per_round, 1e5, 0.2)
        return search.run(problem, ValueDifference(self.strength), start, (seed, seed + 1))

    def _train(self, X: np.ndarray, labels: np.ndarray) -> None:  # noqa: N803
        """Train the final model on what was kept."""
        if self.model is not None:
            self.model_ = clone(self.model).fit(X, labels)
        else:
            samples = Samples(self._features(X), torch.from_numpy(labels))
            self.model_ = fit_on(samples, self.ridge, len(self.classes_)).params

    def _features(self, X: np.ndarray) -> torch.Tensor:  # noqa: N803
        return with_bias(torch.from_numpy((X.astype(np.float64) - self._center) * self._scale))


def _trainer(
    model: Any,
    X: np.ndarray,  # noqa: N803
    labels: np.ndarray,
    X_val: np.ndarray,  # noqa: N803
    clean: np.ndarray,
    num_classes: int,
) -> Any:
    """Return train(weights) -> (validation loss, sample losses) of a scikit-learn classifier."""

    def train(weights: np.ndarray) -> tuple[float, np.ndarray]:
        # all weights 0 is no training set: a trace of weight leaves the order of samples alone
        fitted = clone(model).fit(X, labels, sample_weight=weights + 1e-9)
        above, below = (
            _losses(fitted, *pair, num_classes) for pair in ((X_val, clean), (X, labels))
        )
        return float(above.mean()), below

    return train


def _losses(model: Any, X: np.ndarray, labels: np.ndarray, num_classes: int) -> np.ndarray:  # noqa: N803
    probs = _all_classes(model, X, num_classes)[np.arange(len(labels)), labels]
    return -np.log(np.maximum(probs, LEAST_PROBABILITY))


def _all_classes(model: Any, X: np.ndarray, num_classes: int) -> np.ndarray:  # noqa: N803
    """Return probabilities (n, num_classes), 0 for classes that the model has not seen."""
    probs = np.zeros((len(X), num_classes))
    probs[:, model.classes_] = model.predict_proba(X)
    return probs
