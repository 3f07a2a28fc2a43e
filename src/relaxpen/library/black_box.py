"""Cleaning for any model that can be trained with weights."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from relaxpen.library.search import Cleaned, Search
from relaxpen.method.directional import Differences, GuidedDirections
from relaxpen.method.estimators import GradientEstimator
from relaxpen.method.schedules import Constant
from relaxpen.problems.black_box import BlackBox, Trained

Answer = float | tuple[float, np.ndarray]


def clean_black_box(
    train: Callable[[np.ndarray], Answer],
    num_samples: int,
    *,
    num_directions: int = 16,
    num_bins: int = 16,
    radius: float = 0.25,
    num_rounds: int = 6,
    steps_per_round: int = 8,
    epsilon_initial: float = 1e5,
    epsilon_decay: float = 0.05,
    initial_weight: float | np.ndarray = 0.5,
    random_state: int = 0,
) -> Cleaned:
    """Find which samples to keep, from trainings with weights alone.

    ``train(weights)`` trains with weights (n,) in [0, 1] and returns the loss on clean validation
    data, or a pair of it and the losses (n,) of the training samples. With sample losses the
    directions are guided by them (docs/estimators.md); without, they are random in all of the space,
    and many are needed. Every step costs num_directions + 1 trainings.

    Raises ValueError for weights outside [0, 1], and for an answer that is not finite or has another
    shape.
    """
    start = initial_mask(initial_weight, num_samples)
    guided = isinstance(train(start), tuple)

    def answer(weights: Tensor) -> Trained:
        found = train(weights.numpy())
        loss, losses = found if guided else (found, np.zeros(num_samples))
        losses = np.asarray(losses, dtype=np.float64)
        if losses.shape != (num_samples,) or not (np.isfinite(loss) and np.isfinite(losses).all()):
            raise ValueError(
                f"train(weights) answered {loss!r} and losses of shape {losses.shape}; expected a "
                f"finite loss and finite losses of shape ({num_samples},)"
            )
        return Trained(float(loss), torch.from_numpy(losses))

    estimator: GradientEstimator = Differences(num_directions, Constant(radius))
    if guided:
        bins = min(num_bins, num_samples)
        estimator = GuidedDirections(min(num_directions, bins), bins, Constant(radius))
    search = Search(num_rounds, steps_per_round, epsilon_initial, epsilon_decay)
    problem = BlackBox(num_samples, answer)
    return search.run(problem, estimator, start, (random_state, random_state + 1))


def initial_mask(weight: float | np.ndarray, num_samples: int) -> np.ndarray:
    """Return the mask (n,) that a search starts from; raises ValueError for weights outside [0, 1]."""
    mask = np.array(np.broadcast_to(np.asarray(weight, dtype=np.float64), (num_samples,)))
    if not ((mask >= 0) & (mask <= 1)).all():
        raise ValueError(
            f"initial_weight lies between {mask.min()} and {mask.max()}; expected weights in [0, 1]"
        )
    return mask
