"""Objects from settings: the method and the problem."""

import math

from torch import Tensor

from relaxpen.method import penalty
from relaxpen.method.estimators import (
    ExactHypergradient,
    FixedLowerLevel,
    GradientEstimator,
    NoGradient,
    RandomDirections,
)
from relaxpen.method.frank_wolfe import FrankWolfe
from relaxpen.method.oracles import UnitBox
from relaxpen.method.relax_penalize import RelaxAndPenalize
from relaxpen.method.schedules import (
    Constant,
    GeometricDecay,
    HarmonicStepSize,
    SahuAveraging,
    SahuRadius,
    Schedule,
)
from relaxpen.problems.hypercleaning import HyperCleaning, LowerLevel
from relaxpen.problems.samples import Instance
from relaxpen.tasks.thesis.settings import ThesisSettings


def build_method(
    settings: ThesisSettings, method: str, num_hyper: int
) -> RelaxAndPenalize[HyperCleaning, Tensor]:
    """Return the outer method for a mask of num_hyper entries.

    The exact hypergradient is not averaged: it has no noise to average out. ``no_cleaning`` takes
    steps of length zero: the mask stays as it is while the lower level is trained on.
    """
    upper = settings.upper
    random = (num_hyper, upper.num_directions)
    radius = SahuRadius(*random, floor=upper.radius_floor)
    averaging: Schedule = SahuAveraging(*random)
    estimator: GradientEstimator[HyperCleaning, Tensor] = RandomDirections(
        upper.num_directions, radius
    )
    epsilon: Schedule = GeometricDecay(upper.epsilon_initial, upper.epsilon_decay)
    step_size: Schedule = HarmonicStepSize(upper.step_offset)
    literal = method == "as_printed"
    if method == "exact_gradient":
        estimator, averaging = ExactHypergradient(), Constant(1.0)
    elif method == "relax_round":
        epsilon = Constant(math.inf)
    elif method == "no_cleaning":
        estimator, epsilon, step_size = NoGradient(), Constant(math.inf), Constant(0.0)
    elif literal:
        estimator = FixedLowerLevel(upper.num_directions, radius)
    elif method != "relax_penalize":
        raise ValueError(f"no method is called {method!r}")
    return RelaxAndPenalize(
        estimator=estimator,
        solver=FrankWolfe(UnitBox(), step_size, averaging),
        epsilon=epsilon,
        steps_per_round=upper.steps_per_round,
        penalty_gradient=penalty.gradient_as_printed if literal else penalty.gradient,
        average_penalty=literal,
    )


def build_problem(settings: ThesisSettings, instance: Instance) -> HyperCleaning:
    """Return the bilevel problem of an instance; it is not given ``changed`` or the test set."""
    lower = LowerLevel(**settings.lower.model_dump())
    return HyperCleaning(instance.train, instance.validation, instance.num_classes, lower)
