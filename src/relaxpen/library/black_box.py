"""Cleaning for any model that can be trained with weights."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from relaxpen.inputs.sizes import NUMBER, refuse_bytes, refuse_steps
from relaxpen.library.checks import (
    POSITIVE,
    SHARE,
    initial_mask,
    numbers_in,
    seed_of,
    whole_numbers,
)
from relaxpen.library.search import Cleaned, Search
from relaxpen.method.directional import Differences, GuidedDirections
from relaxpen.method.estimators import GradientEstimator
from relaxpen.method.schedules import Constant
from relaxpen.problems.black_box import BlackBox, Trained

Answer = float | tuple[float, np.ndarray]
EXPECTED = "expected a finite number, or a tuple of it and the losses of the training samples"


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
    random_state: int | np.random.RandomState | None = 0,
) -> Cleaned:
    """Find which samples to keep, from trainings with weights alone.

    ``train(weights)`` trains with weights (n,) in [0, 1], its own copy, and returns the loss on clean
    validation data, or a tuple of it and the losses (n,) of the training samples: the same of the two
    at every call. With sample losses the directions are guided by them (docs/estimators.md) and lie in
    the space of num_bins groups; without, they are random in all of the space, num_bins has no effect,
    and many are needed. Every step costs num_directions + 1 trainings, and one more is done first.

    Raises TypeError and ValueError for settings of a wrong type or out of range, and for answers that
    are neither, not finite, or of another shape.
    """
    num_samples, num_directions, num_bins = whole_numbers(
        num_samples=num_samples, num_directions=num_directions, num_bins=num_bins
    )
    rounds = whole_numbers(num_rounds=num_rounds, steps_per_round=steps_per_round)
    epsilon = numbers_in(POSITIVE, epsilon_initial=epsilon_initial)
    epsilon += numbers_in(SHARE, epsilon_decay=epsilon_decay)
    length = Constant(*numbers_in(POSITIVE, radius=radius))
    refuse_bytes({f"num_samples {num_samples}": num_samples * NUMBER})
    start, seed = initial_mask(initial_weight, num_samples), seed_of(random_state)
    if not callable(train):
        raise TypeError(f"train is {train!r}; expected a function of weights")
    refuse_steps(f"num_rounds {rounds[0]} of steps_per_round {rounds[1]}", rounds[0] * rounds[1])
    guided = _read(train(start.copy()), num_samples)[1] is not None
    estimator: GradientEstimator = Differences(num_directions, length)
    if guided:
        bins = min(num_bins, num_samples)
        estimator = GuidedDirections(min(num_directions, bins), bins, length)
    else:
        directions = f"num_directions {num_directions} with num_samples {num_samples}"
        refuse_bytes({directions: 2 * (num_directions + 1) * num_samples * NUMBER})
    problem = BlackBox(num_samples, _checked(train, num_samples, guided))
    return Search(*rounds, *epsilon).run(problem, estimator, start, (seed, seed + 1))


def _checked(
    train: Callable[[np.ndarray], Answer], num_samples: int, guided: bool
) -> Callable[[Tensor], Trained]:
    """Return the training as the problem asks for it, its answers checked."""

    def answer(weights: Tensor) -> Trained:
        # a copy: a training may normalise its weights in place
        loss, losses = _read(train(weights.numpy().copy()), num_samples)
        if (losses is not None) != guided:
            kinds = ["sample losses too", "a loss alone"]
            now, before = reversed(kinds) if guided else kinds
            raise ValueError(
                f"train(weights) answered {now}, {before} at the first call; expected the same at "
                "every call"
            )
        return Trained(loss, torch.from_numpy(np.zeros(num_samples) if losses is None else losses))

    return answer


def _read(answer: Any, num_samples: int) -> tuple[float, np.ndarray | None]:
    """Return the loss and, if there are any, the losses (n,) of an answer."""
    if isinstance(answer, tuple) and len(answer) != 2:
        raise ValueError(f"train(weights) answered a tuple of {len(answer)}; {EXPECTED}")
    loss, losses = answer if isinstance(answer, tuple) else (answer, None)
    if not hasattr(loss, "__float__") or np.ndim(loss) > 0:
        raise TypeError(f"train(weights) answered a loss of type {type(loss).__name__}; {EXPECTED}")
    if not np.isfinite(float(loss)):
        raise ValueError(f"train(weights) answered a loss of {float(loss)}; {EXPECTED}")
    if isinstance(answer, tuple):
        losses = _read_losses(losses, num_samples)
    return float(loss), losses


def _read_losses(losses: Any, num_samples: int) -> np.ndarray:
    """Return sample losses (n,) float64, a copy: a training may use one array for all its answers."""
    try:
        found = np.asarray(losses, dtype=np.float64).copy()
    except (TypeError, ValueError, RuntimeError) as error:  # the last is of torch
        raise TypeError(
            f"train(weights) answered sample losses that are no numbers ({error}); expected shape "
            f"({num_samples},)"
        ) from error
    if found.shape != (num_samples,):
        raise ValueError(
            f"train(weights) answered sample losses of shape {found.shape}; expected "
            f"({num_samples},)"
        )
    wrong = np.flatnonzero(~np.isfinite(found))
    if len(wrong):
        raise ValueError(
            f"train(weights) answered {len(wrong)} sample losses that are not finite, the first of "
            f"sample {wrong[0]}: {found[wrong[0]]}; expected finite losses"
        )
    return found
