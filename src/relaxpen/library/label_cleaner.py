"""A scikit-learn estimator that finds wrong training labels by relaxing and penalizing."""

from typing import Any

import numpy as np

from relaxpen.inputs.sizes import refuse_steps
from relaxpen.library.any_model import trainer
from relaxpen.library.black_box import clean_black_box
from relaxpen.library.checks import POSITIVE, check_model, initial_mask, numbers_in, whole_numbers
from relaxpen.library.linear import Linear
from relaxpen.library.masked_classifier import MaskedClassifier
from relaxpen.library.search import Cleaned, Search
from relaxpen.library.task import Task

STEPS_OF_LINEAR, STEPS_OF_MODEL = 20, 8  # a round; a step with a model costs many trainings


class LabelCleaner(MaskedClassifier):
    """Relax and penalize on a training set, judged by clean validation samples.

    Without ``model`` the lower level is softmax regression on standardised features and the gradient
    is the value difference; with a scikit-learn classifier that takes ``sample_weight`` and has
    ``predict_proba`` the lower level is that model, trained num_directions + 1 times a step.

    Every setting is checked by ``fit``. ``ridge``, ``strength`` and ``num_lower_steps`` have no effect
    with a model, ``num_directions`` none without, ``validation_fraction`` none with (X_val, y_val).
    ``steps_per_round`` None is 20 without a model and 8 with one.

    After ``fit``: ``mask_`` (n,) bool, True for samples to keep; ``scores_`` (n,) in [0, 1], a larger
    score means the label is more likely correct; ``trace_``, a row per step; ``model_``, trained on
    the kept samples, or None, after a warning, if that fails, as with fewer than two classes.
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

    def _check_settings(self, num_samples: int) -> None:
        """Refuse settings of a wrong type or out of range."""
        if self.model is not None:
            check_model(self.model, with_weights=True)
        num_lower_steps, num_rounds, _ = whole_numbers(
            num_lower_steps=self.num_lower_steps,
            num_rounds=self.num_rounds,
            num_directions=self.num_directions,
        )
        steps = STEPS_OF_LINEAR if self.steps_per_round is None else self.steps_per_round
        (steps,) = whole_numbers(steps_per_round=steps)
        refuse_steps(
            f"num_lower_steps {num_lower_steps} in num_rounds {num_rounds} of steps_per_round {steps}",
            num_lower_steps * num_rounds * steps,
        )
        numbers_in(POSITIVE, strength=self.strength)
        initial_mask(self.initial_weight, num_samples)

    def _find(self, task: Task, rng: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
        """Search for the mask of the samples that are not held out."""
        start = initial_mask(self.initial_weight, len(task.seen))[task.seen]
        found = self._search(task, start, int(rng.randint(2**31 - 2)))
        self.trace_ = found.trace
        return found.mask, found.scores

    def _search(self, task: Task, start: np.ndarray, seed: int) -> Cleaned:
        """Return what the search from a start (m,) finds."""
        rounds = int(self.num_rounds)
        if self.model is not None:
            return clean_black_box(
                trainer(self.model, task),
                len(task.labels),
                num_directions=self.num_directions,
                num_bins=self.num_directions,
                num_rounds=rounds,
                steps_per_round=self.steps_per_round or STEPS_OF_MODEL,
                initial_weight=start,
                random_state=seed,
            )
        search = Search(rounds, int(self.steps_per_round or STEPS_OF_LINEAR), 1e5, 0.2)
        linear = Linear(float(self.ridge), float(self.strength), int(self.num_lower_steps))
        return linear.clean(task, self._scaling, start, search, seed)
