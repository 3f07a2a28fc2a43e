"""Projected gradient steps: closed forms, feasibility, and what the gap says."""

import math
from dataclasses import dataclass
from itertools import islice

import pytest
import torch
from scipy.optimize import minimize

from analytic import Quadratic, iterate, random_quadratic
from relaxpen.method.budgeted_box import BudgetedBox
from relaxpen.method.estimators import ExactHypergradient
from relaxpen.method.masks import fractionality
from relaxpen.method.projected_gradient import ProjectedGradient
from relaxpen.method.relax_penalize import RelaxAndPenalize, until_binary
from relaxpen.method.schedules import Constant, GeometricDecay

pytestmark = pytest.mark.numerics


@dataclass(frozen=True)
class UnitBoxProjection:
    def project(self, point):
        return point.clamp(0, 1)


def gaussian(size, seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(size, generator=generator, dtype=torch.float64)


def test_a_step_is_the_printed_formula():
    solver = ProjectedGradient(UnitBoxProjection(), lambda step: 0.5 / (step + 1))
    theta = torch.tensor([0.5, 0.2, 0.9], dtype=torch.float64)
    estimate = torch.tensor([2.0, 1.0, -3.0], dtype=torch.float64)
    known = torch.tensor([-1.0, -1.4, 1.0], dtype=torch.float64)
    after = solver.step(solver.init(theta), 1, estimate, known)  # gamma 1/4, descent (1, -.4, -2)
    assert after.theta.tolist() == pytest.approx([0.25, 0.3, 1.0])
    assert after.gap == pytest.approx(1 * 0.25 + 0.4 * 0.1 + 2 * 0.1)
    assert theta.tolist() == [0.5, 0.2, 0.9]


def test_steps_on_a_quadratic_over_the_box_are_its_closed_form():
    """F = 1/2 a |theta - c|^2: every entry is clipped (c + (1 - gamma a)^j (theta_0 - c))."""
    wanted = torch.tensor([-1.0, -0.2, 0.3, 0.7, 1.5], dtype=torch.float64)
    solver = ProjectedGradient(UnitBoxProjection(), Constant(0.1))
    state = solver.init(torch.full((5,), 0.5, dtype=torch.float64))
    assert math.isnan(state.gap)
    for step in range(1, 40):
        state = solver.step(state, step, 2 * (state.theta - wanted), torch.zeros_like(wanted))
        closed = (wanted + 0.8**step * (0.5 - wanted)).clamp(0, 1)
        assert torch.allclose(state.theta, closed, rtol=0, atol=1e-14)


def test_one_step_of_unit_length_is_the_projection_itself():
    box, target = BudgetedBox(30, 7.5), gaussian(30, seed=0)
    theta = torch.full((30,), 0.25, dtype=torch.float64)
    solver = ProjectedGradient(box, Constant(1.0))
    after = solver.step(solver.init(theta), 0, theta, -target)
    assert torch.allclose(after.theta, box.project(target), rtol=0, atol=1e-14)


def test_it_converges_to_what_a_quadratic_solver_finds_and_the_gap_vanishes():
    problem = random_quadratic(10, seed=3)
    box = BudgetedBox(10, 4.0)
    length = 1 / torch.linalg.eigvalsh(problem.matrix).max().item()
    solver = ProjectedGradient(box, Constant(length))
    state = solver.init(torch.full((10,), 0.4, dtype=torch.float64))
    for step in range(20_000):
        before = state
        state = solver.step(state, step, problem.gradient(state.theta), torch.zeros(10).double())
        assert state.gap >= (state.theta - before.theta).square().sum() / length - 1e-14
        if bool((state.theta == before.theta).all()):
            break
    assert abs(state.gap) < 1e-12
    matrix, slope = problem.matrix.numpy(), problem.slope.numpy()
    found = minimize(
        lambda v: 0.5 * v @ matrix @ v + slope @ v,
        [0.4] * 10,
        jac=lambda v: matrix @ v + slope,
        bounds=[(0, 1)] * 10,
        constraints={"type": "eq", "fun": lambda v: v.sum() - 4},
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 500},
    )
    value = problem.evaluate(state.theta[None], state.theta, None).values.item()
    assert value == pytest.approx(found.fun, abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_relax_and_penalize_drives_it_to_a_binary_point_on_the_budget(seed):
    """Every iterate is feasible, and a separable linear objective ends at its best vertex."""
    slope = gaussian(9, seed)
    problem, box = Quadratic(torch.zeros(9, 9).double(), slope), BudgetedBox(9, 4)
    solver = ProjectedGradient(box, Constant(0.05))
    method = RelaxAndPenalize(ExactHypergradient(), solver, GeometricDecay(1e3, 0.1), 30)
    iterates = until_binary(iterate(method, problem), 30, 10, 1e-6)
    for last in islice(iterates, 300):
        assert last.next_theta.sum().item() == pytest.approx(4, abs=1e-12)
        assert bool(((last.next_theta >= 0) & (last.next_theta <= 1)).all())
    assert fractionality(last.next_theta) < 1e-6
    assert torch.allclose(last.next_theta, box.minimize(slope), rtol=0, atol=1e-6)
