"""The outer loop of both problems: rounds of projected gradient steps until the mask is binary."""

import math
from collections.abc import Iterator
from typing import Any

from torch import Tensor

from relaxpen.experiment.penalized.settings import Projected, Saga
from relaxpen.method.estimators import GradientEstimator
from relaxpen.method.masks import fractionality
from relaxpen.method.projected_gradient import ProjectedGradient
from relaxpen.method.relax_penalize import Iterate, RelaxAndPenalize
from relaxpen.method.schedules import Constant, GeometricDecay
from relaxpen.method.stages import Stages


def relax_and_penalize(
    method: Saga | Projected, estimator: GradientEstimator, solver: ProjectedGradient, **more: Any
) -> RelaxAndPenalize:
    """Return the outer method, eps = inf in every round if nothing is penalized."""
    decay = GeometricDecay(method.epsilon_initial, method.epsilon_decay)
    epsilon = Stages(decay, tuple(method.stages)) if method.penalized else Constant(math.inf)
    return RelaxAndPenalize(estimator, solver, epsilon, method.steps_per_round, **more)


def until_done(
    steps: Iterator[Iterate], method: Saga | Projected, num_entries: int
) -> Iterator[Iterate]:
    """Yield steps until a published round ends with the first entries binary, or the last one ends.

    Without a penalty all rounds are taken.
    """
    stages = method.stages
    for step in steps:
        yield step
        if step.step < method.steps_per_round - 1:
            continue
        if step.round == len(stages) - 1:
            return
        closes = stages[step.round + 1] > stages[step.round]
        mask = step.next_theta[..., :num_entries]
        if method.penalized and closes and fractionality(mask) < method.tolerance:
            return


def is_finite(theta: Tensor) -> bool:
    """Return whether an iterate is finite."""
    return bool(theta.isfinite().all())
