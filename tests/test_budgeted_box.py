"""The box with a budget: its projection and its oracle against brute force, solvers and optimality."""

from itertools import product

import pytest
import torch
from scipy.optimize import linprog, minimize

from relaxpen.method.budgeted_box import BudgetedBox

pytestmark = pytest.mark.numerics

BUDGETS = [0.0, 0.3, 1.0, 2.0, 2.5, 4.75, 5.0]


def gaussian(size, seed, scale=1.0):
    generator = torch.Generator().manual_seed(seed)
    return scale * torch.randn(size, generator=generator, dtype=torch.float64)


def nearest_by_brute_force(point, budget):
    """The nearest of the 3^m points with entries at 0, at 1 or free, that are feasible."""
    best = None
    for pattern in product((0.0, 1.0, None), repeat=len(point)):
        free = torch.tensor([entry is None for entry in pattern])
        v = torch.tensor([entry or 0.0 for entry in pattern], dtype=torch.float64)
        rest = budget - v.sum()
        if free.any():
            v[free] = point[free] + (rest - point[free].sum()) / free.sum()
        elif abs(rest) > 1e-12:
            continue
        inside = bool(((v > -1e-12) & (v < 1 + 1e-12)).all())
        if inside and (best is None or (v - point).norm() < (best - point).norm()):
            best = v
    return best


def check_optimal(point, v, budget, tolerance):
    """The conditions of Karush, Kuhn and Tucker, with the multiplier of the free entries."""
    assert bool(((v >= 0) & (v <= 1)).all())
    assert v.sum().item() == pytest.approx(budget, rel=0, abs=1e-10)
    free = (v > 0) & (v < 1)
    shift = point - v
    lowest = shift[v < 1].max().item() if (v < 1).any() else -float("inf")
    highest = shift[v > 0].min().item() if (v > 0).any() else float("inf")
    assert lowest <= highest + tolerance  # some t: u_i - v_i <= t below 1, >= t above 0
    assert not free.any() or shift[free].max() - shift[free].min() <= tolerance


@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0])
def test_projection_is_the_nearest_of_all_active_sets(budget, scale):
    box = BudgetedBox(5, budget)
    for seed in range(5):
        point = gaussian(5, seed, scale) + 0.4
        assert torch.allclose(
            box.project(point), nearest_by_brute_force(point, budget), rtol=0, atol=1e-12
        )


@pytest.mark.parametrize("budget", [3.0, 7.4, 11.0])
def test_projection_is_what_a_quadratic_solver_finds(budget):
    point = gaussian(12, seed=int(10 * budget)) + 0.5
    found = minimize(
        lambda v: 0.5 * ((v - point.numpy()) ** 2).sum(),
        [budget / 12] * 12,
        jac=lambda v: v - point.numpy(),
        bounds=[(0, 1)] * 12,
        constraints={"type": "eq", "fun": lambda v: v.sum() - budget},
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 500},
    )
    assert found.success
    projected = BudgetedBox(12, budget).project(point)
    assert torch.allclose(projected, torch.from_numpy(found.x), rtol=0, atol=1e-7)


@pytest.mark.parametrize("budget", [1.0, 5000.0, 12345.678, 49999.0, 50000.0])
@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1.0, 1e4])
def test_projection_of_many_entries_is_optimal_and_on_the_budget(budget, scale):
    point = gaussian(50_000, seed=1, scale=scale) + budget / 50_000
    v = BudgetedBox(50_000, budget).project(point)
    check_optimal(point, v, budget, tolerance=1e-13 * max(1.0, scale))


def test_many_ties_are_on_the_budget():
    point = torch.randint(-3, 4, (50_000,), generator=torch.Generator().manual_seed(2)) / 2.0
    for budget in (10.0, 20_000.5, 30_000.0, 49_990.0):
        v = BudgetedBox(50_000, budget).project(point.double())
        check_optimal(point.double(), v, budget, tolerance=1e-13)
        assert all(len(v[point == value].unique()) == 1 for value in point.unique())


