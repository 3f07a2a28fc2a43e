"""Objects from the settings of a comparison: problems, methods, estimators."""

import math

from relaxpen.method.directional import Differences, GuidedDirections
from relaxpen.method.directions import LAWS
from relaxpen.method.estimators import (
    ExactHypergradient,
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
    SahuRadius,
    Schedule,
)
from relaxpen.method.value_difference import ValueDifference
from relaxpen.problems.hypercleaning import LowerLevel
from relaxpen.problems.pulled import PulledCleaning
from relaxpen.problems.samples import Instance
from relaxpen.tasks.cleaning.estimators import Estimated, RelaxPenalize
from relaxpen.tasks.cleaning.settings import CleaningSettings


def build_lower(settings: CleaningSettings, method: Estimated) -> LowerLevel:
    """Return the lower level that an estimator solves."""
    ridge, size = settings.lower.ridge, method.batch_size
    return LowerLevel(method.num_steps, method.step_size, ridge, size, clip=False)


def build_cleaning(instance: Instance, lower: LowerLevel) -> PulledCleaning:
    """Return the bilevel problem of an instance; it is not given ``changed`` or the test set."""
    return PulledCleaning(instance.train, instance.validation, instance.num_classes, lower)


def build_estimator(method: RelaxPenalize, num_hyper: int) -> GradientEstimator:
    """Return where the gradient of relax and penalize comes from, for a mask of num_hyper entries."""
    radius = SahuRadius(num_hyper, method.num_directions, floor=method.radius_floor)
    guided = GuidedDirections(min(method.num_directions, method.num_bins), method.num_bins, radius)
    pulled = ValueDifference(method.strength, method.symmetric)
    law = LAWS[method.law]
    bases = {"random": None, "guided_and_random": guided, "controlled": pulled}
    if method.estimator in bases:
        base = bases[method.estimator]
        return Differences(method.num_directions, radius, law, base, shrink=base is not None)
    alone = {"guided": guided, "value_difference": pulled, "exact": ExactHypergradient()}
    return alone[method.estimator]


def cost_of(
    method: Estimated, found: GradientEstimate, point: Point, problem: PulledCleaning
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
        if method.estimator != "exact":  # whose only gradient of F is over all validation samples
            upper = lower
    models = {"guided": 1, "guided_and_random": 1}
    models |= dict.fromkeys(("value_difference", "controlled"), 3 if method.symmetric else 2)
    samples = found.num_lower_steps * lower + found.num_upper_gradients * upper
    samples += found.num_values * num_validation / 2
    return (samples + models.get(method.estimator, 0) * num_train / 2) / num_train


def build_search(
    method: RelaxPenalize, num_hyper: int, budget: float, cost: float
) -> RelaxAndPenalize:
    """Return relax and penalize with rounds that share a budget, for steps of a known cost.

    The last round is shorter where they cannot all have the same number of steps. Only estimates that
    are random directions through and through are averaged; of the others little is noise.
    """
    noisy = method.estimator in ("random", "guided_and_random")
    averaging: Schedule = Constant(1.0)
    if noisy:
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
