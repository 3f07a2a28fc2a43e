"""The value difference: all coordinates of the hypergradient from two solves, and its known errors."""

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from conftest import small_instance, small_settings
from relaxpen.experiment.build import build_problem
from relaxpen.method.estimators import ExactHypergradient, Point
from relaxpen.method.value_difference import ValueDifference
from relaxpen.problems.hypercleaning import LowerLevel
from relaxpen.problems.pulled import PulledCleaning

pytestmark = pytest.mark.numerics


def pulled(settings, instance, **more):
    lower = LowerLevel(**settings.lower.model_dump() | more)
    return PulledCleaning(instance.train, instance.validation, instance.num_classes, lower)


def estimate(estimator, problem, theta, start=None):
    start = problem.initial_params() if start is None else start
    generator = torch.Generator().manual_seed(0)
    return estimator.estimate(problem, Point(theta, start), generator)


@pytest.fixture
def solved():
    """A problem whose lower level is solved, a mask, and the solution."""
    settings = small_settings(lower__ridge=0.05)
    problem = pulled(settings, small_instance(settings), num_steps=400, step_size=0.5)
    theta = torch.rand(40, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return problem, theta, problem.evaluate(theta[None], problem.initial_params()).params[0]


@dataclass(frozen=True)
class LinearLosses:
    """l_i(w) = <b_i, w>, f = (1/p) sum_i theta_i l_i(w) + c |w|^2, F = |w - a|^2 / 2, solved exactly.

    w_s = (s a - (1/p) sum_i theta_i b_i) / (2 c + s); dF/dtheta_i = <b_i, a - w_0> / (2 c p).
    """

    rows: Tensor  # b, (p, d)
    target: Tensor  # a, (d,)
    ridge: float  # c
    num_lower_steps = 1

    @property
    def num_hyper(self):
        return len(self.rows)

    def solve_pulled(self, theta, strengths, start, batches):
        s = strengths[:, None]
        return (s * self.target - theta @ self.rows / self.num_hyper) / (2 * self.ridge + s)

    def sample_losses(self, params):
        return params @ self.rows.T

    def upper_values(self, thetas, params):
        return (0.5 * (params - self.target).square().sum()).expand(len(thetas))


@pytest.mark.parametrize(("s", "c"), [(0.1, 0.3), (2.0, 1.5), (10.0, 8.0)])
def test_with_linear_losses_it_is_the_gradient_but_for_a_known_factor(s, c):
    """Forward 2c / (2c + s), symmetric 4c^2 / (4c^2 - s^2): the direction is right at any strength."""
    draw = torch.Generator().manual_seed(0)
    rows = torch.randn(9, 4, generator=draw, dtype=torch.float64)
    problem = LinearLosses(rows, torch.randn(4, generator=draw, dtype=torch.float64), c)
    theta = torch.rand(9, generator=draw, dtype=torch.float64)
    w = -theta @ rows / 9 / (2 * c)
    exact = rows @ (problem.target - w) / (2 * c * 9)
    for symmetric, factor in ((False, 2 * c / (2 * c + s)), (True, 4 * c**2 / (4 * c**2 - s**2))):
        found = estimate(ValueDifference(s, symmetric), problem, theta, torch.zeros(4).double())
        assert torch.allclose(found.gradient, factor * exact, rtol=1e-10)
        assert found.value == pytest.approx(0.5 * (w - problem.target).square().sum().item())


@pytest.mark.parametrize(("symmetric", "rate"), [(False, 2), (True, 4)])
def test_its_error_falls_with_the_strength_at_the_known_rate(solved, symmetric, rate):
    problem, theta, start = solved
    exact = estimate(ExactHypergradient(), problem, theta, start).gradient
    errors = [
        (estimate(ValueDifference(s, symmetric), problem, theta, start).gradient - exact).norm()
        for s in (0.08, 0.04, 0.02)
    ]
    assert errors[-1] < 0.05 * exact.norm()
    assert errors[0] / errors[1] == pytest.approx(rate, rel=0.15)
    assert errors[1] / errors[2] == pytest.approx(rate, rel=0.15)


def test_a_solve_without_pull_is_the_solve_of_the_problem():
    settings = small_settings()
    instance = small_instance(settings)
    problem = pulled(settings, instance)
    theta = torch.full((40,), 0.7, dtype=torch.float64)
    start = problem.evaluate(theta[None], problem.initial_params()).params[0]
    free = problem.solve_pulled(theta, torch.tensor([0.0]), start, None)[0]
    evaluation = build_problem(settings, instance).evaluate(theta[None], start)
    assert torch.allclose(free, evaluation.params[0], rtol=1e-12, atol=1e-14)
    found = estimate(ValueDifference(0.1), problem, theta, start)
    assert found.value == pytest.approx(evaluation.values[0].item(), rel=1e-12)
    assert torch.allclose(found.params, free, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("batch_size", [None, 10])
def test_pulled_solves_are_gradient_steps_on_f_plus_s_times_the_upper_objective(batch_size):
    settings = small_settings(lower__batch_size=batch_size)
    instance = small_instance(settings)
    problem = pulled(settings, instance)
    theta = torch.rand(40, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    batches = problem.draw_batches(torch.Generator().manual_seed(3))
    start = torch.randn(2, 7, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    strengths = [0.0, 0.5, -0.3]
    found = problem.solve_pulled(
        theta, torch.tensor(strengths, dtype=torch.float64), start, batches
    )
    for s, ours in zip(strengths, found, strict=True):
        w = start.clone()
        for step in range(4):
            rows = slice(None) if batches is None else batches[0, step]
            w = w.detach().requires_grad_()
            logits = instance.train.features[rows] @ w.T
            losses = cross_entropy(logits, instance.train.labels[rows], reduction="none")
            value = (theta[rows] * losses).mean() + settings.lower.ridge * w.square().sum()
            clean = instance.validation
            above = slice(None) if batches is None else batches[1, step]
            value = value + s * cross_entropy(clean.features[above] @ w.T, clean.labels[above])
            value.backward()
            w = w - settings.lower.step_size * w.grad
        assert torch.allclose(ours, w.detach(), rtol=1e-10, atol=1e-12)


def test_losses_of_samples_are_cross_entropies():
    settings = small_settings()
    instance = small_instance(settings)
    problem = pulled(settings, instance)
    params = torch.randn(3, 2, 7, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    for one, losses in zip(params, problem.sample_losses(params), strict=True):
        logits = instance.train.features @ one.T
        expected = cross_entropy(logits, instance.train.labels, reduction="none")
        assert torch.allclose(losses, expected, rtol=1e-12)


@pytest.mark.parametrize(("symmetric", "lower", "upper"), [(False, 8, 4), (True, 12, 8)])
def test_a_pulled_solve_takes_gradients_of_both_levels(symmetric, lower, upper):
    settings = small_settings()
    problem = pulled(settings, small_instance(settings))
    theta = torch.full((40,), 0.5, dtype=torch.float64)
    found = estimate(ValueDifference(0.1, symmetric), problem, theta)
    assert (found.num_lower_steps, found.num_upper_gradients) == (lower, upper)
