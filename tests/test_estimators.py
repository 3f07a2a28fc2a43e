import math

import pytest
import torch

from analytic import linear, random_quadratic
from conftest import small_instance, small_settings
from relaxpen.experiment.build import build_problem
from relaxpen.method.estimators import ExactHypergradient, FixedLowerLevel, Point, RandomDirections
from relaxpen.method.schedules import Constant

pytestmark = pytest.mark.numerics


def estimate(estimator, problem, theta, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return estimator.estimate(problem, Point(theta, problem.initial_params()), generator)


def cosine(a, b):
    return (a @ b / (a.norm() * b.norm())).item()


def test_random_directions_are_unbiased():
    """The error of the mean of many estimates falls as 1/sqrt(number), to where it must be."""
    problem = random_quadratic(6, seed=1)
    theta = torch.full((6,), 0.4, dtype=torch.float64)
    truth = problem.gradient(theta)
    many = RandomDirections(200_000, Constant(1e-4))
    error = (estimate(many, problem, theta).gradient - truth).norm() / truth.norm()
    # E|g - truth|^2 = (p + 1) |truth|^2 / m for Gaussian directions
    assert error < 3 * math.sqrt(7 / 200_000)


@pytest.mark.parametrize(("p", "m"), [(400, 4), (400, 40), (100, 300)])
def test_cosine_to_the_gradient_is_sqrt_m_over_m_plus_p(p, m):
    generator = torch.Generator().manual_seed(2)
    problem = linear(torch.randn(p, generator=generator, dtype=torch.float64))
    theta = torch.full((p,), 0.5, dtype=torch.float64)
    estimator = RandomDirections(m, Constant(1e-2))
    found = [
        cosine(estimate(estimator, problem, theta, seed).gradient, problem.slope)
        for seed in range(60)
    ]
    assert sum(found) / len(found) == pytest.approx(math.sqrt(m / (m + p)), rel=0.1)


def test_a_slope_is_a_forward_difference():
    """One direction on a quadratic: the slope is z'grad + (c/2) z'Az, to rounding."""
    problem = random_quadratic(5, seed=3)
    theta = torch.full((5,), 0.3, dtype=torch.float64)
    radius = 0.1
    found = estimate(RandomDirections(1, Constant(radius)), problem, theta).gradient
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(1, 5, generator=generator, dtype=torch.float64)[0]
    slope = z @ problem.gradient(theta) + radius / 2 * z @ problem.matrix @ z
    assert torch.allclose(found, slope * z, rtol=1e-10)


def test_cost_is_counted():
    problem = random_quadratic(5, seed=3)
    theta = torch.full((5,), 0.3, dtype=torch.float64)
    ours = estimate(RandomDirections(7, Constant(0.1)), problem, theta)
    assert (ours.num_values, ours.num_lower_steps) == (8, 24)
    exact = estimate(ExactHypergradient(), problem, theta)
    assert (exact.num_values, exact.num_lower_steps) == (1, 6)
    printed = estimate(FixedLowerLevel(7, Constant(0.1)), problem, theta)
    assert (printed.num_values, printed.num_lower_steps) == (8, 3)


def test_lower_level_that_is_not_solved_again_gives_exactly_nothing():
    settings = small_settings()
    problem = build_problem(settings, small_instance(settings))
    theta = torch.full((problem.num_hyper,), 0.5, dtype=torch.float64)
    found = estimate(FixedLowerLevel(5, Constant(1e-2)), problem, theta)
    assert bool((found.gradient == 0).all())


def test_random_directions_point_along_the_hypergradient_of_the_real_problem():
    settings = small_settings()
    problem = build_problem(settings, small_instance(settings))
    theta = torch.full((problem.num_hyper,), 0.5, dtype=torch.float64)
    exact = estimate(ExactHypergradient(), problem, theta)
    random = estimate(RandomDirections(20_000, Constant(1e-4)), problem, theta)
    assert cosine(exact.gradient, random.gradient) > 0.99
    assert random.value == pytest.approx(exact.value, rel=1e-12)