@pytest.mark.parametrize("value", [0.0, 0.7, -1e9, 1e9, 1e17, 1e300])
@pytest.mark.parametrize("budget", [0.0, 1.5, 3.0, 7.0])
def test_equal_entries_share_the_budget(value, budget):
    v = BudgetedBox(7, budget).project(torch.full((7,), value, dtype=torch.float64))
    assert torch.allclose(v, torch.full_like(v, budget / 7), rtol=1e-15)


def test_far_away_points_lose_no_precision():
    """The budget is met as well at 1e6 as at 1: t itself would be rounded to 1e-10."""
    near = gaussian(10_000, seed=3)
    box = BudgetedBox(10_000, 1000.0)
    far = box.project(near + 1e6)
    assert far.sum().item() == pytest.approx(1000, rel=1e-13)
    assert torch.allclose(far, box.project(near), rtol=0, atol=1e-9)  # the input is rounded


def test_entries_so_apart_that_their_difference_overflows():
    point = torch.tensor([1.7e308, -1.7e308, 0.0], dtype=torch.float64)
    assert BudgetedBox(3, 1.5).project(point).tolist() == [1, 0, 0.5]


def test_feasible_points_stay_and_the_whole_budget_is_ones():
    v = torch.tensor([0.25, 1.0, 0.0, 0.75], dtype=torch.float64)
    assert torch.allclose(BudgetedBox(4, 2.0).project(v), v, rtol=0, atol=1e-16)
    for seed in range(3):
        assert BudgetedBox(50, 50.0).project(gaussian(50, seed, 9.0)).tolist() == [1.0] * 50
        assert BudgetedBox(50, 0.0).project(gaussian(50, seed, 9.0)).tolist() == [0.0] * 50
    assert BudgetedBox(1, 0.5).project(torch.tensor([8.0]).double()).tolist() == [0.5]


def test_projection_leaves_its_input_and_type_alone():
    point = torch.tensor([2.0, -1.0, 0.5])
    assert BudgetedBox(3, 1.0).project(point).dtype == torch.float32
    assert point.tolist() == [2.0, -1.0, 0.5]


@pytest.mark.parametrize("budget", BUDGETS)
def test_oracle_is_as_good_as_a_linear_solver(budget):
    for seed in range(5):
        direction = gaussian(5, seed)
        vertex = BudgetedBox(5, budget).minimize(direction)
        found = linprog(direction.numpy(), A_eq=[[1.0] * 5], b_eq=[budget], bounds=(0, 1))
        assert (vertex @ direction).item() == pytest.approx(found.fun, abs=1e-12)
        assert vertex.sum().item() == pytest.approx(budget, abs=1e-15)
        assert bool(((vertex >= 0) & (vertex <= 1)).all())


def test_oracle_is_binary_for_whole_budgets_and_takes_the_first_of_equals():
    direction = torch.tensor([1.0, -1.0, 1.0, -2.0, 1.0], dtype=torch.float64)
    assert BudgetedBox(5, 3).minimize(direction).tolist() == [1, 1, 0, 1, 0]
    assert BudgetedBox(5, 3.25).minimize(direction).tolist() == [1, 1, 0.25, 1, 0]
    assert BudgetedBox(5, 5).minimize(direction).tolist() == [1] * 5
    assert BudgetedBox(5, 0).minimize(direction).tolist() == [0] * 5
    equal = BudgetedBox(50_000, 20_000).minimize(torch.zeros(50_000).double())
    assert bool((equal == (torch.arange(50_000) < 20_000)).all())


@pytest.mark.parametrize("budget", [-1e-9, 5.000001, float("nan"), float("inf")])
def test_budgets_that_nothing_meets_are_refused(budget):
    with pytest.raises(ValueError, match=r"no v in \[0, 1\]\^5 has the sum .* between 0 and 5"):
        BudgetedBox(5, budget)


@pytest.mark.parametrize("bad", [[1.0, float("nan"), 0.0], [1.0, float("inf"), 0.0], [1.0, 2.0]])
def test_points_that_are_no_points_are_refused(bad):
    box, point = BudgetedBox(3, 1.0), torch.tensor(bad, dtype=torch.float64)
    for verb in (box.project, box.minimize):
        with pytest.raises(ValueError, match=r"needs 3 finite entries; got shape"):
            verb(point)
