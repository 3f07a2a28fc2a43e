"""The public code of the distillation paper, its mistakes shown."""

import pytest
import torch

from relaxpen.method.budgeted_box import BudgetedBox
from relaxpen.problems.distillation import DataDistillation
from relaxpen.problems.distillation_published import PublishedBudgetedBox, PublishedDistillation
from small_regression import relative_error, small_regression

pytestmark = pytest.mark.numerics


def gradient_of_the_code(train, validation, weights, ridge, chosen):
    """What the public code computes, sample by sample: sums over validation samples of products."""
    m, n, mass = len(weights), len(validation.features), weights.sum()
    x_bar, y_bar = weights @ train.features / mass, weights @ train.targets / mass
    x_hat, y_hat = train.features - x_bar, train.targets - y_bar
    identity = torch.eye(x_hat.shape[1], dtype=torch.float64)
    system = (x_hat.T * weights) @ x_hat / m + ridge * identity
    slopes = torch.linalg.solve(system, (x_hat.T * weights) @ y_hat / m).T
    ahead = torch.linalg.solve(system, (validation.features - x_bar).T)  # (d, n)
    errors = (validation.features - x_bar) @ slopes.T + y_bar - validation.targets
    gradient = torch.zeros(m, dtype=torch.float64)
    for j in chosen.tolist():
        moved = torch.outer(x_hat[j] @ ahead, y_hat[j] - slopes @ x_hat[j])
        gradient[j] = (errors * moved).sum() / n  # no 1/m
    ahead_mean = slopes @ (validation.features.mean(0) - x_bar) + y_bar - validation.targets.mean(0)
    return gradient + (y_hat - x_hat @ slopes.T) @ ahead_mean / mass


def test_gradient_is_that_of_the_code_on_the_samples_drawn():
    train, validation, weights = small_regression()
    problem = PublishedDistillation(DataDistillation(train, validation, 0.3), batch_size=7)
    batches = problem.draw_batches(torch.Generator().manual_seed(4))
    assert batches.shape == (1, 7)
    found = problem.hypergradient(weights, problem.initial_params(), batches)
    expected = gradient_of_the_code(train, validation, weights, 0.3, batches[0])
    assert relative_error(found.gradient, expected) < 1e-10
    exact = problem.problem.hypergradient(weights, problem.initial_params())
    assert found.value == exact.value
    assert torch.equal(found.params, exact.params)


def test_its_first_term_is_m_times_too_large():
    train, validation, weights = small_regression()
    right = DataDistillation(train, validation, 0.3)
    start = right.initial_params()
    exact = right.hypergradient(weights, start).gradient
    found = PublishedDistillation(right).hypergradient(weights, start).gradient
    assert relative_error(found, exact) > 5
    terms = right.gradient_terms(right.fit(weights))
    assert relative_error(found, 30 * terms.through_slopes + terms.through_means) < 1e-14
    mended = PublishedDistillation(right, divided=True).hypergradient(weights, start).gradient
    assert relative_error(mended, exact) < 1e-14


def test_divided_the_sampling_stays():
    train, validation, weights = small_regression()
    right = DataDistillation(train, validation, 0.3)
    batches = torch.tensor([[2, 5]])
    problem = PublishedDistillation(right, divided=True)
    found = problem.hypergradient(weights, problem.initial_params(), batches).gradient
    terms = right.gradient_terms(right.fit(weights))
    expected = terms.through_means.clone()
    expected[batches[0]] += terms.through_slopes[batches[0]]
    assert torch.allclose(found, expected, rtol=1e-14)


def test_other_verbs_are_those_of_the_problem():
    train, validation, weights = small_regression()
    right = DataDistillation(train, validation, 0.3)
    problem, start = PublishedDistillation(right), right.initial_params()
    assert problem.num_hyper == 30
    assert problem.num_lower_steps == 1
    assert torch.equal(problem.initial_params(), start)
    found, expected = (each.evaluate(weights[None], start) for each in (problem, right))
    assert torch.equal(found.values, expected.values)
    values = problem.upper_values(weights[None], found.params[0])
    assert values.tolist() == found.values.tolist()
    assert PublishedDistillation(right).draw_batches(torch.Generator()).shape == (1, 30)


def random_pivots(point, budget, generator):
    """The search of the public code, with its random pivots and the breakpoints it is given."""
    candidates = sorted({*(point - len(point)).tolist(), *point.tolist()})

    def total(level):
        return (point - level).clamp(0, 1).sum().item()

    low, high = -float("inf"), float("inf")
    while candidates:
        index = int(torch.randint(len(candidates), (), generator=generator))
        level = candidates[index]
        if total(level) > budget + 1e-10:
            low, candidates = level, candidates[index + 1 :]
        elif total(level) < budget - 1e-10:
            high, candidates = level, candidates[:index]
        else:
            return (point - level).clamp(0, 1)
    slope = (high - low) / (total(high) - total(low))
    return (point - (low - (total(low) - budget) * slope)).clamp(0, 1)


@pytest.mark.parametrize("spread", [1e-3, 0.3, 1.0, 5.0])
@pytest.mark.parametrize("budget", [3, 10, 25])
def test_projection_is_that_of_the_code_whatever_its_pivots(spread, budget):
    generator = torch.Generator().manual_seed(budget)
    for _ in range(5):
        noise = torch.randn(40, generator=generator, dtype=torch.float64)
        point = budget / 40 + spread * noise
        found = PublishedBudgetedBox(40, budget).project(point)
        expected = random_pivots(point, budget, generator)
        assert torch.allclose(found, expected, rtol=0, atol=1e-9)


def test_near_a_constant_vector_the_projection_keeps_every_sample():
    """A spread of 1e-3 about 0.1: the sum is 2000 instead of 200."""
    noise = torch.rand(2000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    point = 0.1 + 1e-3 * noise
    assert PublishedBudgetedBox(2000, 200).project(point).tolist() == [1.0] * 2000
    assert BudgetedBox(2000, 200).project(point).sum().item() == pytest.approx(200, abs=1e-11)


def test_where_no_entry_reaches_1_and_many_reach_0_the_projection_is_right():
    noise = torch.rand(2000, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    found = PublishedBudgetedBox(2000, 200).project(0.9 * noise)
    assert torch.allclose(found, BudgetedBox(2000, 200).project(0.9 * noise), rtol=0, atol=1e-9)
    assert (found == 0).sum() > 500


def test_elsewhere_the_projection_is_off_the_budget():
    generator = torch.Generator().manual_seed(2)
    noise = torch.randn(50, generator=generator, dtype=torch.float64)
    misses = [
        abs(PublishedBudgetedBox(50, 10).project(scale * noise).sum().item() - 10)
        for scale in (0.5, 1.0, 2.0, 4.0, 8.0)
    ]
    assert max(misses) > 1e-3
