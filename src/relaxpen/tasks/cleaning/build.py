"""Objects from settings: problems, searches, estimators."""

import math

from torch import Tensor

from relaxpen.method.estimators import (
    GradientEstimate,
    GradientEstimator,
    Point,
)
from relaxpen.method.frank_wolfe import FrankWolfe
from relaxpen.method.oracles import UnitBox
from relaxpen.method.relax_penalize import RelaxAndPenalize
from relaxpen.method.schedules import (
    Constant,
    GeometricDecay,
    HarmonicStepSize,
    SahuAveraging,
    Schedule,
)
from relaxpen.problems.hypercleaning import LowerLevel
from relaxpen.problems.pulled import PulledCleaning
from relaxpen.problems.samples import Instance
from relaxpen.tasks.cleaning.estimators import Estimated, RelaxPenalize
from relaxpen.tasks.cleaning.settings import LabelledSettings


def build_lower(settings: LabelledSettings, method: Estimated) -> LowerLevel:
    """Return the lower level that an estimator solves."""
    ridge, size = settings.lower.ridge, method.batch_size
    return LowerLevel(method.num_steps, method.step_size, ridge, size, clip=False)


def build_cleaning(instance: Instance, lower: LowerLevel) -> PulledCleaning:
    """Return the bilevel problem of an instance; it is not given ``changed`` or the test set."""
    return PulledCleaning(instance.train, instance.validation, instance.num_classes, lower)


def build_estimator(
    method: RelaxPenalize, num_hyper: int
) -> GradientEstimator[PulledCleaning, Tensor]:
    """Return where the gradient of relax and penalize comes from, for a mask of num_hyper entries."""
    return method.kind.build(method, num_hyper)


def cost_of(
    method: Estimated,
    found: GradientEstimate[Tensor],
    point: Point[Tensor],
    problem: PulledCleaning,
) -> float:
    """Return what an estimate cost, in gradients over all training samples.

    Every sample counts the same, of either level. A pass that only computes losses is half a gradient,
    one of the two products: a value is one over the validation set, and some estimators see the
    losses of all training samples.
    """
    num_train, num_validation = point.theta.numel(), problem.num_upper_samples
    lower, upper = num_train, num_validation
    if point.batches is not None:
        lower = point.batches.shape[-1]
        if method.kind.on_batches:  # else its only gradient of F is over all validation samples
            upper = lower
    passes = method.kind.num_passes[method.symmetric]
    samples = float(found.num_lower_steps * lower + found.num_upper_gradients * upper)
    samples += found.num_values * num_validation / 2
    return (samples + passes * num_train / 2) / num_train


def build_search(
    method: RelaxPenalize, num_hyper: int, budget: float, cost: float
) -> RelaxAndPenalize[PulledCleaning, Tensor]:
    """Return relax and penalize with rounds that share a budget, for steps of a known cost.

    The last round is shorter where they cannot all have the same number of steps. Only estimates that
    are random directions through and through are averaged; of the others little is noise.
    """
    averaging: Schedule = Constant(1.0)
    if method.kind.is_noise:
        averaging = SahuAveraging(num_hyper, method.num_directions)
    return RelaxAndPenalize(
        estimator=build_estimator(method, num_hyper),
        solver=FrankWolfe(UnitBox(), HarmonicStepSize(method.step_offset), averaging),
        epsilon=GeometricDecay(method.epsilon_initial, method.epsilon_decay),
        steps_per_round=math.ceil(affordable(budget, cost) / method.num_rounds),
    )


def affordable(budget: float, cost: float) -> int:
    """Return how many steps of a cost a budget pays for, at least one."""
    return max(1, math.floor(budget / cost))
