"""The set of a mask with one more number."""

import pytest
import torch

from analytic import random_quadratic
from relaxpen.method.estimators import ExactHypergradient
from relaxpen.method.mask_and_number import MaskAndNumber
from relaxpen.method.projected_gradient import ProjectedGradient
from relaxpen.method.relax_penalize import RelaxAndPenalize
from relaxpen.method.schedules import Constant
from relaxpen.method.simplices import Simplices

pytestmark = pytest.mark.numerics

SET = MaskAndNumber(Simplices(2, 3), 0.1, 0.5)


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_the_outer_loop_drives_it_to_the_constrained_minimum():
    """At the end the negative gradient is in the normal cone: no vertex is better."""
    problem = random_quadratic(7, seed=1)
    theta = SET.project(random(7))
    solver = ProjectedGradient(SET, Constant(0.3))
    method = RelaxAndPenalize(ExactHypergradient(), solver, Constant(float("inf")), 10)
    streams = [torch.Generator() for _ in range(2)]
    iterates = method.iterate(problem, theta, problem.initial_params(), *streams)
    last = next(x for k, x in enumerate(iterates) if k == 400)
    gradient = problem.gradient(last.next_theta)
    assert (last.next_theta - SET.minimize(gradient)) @ gradient < 1e-12
    assert last.gap < 1e-12


def test_a_step_is_scaled_and_adds_the_known_part():
    scales = torch.tensor([1.0] * 6 + [1e-4], dtype=torch.float64)
    theta, estimate, known = SET.project(random(7)), random(7, seed=1), random(7, seed=2)
    solver = ProjectedGradient(SET, Constant(0.01), scales)
    state = solver.step(solver.init(theta), 0, estimate, known)
    assert torch.equal(state.theta, SET.project(theta - 0.01 * scales * (estimate + known)))
    moved = (theta - state.theta) @ (estimate + known)
    assert state.gap == pytest.approx(moved.item())
    assert state.gap > 0


def test_the_set_is_a_product():
    point = random(4, 7)
    found = SET.project(point)
    assert torch.equal(found[:, :-1], Simplices(2, 3).project(point[:, :-1]))
    assert torch.equal(found[:, -1], point[:, -1].clamp(0.1, 0.5))
    best = SET.minimize(torch.tensor([3.0, 1, 2, 0, 0, 0, -1]).double())
    assert best.tolist() == [0, 1, 0, 1, 0, 0, 0.5]
    assert SET.minimize(torch.zeros(7).double())[-1].item() == 0.1


def test_the_penalty_leaves_the_number_alone():
    point = SET.project(random(7))
    gradient = SET.penalty_gradient(point, 0.5)
    assert torch.equal(gradient[:-1], (1 - 2 * point[:-1]) / 0.5)
    assert gradient[-1] == 0
    assert bool((SET.penalty_gradient(point, float("inf")) == 0).all())


def test_an_empty_interval_is_refused():
    with pytest.raises(ValueError, match=r"the interval \[1, 0\] is empty"):
        MaskAndNumber(Simplices(1, 1), 1, 0)
