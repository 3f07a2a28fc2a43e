"""Methods as settings name them."""

import math
from itertools import islice

import pytest
import torch

from analytic import iterate, method
from conftest import small_instance, small_settings
from relaxpen.method import penalty
from relaxpen.method.estimators import (
    ExactHypergradient,
    FixedLowerLevel,
    NoGradient,
    RandomDirections,
)
from relaxpen.method.relax_penalize import until_binary
from relaxpen.method.schedules import (
    Constant,
    GeometricDecay,
    HarmonicStepSize,
    SahuAveraging,
    SahuRadius,
)
from relaxpen.tasks.thesis.build import build_method, build_problem
from relaxpen.tasks.thesis.methods import METHODS

pytestmark = pytest.mark.numerics


def test_as_printed_discards_every_sample():
    settings = small_settings()
    problem = build_problem(settings, small_instance(settings))
    solver = method(
        FixedLowerLevel(4, Constant(1e-2)),
        GeometricDecay(1e5, 0.2),
        SahuAveraging(40, 4),
        penalty_gradient=penalty.gradient_as_printed,
        average_penalty=True,
    )
    last = list(until_binary(iterate(solver, problem), 20, 10, 1e-2))[-1]
    assert last.next_theta.max() < 1e-2


def test_methods_are_built_as_their_names_say():
    settings = small_settings(upper__radius_floor=0.05, upper__step_offset=9.0)
    upper = settings.upper
    built = {name: build_method(settings, name, 40) for name in METHODS}
    radius, averaging = SahuRadius(40, 8, floor=0.05), SahuAveraging(40, 8)
    decay = GeometricDecay(upper.epsilon_initial, upper.epsilon_decay)
    estimators = {
        "relax_penalize": RandomDirections(8, radius),
        "relax_round": RandomDirections(8, radius),
        "exact_gradient": ExactHypergradient(),
        "no_cleaning": NoGradient(),
        "as_printed": FixedLowerLevel(8, radius),
    }
    for name, found in built.items():
        penalized = name not in ("relax_round", "no_cleaning")
        literal = name == "as_printed"
        exact = name == "exact_gradient"
        moves = HarmonicStepSize(9.0) if name != "no_cleaning" else Constant(0.0)
        assert found.estimator == estimators[name]
        assert found.solver.step_size == moves
        assert found.solver.averaging == (Constant(1.0) if exact else averaging)
        assert found.epsilon == (decay if penalized else Constant(math.inf))
        assert found.average_penalty is literal
        slope = penalty.gradient_as_printed if literal else penalty.gradient
        assert found.penalty_gradient is slope
        assert found.steps_per_round == upper.steps_per_round
    with pytest.raises(ValueError, match="no method is called 'newton'"):
        build_method(settings, "newton", 40)


def test_without_cleaning_the_mask_stays_and_the_lower_level_is_trained_on():
    settings = small_settings()
    problem = build_problem(settings, small_instance(settings))
    steps = list(islice(iterate(build_method(settings, "no_cleaning", 40), problem), 30))
    half = torch.full((40,), 0.5, dtype=torch.float64)
    assert all(torch.equal(step.next_theta, half) for step in steps)
    params = problem.initial_params()
    for step in steps:
        expected = problem.evaluate(half[None], params)
        assert step.estimate.value == expected.values[0].item()
        params = expected.params[0]
